/** The journal on each kind of broker: KLINK_BROKERS=embedded|4.3.0|3.9.1. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { systemNetwork } from '../../src/base/node/network.js';
import { topicConfig } from '../../src/client/admin/configs.js';
import { createTopic } from '../../src/client/admin/topics.js';
import type { JournalPort, JournalRecord } from '../../src/control/ports.js';
import { AUDIT_TOPIC, JOURNAL_TOPICS, SEEN_TOPIC, STATE_TOPIC } from '../../src/engine/journal/journal-topics.js';
import { addPartitionsToTxn } from '../../src/protocol/api/add-partitions-to-txn.js';
import { endTxn } from '../../src/protocol/api/end-txn.js';
import { initProducerId } from '../../src/protocol/api/init-producer-id.js';
import { produce } from '../../src/protocol/api/produce.js';
import { decodeBatch } from '../../src/protocol/records/decode.js';
import { encodeBatch } from '../../src/protocol/records/encode.js';
import { LogReader } from '../harness/engine-log.js';
import { type Fault, FaultyNetwork } from '../harness/faulty-network.js';
import { RawTransactions, useStage } from '../harness/journal-stage.js';
import { until } from '../harness/until.js';
import { WireTopic } from '../harness/wire-topic.js';

const stage = await useStage(test);
const wire = await stage.wire();

test.beforeEach(() => stage.forget());

async function opened(journal: JournalPort) {
  let reason = '';
  for (let attempt = 0; attempt < 20; attempt++) {
    const outcome = await journal.open();
    if (outcome.kind === 'opened') return outcome;
    reason = outcome.reason;
    if (outcome.kind === 'refused') break;
  }
  throw new Error(`not opened: ${reason}`);
}

async function valuesIn(journal: JournalPort): Promise<Record<string, string | null>> {
  const { entries } = await opened(journal);
  return Object.fromEntries(entries.map(({ key, value }) => [key, value]));
}

function decision(key: string, value: string | null): JournalRecord[] {
  return [{ key, value }];
}

/** A klink that has decided `first = 1`. */
async function withJournal(options: Parameters<typeof stage.klink>[0] = {}) {
  const klink = stage.klink(options);
  await opened(klink.journal);
  assert.deepEqual(await klink.journal.commit(decision('first', '1'), ['made']), { kind: 'committed' });
  return klink;
}

function plainBatch(key: string, value: string): Buffer {
  return encodeBatch({ records: [{ timestamp: 1n, key: Buffer.from(key), value: Buffer.from(value) }] });
}

test('journal: opening makes nothing, the first decision makes the topics, another klink reads it [5.1] [5.3]', async () => {
  const one = stage.klink();
  assert.deepEqual(await one.journal.open(), { kind: 'opened', entries: [], observations: [], fresh: true });
  const names = async () => (await stage.cluster.metadata('all')).topics.map(({ name }) => name);
  assert.ok(!(await names()).some((name) => name.startsWith('_klink.')));
  const records = [
    { key: 'link/a', value: 'linked' },
    { key: 'mirror/b', value: 'mirrored' },
  ];
  assert.deepEqual(await one.journal.commit(records, ['event 1', 'event 2']), { kind: 'committed' });
  const found = (await stage.cluster.metadata(JOURNAL_TOPICS)).topics;
  assert.deepEqual(
    found.map(({ name, partitions }) => [name, partitions.length]),
    JOURNAL_TOPICS.map((name) => [name, 1]),
  );
  const policy = async (topic: string) =>
    (await topicConfig(stage.cluster, topic)).find(({ name }) => name === 'cleanup.policy')?.value;
  assert.equal(await policy(STATE_TOPIC), 'compact');
  assert.equal(await policy(SEEN_TOPIC), 'compact');
  assert.equal(await policy(AUDIT_TOPIC), 'delete');
  assert.deepEqual(await one.journal.commit([{ key: 'link/a', value: null }], ['event 3']), { kind: 'committed' });

  const other = await opened(stage.klink().journal);
  assert.deepEqual(other, {
    kind: 'opened',
    entries: [{ key: 'mirror/b', value: 'mirrored' }],
    observations: [],
    fresh: false,
  });
  const audit = await new LogReader(await WireTopic.find(wire, AUDIT_TOPIC)).visible(0);
  const lines = [...audit.records.values()].map(({ value }) => value?.toString());
  assert.deepEqual(lines, ['event 1', 'event 2', 'event 3']);
});

test('journal: a takeover fences whoever decided before, and reads all of it (X13) [5.3]', async () => {
  const old = await withJournal();
  const next = stage.klink();
  assert.deepEqual(await valuesIn(next.journal), { first: '1' });
  assert.equal((await old.journal.confirm()).kind, 'fenced');
  assert.equal((await old.journal.commit(decision('first', '2'), [])).kind, 'unavailable');
  assert.deepEqual(await next.journal.confirm(), { kind: 'current' });
  assert.deepEqual(await next.journal.commit(decision('first', '3'), []), { kind: 'committed' });
  assert.deepEqual(await valuesIn(stage.klink().journal), { first: '3' });
});

test('journal: the old owner learns at its next decision that it is fenced (X13) [5.3]', async () => {
  const old = await withJournal();
  await opened(stage.klink().journal);
  assert.equal((await old.journal.commit(decision('first', '2'), [])).kind, 'fenced');
  assert.deepEqual(await valuesIn(stage.klink().journal), { first: '1' });
});

test('journal: what is decided while the next one is fencing is read (X13) [5.3]', async () => {
  const old = await withJournal();
  const network = new FaultyNetwork(systemNetwork);
  const next = stage.klink({ network });
  network.plan(initProducerId, { kind: 'hold', ms: 1_500 });
  const opening = opened(next.journal);
  await until('the next one begins to fence', 10_000, () => network.counts.get(initProducerId.key) === 1);
  assert.deepEqual(await old.journal.commit(decision('late', 'x'), []), { kind: 'committed' });
  const { entries } = await opening;
  assert.deepEqual(entries.map(({ key }) => key).sort(), ['first', 'late']);
  assert.equal((await old.journal.commit(decision('later', 'x'), [])).kind, 'fenced');
});

for (const fault of [
  { kind: 'hold', ms: 1_500 },
  { kind: 'deliver-late', ms: 1_500 },
] as const) {
  test(`journal: the end of a decision arrives after the takeover (${fault.kind}): it does not count (X13) [5.3]`, async () => {
    const network = new FaultyNetwork(systemNetwork);
    const old = await withJournal({ network });
    const before = network.counts.get(endTxn.key) ?? 0;
    network.plan(endTxn, fault);
    // With the connection cut, the repetition is kept away too: the broker is paused for the old one by its own network.
    if (fault.kind === 'deliver-late') for (let i = 0; i < 20; i++) network.plan(endTxn, { kind: 'lose-request' });
    const deciding = old.journal.commit(decision('late', 'x'), []);
    await until('the end was sent', 10_000, () => (network.counts.get(endTxn.key) ?? 0) > before);
    const next = stage.klink();
    assert.deepEqual(await valuesIn(next.journal), { first: '1' });
    const outcome = await deciding;
    assert.ok(outcome.kind === 'fenced' || outcome.kind === 'unknown', outcome.kind);
    assert.deepEqual(await valuesIn(stage.klink().journal), { first: '1' });
  });
}

test('journal: of two that find no journal, one decides first and the other is told [5.3]', async () => {
  const [one, other] = [stage.klink(), stage.klink()];
  assert.equal((await opened(one.journal)).fresh, true);
  assert.equal((await opened(other.journal)).fresh, true);
  const outcomes = await Promise.all([
    one.journal.commit(decision('who', 'one'), []),
    other.journal.commit(decision('who', 'other'), []),
  ]);
  const values = await valuesIn(stage.klink().journal);
  const winner = ['one', 'other'].filter((_, index) => outcomes[index]?.kind === 'committed');
  assert.ok(winner.length <= 1, JSON.stringify(outcomes));
  if (winner[0] !== undefined) assert.equal(values.who, winner[0]);
  assert.ok(!outcomes.some(({ kind }) => kind === 'refused'), JSON.stringify(outcomes));
});

test('journal: who finds no journal, and somebody else has decided since, is told and writes nothing [5.3]', async () => {
  const late = stage.klink();
  assert.equal((await opened(late.journal)).fresh, true);
  await withJournal();
  assert.equal((await late.journal.commit(decision('first', 'stale'), [])).kind, 'fenced');
  assert.deepEqual(await valuesIn(stage.klink().journal), { first: '1' });
});

test('journal: plain records do not count, and our own goes behind them again (T8) [5.1]', async () => {
  await withJournal();
  const topic = await WireTopic.find(wire, STATE_TOPIC);
  assert.equal((await topic.append(plainBatch('first', 'late and plain')))[0], 0);
  assert.equal((await topic.append(plainBatch('nobody', 'knows this key')))[0], 0);
  assert.deepEqual(await valuesIn(stage.klink().journal), { first: '1' });
  // Compaction keeps the last record of a key, whoever wrote it.
  const { records } = await new LogReader(topic).visible(0);
  const last = [...records.values()].filter(({ key }) => key?.toString() === 'first').at(-1);
  assert.equal(last?.value?.toString(), '1');
});

test('journal: transactions of another id do not count, nor do copies of the introduction (T8) [5.1]', async () => {
  await withJournal();
  const topic = await WireTopic.find(wire, STATE_TOPIC);
  const { records } = await new LogReader(topic).visible(0);
  const copied = [...records.values()].map(({ key, value }) => ({ timestamp: 1n, key, value }));
  assert.ok(copied.some(({ key }) => key?.toString().startsWith('writer/')));
  const foreign = await new RawTransactions(wire, 'somebody-else').init();
  await foreign.add(STATE_TOPIC);
  const { transactionalId } = foreign;
  const options = { transactional: true, producerId: foreign.producerId, producerEpoch: foreign.epoch };
  const batch = encodeBatch({
    records: [...copied, { timestamp: 1n, key: Buffer.from('first'), value: Buffer.from('foreign') }],
    baseSequence: 0,
    ...options,
  });
  assert.equal((await topic.append(batch, { transactionalId, version: 9 }))[0], 0);
  assert.equal(await foreign.end(true), 0);
  assert.deepEqual(await valuesIn(stage.klink().journal), { first: '1' });
});

test('journal: an open transaction of another id hides a decision: waited for, then aborted (T9) [5.3]', async () => {
  const old = await withJournal({ stuckMs: 1_000 });
  const topic = await WireTopic.find(wire, STATE_TOPIC);
  const foreign = await new RawTransactions(wire, 'hanging').init(600_000);
  await foreign.add(STATE_TOPIC);
  const { transactionalId } = foreign;
  const options = { transactional: true, producerId: foreign.producerId, producerEpoch: foreign.epoch };
  const records = [{ timestamp: 1n, key: Buffer.from('first'), value: Buffer.from('foreign') }];
  const batch = encodeBatch({ records, baseSequence: 0, ...options });
  assert.equal((await topic.append(batch, { transactionalId, version: 9 }))[0], 0);
  // The decision is made, but nobody can read it: klink must not call it committed.
  assert.equal((await old.journal.commit(decision('hidden', 'x'), [])).kind, 'unknown');
  const next = stage.klink({ hangingMs: 300 });
  assert.deepEqual(await valuesIn(next.journal), { first: '1', hidden: 'x' });
  const producers = await topic.producers();
  assert.equal(producers.find(({ producerId }) => producerId === foreign.producerId)?.currentTxnStartOffset, -1n);
});

test('journal: a topic that could lose decisions is refused, with what to type instead [5.4]', async () => {
  for (const [partitions, policy, what] of [
    [3, 'compact', /has 3 partitions, not 1/],
    [1, 'delete', /cleanup.policy=delete, which would delete decisions/],
    [1, 'compact,delete', /which would delete decisions/],
  ] as const) {
    const configs = { 'cleanup.policy': policy };
    await createTopic(stage.cluster, { name: STATE_TOPIC, partitions, replicationFactor: 1, configs });
    await WireTopic.find(wire, STATE_TOPIC);
    const outcome = await stage.klink().journal.open();
    assert.equal(outcome.kind, 'refused');
    assert.ok(outcome.kind === 'refused');
    assert.match(outcome.reason, what);
    assert.match(
      outcome.reason,
      /kafka-topics.sh .*--create --topic _klink.state --partitions 1 --replication-factor 1/,
    );
    assert.match(outcome.reason, /kafka-acls.sh .*--transactional-id klink- --resource-pattern-type prefixed/);
    await stage.forget();
  }
});

test('journal: a topic that an administrator has made is accepted when it is clean, else refused [5.4]', async () => {
  const configs = { 'cleanup.policy': 'compact' };
  await createTopic(stage.cluster, { name: STATE_TOPIC, partitions: 1, replicationFactor: 1, configs });
  const topic = await WireTopic.find(wire, STATE_TOPIC);
  const klink = stage.klink();
  assert.equal((await opened(klink.journal)).fresh, true);
  await topic.append(plainBatch('mirror/a', 'not ours'));
  const refused = await stage.klink().journal.open();
  assert.ok(refused.kind === 'refused', refused.kind);
  assert.match(refused.reason, /1 records from offset \d+ on that klink did not write, and no decision/);
  await stage.forget();
  await createTopic(stage.cluster, { name: STATE_TOPIC, partitions: 1, replicationFactor: 1, configs });
  await WireTopic.find(wire, STATE_TOPIC);
  await withJournal();
});

test('journal: a journal that was deleted and made again is another one [1.3]', async () => {
  const klink = await withJournal();
  await stage.forget();
  await withJournal();
  const outcome = await klink.journal.commit(decision('first', '2'), []);
  assert.notEqual(outcome.kind, 'committed');
  assert.deepEqual(await valuesIn(stage.klink().journal), { first: '1' });
});

test('journal: observations stand apart, late ones are all given, and none is a decision (T8) [5.2]', async () => {
  const klink = await withJournal();
  const topic = await WireTopic.find(wire, STATE_TOPIC);
  const before = await topic.end();
  for (const value of ['1', '2', '3', '4', '5', 'late']) {
    assert.deepEqual(await klink.journal.observe([{ key: 'memory/a', value }]), { kind: 'done' });
  }
  assert.deepEqual(await klink.journal.observe([{ key: 'first', value: 'observed' }]), { kind: 'done' });
  assert.equal(await topic.end(), before);
  const { entries, observations } = await opened(stage.klink().journal);
  assert.deepEqual(entries, [{ key: 'first', value: '1' }]);
  assert.deepEqual(observations, [
    { key: 'memory/a', value: '3' },
    { key: 'memory/a', value: '4' },
    { key: 'memory/a', value: '5' },
    { key: 'memory/a', value: 'late' },
    { key: 'first', value: 'observed' },
  ]);
});

test('journal: large decisions are whole or not there [5.1]', async () => {
  const klink = await withJournal();
  const records = Array.from({ length: 300 }, (_, i) => ({ key: `mirror/${i}`, value: `${i}`.padEnd(10_000, 'x') }));
  assert.deepEqual(await klink.journal.commit(records, ['many']), { kind: 'committed' });
  const { entries } = await opened(stage.klink().journal);
  assert.equal(entries.length, 301);
  assert.equal((await klink.journal.commit([{ key: 'huge', value: 'x'.repeat(11 << 20) }], [])).kind, 'fenced');
  const next = stage.klink();
  await opened(next.journal);
  const huge = [...decision('small', 'x'), { key: 'huge', value: 'x'.repeat(11 << 20) }];
  assert.equal((await next.journal.commit(huge, ['never'])).kind, 'refused');
  assert.deepEqual(await next.journal.commit(decision('first', '2'), []), { kind: 'committed' });
  const values = await valuesIn(stage.klink().journal);
  assert.equal(values.first, '2');
  assert.ok(!('small' in values));
});

const faults: readonly Fault[] = [
  { kind: 'lose-answer' },
  { kind: 'lose-request' },
  { kind: 'deliver-late', ms: 40 },
  { kind: 'deliver-late', ms: 250 },
];
for (const fault of faults) {
  for (const [what, api, skip] of [
    ['taking a partition', addPartitionsToTxn, 0],
    ['writing the records', produce, 0],
    ['writing the audit', produce, 1],
    ['the end', endTxn, 0],
  ] as const) {
    const words = fault.kind === 'deliver-late' ? `${fault.kind} by ${fault.ms} ms` : fault.kind;
    test(`journal: ${what}: ${words}: the outcome is settled, and it stays (R7) [5.3]`, async () => {
      const network = new FaultyNetwork(systemNetwork);
      const klink = await withJournal({ network });
      network.plan(api, fault, skip);
      const outcome = await klink.journal.commit(decision('second', '2'), ['second']);
      assert.equal(network.faults, 1);
      assert.deepEqual(outcome, { kind: 'committed' });
      assert.deepEqual(await klink.journal.commit(decision('third', '3'), ['third']), { kind: 'committed' });
      await until(
        'whatever is late has arrived',
        2_000,
        async () => (await klink.journal.confirm()).kind === 'current',
      );
      assert.deepEqual(await valuesIn(stage.klink().journal), { first: '1', second: '2', third: '3' });
    });
  }
}

test('journal: an end that arrives late does not end the next decision half written [5.3]', async () => {
  const network = new FaultyNetwork(systemNetwork);
  const klink = await withJournal({ network });
  network.plan(endTxn, { kind: 'deliver-late', ms: 400 });
  assert.deepEqual(await klink.journal.commit(decision('second', '2'), ['second']), { kind: 'committed' });
  // The third stands open, its audit not written yet, when the second's lost end arrives.
  const before = network.counts.get(produce.key) ?? 0;
  network.plan(produce, { kind: 'hold', ms: 800 }, 1);
  const deciding = klink.journal.commit(decision('third', '3'), ['third']);
  await until('the audit waits', 10_000, () => (network.counts.get(produce.key) ?? 0) === before + 2);
  const outcome = await deciding;
  const lines = async () => {
    const { records } = await new LogReader(await WireTopic.find(wire, AUDIT_TOPIC)).visible(0);
    return [...records.values()].map(({ value }) => value?.toString());
  };
  assert.deepEqual(outcome, { kind: 'committed' });
  assert.deepEqual(await lines(), ['made', 'second', 'third']);
});

test('journal: every batch of the state topic is transactional [5.1]', async () => {
  const klink = await withJournal();
  await klink.journal.observe([{ key: 'first', value: 'x' }]);
  await klink.journal.commit(decision('second', '2'), ['x']);
  const batches = await (await WireTopic.find(wire, STATE_TOPIC)).batches();
  const data = batches.filter((batch) => !batch.isControl);
  assert.ok(data.length >= 2);
  assert.ok(data.every((batch) => batch.isTransactional));
  const [first] = data;
  assert.ok(first);
  // The first record of a producer id introduces it.
  assert.equal(decodeBatch(first)[0]?.key?.toString(), `writer/${first.producerId}`);
});
