/**
 * The engine of control's simulation: copies record after record from the fake source to the fake destination while a
 * mirror is assigned to be copied, settles when told to, and shows what it sees. It copies no byte and proves nothing.
 */
import type { Timer } from '../../src/base/clock.js';
import type { EngineEvent, EnginePort, LinkAssignment } from '../../src/control/ports/engine.js';
import type {
  MirrorAssignment,
  MirrorObservation,
  PartitionActivity,
  PartitionFailure,
  PartitionObservation,
  ProvenPoint,
} from '../../src/model/assignment.js';
import type { Host } from '../sim/world.js';
import type { FakeDestination, FakeSource } from './fake-control-cluster.js';

const TICK_MS = 50;
const RECORDS_A_TICK = 3;
const TICKS_A_MEMORY = 4;
const IDLE_TICK_MS = 300;

interface Running {
  readonly assignment: MirrorAssignment;
  /** Since the mode changed. */
  ticks: number;
}

export class FakeEngine implements EnginePort {
  readonly assigned: LinkAssignment[][] = [];
  /** Links whose secrets cannot be resolved, say. */
  readonly without = new Set<string>();
  /** What every partition waits for before it settles, if anything. */
  unsettled: string | undefined;
  /** By `topic/partition`: the newest proven point. */
  readonly proven = new Map<string, bigint>();
  readonly #host: Host;
  readonly #source: FakeSource;
  readonly #destination: FakeDestination;
  readonly #listeners = new Set<(event: EngineEvent) => void>();
  readonly #failures = new Map<string, PartitionFailure>();
  #running = new Map<string, Running>();
  #timer: Timer | undefined;
  #busy = false;
  #sourceSeen = new Map<string, { readonly end: bigint; readonly atMs: number }>();

  constructor(host: Host, source: FakeSource, destination: FakeDestination) {
    this.#host = host;
    this.#source = source;
    this.#destination = destination;
  }

  assign(links: readonly LinkAssignment[]): void {
    this.assigned.push([...links]);
    const before = this.#running;
    this.#running = new Map();
    for (const { mirrors } of links) {
      for (const assignment of mirrors) {
        const key = `${assignment.linkId}/${assignment.mirrorTopic}`;
        const known = before.get(key);
        const ticks = known?.assignment.mode === assignment.mode ? known.ticks : 0;
        if (!this.without.has(assignment.linkId)) this.#running.set(key, { assignment, ticks });
      }
    }
    // [8 (1)] What is taken away while it settles could still have requests in flight. At the end of a term all is.
    for (const [key, { assignment, ticks }] of links.length === 0 ? [] : before) {
      if (this.#running.has(key) || assignment.mode !== 'settle') continue;
      const open = [...assignment.memory.keys()].some((partition) => {
        const { kind } = this.#activity(assignment, partition, ticks);
        const waived = this.#destination.topics.get(assignment.mirrorTopic)?.partitions[partition]?.waived;
        return kind !== 'settled' && kind !== 'failed' && !waived;
      });
      if (open) this.#destination.broken.push(`${assignment.mirrorTopic}: taken from the engine before it had settled`);
    }
    this.#timer?.cancel();
    this.#timer = this.#host.clock.setTimer(TICK_MS, () => this.#tick());
  }

  observations(): readonly MirrorObservation[] {
    return [...this.#running.values()].map(({ assignment, ticks }) => ({
      linkId: assignment.linkId,
      mirrorTopic: assignment.mirrorTopic,
      partitions: assignment.memory.map((_, partition) => this.#observe(assignment, partition, ticks)),
    }));
  }

  running(linkId: string): boolean {
    return !this.without.has(linkId);
  }

  onEvent(listener: (event: EngineEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async stopped(): Promise<void> {}

  /** As the real one: stops that partition and says so once. */
  fail(linkId: string, mirrorTopic: string, failure: PartitionFailure): void {
    this.#failures.set(`${linkId}/${mirrorTopic}/${failure.partition}`, failure);
    this.tell({ kind: 'partition-failed', linkId, mirrorTopic, failure });
  }

  tell(event: EngineEvent): void {
    for (const listener of [...this.#listeners]) listener(event);
  }

  #failureOf(assignment: MirrorAssignment, partition: number): PartitionFailure | undefined {
    return (
      assignment.failed.find((each) => each.partition === partition) ??
      this.#failures.get(`${assignment.linkId}/${assignment.mirrorTopic}/${partition}`)
    );
  }

  #observe(assignment: MirrorAssignment, partition: number, ticks: number): PartitionObservation {
    const log = this.#destination.topics.get(assignment.mirrorTopic)?.partitions[partition];
    const seen = this.#sourceSeen.get(`${assignment.sourceTopic}/${partition}`);
    const remembered = assignment.memory[partition];
    const sourceEnd = seen?.end ?? remembered?.sourceEnd ?? -1n;
    const mirrorEnd = log?.end ?? -1n;
    return {
      partition,
      activity: this.#activity(assignment, partition, ticks),
      mirrorEnd,
      mirrorHighWatermark: mirrorEnd,
      lagRecords: sourceEnd < 0n ? -1n : sourceEnd > mirrorEnd ? sourceEnd - mirrorEnd : 0n,
      memory: {
        provenPoints: this.#points(assignment.mirrorTopic, partition) ?? remembered?.provenPoints ?? [],
        sourceEpochs: [],
        lastSourceFetchOffset: seen === undefined ? (remembered?.lastSourceFetchOffset ?? -1n) : mirrorEnd,
        sourceEnd,
        sourceLogStart: 0n,
        sourceSeenAtMs: seen?.atMs ?? remembered?.sourceSeenAtMs ?? 0,
      },
      recoveries: 0,
      destinationTruncations: 0,
    };
  }

  #points(mirrorTopic: string, partition: number): readonly ProvenPoint[] | undefined {
    const offset = this.proven.get(`${mirrorTopic}/${partition}`);
    if (offset === undefined) return undefined;
    return [{ offset, nextSequence: 0, destinationLogStart: 0n, destinationEpoch: 0, sourceEpoch: 0 }];
  }

  #activity(assignment: MirrorAssignment, partition: number, ticks: number): PartitionActivity {
    const failure = this.#failureOf(assignment, partition);
    if (failure) return { kind: 'failed', failure };
    const log = this.#destination.topics.get(assignment.mirrorTopic)?.partitions[partition];
    if (log === undefined || !log.hasLeader) return { kind: 'waiting', reason: 'no leader' };
    switch (assignment.mode) {
      case 'copy':
        return { kind: 'copying' };
      case 'hold':
        return { kind: 'held' };
      case 'settle':
        if (this.unsettled !== undefined) return { kind: 'waiting', reason: this.unsettled };
        return ticks < 2 ? { kind: 'proving' } : { kind: 'settled', end: log.end };
    }
  }

  #tick(): void {
    // Days of virtual time pass in some tests: who has nothing to do looks seldom.
    this.#busy = false;
    this.#work();
    this.#timer = this.#host.clock.setTimer(this.#busy ? TICK_MS : IDLE_TICK_MS, () => this.#tick());
  }

  #work(): void {
    for (const running of this.#running.values()) {
      running.ticks++;
      if (running.assignment.mode === 'settle') this.#busy = true;
      const { assignment } = running;
      if (running.ticks % TICKS_A_MEMORY === 0) this.#tellMemory(assignment, running.ticks);
      const source = this.#source.reachable ? this.#source.topics.get(assignment.sourceTopic) : undefined;
      if (source === undefined || source.topicId !== assignment.sourceTopicId) continue;
      for (const partition of assignment.memory.keys()) this.#copy(assignment, partition, source.partitions[partition]);
    }
  }

  #tellMemory(assignment: MirrorAssignment, ticks: number): void {
    const { linkId, mirrorTopic } = assignment;
    for (const partition of assignment.memory.keys()) {
      const { memory } = this.#observe(assignment, partition, ticks);
      this.tell({ kind: 'memory', linkId, mirrorTopic, partition, memory });
    }
  }

  #copy(assignment: MirrorAssignment, partition: number, source: { readonly end: bigint } | undefined): void {
    const { mirrorTopic, sourceTopic, linkId, destinationTopicId } = assignment;
    const topic = this.#destination.topics.get(mirrorTopic);
    const log = topic?.partitions[partition];
    if (source === undefined || log === undefined || topic?.topicId !== destinationTopicId) return;
    this.#sourceSeen.set(`${sourceTopic}/${partition}`, { end: source.end, atMs: this.#host.clock.nowMs() });
    if (assignment.mode !== 'copy' || !log.hasLeader || this.#failureOf(assignment, partition)) return;
    if (log.firstForeign >= 0) {
      const offset = BigInt(log.firstForeign);
      this.fail(linkId, mirrorTopic, { partition, reason: 'FOREIGN_WRITE', offset, detail: 'not ours' });
      return;
    }
    for (let record = 0; record < RECORDS_A_TICK && log.end < source.end; record++) {
      this.#destination.append(mirrorTopic, partition, 'data');
      this.#busy = true;
    }
  }
}
