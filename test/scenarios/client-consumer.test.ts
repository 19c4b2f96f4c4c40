/** The consumer for the command line, alone and in groups, on an embedded broker that is restarted and grown. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { systemNetwork } from '../../src/base/node/network.js';
import { committedOffsets } from '../../src/client/admin/group-offsets.js';
import { describeGroup } from '../../src/client/admin/groups.js';
import { deleteRecords } from '../../src/client/admin/records.js';
import { createTopic, deleteTopic, growTopic } from '../../src/client/admin/topics.js';
import { type Consumer, type ConsumerOptions, openConsumer, UncommittedError } from '../../src/client/consumer.js';
import type { ReceivedRecord } from '../../src/client/partition-reader.js';
import { openProducer } from '../../src/client/producer.js';
import { KafkaError } from '../../src/client/types.js';
import { fetch } from '../../src/protocol/api/fetch.js';
import { offsetCommit } from '../../src/protocol/api/offset-commit.js';
import { useCluster } from '../harness/client-broker.js';
import { useEmbedded } from '../harness/embedded.js';
import { Transactions, writePlain } from '../harness/engine-source.js';
import { FaultyNetwork } from '../harness/faulty-network.js';
import { Wire } from '../harness/wire.js';
import { WireTopic } from '../harness/wire-topic.js';

const broker = await useEmbedded(test, { config: { 'group.min.session.timeout.ms': '100' } });
const network = new FaultyNetwork(systemNetwork);
const cluster = useCluster(test, { address: broker, sasl: undefined }, { network });
const never = new AbortController().signal;
const WITHIN_MS = 30_000;

async function newTopic(name: string, partitions = 1): Promise<string> {
  await createTopic(cluster, { name, partitions, replicationFactor: 1 });
  return name;
}

/** `partition:value` per record, in order of the acknowledgements. */
async function write(topic: string, values: readonly string[], partitions = 1): Promise<void> {
  const producer = await openProducer({ cluster, topic });
  await Promise.all(
    values.map((value, i) => producer.send({ key: null, value: Buffer.from(value), partition: i % partitions })),
  );
  await producer.close();
}

const numbers = (from: number, count: number) => Array.from({ length: count }, (_, i) => String(from + i));

const opened: Consumer[] = [];
/** Those of a test that failed would beat on for ever. */
test.after(() => Promise.allSettled(opened.map((consumer) => consumer.close())));

async function consume(topics: string | RegExp, group?: string, more: Partial<ConsumerOptions> = {}) {
  const consumer = await openConsumer({ cluster, topics, group, from: 'earliest', lookEveryMs: 200, ...more });
  opened.push(consumer);
  return consumer;
}

/** Reads and handles until `count` records have come, or nothing more for a while. */
async function take(consumer: Consumer, count: number, signal = never): Promise<string[]> {
  const values: string[] = [];
  const endMs = performance.now() + WITHIN_MS;
  while (values.length < count && !signal.aborted) {
    assert.ok(performance.now() < endMs, `only ${values.length} of ${count}: ${values.join(' ')}`);
    for (const record of await consumer.read(signal)) {
      values.push(textOf(record));
      consumer.handled(record);
    }
  }
  return values;
}

const textOf = (record: ReceivedRecord) => record.value?.toString() ?? '';

async function committedFor(group: string): Promise<string[]> {
  const found = (await committedOffsets(cluster, [group])).get(group) ?? [];
  return found.map(({ topic, partition, offset }) => `${topic}/${partition}=${offset}`).sort();
}

test('alone: all partitions from the beginning, nothing left behind', async () => {
  const topic = await newTopic('alone', 3);
  await write(topic, numbers(0, 30), 3);
  const consumer = await consume(topic);
  assert.deepEqual((await take(consumer, 30)).sort(), numbers(0, 30).sort());
  await consumer.close();
  await assert.rejects(consumer.read(never), /closed/);
});

test('alone from the end: only what is written afterwards, also in partitions that are added later', async () => {
  const topic = await newTopic('from-end');
  await write(topic, numbers(0, 5));
  const consumer = await consume(topic, undefined, { from: 'latest' });
  assert.deepEqual(await consumer.read(AbortSignal.timeout(700)), []);
  await write(topic, numbers(5, 5));
  assert.deepEqual(await take(consumer, 5), numbers(5, 5));
  await growTopic(cluster, { name: topic, count: 2 });
  const producer = await openProducer({ cluster, topic });
  await producer.send({ key: null, value: Buffer.from('in the new one'), partition: 1 });
  await producer.close();
  assert.deepEqual(await take(consumer, 1), ['in the new one']);
  await consumer.close();
});

test('a group goes on exactly behind the last handled record [client 5.1]', async () => {
  const topic = await newTopic('exact');
  await write(topic, numbers(0, 20));
  const first = await consume(topic, 'exact-group');
  let records: readonly ReceivedRecord[] = [];
  while (records.length === 0) records = await first.read(never);
  assert.equal(records.length, 20);
  for (const record of records.slice(0, 7)) first.handled(record);
  await first.close();
  assert.deepEqual(await committedFor('exact-group'), ['exact/0=7']);
  assert.equal((await describeGroup(cluster, 'exact-group'))?.state, 'Empty');
  const second = await consume(topic, 'exact-group');
  assert.deepEqual(await take(second, 13), numbers(7, 13));
  await second.close();
  const third = await consume(topic, 'exact-group');
  assert.deepEqual(await third.read(AbortSignal.timeout(1_500)), []);
  await third.close();
  assert.deepEqual(await committedFor('exact-group'), ['exact/0=20']);
});

test('nothing handled: where the group begins is committed, so that nobody who goes on elsewhere passes over it [client 5.1]', async () => {
  const topic = await newTopic('nothing');
  await write(topic, numbers(0, 3));
  const consumer = await consume(topic, 'nothing-group');
  while ((await consumer.read(never)).length === 0);
  await consumer.close();
  assert.deepEqual(await committedFor('nothing-group'), ['nothing/0=0']);
});

test('aborted transactions and markers are not seen, and a group that has read all has no lag [client 5.4]', async () => {
  const topic = await newTopic('committed');
  const wire = await Wire.open(broker);
  const at = await WireTopic.find(wire, topic);
  const transactions = await new Transactions(wire, 'consumer-tx').init();
  await writePlain(at, 2);
  await transactions.write(at, 3);
  await transactions.end(false);
  await transactions.write(at, 4);
  await transactions.end(true);
  await transactions.write(at, 5);
  const consumer = await consume(topic, 'committed-group');
  // 2 plain, 3 aborted with their marker, 4 committed: offsets 0, 1 and 6 to 9; the open ones wait.
  const offsets: bigint[] = [];
  while (offsets.length < 6) {
    for (const record of await consumer.read(never)) {
      offsets.push(record.offset);
      consumer.handled(record);
    }
  }
  assert.deepEqual(offsets, [0n, 1n, 6n, 7n, 8n, 9n]);
  await transactions.end(false);
  assert.deepEqual(await consumer.read(never), []);
  await consumer.close();
  const [committed] = await committedFor('committed-group');
  // Behind the commit marker at 10 at least, and never beyond the end at 17.
  assert.ok(committed === 'committed/0=11' || committed === 'committed/0=17', committed);
  wire.close();
});

test('an offset that was deleted is passed over in so many words [client 5.5]', async () => {
  const topic = await newTopic('deleted');
  await write(topic, numbers(0, 10));
  const group = await consume(topic, 'deleted-group');
  let records: readonly ReceivedRecord[] = [];
  while (records.length === 0) records = await group.read(never);
  for (const record of records.slice(0, 2)) group.handled(record);
  await group.close();
  await deleteRecords(cluster, [{ topic, partition: 0, offset: 6n }]);
  const notices: string[] = [];
  const again = await consume(topic, 'deleted-group', { notice: (text) => notices.push(text), from: 'latest' });
  assert.deepEqual(await take(again, 4), numbers(6, 4));
  await again.close();
  assert.deepEqual(notices, ['deleted/0: offset 2 has been deleted; going on at 6']);
});

test('a committed offset above the end begins where it was told to [client 5.5]', async () => {
  const topic = await newTopic('above');
  await write(topic, numbers(0, 4));
  const channel = await cluster.channel(await cluster.coordinator('group', 'above-group'), 'test');
  const topics = [{ name: topic, partitions: [{ partitionIndex: 0, committedOffset: 99n, committedMetadata: '' }] }];
  await channel.send(
    offsetCommit,
    { groupId: 'above-group', generationIdOrMemberEpoch: -1, topics },
    { versionMax: 9 },
  );
  const notices: string[] = [];
  const consumer = await consume(topic, 'above-group', { notice: (text) => notices.push(text) });
  assert.deepEqual(await take(consumer, 4), numbers(0, 4));
  await consumer.close();
  assert.deepEqual(notices, ['above/0: offset 99 lies above the end 4; going on at 0']);
});

test('two readers share the partitions, each record is seen once, whoever comes and goes [client 5.2]', async () => {
  const topic = await newTopic('shared', 4);
  const seen = new Map<string, number>();
  const reader = async (signal: AbortSignal) => {
    const consumer = await consume(topic, 'shared-group');
    while (!signal.aborted) {
      for (const record of await consumer.read(signal)) {
        if (signal.aborted) break;
        seen.set(textOf(record), (seen.get(textOf(record)) ?? 0) + 1);
        consumer.handled(record);
      }
    }
    await consumer.close();
  };
  const total = 600;
  const writing = (async () => {
    for (let from = 0; from < total; from += 20) await write(topic, numbers(from, 20), 4);
  })();
  const all = new AbortController();
  const steady = reader(all.signal);
  // Each comes in the middle of the others' rebalance, or leaves in it.
  for (const stay of [900, 100, 500, 0, 1_200]) await reader(AbortSignal.timeout(stay));
  await writing;
  const endMs = performance.now() + WITHIN_MS;
  while (seen.size < total && performance.now() < endMs) await new Promise((resolve) => setTimeout(resolve, 20));
  all.abort();
  await steady;
  assert.equal(seen.size, total);
  assert.deepEqual(
    [...seen].filter(([, times]) => times !== 1),
    [],
  );
  const committed = await committedFor('shared-group');
  assert.deepEqual(
    committed,
    [0, 1, 2, 3].map((partition) => `shared/${partition}=${total / 4}`),
  );
});

test('what was handled before a rebalance ends is committed, although the reader ends in it [client 5.2]', async () => {
  const topic = await newTopic('ends', 2);
  await write(topic, numbers(0, 20), 2);
  const first = await consume(topic, 'ends-group', { rebalanceTimeoutMs: 20_000, commitEveryMs: 60_000 });
  let records: readonly ReceivedRecord[] = [];
  while (records.length < 20) records = [...records, ...(await first.read(never))];
  for (const record of records.filter(({ partition, offset }) => partition === 0 && offset < 6n)) first.handled(record);
  // The second one joins: from now on the group waits for the first to join again, which it never does.
  const second = await consume(topic, 'ends-group');
  const joining = second.read(AbortSignal.timeout(10_000));
  while ((await describeGroup(cluster, 'ends-group'))?.state !== 'PreparingRebalance');
  for (const record of records.filter(({ partition, offset }) => partition === 1 && offset < 3n)) first.handled(record);
  await first.close();
  assert.deepEqual(await committedFor('ends-group'), ['ends/0=6', 'ends/1=3']);
  const rest = (await joining).map((record) => {
    second.handled(record);
    return textOf(record);
  });
  rest.push(...(await take(second, 11 - rest.length)));
  await second.close();
  assert.equal(rest.length, 11);
  assert.deepEqual(await committedFor('ends-group'), ['ends/0=10', 'ends/1=10']);
});

test('a reader whose session has ended commits under a new membership what is still its own [client 5.3]', async () => {
  const topic = await newTopic('late');
  await write(topic, numbers(0, 10));
  const consumer = await consume(topic, 'late-group', { sessionTimeoutMs: 300, commitEveryMs: 60_000 });
  let records: readonly ReceivedRecord[] = [];
  while (records.length === 0) records = await consumer.read(never);
  for (const record of records.slice(0, 4)) consumer.handled(record);
  // Stopped for longer than its session, as by a closed lid: nothing in this process runs meanwhile.
  broker.pause();
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 600);
  broker.resume();
  await consumer.close();
  assert.deepEqual(await committedFor('late-group'), ['late/0=4']);
});

test('a reader that lost its partitions to another says which records will be read again [client 5.3]', async () => {
  const topic = await newTopic('lost', 2);
  await write(topic, numbers(0, 20), 2);
  const first = await consume(topic, 'lost-group', { rebalanceTimeoutMs: 1_500, commitEveryMs: 60_000 });
  let records: readonly ReceivedRecord[] = [];
  while (records.length < 20) records = [...records, ...(await first.read(never))];
  for (const record of records.filter(({ offset }) => offset < 4n)) first.handled(record);
  const second = await consume(topic, 'lost-group', { rebalanceTimeoutMs: 1_500, sessionTimeoutMs: 1_500 });
  // The first one does not come back in its time: everything goes to the second.
  assert.deepEqual((await take(second, 20)).sort(), numbers(0, 20).sort());
  const ending = new AbortController();
  const going = take(second, 1, ending.signal);
  // It joins once more, and one of its partitions stays with the second.
  await assert.rejects(first.close(), (error) => {
    assert.ok(error instanceof UncommittedError, String(error));
    assert.match(error.message, /^not committed, and to be read again: lost\/[01] up to 4: another member/);
    return true;
  });
  ending.abort();
  await going;
  await second.close();
  assert.deepEqual(await committedFor('lost-group'), ['lost/0=10', 'lost/1=10']);
});

test('a broker that is killed while a group reads loses and repeats nothing [client 5.7]', async () => {
  const topic = await newTopic('killed', 2);
  await write(topic, numbers(0, 40), 2);
  const notices: string[] = [];
  const consumer = await consume(topic, 'killed-group', { notice: (text) => notices.push(text) });
  const values = await take(consumer, 40);
  await broker.kill9();
  const waiting = take(consumer, 40);
  await broker.restart();
  await write(topic, numbers(40, 40), 2);
  values.push(...(await waiting));
  await consumer.close();
  assert.deepEqual(values.sort(), numbers(0, 80).sort());
  assert.deepEqual(await committedFor('killed-group'), ['killed/0=40', 'killed/1=40']);
});

test('lost answers to fetches and commits change nothing', async () => {
  const topic = await newTopic('faults');
  await write(topic, numbers(0, 10));
  const consumer = await consume(topic, 'faults-group', { commitEveryMs: 0 });
  network.plan(fetch, { kind: 'lose-answer' });
  network.plan(fetch, { kind: 'lose-request' }, 1);
  network.plan(offsetCommit, { kind: 'lose-answer' });
  network.plan(offsetCommit, { kind: 'lose-request' }, 1);
  assert.deepEqual(await take(consumer, 10), numbers(0, 10));
  await write(topic, numbers(10, 10));
  assert.deepEqual(await take(consumer, 10), numbers(10, 10));
  await consumer.close();
  assert.deepEqual(await committedFor('faults-group'), ['faults/0=20']);
});

test('an expression reads all topics that match, also those that are made later [client 5.6]', async () => {
  await write(await newTopic('m.one'), ['one']);
  await newTopic('other.one');
  const consumer = await consume(/^m\./, 'm-group');
  assert.deepEqual(await take(consumer, 1), ['one']);
  await write(await newTopic('m.two'), ['two']);
  assert.deepEqual(await take(consumer, 1), ['two']);
  await consumer.close();
  assert.deepEqual(await committedFor('m-group'), ['m.one/0=1', 'm.two/0=1']);
});

test('an unknown topic is refused, and one that is deleted ends the reading', async () => {
  const unknown = (error: unknown) => error instanceof KafkaError && error.code === 3;
  await assert.rejects(consume('no-such-topic'), unknown);
  const topic = await newTopic('short-lived');
  await write(topic, numbers(0, 2));
  const consumer = await consume(topic);
  assert.deepEqual(await take(consumer, 2), numbers(0, 2));
  await deleteTopic(cluster, topic);
  await assert.rejects(take(consumer, 1), unknown);
  await consumer.close();
});

test('Ctrl-C in the middle of a wait is answered at once', async () => {
  const topic = await newTopic('idle');
  const consumer = await consume(topic, 'idle-group');
  const startMs = performance.now();
  assert.deepEqual(await consumer.read(AbortSignal.timeout(50)), []);
  await consumer.close();
  assert.ok(performance.now() - startMs < 3_000);
});
