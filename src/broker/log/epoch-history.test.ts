import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EpochHistory } from './epoch-history.js';

test('an epoch ends where the next one began, the newest at the log end', () => {
  const history = new EpochHistory();
  history.begin(0, 0n);
  history.begin(2, 16n);
  assert.deepEqual(history.endOf(0, 20n), { epoch: 0, endOffset: 16n });
  assert.deepEqual(history.endOf(1, 20n), { epoch: 0, endOffset: 16n }, 'an epoch nobody wrote in');
  assert.deepEqual(history.endOf(2, 20n), { epoch: 2, endOffset: 20n });
  assert.equal(history.endOf(3, 20n), undefined);
  assert.equal(history.endOf(-1, 20n), undefined);
});

test('an epoch in which nothing was written leaves no trace', () => {
  const history = new EpochHistory();
  history.begin(0, 0n);
  history.begin(1, 10n);
  history.begin(2, 10n);
  assert.deepEqual(history.entries, [
    { epoch: 0, startOffset: 0n },
    { epoch: 2, startOffset: 10n },
  ]);
  history.begin(2, 15n);
  assert.equal(history.entries.length, 2, 'it begins once');
});

test('deleting records moves the first epoch, cutting the tail drops the last', () => {
  const history = new EpochHistory([
    { epoch: 0, startOffset: 0n },
    { epoch: 1, startOffset: 10n },
    { epoch: 4, startOffset: 20n },
  ]);
  history.truncateFromStart(12n);
  assert.deepEqual(history.entries[0], { epoch: 1, startOffset: 12n });
  assert.deepEqual(history.endOf(0, 30n), { epoch: 0, endOffset: 12n });
  assert.equal(history.epochOf(19n), 1);
  assert.equal(history.epochOf(11n), -1);
  history.truncateFromEnd(20n);
  assert.equal(history.latestEpoch, 1);
});
