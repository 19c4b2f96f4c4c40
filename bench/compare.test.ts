import assert from 'node:assert/strict';
import test from 'node:test';
import { encodeBatch } from '../src/protocol/records/encode.js';
import { compare, LogDigest } from './compare.js';

const records = Array.from({ length: 500 }, (_, number) => ({
  timestamp: 1_790_000_000_000n + BigInt(number),
  key: number % 3 === 0 ? null : Buffer.from(`key ${number}`),
  value: Buffer.from(`value ${number} `.repeat(40)),
  headers: number % 5 === 0 ? [{ key: 'h', value: Buffer.from('x') }] : [],
}));

function digest(...batches: Buffer[]) {
  const log = new LogDigest();
  log.add(Buffer.concat(batches));
  return log.finish();
}

const whole = digest(encodeBatch({ records, baseOffset: 0n }));

test('digest: the same records batched and compressed otherwise are the same log', () => {
  const other = digest(
    encodeBatch({ records: records.slice(0, 200), baseOffset: 0n, codec: 'lz4' }),
    encodeBatch({ records: records.slice(200), baseOffset: 200n, codec: 'lz4', producerId: 7n, baseSequence: 200 }),
  );
  assert.deepEqual(other, whole);
  assert.equal(whole.records, 500);
  assert.equal(whole.end, 500n);
  assert.equal(compare([whole], [other]), 500);
});

test('digest: a record less, a byte, a timestamp or an offset more are another log', () => {
  const changed = (number: number, change: object) =>
    digest(
      encodeBatch({
        records: records.map((each, at) => (at === number ? { ...each, ...change } : each)),
        baseOffset: 0n,
      }),
    );
  const others = [
    digest(encodeBatch({ records: records.slice(0, 499), baseOffset: 0n })),
    digest(encodeBatch({ records, baseOffset: 1n })),
    changed(7, { value: Buffer.from('another') }),
    changed(7, { key: Buffer.alloc(0) }),
    changed(7, { timestamp: 1_790_000_000_008n }),
    changed(5, { headers: [] }),
  ];
  for (const other of others) assert.throws(() => compare([whole], [other]), /partition 0 is no copy/);
});

test('digest: a batch that was read before and a batch that is cut off do not count twice', () => {
  const first = encodeBatch({ records: records.slice(0, 200), baseOffset: 0n });
  const second = encodeBatch({ records: records.slice(200), baseOffset: 200n });
  const log = new LogDigest();
  log.add(Buffer.concat([first, second.subarray(0, 1_000)]));
  log.add(Buffer.concat([first, second]));
  assert.deepEqual(log.finish(), whole);
});
