/**
 * What is looked at while nothing happens: idle partitions every 5 s, the source's ends of those that do not read it, log
 * starts that follow the source's, the broker's limits every 10 minutes. Asks many partitions per request. Refuses to
 * raise a log start without the lease, or of a topic that is not the journalled one. Spec: docs/spec/engine.md 1.3, 2.5,
 * 3.2, 3.4.
 */
import type { Log } from '../../base/log.js';
import type { KafkaCluster } from '../../client/types.js';
import { describeConfigs } from '../../protocol/api/describe-configs.js';
import { errorCode } from '../../protocol/errors.js';
import type { LeaseView } from '../lease-view.js';
import { endOf, epochEnds, offsets, type Place, placeKey, raiseLogStart } from './log-probe.js';
import type { PartitionMirror } from './partition-mirror.js';
import type { Topology } from './topology.js';

const BROKER = 4;
const ASK_TIMEOUT_MS = 15_000;

interface Guarded {
  readonly mirror: PartitionMirror;
  readonly version: number;
  readonly place: Place;
}

/** [3.4] Every idle partition's log end and log start at its leader; a leader that does not answer is no finding. */
export async function guardIdle(
  destination: KafkaCluster,
  mirrors: Iterable<PartitionMirror>,
  idleForMs: number,
): Promise<void> {
  const byBroker = new Map<number, Guarded[]>();
  for (const mirror of mirrors) {
    const expected = mirror.guardExpectation(idleForMs);
    if (expected === undefined) continue;
    const { leader, version } = expected;
    const place = { topic: mirror.mirrorTopic, partition: mirror.partition, leaderEpoch: leader.epoch };
    addTo(byBroker, leader.broker, { mirror, version, place });
  }
  await eachBroker(byBroker, (broker, guarded) => guardBroker(destination, broker, guarded));
}

async function guardBroker(cluster: KafkaCluster, broker: number, guarded: readonly Guarded[]): Promise<void> {
  const channel = await cluster.channel(broker, 'guard');
  const places = guarded.map((each) => each.place);
  const ends = await epochEnds(channel, places);
  const starts = await offsets(channel, 'log-start', places);
  for (const { mirror, version, place } of guarded) {
    const end = endOf(ends.get(placeKey(place)), place.leaderEpoch);
    const start = starts.get(placeKey(place)) ?? { code: errorCode.UNKNOWN_SERVER_ERROR, offset: -1n };
    mirror.guarded({ version, code: end.code || start.code, logEnd: end.end, logStart: start.offset });
  }
}

/** What the source has, for partitions that do not read it at the moment. */
export async function lookAtSource(
  source: KafkaCluster,
  topology: Topology,
  mirrors: Iterable<PartitionMirror>,
): Promise<void> {
  const byBroker = new Map<number, Omit<Guarded, 'version'>[]>();
  const asked = [...mirrors].filter((mirror) => !mirror.readsSource && mirror.failure === undefined);
  if (asked.length === 0) return;
  await topology.refresh();
  for (const mirror of asked) {
    if (topology.identity(mirror.sourceTopic, mirror.sourceTopicId) !== 'same') continue;
    const leader = topology.leader(mirror.sourceTopic, mirror.partition);
    if (leader === undefined) continue;
    const place = { topic: mirror.sourceTopic, partition: mirror.partition, leaderEpoch: leader.epoch };
    addTo(byBroker, leader.broker, { mirror, place });
  }
  await eachBroker(byBroker, async (broker, members) => {
    const channel = await source.channel(broker, 'guard');
    const places = members.map((each) => each.place);
    const stable = await offsets(channel, 'last-stable', places);
    const starts = await offsets(channel, 'log-start', places);
    for (const { mirror, place } of members) {
      const end = stable.get(placeKey(place));
      const start = starts.get(placeKey(place));
      if (end?.code !== 0 || start?.code !== 0) continue;
      mirror.sourceSeen({ lastStable: end.offset, logStart: start.offset });
    }
  });
}

/** Decision 10: the mirror's log start follows the source's. */
export async function followLogStart(
  destination: KafkaCluster,
  topology: Topology,
  lease: LeaseView,
  mirrors: Iterable<PartitionMirror>,
): Promise<void> {
  const byBroker = new Map<number, { mirror: PartitionMirror; offset: bigint }[]>();
  for (const mirror of mirrors) {
    const wanted = mirror.wantedLogStart();
    if (wanted) addTo(byBroker, wanted.leader.broker, { mirror, offset: wanted.offset });
  }
  await eachBroker(byBroker, async (broker, wanting) => {
    const channel = await destination.channel(broker, 'guard');
    // [1.3] DeleteRecords goes by name: nothing is deleted from a topic that took the place of ours.
    await topology.refresh();
    const members = wanting.filter(
      ({ mirror }) => topology.identity(mirror.mirrorTopic, mirror.destinationTopicId) === 'same',
    );
    if (members.length === 0) return;
    // Deletions are the owner's alone, asked right before sending.
    if (!lease.holds()) return;
    const answers = await raiseLogStart(
      channel,
      members.map(({ mirror, offset }) => ({ topic: mirror.mirrorTopic, partition: mirror.partition, offset })),
    );
    for (const { mirror } of members) {
      const answer = answers.get(placeKey({ topic: mirror.mirrorTopic, partition: mirror.partition }));
      if (answer?.code === 0) mirror.logStartRaised(answer.logStart);
    }
  });
}

export interface BrokerLimits {
  /** `producer.id.expiration.ms`, the smallest of all brokers (3.2). */
  readonly expiryMs: number | undefined;
  /** `replica.lag.time.max.ms`, the largest (4.2). */
  readonly replicaLagMs: number | undefined;
}

export async function readBrokerLimits(destination: KafkaCluster, log: Log): Promise<BrokerLimits> {
  const { brokers } = await destination.metadata([]);
  let expiryMs: number | undefined;
  let replicaLagMs: number | undefined;
  for (const { id } of brokers) {
    const channel = await destination.channel(id, 'guard');
    const answer = await channel.send(
      describeConfigs,
      {
        resources: [
          {
            resourceType: BROKER,
            resourceName: String(id),
            configurationKeys: ['producer.id.expiration.ms', 'replica.lag.time.max.ms'],
          },
        ],
      },
      { timeoutMs: ASK_TIMEOUT_MS },
    );
    const result = answer.results[0];
    if (result?.errorCode !== 0) {
      log.warn({ broker: id, code: result?.errorCode }, 'the limits of a broker could not be read');
      continue;
    }
    for (const { name, value } of result.configs) {
      const number = Number(value);
      if (value === null || !Number.isFinite(number)) continue;
      if (name === 'producer.id.expiration.ms') expiryMs = Math.min(expiryMs ?? number, number);
      else if (name === 'replica.lag.time.max.ms') replicaLagMs = Math.max(replicaLagMs ?? number, number);
    }
  }
  return { expiryMs, replicaLagMs };
}

/** A broker that does not answer keeps nobody from the others; rejects at the end with the first that did not. */
async function eachBroker<T>(
  groups: ReadonlyMap<number, readonly T[]>,
  ask: (broker: number, members: readonly T[]) => Promise<void>,
): Promise<void> {
  const outcomes = await Promise.allSettled([...groups].map(([broker, members]) => ask(broker, members)));
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
}

function addTo<T>(groups: Map<number, T[]>, key: number, item: T): void {
  const list = groups.get(key);
  if (list) list.push(item);
  else groups.set(key, [item]);
}
