/** Passwords by PLAIN: what is right, how much work it takes to say so, and how long it is remembered. */
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import { type TestContext, test } from 'node:test';
import type { Disk } from '../../base/disk.js';
import { seededRandom } from '../../base/random.js';
import { MetaFile } from '../topics/meta-file.js';
import { keyFromPassword, type ScramMechanism } from './scram-key.js';
import { Users } from './users.js';

/** Nothing here is saved. */
const disk = {} as Disk;

function scene(t: TestContext) {
  const derive = t.mock.method(crypto, 'pbkdf2Sync');
  syncBuiltinESMExports();
  t.after(() => {
    t.mock.restoreAll();
    syncBuiltinESMExports();
  });
  const security = { decoy: 'c29tZXRoaW5n', users: [], acls: [], quotas: [] };
  const configs = { broker: {}, allBrokers: {} };
  const meta = { clusterId: 'c', nodeId: 1, starts: 1, producerIdsBelow: 0, topics: [], configs, security };
  const time = { nowMs: 0 };
  const users = new Users(new MetaFile(disk, '/data', meta), seededRandom(1), () => time.nowMs);
  const set = (name: string, mechanism: ScramMechanism, password: string) =>
    users.set(name, mechanism, keyFromPassword(mechanism, password, { salt: Buffer.from('salt'), iterations: 4096 }));
  /** How many derivations it takes to say so. */
  const work = (name: string, password: string, expected: boolean) => {
    derive.mock.resetCalls();
    assert.equal(users.isPassword(name, password), expected, `${name} with ${password}`);
    return derive.mock.callCount();
  };
  return { time, set, work };
}

test('users: a wrong password, a user with one key and an unknown user cost the same work [broker 9.3]', (t) => {
  const { set, work } = scene(t);
  for (const mechanism of ['SCRAM-SHA-256', 'SCRAM-SHA-512'] as const) set('both', mechanism, 'right');
  set('one', 'SCRAM-SHA-256', 'right');
  const counts = ['both', 'one', 'nobody'].map((name) => work(name, 'wrong', false));
  assert.deepEqual(counts, [2, 2, 2]);
  assert.deepEqual([work('both', 'right', true), work('one', 'right', true)], [2, 2]);
});

test('users: a right password is remembered for five minutes, or until a key changes [broker 9.3]', (t) => {
  const { time, set, work } = scene(t);
  set('app', 'SCRAM-SHA-256', 'right');
  assert.equal(work('app', 'right', true), 2);
  assert.equal(work('app', 'right', true), 0);
  assert.equal(work('app', 'wrong', false), 2);
  assert.equal(work('app', 'wrong', false), 2, 'what is wrong is not remembered');
  time.nowMs = 300_000;
  assert.equal(work('app', 'right', true), 2);
  set('app', 'SCRAM-SHA-256', 'new');
  assert.equal(work('app', 'right', false), 2);
  set('app', 'SCRAM-SHA-512', 'other');
  assert.equal(work('app', 'new', true), 2);
  assert.equal(work('app', 'other', true), 2, 'each key has its password');
});
