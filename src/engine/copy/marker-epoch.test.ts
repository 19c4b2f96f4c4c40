import assert from 'node:assert/strict';
import test from 'node:test';
import { nextMarkerIdentity } from './identity.js';
import { MarkerEpoch } from './marker-epoch.js';

function scene() {
  let journalled = { number: 1, epoch: 0 };
  let term = 1;
  const source = {
    journalled: () => journalled,
    nextEpoch: async () => {
      journalled = nextMarkerIdentity(journalled);
      return journalled;
    },
  };
  const epoch = new MarkerEpoch(source, { term: () => term });
  return { epoch, newTerm: () => void term++ };
}

test('marker epoch: raised before the first marker of a term, and kept within it [1.2]', async () => {
  const { epoch, newTerm } = scene();
  assert.deepEqual(await epoch.current(), { number: 1, epoch: 1 });
  assert.deepEqual(await epoch.current(), { number: 1, epoch: 1 });
  newTerm();
  assert.deepEqual(await epoch.current(), { number: 1, epoch: 2 });
});

test('marker epoch: raised after a lost reply, once for those who ask together [4.3]', async () => {
  const { epoch } = scene();
  const first = await epoch.current();
  const [one, two] = await Promise.all([epoch.raise(first), epoch.raise(first)]);
  assert.deepEqual(
    [one, two],
    [
      { number: 1, epoch: 2 },
      { number: 1, epoch: 2 },
    ],
  );
  assert.deepEqual(await epoch.raise(first), { number: 1, epoch: 2 }, 'it has moved on already');
});

test('marker epoch: one of an earlier term, or about to be raised, is not sent any more [4.1]', async () => {
  const { epoch, newTerm } = scene();
  const first = await epoch.current();
  assert.ok(epoch.isCurrent(first));
  const raising = epoch.raise(first);
  assert.ok(!epoch.isCurrent(first));
  const second = await raising;
  assert.ok(epoch.isCurrent(second));
  newTerm();
  assert.ok(!epoch.isCurrent(second));
});
