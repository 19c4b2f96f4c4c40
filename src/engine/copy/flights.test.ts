import assert from 'node:assert/strict';
import test from 'node:test';
import { dataBatch, viewOf } from '../../../test/harness/engine-batches.js';
import { Flights } from './flights.js';
import type { DataSlice } from './slices.js';

const D = 1n << 62n;
const NOW = 1_790_000_000_000;
const rules = { expiryMs: 86_400_000, floorMs: 0 };

function slice(from: bigint, records: number, timestamp = BigInt(NOW)): DataSlice {
  const values = Array.from({ length: records }, (_, i) => `${from}+${i}`);
  return {
    kind: 'data',
    from,
    to: from + BigInt(records),
    sourceEpoch: 0,
    batch: viewOf(dataBatch({ at: from, values, timestamp })),
  };
}

function flights(end = 100n, sequence = 90): Flights {
  const made = new Flights(D);
  made.begin(end, sequence);
  return made;
}

test('flights: sequences count data records, bases count offsets [3.1]', () => {
  const made = flights();
  const first = viewOf(made.send(slice(100n, 3)));
  assert.deepEqual([first.producerId, first.producerEpoch, first.baseSequence], [D, 0, 90]);
  made.moveTo(110n);
  const second = viewOf(made.send(slice(110n, 2)));
  assert.equal(second.baseSequence, 93);
  assert.equal(made.end, 112n);
  assert.deepEqual([made.land()?.base, made.land()?.base], [100n, 110n]);
});

test('flights: a wrap of the sequence goes on at 0 [3.1]', () => {
  const made = flights(0n, 2 ** 31 - 2);
  made.send(slice(0n, 3));
  assert.equal(viewOf(made.send(slice(3n, 1))).baseSequence, 1);
});

test('flights: a new settling, connection or epoch begins with one alone again (X1) [3.2]', () => {
  const made = flights();
  made.send(slice(100n, 1));
  assert.ok(!made.maySend(rules, NOW));
  const flight = made.land();
  assert.ok(flight);
  made.acknowledged(flight);
  made.send(slice(101n, 1));
  assert.ok(made.maySend(rules, NOW));
  made.begin(101n, 91);
  assert.ok(!made.maySend(rules, NOW));
});

test('flights: the batch acknowledged last counts, not the youngest one (T2) [3.2]', () => {
  const made = flights();
  made.send(slice(100n, 1));
  made.send(slice(101n, 1, 1_000n));
  for (let flight = made.land(); flight; flight = made.land()) made.acknowledged(flight);
  made.send(slice(102n, 1));
  assert.ok(!made.maySend(rules, NOW));
});

test('flights: bytes under way are counted until they are answered', () => {
  const made = flights();
  const { length } = made.send(slice(100n, 3));
  assert.equal(made.bytes, length);
  made.land();
  assert.deepEqual([made.bytes, made.count], [0, 0]);
});
