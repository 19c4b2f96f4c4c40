/**
 * A coordinator that forgets transactional ids, a broker that forgets producers, and a cleaner that compacts: on brokers of
 * KLINK_BROKERS with all of that set to seconds. What was decided before still counts (5.1).
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import { alterTopicConfig } from '../../src/client/admin/configs.js';
import { STATE_TOPIC } from '../../src/engine/journal/journal-topics.js';
import { describeTransactions } from '../../src/protocol/api/describe-transactions.js';
import { encodeBatch } from '../../src/protocol/records/encode.js';
import { brokerKind } from '../harness/engine-brokers.js';
import { opened, useStage } from '../harness/journal-stage.js';
import { until } from '../harness/until.js';
import { WireTopic } from '../harness/wire-topic.js';

const stage = await useStage(test, {
  'transactional.id.expiration.ms': '4000',
  // The embedded broker forgets in the same round in which it aborts.
  ...(brokerKind() === 'embedded'
    ? { 'transaction.abort.timed.out.transaction.cleanup.interval.ms': '500' }
    : { 'transaction.remove.expired.transaction.cleanup.interval.ms': '500' }),
  'producer.id.expiration.ms': '1000',
  'producer.id.expiration.check.interval.ms': '300',
  'log.cleaner.backoff.ms': '300',
  'log.retention.check.interval.ms': '500',
});
const wire = await stage.wire();

async function producerIdNow(): Promise<bigint | undefined> {
  const { transactionStates } = await wire.ask(describeTransactions, { transactionalIds: ['klink-state'] });
  const [state] = transactionStates;
  return state?.errorCode === 0 ? state.producerId : undefined;
}

const forgotten = () => until('klink-state is forgotten', 30_000, async () => (await producerIdNow()) === undefined);

test('journal: decisions under producer ids that the coordinator has forgotten still count [5.1]', async () => {
  const ids = new Set<bigint | undefined>();
  for (const key of ['a', 'b', 'c']) {
    const klink = stage.klink();
    await opened(klink.journal);
    assert.deepEqual(await klink.journal.commit([{ key, value: key }], ['x']), { kind: 'committed' });
    ids.add(await producerIdNow());
    await forgotten();
    // Whoever goes on under the forgotten id is fenced, and begins by reading.
    assert.equal((await klink.journal.commit([{ key, value: 'late' }], ['x'])).kind, 'fenced');
  }
  assert.equal(ids.size, 3);
  const { entries } = await opened(stage.klink().journal);
  assert.deepEqual(entries.map(({ value }) => value).sort(), ['a', 'b', 'c']);
});

test('journal: an owner that slept until the id was forgotten is not taken for the newest [5.3] [3.6]', async () => {
  const sleeper = stage.klink();
  await opened(sleeper.journal);
  assert.deepEqual(await sleeper.journal.confirm(), { kind: 'current' });
  const next = stage.klink();
  await opened(next.journal);
  assert.deepEqual(await next.journal.commit([{ key: 'a', value: 'next' }], ['x']), { kind: 'committed' });
  await forgotten();
  assert.equal((await sleeper.journal.confirm()).kind, 'fenced');
  assert.equal((await sleeper.journal.commit([{ key: 'a', value: 'stale' }], ['x'])).kind, 'unavailable');
  const { entries } = await opened(stage.klink().journal);
  assert.equal(entries.find(({ key }) => key === 'a')?.value, 'next');
});

test('journal: an idle owner goes on, although the broker has forgotten its sequence [5.1]', async () => {
  const klink = stage.klink();
  await opened(klink.journal);
  assert.deepEqual(await klink.journal.commit([{ key: 'idle', value: '1' }], ['x']), { kind: 'committed' });
  const topic = await WireTopic.find(wire, STATE_TOPIC);
  const producerId = await producerIdNow();
  await until('the producer is forgotten', 30_000, async () => {
    return !(await topic.producers()).some((each) => each.producerId === producerId);
  });
  assert.equal(await producerIdNow(), producerId, 'its transactional id should live longer');
  assert.deepEqual(await klink.journal.commit([{ key: 'idle', value: '2' }], ['x']), { kind: 'committed' });
  const { entries } = await opened(stage.klink().journal);
  assert.equal(entries.find(({ key }) => key === 'idle')?.value, '2');
});

test('journal: compaction takes nothing away, nor gives a foreign record our place [5.1]', async () => {
  const klink = stage.klink();
  await opened(klink.journal);
  const quick = { 'segment.ms': '300', 'min.compaction.lag.ms': '0', 'min.cleanable.dirty.ratio': '0.01' };
  await alterTopicConfig(
    stage.cluster,
    STATE_TOPIC,
    Object.entries(quick).map(([name, value]) => ({ name, value })),
  );
  const topic = await WireTopic.find(wire, STATE_TOPIC);
  const plain = (value: string) =>
    encodeBatch({ records: [{ timestamp: BigInt(Date.now()), key: Buffer.from('key/3'), value: Buffer.from(value) }] });
  let expected: string | undefined;
  const before = await topic.end();
  for (let i = 0; i < 30; i++) {
    expected = `value ${i}`;
    const records = Array.from({ length: 5 }, (_, key) => ({ key: `key/${key}`, value: expected ?? '' }));
    assert.deepEqual(await klink.journal.commit(records, []), { kind: 'committed' });
    if (i % 10 === 5) await topic.append(plain('foreign'));
  }
  await topic.append(plain('foreign and last'));
  // The next decision of another key shows it, and puts ours behind it.
  assert.deepEqual(await klink.journal.commit([{ key: 'other', value: 'x' }], []), { kind: 'committed' });
  let filler = 0;
  await until('the log is compacted', 60_000, async () => {
    // A new batch rolls the segment, so that the cleaner may go on.
    await klink.journal.commit([{ key: 'filler', value: String(filler++) }], []);
    const old = (await topic.batches()).filter((batch) => !batch.isControl && batch.recordCount > 1);
    return old.length < 10 && (await topic.end()) > before + 150n;
  });
  const { entries } = await opened(stage.klink().journal);
  const values = new Map(entries.map(({ key, value }) => [key, value]));
  for (let key = 0; key < 5; key++) assert.equal(values.get(`key/${key}`), expected, `key/${key}`);
  assert.equal(values.get('other'), 'x');
});
