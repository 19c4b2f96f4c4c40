/**
 * klink's client and a hostile broker, in simulated time: answers that are drawn, mutated, cut or left out. Every call ends
 * within its time, with a value or one of the client's own errors, and no answer ends the process [client 1.1] [client 1.2].
 */
import { test } from 'node:test';
import { randomInt, seededRandom } from '../../src/base/random.js';
import { findAcls } from '../../src/client/admin/acls.js';
import { topicConfigs } from '../../src/client/admin/configs.js';
import { describeCluster } from '../../src/client/admin/describe-cluster.js';
import { committedOffsets } from '../../src/client/admin/group-offsets.js';
import { describeGroups, listGroups } from '../../src/client/admin/groups.js';
import { listOffsets } from '../../src/client/admin/offsets.js';
import { describeProducers } from '../../src/client/admin/producers.js';
import { createTopic, deleteTopic, growTopic } from '../../src/client/admin/topics.js';
import { openConsumer } from '../../src/client/consumer.js';
import { openProducer } from '../../src/client/producer.js';
import type { KafkaCluster } from '../../src/client/types.js';
import { allApis } from '../../src/protocol/api/all.js';
import { apiVersions } from '../../src/protocol/api/api-versions.js';
import { findCoordinator } from '../../src/protocol/api/find-coordinator.js';
import { metadata } from '../../src/protocol/api/metadata.js';
import { encodeResponse } from '../../src/protocol/codec.js';
import { ScriptedCluster } from '../sim/scripted-cluster.js';
import { chance, eachSeed, pick } from './chance.js';
import { drawBody } from './draw.js';
import { mutate } from './mutate.js';

const CALL_MS = 5_000;
/** Virtual; a throttle, a session and the close of a consumer come on top of a call's own time. */
const END_MS = 400_000;
const OUR_ERRORS = [
  'KafkaError',
  'NotSent',
  'OutcomeUnknown',
  'DecodeError',
  'AbortError',
  'UncommittedError',
  'Error',
];
const places = [{ topic: 'topic', partition: 0 }];
const options = { timeoutMs: CALL_MS };

const calls: Readonly<Record<string, (cluster: KafkaCluster) => Promise<unknown>>> = {
  metadata: (cluster) => cluster.metadata('all', options),
  describeCluster: (cluster) => describeCluster(cluster, options),
  listGroups: (cluster) => listGroups(cluster, options),
  describeGroups: (cluster) => describeGroups(cluster, ['group'], options),
  committedOffsets: (cluster) => committedOffsets(cluster, ['group'], options),
  listOffsets: (cluster) => listOffsets(cluster, places, { kind: 'latest' }, options),
  describeProducers: (cluster) => describeProducers(cluster, places, options),
  topicConfigs: (cluster) => topicConfigs(cluster, ['topic'], options),
  findAcls: (cluster) => findAcls(cluster, {}, options),
  createTopic: (cluster) => createTopic(cluster, { name: 'topic', partitions: 1, replicationFactor: 1 }, options),
  growTopic: (cluster) => growTopic(cluster, { name: 'topic', count: 2 }, options),
  deleteTopic: (cluster) => deleteTopic(cluster, 'topic', options),
  async produce(cluster) {
    const producer = await openProducer({ cluster, topic: 'topic', deliveryTimeoutMs: CALL_MS });
    try {
      await producer.send({ key: null, value: Buffer.from('value') });
    } finally {
      await producer.close();
    }
  },
  consume: (cluster) => consume(cluster, undefined),
  consumeInGroup: (cluster) => consume(cluster, 'group'),
};

async function consume(cluster: KafkaCluster, group: string | undefined): Promise<void> {
  const consumer = await openConsumer({
    cluster,
    topics: 'topic',
    group,
    from: 'earliest',
    closeTimeoutMs: CALL_MS,
  });
  const enough = new AbortController();
  const timer = cluster.clock.setTimer(CALL_MS, () => enough.abort());
  try {
    while (!enough.signal.aborted) await consumer.read(enough.signal);
  } finally {
    timer.cancel();
    await consumer.close();
  }
}

test('whatever a broker answers, a call ends in its time and with an error of ours', () =>
  eachSeed(40, async (seed) => {
    const random = seededRandom(seed);
    const kafka = await ScriptedCluster.start(1);
    kafka.lead('topic', [1]);
    const [broker] = kafka.brokers;
    if (broker === undefined) throw new Error('no broker');
    const drawing = { random, names: ['topic', 'group', 'range', 'consumer'], uuids: [] };
    // So many good answers to the questions behind every call that most calls get to their own.
    const hostile = pick(random, [0.05, 0.3, 1]);
    for (const api of allApis) {
      broker.on(api, (_, { version }) => {
        const calm = !chance(random, hostile);
        if (calm && api.key === metadata.key) return { ...kafka.described, controllerId: 1 };
        if (calm && api.key === findCoordinator.key) {
          return { nodeId: 1, coordinators: [{ key: 'group', nodeId: 1 }] };
        }
        if (calm && api.key === apiVersions.key) {
          return {
            apiKeys: allApis.map(({ key, versions: { min, max } }) => ({
              apiKey: key,
              minVersion: min,
              maxVersion: max,
            })),
          };
        }
        if (chance(random, 0.05)) return pick(random, ['silence', 'hang-up']);
        const body = drawBody(api.response, version, drawing);
        if (chance(random, 0.6)) return { ...body, errorCode: 0, throttleTimeMs: 0 };
        const whole = Buffer.concat(encodeResponse(api, version, randomInt(random, 4), body));
        const bytes = chance(random, 0.8) ? mutate(whole.subarray(4), random) : whole.subarray(4);
        const length = Buffer.alloc(4);
        length.writeInt32BE(chance(random, 0.9) ? bytes.length : pick(random, [-1, 0, 3, 0x7fffffff]));
        return { raw: Buffer.concat([length, bytes]) };
      });
    }
    for (const [name, call] of Object.entries(calls)) {
      const cluster = kafka.client({ requestTimeoutMs: CALL_MS, connectTimeoutMs: 2_000 });
      try {
        await kafka.finish(call(cluster), END_MS);
      } catch (error) {
        const ours =
          error instanceof Error && OUR_ERRORS.includes(error.name) && !/virtual ms|nothing left/.test(error.message);
        if (!ours) throw new Error(`${name}: ${error instanceof Error ? error.stack : error}`, { cause: error });
      }
      await kafka.finish(cluster.close(), END_MS);
    }
  }));
