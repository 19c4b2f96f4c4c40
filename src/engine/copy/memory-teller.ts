/**
 * Hands the memories of all partitions out: points once their leader is confirmed, and nothing of a topic that is not the
 * journalled one any more. Spec: docs/spec/engine.md 1.3, 2.2.
 */
import type { KafkaCluster } from '../../client/types.js';
import type { PartitionMemory } from '../../model/assignment.js';
import { endOf, epochEnds, type Place, placeKey } from './log-probe.js';
import type { PointCandidate } from './standing.js';
import type { Topology } from './topology.js';

/** What a partition mirror shows of what is to be remembered of it. */
export interface Remembering {
  readonly mirrorTopic: string;
  readonly destinationTopicId: string;
  readonly partition: number;
  readonly memory: PartitionMemory;
  readonly candidate: PointCandidate | undefined;
  candidateSeen(candidate: PointCandidate, found: { readonly code: number; readonly logEnd: bigint }): void;
}

interface Asked {
  readonly mirror: Remembering;
  readonly candidate: PointCandidate;
  readonly place: Place;
}

export class MemoryTeller<M extends Remembering> {
  readonly #destination: KafkaCluster;
  readonly #topology: Topology;
  readonly #tell: (mirror: M, memory: PartitionMemory) => void;
  readonly #told = new Map<M, PartitionMemory>();

  constructor(destination: KafkaCluster, topology: Topology, tell: (mirror: M, memory: PartitionMemory) => void) {
    this.#destination = destination;
    this.#topology = topology;
    this.#tell = tell;
  }

  forget(mirror: M): void {
    this.#told.delete(mirror);
  }

  /** Rejects when the destination does not answer; what could be told is told all the same. */
  async tell(mirrors: readonly M[]): Promise<void> {
    const confirming = await Promise.allSettled([this.#confirm(mirrors)]);
    // Taken first, told only when the topic is still the journalled one afterwards (1.3).
    const changed = mirrors
      .map((mirror) => ({ mirror, memory: mirror.memory }))
      .filter(({ mirror, memory }) => !sameMemory(this.#told.get(mirror), memory));
    if (changed.length > 0) {
      await this.#topology.refresh();
      for (const { mirror, memory } of changed) {
        if (this.#topology.identity(mirror.mirrorTopic, mirror.destinationTopicId) !== 'same') continue;
        this.#told.set(mirror, memory);
        this.#tell(mirror, memory);
      }
    }
    for (const outcome of confirming) if (outcome.status === 'rejected') throw outcome.reason;
  }

  /** [2.2, 3.4] Does the leader under which a point was made still lead, and does its log reach so far? */
  async #confirm(mirrors: readonly M[]): Promise<void> {
    const byBroker = new Map<number, Asked[]>();
    for (const mirror of mirrors) {
      const { candidate } = mirror;
      if (candidate === undefined) continue;
      const { broker, epoch } = candidate.leader;
      const place = { topic: mirror.mirrorTopic, partition: mirror.partition, leaderEpoch: epoch };
      const list = byBroker.get(broker);
      if (list) list.push({ mirror, candidate, place });
      else byBroker.set(broker, [{ mirror, candidate, place }]);
    }
    const outcomes = await Promise.allSettled([...byBroker].map(([broker, asked]) => this.#ask(broker, asked)));
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
  }

  async #ask(broker: number, asked: readonly Asked[]): Promise<void> {
    const channel = await this.#destination.channel(broker, 'guard');
    const ends = await epochEnds(
      channel,
      asked.map(({ place }) => place),
    );
    for (const { mirror, candidate, place } of asked) {
      const { code, end } = endOf(ends.get(placeKey(place)), place.leaderEpoch);
      mirror.candidateSeen(candidate, { code, logEnd: end });
    }
  }
}

function sameMemory(one: PartitionMemory | undefined, other: PartitionMemory): boolean {
  if (one === undefined) return false;
  if (one.sourceEnd !== other.sourceEnd || one.sourceLogStart !== other.sourceLogStart) return false;
  if (one.sourceEpochs !== other.sourceEpochs || one.provenPoints.length !== other.provenPoints.length) return false;
  // A source that was seen again is news too: how old the knowledge is, is a promise (P7).
  if (other.sourceSeenAtMs - one.sourceSeenAtMs > 10_000) return false;
  const [a] = one.provenPoints;
  const [b] = other.provenPoints;
  return a?.offset === b?.offset && a?.destinationEpoch === b?.destinationEpoch;
}
