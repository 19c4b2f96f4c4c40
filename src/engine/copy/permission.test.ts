import assert from 'node:assert/strict';
import test from 'node:test';
import { Permission } from './permission.js';

function permission() {
  const readings: { resolve: () => void; reject: (error: Error) => void }[] = [];
  const made = new Permission(() => new Promise<void>((resolve, reject) => readings.push({ resolve, reject })));
  return { made, readings };
}

test('permission: what was assigned holds until there is a doubt [3.6]', async () => {
  const { made, readings } = permission();
  await made.confirmed();
  assert.equal(readings.length, 0);
});

test('permission: a doubt needs a reading that began behind it [3.6]', async () => {
  const { made, readings } = permission();
  made.doubt();
  const waiting = made.confirmed();
  assert.equal(readings.length, 1);
  // The loop stalls again while the journal is read: that reading began too early.
  made.doubt();
  readings[0]?.resolve();
  let done = false;
  void waiting.then(() => {
    done = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(readings.length, 2);
  assert.ok(!done);
  readings[1]?.resolve();
  await waiting;
});

test('permission: calls that come together share a reading, and a failed one is told to all [3.6]', async () => {
  const { made, readings } = permission();
  made.doubt();
  const both = Promise.allSettled([made.confirmed(), made.confirmed()]);
  assert.equal(readings.length, 1);
  readings[0]?.reject(new Error('no journal'));
  assert.deepEqual(
    (await both).map((each) => each.status),
    ['rejected', 'rejected'],
  );
  const again = made.confirmed();
  assert.equal(readings.length, 2);
  readings[1]?.resolve();
  await again;
});
