/** What hostile clients once did to the embedded broker, each as it was found. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTopics } from '../../src/protocol/api/create-topics.js';
import { describeGroups } from '../../src/protocol/api/describe-groups.js';
import { describeTopicPartitions } from '../../src/protocol/api/describe-topic-partitions.js';
import { findCoordinator } from '../../src/protocol/api/find-coordinator.js';
import { listOffsets } from '../../src/protocol/api/list-offsets.js';
import { metadata } from '../../src/protocol/api/metadata.js';
import { offsetCommit } from '../../src/protocol/api/offset-commit.js';
import { offsetFetch } from '../../src/protocol/api/offset-fetch.js';
import { produce } from '../../src/protocol/api/produce.js';
import { decodeRequest, encodeRequest, peekRequest } from '../../src/protocol/codec.js';
import { errorCode } from '../../src/protocol/errors.js';
import { DecodeError } from '../../src/protocol/reader.js';
import { encodeBatch } from '../../src/protocol/records/encode.js';
import type { Api, Draft } from '../../src/protocol/schema.js';
import { rawBatch } from '../harness/raw-batch.js';
import { until } from '../harness/until.js';
import { BrokerStage } from './broker-stage.js';
import { bomb } from './draw-records.js';

async function stage(
  t: { after(end: () => Promise<void>): void },
  config: Readonly<Record<string, string>> = {},
): Promise<BrokerStage> {
  const opened = await BrokerStage.open(1, config);
  t.after(() => opened.close());
  return opened;
}

const ask = <Q, S>(on: BrokerStage, api: Api<Q, S>, version: number, body: Draft<Q>) =>
  on.world.finish(api.name, 60_000, on.home.send(api, version, body));

test('Metadata 10 and 11 that ask by topic id are refused as a whole [1.2]', async (t) => {
  const on = await stage(t);
  const [topicId = ''] = on.topicIds;
  for (const version of [10, 11]) {
    for (const wanted of [{ name: null }, { name: null, topicId }, { name: 'topic', topicId }]) {
      const { topics } = await ask(on, metadata, version, { topics: [wanted, { name: 'home' }] });
      const { INVALID_REQUEST } = errorCode;
      assert.deepEqual(
        topics.map(({ errorCode: code, name }) => ({ code, name })),
        [
          { code: INVALID_REQUEST, name: wanted.name ?? '' },
          { code: INVALID_REQUEST, name: 'home' },
        ],
      );
    }
  }
  await on.isSound();
});

const BOMBS: readonly { readonly name: string; readonly make: () => Buffer }[] = [
  { name: 'more than two million records in a few kilobytes', make: () => bomb('gzip', 15 << 20) },
  {
    name: 'more than 100 MiB in a few kilobytes',
    make: () => encodeBatch({ codec: 'zstd', records: [{ timestamp: 1n, value: Buffer.alloc((100 << 20) + 1) }] }),
  },
];
for (const { name, make } of BOMBS) {
  test(`a batch of ${name} is refused, and takes no memory [3.7]`, async (t) => {
    const on = await stage(t);
    const topicData = [{ name: 'compacted', partitionData: [{ index: 0, records: make() }] }];
    const before = process.memoryUsage().heapUsed;
    const { responses } = await ask(on, produce, 9, { acks: -1, timeoutMs: 1_000, topicData });
    const taken = process.memoryUsage().heapUsed - before;
    assert.equal(responses[0]?.partitionResponses[0]?.errorCode, errorCode.UNKNOWN_SERVER_ERROR);
    assert.ok(taken < 64 << 20, `${taken} bytes were taken`);
    await on.isSound();
  });
}

test('records that cannot be read make ListOffsets by time answer 2 for that partition, and nothing else end [4.4]', async (t) => {
  const on = await stage(t);
  // Nobody looks at the length of a record that is only skipped through [3.7].
  const records = rawBatch({ codec: 'gzip', records: [{ length: 3 }], baseTimestamp: 1n });
  const topicData = [{ name: 'topic', partitionData: [{ index: 0, records }] }];
  const produced = await ask(on, produce, 9, { acks: -1, timeoutMs: 1_000, topicData });
  assert.equal(produced.responses[0]?.partitionResponses[0]?.errorCode, errorCode.NONE);
  const partitions = [0, 1].map((partitionIndex) => ({ partitionIndex, timestamp: 0n, currentLeaderEpoch: -1 }));
  const { topics } = await ask(on, listOffsets, 7, { replicaId: -1, topics: [{ name: 'topic', partitions }] });
  const codes = topics[0]?.partitions.map(({ errorCode: code }) => code);
  assert.deepEqual(codes, [errorCode.CORRUPT_MESSAGE, errorCode.NONE]);
  await on.isSound();
});

test('a request of more than a million elements is malformed, before they are objects', () => {
  const header = { correlationId: 1, clientId: 'many' };
  const asked = (count: number) => {
    const topics = Array.from({ length: count }, () => ({ name: '' }));
    const frame = Buffer.concat(encodeRequest(describeTopicPartitions, 0, header, { topics })).subarray(4);
    return () => decodeRequest(describeTopicPartitions, 0, frame, peekRequest(frame).bodyAt);
  };
  assert.equal(asked(1 << 16)().topics.length, 1 << 16);
  assert.throws(asked((1 << 20) + 1), (error) => error instanceof DecodeError && /elements/.test(error.message));
  // Those of tagged fields and of inner arrays count as well.
  const replicas = Array.from({ length: 1 << 19 }, () => 1);
  const assignments = [1, 2, 3].map((partitionIndex) => ({ partitionIndex, brokerIds: replicas }));
  const frame = Buffer.concat(
    encodeRequest(createTopics, 7, header, { topics: [{ name: 'x', assignments }] }),
  ).subarray(4);
  assert.throws(() => decodeRequest(createTopics, 7, frame, peekRequest(frame).bodyAt), DecodeError);
});

test('an answer that quotes a name as long as the protocol allows is given, and its words are cut [1.2]', async (t) => {
  const on = await stage(t);
  const name = 'y'.repeat(0x7fff);
  const { groups } = await ask(on, describeGroups, 6, { groups: [name] });
  assert.deepEqual([groups[0]?.groupId, groups[0]?.errorCode], [name, errorCode.GROUP_ID_NOT_FOUND]);
  assert.match(groups[0]?.errorMessage ?? '', /^Group y{10000,}…$/);
  await on.isSound();
});

test('an offset that is to be kept for longer than 64 bits of milliseconds is kept [5.5]', async (t) => {
  const on = await stage(t, { 'offsets.retention.check.interval.ms': '1000' });
  await ask(on, findCoordinator, 3, { keyType: 0, key: 'kept' });
  const { clock } = on.world.host('home');
  const partitions = [{ partitionIndex: 0, committedOffset: 7n, committedMetadata: null }];
  for (const [groupId, retentionTimeMs] of [
    ['kept', 2n ** 63n - 1n],
    ['gone', 1n],
  ] as const) {
    const topics = [{ name: 'home', partitions }];
    const commit = { groupId, memberId: '', generationIdOrMemberEpoch: -1, retentionTimeMs, topics };
    const answer = await ask(on, offsetCommit, 3, commit);
    assert.equal(answer.topics[0]?.partitions[0]?.errorCode, 0);
  }
  const committed = async (groupId: string) => {
    const asked = { groupId, topics: [{ name: 'home', partitionIndexes: [0] }] };
    return (await on.home.send(offsetFetch, 5, asked)).topics[0]?.partitions[0]?.committedOffset;
  };
  const isGone = async () => (await committed('gone')) === -1n;
  await on.world.finish('a look', 20_000, until('the other is gone', 10_000, isGone, clock));
  assert.equal(await on.world.finish('an offset', 20_000, committed('kept')), 7n);
  await on.isSound();
});
