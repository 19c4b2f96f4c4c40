/**
 * Three brokers, one of which stops or is killed: a partition that cannot get its barrier now waits with the reason and gets
 * it later, and a fence is not called lifted while a broker may still show it. Spec: docs/spec/promotion.md, fence.md.
 */
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import type { KafkaCluster } from '../../src/client/types.js';
import type { FencePort } from '../../src/control/ports/fence.js';
import type { EndingRequest, PromotionPort } from '../../src/control/ports/promotion.js';
import { BARRIER_EPOCH, dataProducerId } from '../../src/engine/copy/identity.js';
import { noMemory } from '../../src/engine/copy/prove-partition.js';
import { createFencePort } from '../../src/engine/fence/fence.js';
import { createPromotionPort } from '../../src/engine/promotion/promotion.js';
import { SourceClusters } from '../../src/engine/source/source-clusters.js';
import { createTopics } from '../../src/protocol/api/create-topics.js';
import { fetch } from '../../src/protocol/api/fetch.js';
import { produce } from '../../src/protocol/api/produce.js';
import { batchesIn } from '../../src/protocol/records/header.js';
import { Destination, surroundings } from '../harness/destination.js';
import { topicName } from '../harness/engine-brokers.js';
import type { TestBroker } from '../harness/kafka.js';
import { until } from '../harness/until.js';
import { batchOf } from '../harness/wire-topic.js';

process.env.KLINK_BROKERS ??= '4.3.0';
/** The one that goes away. The other two keep the controllers' majority. */
const LOST = 3;

let destination: Destination;
let klink: KafkaCluster;
let promotion: PromotionPort;
let fence: FencePort;
let sources: SourceClusters;

before(async () => {
  destination = await Destination.start({}, 3);
  klink = destination.as('klink');
  sources = new SourceClusters({ ...surroundings, resolveSecret: () => ({ ok: false, error: 'no secret' }) });
  promotion = createPromotionPort({ ...surroundings, cluster: klink, sources, lease: { mayWriteMarkers: () => true } });
  fence = createFencePort({ ...surroundings, cluster: klink, holds: () => true });
});
after(async () => {
  await sources.close();
  await destination.stop();
});

function lost(): TestBroker {
  const broker = destination.kafka?.brokers.find(({ id }) => id === LOST);
  if (broker === undefined) throw new Error('this needs three brokers of Apache Kafka');
  return broker;
}

/** Ten records of D in one partition on these brokers. */
async function mirrorOn(what: string, brokerIds: number[]): Promise<EndingRequest> {
  const name = topicName(what);
  const channel = await klink.channel('any', 'test');
  const topic = {
    name,
    numPartitions: -1,
    replicationFactor: -1,
    assignments: [{ partitionIndex: 0, brokerIds }],
    configs: [],
  };
  const made = (await channel.send(createTopics, { topics: [topic], timeoutMs: 20_000 })).topics[0];
  assert.equal(made?.errorCode, 0, made?.errorMessage ?? '');
  const destinationTopicId = made?.topicId ?? '';
  const assignment = {
    linkId: 'link',
    linkName: 'link',
    mirrorTopic: name,
    destinationTopicId,
    sourceTopic: name,
    sourceTopicId: 'AAAAAAAAAAAAAAAAAAAAAQ',
    lineage: { number: 1, random: '00112233445566778899aabbccddeeff', startOffsets: [] },
    mode: 'settle',
    failed: [],
    memory: [noMemory],
  } as const;
  const records = batchOf({ producerId: dataProducerId(assignment) }, 0, 10);
  await until(`${name} is written to`, 30_000, async () => {
    const topicData = [{ name, topicId: destinationTopicId, partitionData: [{ index: 0, records }] }];
    const leader = await klink.channel(await leaderOf(name), 'test');
    const answer = await leader.send(produce, { transactionalId: null, acks: -1, timeoutMs: 10_000, topicData });
    return answer.responses[0]?.partitionResponses[0]?.errorCode === 0;
  });
  return { assignment, partition: 0, markerNumber: 1 };
}

async function leaderOf(name: string): Promise<number> {
  return (await klink.metadata([name])).topics[0]?.partitions[0]?.leader ?? -1;
}

/** Offsets of the barriers behind the ten records, and where the log ends. */
async function barriers({ assignment }: EndingRequest): Promise<readonly bigint[]> {
  const { mirrorTopic: topic, destinationTopicId: topicId } = assignment;
  const leader = await klink.channel(await leaderOf(topic), 'test');
  const wanted = {
    partition: 0,
    currentLeaderEpoch: -1,
    fetchOffset: 10n,
    lastFetchedEpoch: -1,
    partitionMaxBytes: 1 << 20,
  };
  const answer = await leader.send(fetch, {
    maxWaitMs: 0,
    minBytes: 1,
    maxBytes: 1 << 20,
    isolationLevel: 0,
    sessionEpoch: -1,
    topics: [{ topic, topicId, partitions: [wanted] }],
  });
  const found: bigint[] = [];
  for (const batch of batchesIn(answer.responses[0]?.partitions[0]?.records ?? Buffer.alloc(0))) {
    if (batch.kind === 'batch' && batch.isControl && batch.producerEpoch === BARRIER_EPOCH)
      found.push(batch.baseOffset);
  }
  return found;
}

async function eventually(request: EndingRequest, wanted: string): Promise<string> {
  let reason = '';
  await until(`the barrier is ${wanted}`, 60_000, async () => {
    const outcome = await promotion.barrier({ ...request, end: 10n });
    reason = 'reason' in outcome ? outcome.reason : '';
    assert.equal(outcome.kind, wanted, reason);
    return true;
  });
  return reason;
}

test('barrier: no leader, and not enough replicas: waits with the reason, written once they are back (R6) [8]', async () => {
  const leaderless = await mirrorOn('leaderless', [LOST]);
  const thin = await mirrorOn('thin', [1, LOST]);
  await lost().kill9();
  assert.match(await eventually(leaderless, 'waiting'), /no leader/);
  await until('the replica has left the set', 60_000, async () => {
    const partition = (await klink.metadata([thin.assignment.mirrorTopic])).topics[0]?.partitions[0];
    return partition?.isr.length === 1;
  });
  assert.match(await eventually(thin, 'waiting'), /NOT_ENOUGH_REPLICAS/);
  const proof = await promotion.prove({ ...leaderless, source: undefined });
  assert.deepEqual(proof.kind === 'waiting' && proof.reason, 'no leader');
  assert.deepEqual(await promotion.obstacle(leaderless), { kind: 'blocked', reason: 'no leader' });
  const tooFew = await promotion.obstacle(thin);
  assert.match(tooFew.kind === 'blocked' ? tooFew.reason : tooFew.kind, /^1 replicas in sync, 2 needed/);
  await lost().start();
  for (const request of [leaderless, thin]) {
    await eventually(request, 'done');
    assert.deepEqual(await promotion.obstacle(request), { kind: 'free' });
    assert.deepEqual(await barriers(request), [10n]);
    await eventually(request, 'done');
    assert.deepEqual(await barriers(request), [10n]);
  }
});

test('barrier: followers that are stopped keep the proof and the barrier waiting for replicas (T13) [2.1]', async () => {
  const request = await mirrorOn('lagging', [1, LOST]);
  lost().pause();
  try {
    const leader = await klink.channel(1, 'test');
    const { mirrorTopic: name, destinationTopicId: topicId } = request.assignment;
    const records = batchOf({ producerId: dataProducerId(request.assignment) }, 10, 1);
    const topicData = [{ name, topicId, partitionData: [{ index: 0, records }] }];
    await leader.send(produce, { transactionalId: null, acks: 1, timeoutMs: 5_000, topicData });
    const barrier = await promotion.barrier({ ...request, end: 11n });
    assert.deepEqual(barrier, { kind: 'waiting', reason: 'waiting for replicas' });
    assert.deepEqual(await promotion.prove({ ...request, source: undefined }), barrier);
  } finally {
    lost().resume();
  }
  await until('it is written', 60_000, async () => (await promotion.barrier({ ...request, end: 11n })).kind === 'done');
  assert.deepEqual(await barriers(request), [11n]);
});

test('fence: not lifted while a broker that is named does not answer; lifted once it does [8 (7)]', async () => {
  const topic = topicName('fenced');
  assert.deepEqual(await fence.raise(topic, { mode: 1 }), { kind: 'done' });
  lost().pause();
  let whilePaused: string;
  try {
    whilePaused = (await fence.lift(topic)).kind;
  } finally {
    lost().resume();
  }
  assert.equal(whilePaused, 'unavailable');
  await until('it is lifted', 60_000, async () => (await fence.lift(topic)).kind === 'done');
  const found = await fence.fenced();
  assert.deepEqual(found.kind === 'done' && found.topics.filter((each) => each.topic === topic), []);
});
