/**
 * A mirror is read-only until it is promoted, a super user's stray record stops its partition and no other, and a source
 * topic that was made again is noticed, running or not. With a klink server, on Apache Kafka.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import kafkajs from 'kafkajs';
import { until } from '../harness/until.js';
import { foreignClient, LinkStage, numbers, withAdmin, withProducer } from './link-stage.js';

const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } = kafkajs;
const REFUSED = /not authorized/i;
const FOUND_WITHIN_MS = 10_000;
const ends: (() => Promise<void>)[] = [];
let stage: LinkStage;

before(async () => {
  const scope = { after: (end: () => Promise<void>) => void ends.unshift(end) };
  stage = await LinkStage.open(scope, { version: '4.3.0' });
  await stage.createLink();
});
after(async () => {
  for (const end of ends) await end();
});

async function mirrored(topic: string, partitions = 1): Promise<void> {
  await withAdmin(foreignClient(stage.source, 'admin'), (admin) =>
    admin.createTopics({ waitForLeaders: true, topics: [{ topic, numPartitions: partitions }] }),
  );
  for (let partition = 0; partition < partitions; partition++) await write(topic, 1, 10, partition);
  await stage.createMirror(topic);
  for (let partition = 0; partition < partitions; partition++) await stage.copied(topic, 10, partition);
}

async function write(topic: string, from: number, to: number, partition = 0): Promise<void> {
  const messages = numbers(from, to).map((message) => ({ ...message, partition }));
  await withProducer(foreignClient(stage.source, 'admin'), (producer) => producer.send({ topic, messages }));
}

async function stray(topic: string, partition: number): Promise<void> {
  await withProducer(foreignClient(stage.destination, 'admin'), (producer) =>
    producer.send({ topic, messages: [{ value: 'stray', partition }] }),
  );
}

test('a mirror refuses every way to change it by an ordinary principal, until it is promoted [P6, 6.1]', async () => {
  const topic = 'guarded';
  await mirrored(topic);
  // Everything is allowed to the application: only the fence stands in its way.
  await withAdmin(foreignClient(stage.destination, 'admin'), (admin) =>
    admin.createAcls({
      acl: [
        [AclResourceTypes.TOPIC, topic],
        [AclResourceTypes.TRANSACTIONAL_ID, 'app-tx'],
        [AclResourceTypes.CLUSTER, 'kafka-cluster'],
      ].map(([resourceType, resourceName]) => ({
        resourceType: resourceType as number,
        resourceName: resourceName as string,
        resourcePatternType: ResourcePatternTypes.LITERAL,
        principal: 'User:app',
        host: '*',
        operation:
          resourceType === AclResourceTypes.CLUSTER ? AclOperationTypes.IDEMPOTENT_WRITE : AclOperationTypes.ALL,
        permissionType: AclPermissionTypes.ALLOW,
      })),
    }),
  );
  const app = foreignClient(stage.destination, 'app');
  const send = { topic, messages: [{ value: 'x' }] };
  const attempts: Record<string, () => Promise<unknown>> = {
    'a plain write': () => withProducer(app, (producer) => producer.send(send)),
    'an idempotent write': () => withProducer(app, (producer) => producer.send(send), { idempotent: true }),
    'a transactional write': () =>
      withProducer(
        app,
        async (producer) => {
          const transaction = await producer.transaction();
          try {
            await transaction.send(send);
            await transaction.commit();
          } catch (error) {
            await transaction.abort();
            throw error;
          }
        },
        { transactionalId: 'app-tx', idempotent: true, maxInFlightRequests: 1 },
      ),
    DeleteRecords: () =>
      withAdmin(app, async (admin) => {
        // It asks nobody for the leader by itself.
        await admin.fetchTopicOffsets(topic);
        await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '5' }] });
      }),
    'deleting the topic': () => withAdmin(app, (admin) => admin.deleteTopics({ topics: [topic] })),
  };
  for (const [what, attempt] of Object.entries(attempts)) await assert.rejects(attempt(), isRefusal, what);
  await stage.status(topic, 'ACTIVE', 5_000);
  await write(topic, 11, 12);
  await stage.copied(topic, 12);

  await stage.alter('promote', [topic]);
  await stage.status(topic, 'STOPPED', 60_000);
  await withProducer(app, (producer) => producer.send(send));
});

test('a stray record on an idle partition is found within 10 s and stops that partition alone [P3, 3.4]', async () => {
  const topic = 'strayed';
  await mirrored(topic, 3);
  const atMs = Date.now();
  await stray(topic, 1);
  await failedAt(topic, 1, 'FOREIGN_WRITE', 10, FOUND_WITHIN_MS);
  assert.ok(Date.now() - atMs < FOUND_WITHIN_MS, 'found in time');
  await write(topic, 11, 20, 0);
  await write(topic, 11, 20, 1);
  await write(topic, 11, 20, 2);
  await stage.copied(topic, 20, 0);
  await stage.copied(topic, 20, 2);
  await stage.copied(topic, 10, 1);
});

test('a stray record that was written while klink was down is found at its offset [2.3]', async () => {
  const topic = 'strayed-in-the-dark';
  await mirrored(topic, 2);
  await stage.klink.kill9();
  await stray(topic, 0);
  await write(topic, 11, 20, 0);
  await write(topic, 11, 20, 1);
  await stage.klink.start();
  await stage.owned();
  await failedAt(topic, 0, 'FOREIGN_WRITE', 10, 60_000);
  await stage.copied(topic, 20, 1);
});

for (const running of [true, false]) {
  const when = running ? 'while klink runs' : 'while klink is down';
  test(`a source topic deleted and made again ${when} stops the mirror, nothing is appended [1.3, T7]`, async () => {
    const topic = running ? 'made-again' : 'made-again-in-the-dark';
    await mirrored(topic);
    if (!running) await stage.klink.kill9();
    await withAdmin(foreignClient(stage.source, 'admin'), async (admin) => {
      await admin.deleteTopics({ topics: [topic] });
      await until('the topic is gone', 30_000, async () => !(await admin.listTopics()).includes(topic));
      await admin.createTopics({ waitForLeaders: false, topics: [{ topic, numPartitions: 1 }] });
      await until('the new one has a leader', 30_000, async () => {
        const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
        return (topics[0]?.partitions[0]?.leader ?? -1) >= 0;
      });
    });
    await write(topic, 101, 130);
    if (!running) {
      await stage.klink.start();
      await stage.owned();
    }
    await failedAt(topic, 0, 'SOURCE_RECREATED', 10, 60_000);
    assert.equal((await stage.mirror(topic)).mirror_topic_error, 'SOURCE_TOPIC_ID_CHANGED');
    const [offsets] = await withAdmin(foreignClient(stage.destination, 'admin'), (admin) =>
      admin.fetchTopicOffsets(topic),
    );
    assert.equal(offsets?.high, '10');
  });
}

/** kafkajs wraps what it was answered, and keeps DeleteRecords' answers per partition. */
function isRefusal(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { partitions = [] } = error as Error & { readonly partitions?: readonly { readonly error: Error }[] };
  return REFUSED.test(error.message) || [error.cause, ...partitions.map((each) => each.error)].some(isRefusal);
}

async function failedAt(
  topic: string,
  partition: number,
  reason: string,
  offset: number,
  withinMs: number,
): Promise<void> {
  await until(`${topic}-${partition} is ${reason} at ${offset}`, withinMs, async () => {
    const { failure } = (await stage.detail(topic)).partitions[partition] ?? {};
    if (failure?.reason !== reason || failure.offset !== offset) throw new Error(JSON.stringify(failure));
    return true;
  });
  assert.equal((await stage.mirror(topic)).mirror_status, 'FAILED');
}
