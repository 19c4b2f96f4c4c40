/** Groups are lowered to the end of a mirror, on each kind of broker: KLINK_BROKERS=embedded|4.3.0|3.9.1. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { systemNetwork } from '../../src/base/node/network.js';
import { endTxn } from '../../src/protocol/api/end-txn.js';
import { txnOffsetCommit } from '../../src/protocol/api/txn-offset-commit.js';
import { topicName } from '../harness/engine-brokers.js';
import { FaultyNetwork } from '../harness/faulty-network.js';
import { commitPlainly, joinAs, stored } from '../harness/group-members.js';
import { useGroupsStage } from '../harness/groups-stage.js';
import { RawTransactions } from '../harness/journal-stage.js';
import { until } from '../harness/until.js';

const { wire, kinds, owner, topicWith, shows } = await useGroupsStage(test);

const at = (topic: string, offset: bigint, partition = 0) => [{ topic, partition, offset }];

test('clamp: groups above an end are lowered and named, the others stay as they are [8 (4)]', async () => {
  const { groups } = await owner();
  const topic = await topicWith(20, 2);
  const { name } = topic;
  const [above, below, half] = [topicName('above'), topicName('below'), topicName('half')];
  await commitPlainly(wire, above, [
    { topic: name, offset: 18n, metadata: 'kept' },
    { topic: name, partition: 1, offset: 500n },
  ]);
  await commitPlainly(wire, below, [{ topic: name, offset: 10n }]);
  await commitPlainly(wire, half, [
    { topic: name, offset: 10n },
    { topic: name, partition: 1, offset: 11n },
  ]);
  const moved = [
    { group: above, partition: 0, from: 18n, to: 10n },
    { group: above, partition: 1, from: 500n, to: 10n },
    { group: half, partition: 1, from: 11n, to: 10n },
  ];
  const sorted = <T extends { readonly group: string; readonly partition: number }>(list: readonly T[]) =>
    [...list].sort((one, other) => (`${one.group}${one.partition}` < `${other.group}${other.partition}` ? -1 : 1));
  const named = await groups.aboveEnds(name, [10n, 10n]);
  assert.ok(named.kind === 'done');
  assert.deepEqual(sorted(named.groups), sorted(moved));
  assert.equal((await stored(wire, above, name))?.offset, 18n);
  const clamped = await groups.clamp(name, [10n, 10n]);
  assert.ok(clamped.kind === 'done', clamped.kind);
  assert.deepEqual(sorted(clamped.clamped), sorted(moved));
  // Nothing of it is pending any more.
  assert.equal((await stored(wire, above, name, 1))?.offset, 10n);
  assert.deepEqual(await stored(wire, above, name), { offset: 10n, leaderEpoch: -1, metadata: 'kept' });
  assert.equal((await stored(wire, half, name, 1))?.offset, 10n);
  assert.equal((await stored(wire, below, name))?.offset, 10n);
  assert.deepEqual(await groups.clamp(name, [10n, 10n]), { kind: 'done', clamped: [] });
});

test('clamp: a transaction that could not be aborted is, before the epoch is raised [5.3, 8 (4)]', async () => {
  const network = new FaultyNetwork(systemNetwork);
  const { groups } = await owner({ network });
  const topic = await topicWith(20);
  const group = topicName('above');
  await commitPlainly(wire, group, [{ topic: topic.name, offset: 18n }]);
  network.chance = (apiKey) => (apiKey === endTxn.key ? { kind: 'lose-request' } : undefined);
  const outcome = await groups.commit(topicName('nowhere'), at(topicName('gone'), 1n));
  network.chance = undefined;
  assert.equal(outcome.kind, 'unavailable');
  assert.ok(network.faults > 0);
  const clamped = await groups.clamp(topic.name, [10n]);
  assert.deepEqual(clamped, { kind: 'done', clamped: [{ group, partition: 0, from: 18n, to: 10n }] });
});

test('clamp: who has read past the barrier has skipped nothing and stays [8 (4)]', async () => {
  const { groups } = await owner();
  const topic = await topicWith(10);
  await topic.markers([{ producerId: 2n ** 62n + 5n, epoch: 32_767 }]);
  assert.equal(await topic.end(), 11n);
  const group = topicName('barrier');
  await commitPlainly(wire, group, [{ topic: topic.name, offset: 11n }]);
  assert.deepEqual(await groups.aboveEnds(topic.name, [10n]), { kind: 'done', groups: [] });
  assert.deepEqual(await groups.clamp(topic.name, [10n]), { kind: 'done', clamped: [] });
  // With more behind the end it is a position like any other.
  const lowered = await groups.clamp(topic.name, [9n]);
  assert.deepEqual(lowered, { kind: 'done', clamped: [{ group, partition: 0, from: 11n, to: 9n }] });
});

for (const kind of kinds) {
  test(`clamp: a live ${kind} group within the log is left alone, above it is waited for [8 (4)]`, async () => {
    const { groups } = await owner();
    const topic = await topicWith(20);
    const group = topicName('reader');
    const member = await joinAs(kind, wire, group, topic.name);
    await commitPlainly(wire, group, [{ topic: topic.name, offset: 15n }], member);
    assert.deepEqual(await groups.aboveEnds(topic.name, [10n]), { kind: 'done', groups: [] });
    assert.deepEqual(await groups.clamp(topic.name, [10n]), { kind: 'done', clamped: [] });
    await commitPlainly(wire, group, [{ topic: topic.name, offset: 21n }], member);
    const expected = { group, partition: 0, from: 21n, to: 10n };
    assert.deepEqual(await groups.aboveEnds(topic.name, [10n]), { kind: 'done', groups: [expected] });
    const waiting = await groups.clamp(topic.name, [10n]);
    assert.ok(waiting.kind === 'waiting', waiting.kind);
    assert.deepEqual(waiting.clamped, []);
    assert.match(waiting.reason, new RegExp(`'${group}' has live members and stands at 21 on partition 0`));
    assert.equal((await stored(wire, group, topic.name))?.offset, 21n);
    await member.leave();
    await until('it is lowered', 20_000, async () => {
      const outcome = await groups.clamp(topic.name, [10n]);
      return outcome.kind === 'done' && outcome.clamped.length === 1;
    });
    await shows(group, topic.name, 10n);
  });
}

test('clamp: a position that has fallen meanwhile is never raised [8 (4)]', async () => {
  const network = new FaultyNetwork(systemNetwork);
  const { groups } = await owner({ network });
  const topic = await topicWith(20);
  const group = topicName('falling');
  await commitPlainly(wire, group, [{ topic: topic.name, offset: 30n }]);
  network.plan(txnOffsetCommit, { kind: 'hold', ms: 1_000 });
  const clamping = groups.clamp(topic.name, [10n]);
  await until('it is on its way', 10_000, () => network.faults === 1);
  await commitPlainly(wire, group, [{ topic: topic.name, offset: 4n }]);
  assert.deepEqual(await clamping, { kind: 'done', clamped: [] });
  assert.equal((await stored(wire, group, topic.name))?.offset, 4n);
});

test('clamp: a klink that was replaced is fenced by it, and does not fence its successor [8 (4)]', async () => {
  const old = await owner();
  const topic = await topicWith(20);
  const group = topicName('fence');
  await commitPlainly(wire, group, [{ topic: topic.name, offset: 30n }]);
  const next = await owner();
  assert.equal((await old.groups.clamp(topic.name, [10n])).kind, 'fenced');
  assert.equal((await stored(wire, group, topic.name))?.offset, 30n);
  assert.deepEqual(await next.groups.commit(group, at(topic.name, 20n)), { kind: 'done' });
});

test('clamp: an offset that is being committed by somebody else is waited for [8 (4)]', async () => {
  const { groups } = await owner();
  const topic = await topicWith(20);
  const group = topicName('open');
  const raw = await new RawTransactions(wire, topicName('raw')).init();
  await until('the group is in the transaction', 10_000, async () => (await raw.addOffsets(group)) === 0);
  const { producerId, epoch: producerEpoch, transactionalId } = raw;
  const topics = [{ name: topic.name, partitions: [{ partitionIndex: 0, committedOffset: 19n }] }];
  await wire.ask(txnOffsetCommit, { transactionalId, groupId: group, producerId, producerEpoch, topics }, 3);
  const clamping = groups.clamp(topic.name, [10n]);
  assert.equal(
    await Promise.race([clamping, until('a moment', 700, () => false).catch(() => 'still waiting')]),
    'still waiting',
  );
  assert.equal(await raw.end(true), 0);
  assert.deepEqual(await clamping, { kind: 'done', clamped: [{ group, partition: 0, from: 19n, to: 10n }] });
});

test('clamp: hundreds of groups [8 (4)]', async () => {
  const { groups } = await owner();
  const topic = await topicWith(20);
  const prefix = topicName('many');
  for (let i = 0; i < 200; i++)
    await commitPlainly(wire, `${prefix}-${i}`, [{ topic: topic.name, offset: i < 40 ? 15n : 5n }]);
  const outcome = await groups.clamp(topic.name, [10n]);
  assert.ok(outcome.kind === 'done', outcome.kind);
  assert.equal(outcome.clamped.length, 40);
  assert.equal((await stored(wire, `${prefix}-100`, topic.name))?.offset, 5n);
});
