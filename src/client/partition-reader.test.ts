import assert from 'node:assert/strict';
import test from 'node:test';
import { PartitionReader } from './partition-reader.js';

const place = { topic: 't', partition: 0 };
const at = (...offsets: number[]) =>
  offsets.map((offset) => ({ offset: BigInt(offset), timestamp: 0n, key: null, value: null, headers: [] }));

function reader(offsets: readonly number[], next: number): PartitionReader {
  const made = new PartitionReader(place, 0n);
  made.fetched({ records: at(...offsets), next: BigInt(next) });
  return made;
}

test('nothing is committed for records that were only handed out [client 5.1]', () => {
  const one = reader([0, 1, 2], 3);
  assert.equal(one.take(10).length, 3);
  assert.equal(one.toCommit, undefined);
  one.handled(0n);
  assert.equal(one.toCommit, 1n);
  one.handled(1n);
  assert.equal(one.toCommit, 2n);
});

test('what cannot be seen counts once everything before it is handled [client 5.1]', () => {
  const one = reader([0, 4], 9);
  one.take(1);
  one.handled(0n);
  assert.equal(one.toCommit, 1n);
  one.take(1);
  assert.equal(one.toCommit, 1n);
  one.handled(4n);
  assert.equal(one.toCommit, 9n);
  one.fetched({ records: [], next: 12n });
  assert.equal(one.toCommit, 12n);
});

test('nothing is committed twice', () => {
  const one = reader([0], 1);
  one.take(1);
  one.handled(0n);
  one.committed(1n);
  assert.equal(one.toCommit, undefined);
});

test('where a group begins is committed, and is no record that was handled [client 5.1]', () => {
  const one = new PartitionReader(place, 7n);
  one.beginHere();
  assert.deepEqual([one.toCommit, one.hasHandled], [7n, false]);
  one.committed(7n);
  assert.equal(one.toCommit, undefined);
  one.fetched({ records: at(7, 8), next: 9n });
  one.take(2);
  assert.equal(one.toCommit, undefined);
  one.handled(7n);
  assert.deepEqual([one.toCommit, one.hasHandled], [8n, true]);
});

test('records come in order, as many as asked for, and more are wanted when none waits', () => {
  const one = reader([0, 1, 2], 3);
  assert.equal(one.wantsMore, false);
  assert.deepEqual(
    one.take(2).map(({ offset, topic, partition }) => [offset, topic, partition]),
    [
      [0n, 't', 0],
      [1n, 't', 0],
    ],
  );
  assert.equal(one.wantsMore, false);
  one.take(5);
  assert.equal(one.wantsMore, true);
});
