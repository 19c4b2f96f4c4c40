/** The journal on each kind of broker: KLINK_BROKERS=embedded|4.3.0|3.9.1. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { topicConfig } from '../../src/client/admin/configs.js';
import { createTopic } from '../../src/client/admin/topics.js';
import type { JournalRecord } from '../../src/control/ports/journal.js';
import { AUDIT_TOPIC, JOURNAL_TOPICS, SEEN_TOPIC, STATE_TOPIC } from '../../src/engine/journal/journal-topics.js';
import { decodeBatch } from '../../src/protocol/records/decode.js';
import { encodeBatch } from '../../src/protocol/records/encode.js';
import { LogReader } from '../harness/engine-log.js';
import { opened, RawTransactions, useStage, valuesNow, withJournal } from '../harness/journal-stage.js';
import { WireTopic } from '../harness/wire-topic.js';

const stage = await useStage(test);
const wire = await stage.wire();

test.beforeEach(() => stage.forget());

function decision(key: string, value: string | null): JournalRecord[] {
  return [{ key, value }];
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

test('journal: plain records do not count, and our own goes behind them again (T8) [5.1]', async () => {
  await withJournal(stage);
  const topic = await WireTopic.find(wire, STATE_TOPIC);
  assert.equal((await topic.append(plainBatch('first', 'late and plain')))[0], 0);
  assert.equal((await topic.append(plainBatch('nobody', 'knows this key')))[0], 0);
  assert.deepEqual(await valuesNow(stage), { first: '1' });
  // Compaction keeps the last record of a key, whoever wrote it.
  const { records } = await new LogReader(topic).visible(0);
  const last = [...records.values()].filter(({ key }) => key?.toString() === 'first').at(-1);
  assert.equal(last?.value?.toString(), '1');
});

test('journal: transactions of another id do not count, nor do copies of the introduction (T8) [5.1]', async () => {
  await withJournal(stage);
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
  assert.deepEqual(await valuesNow(stage), { first: '1' });
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
  await withJournal(stage);
});

test('journal: a journal that was deleted and made again is another one [1.3]', async () => {
  const klink = await withJournal(stage);
  await stage.forget();
  await withJournal(stage);
  const outcome = await klink.journal.commit(decision('first', '2'), []);
  assert.notEqual(outcome.kind, 'committed');
  assert.deepEqual(await valuesNow(stage), { first: '1' });
});

test('journal: observations stand apart, late ones are all given, and none is a decision (T8) [5.2]', async () => {
  const klink = await withJournal(stage);
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
  const klink = await withJournal(stage);
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
  const values = await valuesNow(stage);
  assert.equal(values.first, '2');
  assert.ok(!('small' in values));
});

test('journal: every batch of the state topic is transactional [5.1]', async () => {
  const klink = await withJournal(stage);
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
