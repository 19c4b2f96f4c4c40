/** Which of a group's offsets counts, where some were committed in transactions. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StoredOffsets } from './stored-offsets.js';

const KEY = 't 0';
const TRANSACTION = 7n;
const OTHER = 8n;
const committed = (offset: number) => ({ offset: BigInt(offset), leaderEpoch: -1, metadata: '', committedMs: 1 });

test('an offset that was committed behind that of a transaction counts, also when the transaction commits later [5.7]', () => {
  const offsets = new StoredOffsets();
  offsets.putOpen(TRANSACTION, KEY, committed(5), 1n);
  offsets.put(KEY, committed(7), 2n);
  assert.ok(offsets.isOpen(KEY));
  offsets.end(TRANSACTION, true);
  assert.deepEqual([offsets.get(KEY)?.offset, offsets.isOpen(KEY)], [7n, false]);
  offsets.putOpen(TRANSACTION, KEY, committed(9), 3n);
  offsets.putOpen(OTHER, KEY, committed(10), 4n);
  offsets.end(OTHER, true);
  offsets.end(TRANSACTION, true);
  assert.equal(offsets.get(KEY)?.offset, 10n);
});

test('a deletion takes what open transactions have committed before it, and nothing that they commit later [5.7]', () => {
  const offsets = new StoredOffsets();
  offsets.putOpen(TRANSACTION, KEY, committed(5), 1n);
  offsets.putOpen(OTHER, 't 1', committed(6), 2n);
  offsets.delete(KEY);
  assert.deepEqual([offsets.isOpen(KEY), offsets.isOpen('t 1')], [false, true]);
  offsets.end(TRANSACTION, true);
  assert.deepEqual([offsets.get(KEY), offsets.keys], [undefined, ['t 1']]);
  offsets.putOpen(TRANSACTION, KEY, committed(8), 3n);
  offsets.end(TRANSACTION, true);
  assert.equal(offsets.get(KEY)?.offset, 8n);
  offsets.end(OTHER, false);
  assert.equal(offsets.get('t 1'), undefined);
});
