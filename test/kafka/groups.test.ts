/** Group offsets on each kind of broker: KLINK_BROKERS=embedded|4.3.0|3.9.1. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { systemNetwork } from '../../src/base/node/network.js';
import { addOffsetsToTxn } from '../../src/protocol/api/add-offsets-to-txn.js';
import { endTxn } from '../../src/protocol/api/end-txn.js';
import { txnOffsetCommit } from '../../src/protocol/api/txn-offset-commit.js';
import { topicName } from '../harness/engine-brokers.js';
import { type Fault, FaultyNetwork } from '../harness/faulty-network.js';
import { commitPlainly, joinAs, stored } from '../harness/group-members.js';
import { useGroupsStage } from '../harness/groups-stage.js';
import { RawTransactions } from '../harness/journal-stage.js';
import { until } from '../harness/until.js';

const { stage, wire, kinds, owner, topicWith, shows } = await useGroupsStage(test);

const at = (topic: string, offset: bigint, partition = 0) => [{ topic, partition, offset }];

test('groups: a group that nobody knows, and an empty one, get their offsets, without a leader epoch (E16) [7.1]', async () => {
  const { groups } = await owner();
  const topic = await topicWith(20);
  const group = topicName('group');
  assert.deepEqual(await groups.commit(group, at(topic.name, 5n)), { kind: 'done' });
  await shows(group, topic.name, 5n);
  assert.deepEqual(await stored(wire, group, topic.name), { offset: 5n, leaderEpoch: -1, metadata: '' });
  for (const kind of kinds) await (await joinAs(kind, wire, `${group}-${kind}`, topic.name)).leave();
  for (const kind of kinds) {
    await until(`${kind} is empty`, 20_000, async () => {
      const outcome = await groups.commit(`${group}-${kind}`, at(topic.name, 9n));
      return outcome.kind === 'done';
    });
    await shows(`${group}-${kind}`, topic.name, 9n);
  }
});

for (const kind of kinds) {
  test(`groups: a ${kind} group with live members is left alone, which the broker would not do (T18) [7.1]`, async () => {
    const { groups } = await owner();
    const topic = await topicWith(20);
    const group = topicName('live');
    const member = await joinAs(kind, wire, group, topic.name);
    assert.equal(await commitPlainly(wire, group, [{ topic: topic.name, offset: 12n }], member), 0);
    assert.equal(await commitPlainly(wire, group, [{ topic: topic.name, offset: 3n }]), 25);
    assert.deepEqual(await groups.commit(group, at(topic.name, 5n)), { kind: 'in-use' });
    assert.equal((await stored(wire, group, topic.name))?.offset, 12n);
    // T18 itself: what the look is for.
    const raw = await new RawTransactions(wire, topicName('raw')).init();
    await until('the group is in the transaction', 10_000, async () => (await raw.addOffsets(group)) === 0);
    const { producerId, epoch: producerEpoch, transactionalId } = raw;
    const topics = [{ name: topic.name, partitions: [{ partitionIndex: 0, committedOffset: 4n }] }];
    const answer = await wire.ask(
      txnOffsetCommit,
      { transactionalId, groupId: group, producerId, producerEpoch, topics },
      3,
    );
    assert.equal(answer.topics[0]?.partitions[0]?.errorCode, 0);
    assert.equal(await raw.end(true), 0);
    await shows(group, topic.name, 4n);
    await member.leave();
    await until('the group may be written', 20_000, async () => {
      return (await groups.commit(group, at(topic.name, 5n))).kind === 'done';
    });
    await shows(group, topic.name, 5n);
  });

  test(`groups: a ${kind} member that joins in the middle keeps its position (T18) [7.1]`, async () => {
    const network = new FaultyNetwork(systemNetwork);
    const { groups } = await owner({ network });
    const topic = await topicWith(20);
    const group = topicName('joining');
    assert.equal(await commitPlainly(wire, group, [{ topic: topic.name, offset: 12n }]), 0);
    network.plan(txnOffsetCommit, { kind: 'hold', ms: 1_500 });
    const committing = groups.commit(group, at(topic.name, 5n));
    await until('the offsets are on their way', 10_000, () => network.faults === 1);
    await joinAs(kind, wire, group, topic.name);
    assert.deepEqual(await committing, { kind: 'in-use' });
    assert.equal((await stored(wire, group, topic.name))?.offset, 12n);
  });
}

for (const fault of [
  { kind: 'hold', ms: 1_500 },
  { kind: 'deliver-late', ms: 1_500 },
] as const) {
  test(`groups: a commit of the old owner that arrives after the takeover (${fault.kind}) is refused (T15, T17) [7.1]`, async () => {
    const network = new FaultyNetwork(systemNetwork);
    const old = await owner({ network });
    const topic = await topicWith(20);
    const group = topicName('late');
    for (const api of [txnOffsetCommit, endTxn]) {
      const before = network.faults;
      network.plan(api, fault);
      if (fault.kind === 'deliver-late') for (let i = 0; i < 8; i++) network.plan(api, { kind: 'lose-request' });
      const late = old.groups.commit(group, at(topic.name, 3n));
      await until('it is on its way', 10_000, () => network.faults > before);
      const next = await owner();
      assert.equal(await commitPlainly(wire, group, [{ topic: topic.name, offset: 9n }]), 0);
      const outcome = await late;
      assert.ok(outcome.kind === 'fenced' || outcome.kind === 'unavailable', outcome.kind);
      assert.equal((await old.groups.commit(group, at(topic.name, 3n))).kind, 'fenced');
      assert.equal((await stored(wire, group, topic.name))?.offset, 9n);
      assert.deepEqual(await next.groups.commit(group, at(topic.name, 9n)), { kind: 'done' });
      await until('the old one owns again', 30_000, async () => (await old.journal.open()).kind === 'opened');
    }
  });
}

const faults: readonly Fault[] = [{ kind: 'lose-answer' }, { kind: 'lose-request' }, { kind: 'deliver-late', ms: 60 }];
for (const fault of faults) {
  test(`groups: a lost answer at any step (${fault.kind}) is settled [7.1]`, async () => {
    const network = new FaultyNetwork(systemNetwork);
    const { groups } = await owner({ network });
    const topic = await topicWith(20);
    const group = topicName('lost');
    let offset = 1n;
    for (const api of [addOffsetsToTxn, txnOffsetCommit, endTxn]) {
      const before = network.faults;
      network.plan(api, fault);
      assert.deepEqual(await groups.commit(group, at(topic.name, offset)), { kind: 'done' });
      assert.equal(network.faults, before + 1);
      await shows(group, topic.name, offset);
      offset++;
    }
  });
}

test('groups: without an open journal nothing is written [7.1]', async () => {
  const { groups } = stage.klink();
  const topic = await topicWith(1);
  assert.equal((await groups.commit(topicName('early'), at(topic.name, 1n))).kind, 'unavailable');
  assert.equal((await groups.clamp(topic.name, [1n])).kind, 'unavailable');
});

test('groups: a topic that is gone is no reason to wait [7.1]', async () => {
  const { groups } = await owner();
  const startedMs = performance.now();
  const outcome = await groups.commit(topicName('nowhere'), at(topicName('gone'), 1n));
  assert.equal(outcome.kind, 'unavailable');
  assert.ok(performance.now() - startedMs < 10_000);
});

test('groups: where each stands on a topic, and nobody on another [8 (5)]', async () => {
  const { groups } = await owner();
  const [topic, other] = [await topicWith(5, 2), await topicWith(5)];
  const [one, two] = [topicName('one'), topicName('two')];
  assert.deepEqual(await groups.commit(one, [...at(topic.name, 2n), ...at(topic.name, 4n, 1)]), { kind: 'done' });
  assert.deepEqual(await groups.commit(two, at(topic.name, 3n)), { kind: 'done' });
  await shows(two, topic.name, 3n);
  const found = await groups.standings(topic.name, 2);
  if (found.kind !== 'done') throw new Error(found.reason);
  const shown = found.standings.map(({ group, partition, offset }) => `${group} ${partition} ${offset}`);
  assert.deepEqual(shown.sort(), [`${one} 0 2`, `${one} 1 4`, `${two} 0 3`].sort());
  assert.deepEqual(await groups.standings(other.name, 1), { kind: 'done', standings: [] });
});
