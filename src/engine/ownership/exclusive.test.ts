import assert from 'node:assert/strict';
import test from 'node:test';
import { exclusiveness, type Replication } from './exclusive.js';

const usual: Replication = {
  brokers: 3,
  replicasMax: 3,
  minInsyncReplicas: 2,
  uncleanElection: true,
  commitAcks: -1,
};

test('exclusive: two in-sync replicas that must hold a commit make the owner provable [4.1]', () => {
  assert.equal(exclusiveness(usual).provable, true);
});

test('exclusive: one is enough where no replica can lead without it [4.1]', () => {
  assert.equal(exclusiveness({ ...usual, minInsyncReplicas: 1, uncleanElection: false }).provable, true);
  const unclean = exclusiveness({ ...usual, minInsyncReplicas: 1 });
  assert.ok(!unclean.provable);
  assert.match(unclean.reason, /set min\.insync\.replicas to 2/);
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
