import assert from 'node:assert/strict';
import test from 'node:test';
import { chart } from './chart.js';
import type { CopierName } from './copier.js';
import { between, sentence } from './publish.js';
import type { Result } from './result.js';
import { table } from './table.js';

function result(load: Result['load'], copier: CopierName, cpu: number, run = 0): Result {
  return {
    load,
    copier,
    run,
    megabytesPerSecond: 100,
    cpuSecondsPerGigabyte: cpu,
    brokerSecondsPerGigabyte: 5,
    peakMegabytes: 200,
    delays: { p50Ms: 4, p99Ms: 9 },
    recordsCompared: 1,
  };
}

const results = [
  result('random', 'klink', 1.3),
  result('random', 'klink', 1.1, 1),
  result('random', 'klink', 1.2, 2),
  result('random', 'relay', 1),
  result('random', 'mirror-maker', 24),
  result('json', 'klink', 2),
  result('json', 'relay', 2),
  result('json', 'mirror-maker', 110),
];

test('table: a line for each load and copier, with median, spread, and the ratio to the relay of its own load', () => {
  const lines = table(results).split('\n');
  assert.equal(lines.length, 8);
  assert.match(
    lines[2] ?? '',
    /\| klink \| 100 \| 1\.20 \(1\.10–1\.30\) \| 1\.20× \| 200 \| 4\.0 \/ 9\.0 \| 5\.00 \|$/,
  );
  assert.match(lines[4] ?? '', /\| MirrorMaker 2 \| 100 \| 24\.00 \| 24\.00× \|/);
  assert.match(lines[5] ?? '', /JSON.*\| klink \| 100 \| 2\.00 \| 1\.00× \|/);
});

test('table: what was not run has no line, and no ratio is made up', () => {
  const lines = table([result('json', 'klink', 2)]).split('\n');
  assert.equal(lines.length, 3);
  assert.match(lines[2] ?? '', /\| 2\.00 \| {2}\| 200 \|/);
});

test('sentence: says the ratios of both loads, and nothing where a copier is missing', () => {
  assert.equal(
    sentence(results),
    "klink's CPU per GB: 1.20 times the bare relay's and 1/20 of MirrorMaker 2's in the first load, " +
      "1.00 times the bare relay's and 1/55 of MirrorMaker 2's in the second.",
  );
  assert.equal(sentence(results.filter(({ copier }) => copier !== 'mirror-maker')), '');
});

test('chart: a bar for each median, longer where more was spent, and all of them inside', () => {
  const svg = chart(results);
  const widths = [...svg.matchAll(/<rect x="(\d+)" y="\d+" width="([\d.]+)"/g)].map(([, x, width]) => {
    assert.ok(Number(x) + Number(width) < 720);
    return Number(width);
  });
  assert.equal(widths.length, 6);
  const [klink = 0, relay = 0, mirrorMaker = 0] = widths;
  assert.ok(relay < klink && klink < mirrorMaker);
  assert.doesNotMatch(svg, /NaN|Infinity|undefined/);
});

test('publish: only what stands between the marks changes', () => {
  const text = 'a\n<!-- bench: written by `npm run bench` -->\nold\n<!-- /bench -->\nz\n';
  assert.equal(between(text, 'new'), text.replace('old', 'new'));
  assert.throws(() => between('no marks', 'new'), /no "<!-- bench/);
});
