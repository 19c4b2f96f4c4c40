import assert from 'node:assert/strict';
import test from 'node:test';
import { sectionOf, withSection } from './publish-brokers.js';
import { brokerSentence, brokerTable, type Measurement, ratioOf } from './report-brokers.js';
import { NODE, startTable } from './report-starts.js';
import { nameOf, rows } from './rows.js';

const all = rows(100);
const [produced, fetched] = all;

function measurement(row: Measurement['row'], side: Measurement['side'], round: number, seconds: number): Measurement {
  const outcome = { bytes: 1e9, seconds, brokerCpuSeconds: seconds / 2, generatorCpuSeconds: seconds / 4 };
  return { row, side, round, outcome };
}

test('bench of brokers: eight rows, each shape produced before it is fetched, and two that wait for the disk', () => {
  const inMemory = all.filter(({ isFlushed }) => !isFlushed);
  assert.deepEqual(
    inMemory.map(({ operation }) => operation),
    [1, 2, 3, 4].flatMap(() => ['produce', 'fetch']),
  );
  assert.deepEqual(all.slice(8).map(nameOf), ['16/1/flushed', '256/1/flushed']);
});

test('bench of brokers: the ratio is the median of what both did in the same round', () => {
  assert.ok(produced && fetched);
  const measured = [
    // Round 1 was slow for both: halves.
    measurement(produced, 'embedded', 0, 2),
    measurement(produced, 'kafka', 0, 1),
    measurement(produced, 'embedded', 1, 20),
    measurement(produced, 'kafka', 1, 10),
    measurement(fetched, 'embedded', 0, 4),
    measurement(fetched, 'kafka', 0, 1),
  ];
  assert.equal(ratioOf(measured, produced), 0.5);
  assert.equal(brokerTable(all, measured).split('\n').length, 4);
  assert.match(brokerTable(all, measured), /produce, 16 KiB batches, 1 partition \| .* \| 0\.50 \|/);
  assert.match(brokerSentence(all, measured), /between 0\.25 and 0\.50 times .*; 1 of 2 rows are below a third\.$/);
});

test('bench of brokers: its section is replaced between its marks, and added where there is none', () => {
  const once = withSection('# Page\n', 'first');
  assert.ok(once.startsWith('# Page\n'));
  const twice = withSection(`${once}behind\n`, 'second');
  assert.ok(!twice.includes('first') && twice.includes('second') && twice.endsWith('behind\n'));
  assert.equal(sectionOf(twice).includes('second'), true);
  assert.equal(sectionOf('nothing'), '');
});

test('bench of starts: each is shown by its median, beside what Node itself takes', () => {
  const nodes = [40, 50, 90].map((wallMs) => ({ what: NODE, wallMs, cpuMs: 30 }));
  const brokers = [100, 150, 900].map((wallMs) => ({ what: 'a broker', wallMs, cpuMs: undefined }));
  const [, , first, second] = startTable([...nodes, ...brokers]).split('\n');
  assert.equal(first, `| ${NODE} | 50 (40–90) | 1.0× | 30 (30–30) |`);
  assert.equal(second, '| a broker | 150 (100–900) | 3.0× |  |');
});
