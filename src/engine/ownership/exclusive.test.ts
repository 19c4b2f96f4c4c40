import assert from 'node:assert/strict';
import test from 'node:test';
import { exclusiveness, type Replication } from './exclusive.js';

const usual: Replication = {
  brokers: 3,
  replicasMax: 3,
  minInsyncReplicas: 2,
  uncleanElection: false,
  commitAcks: -1,
};

test('exclusive: one in-sync replica is enough where no replica can lead without the commit [4.1]', () => {
  assert.equal(exclusiveness(usual).provable, true);
  assert.equal(exclusiveness({ ...usual, minInsyncReplicas: 1 }).provable, true);
});

test('exclusive: where a replica that was not in sync may lead, two that hold a commit prove nothing [4.1]', () => {
  for (const minInsyncReplicas of [1, 2]) {
    const unclean = exclusiveness({ ...usual, minInsyncReplicas, uncleanElection: true });
    assert.ok(!unclean.provable);
    assert.match(unclean.reason, /set unclean\.leader\.election\.enable to false/);
  }
});

test('exclusive: where every replica must hold a commit none can lead without it [4.1]', () => {
  assert.equal(exclusiveness({ ...usual, minInsyncReplicas: 3, uncleanElection: true }).provable, true);
  assert.equal(exclusiveness({ ...usual, replicasMax: 2, uncleanElection: true }).provable, true);
});

test('exclusive: a sole broker or a sole replica has no second [4.1]', () => {
  assert.equal(exclusiveness({ ...usual, brokers: 1, minInsyncReplicas: 1 }).provable, true);
  assert.equal(exclusiveness({ ...usual, replicasMax: 1, minInsyncReplicas: 1 }).provable, true);
});

test('exclusive: commits that are not answered by all in-sync replicas prove nothing [4.1]', () => {
  const early = exclusiveness({ ...usual, commitAcks: 1 });
  assert.ok(!early.provable);
  assert.match(early.reason, /offsets\.commit\.required\.acks/);
});
