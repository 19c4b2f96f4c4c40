/**
 * All mirror topics of one link: starts and stops partition mirrors as assigned, owns what they share (connections,
 * memory, markers' epoch), and keeps the guards' rhythm. Decides nothing: what should be mirrored comes in with `assign`,
 * what happened goes out with `onEvent` and `observations`. Spec: docs/spec/engine.md.
 */
import { sleep } from '../../base/clock.js';
import type { MirrorAssignment, MirrorObservation } from '../../model/assignment.js';
import { DestinationWriter } from './destination-writer.js';
import { defaultLimits, type Engine, type EngineEvent, type EngineLimits, type EngineOptions } from './engine-types.js';
import { followLogStart, guardIdle, lookAtSource, readBrokerLimits } from './guards.js';
import { HeldBytes } from './held-bytes.js';
import { dataProducerId, markerProducerIds } from './identity.js';
import { MarkerEpoch } from './marker-epoch.js';
import { MarkerWriter } from './marker-writer.js';
import { MemoryTeller } from './memory-teller.js';
import type { MirrorContext } from './mirror-context.js';
import { PartitionMirror } from './partition-mirror.js';
import { Permission } from './permission.js';
import { ReadingGate } from './reading-gate.js';
import { roomFor } from './room.js';
import { SettingsGuard } from './settings-guard.js';
import { SourceReader } from './source-reader.js';
import { StallWatch } from './stall-watch.js';
import { mirrorOf, sourceOf, Topology } from './topology.js';
import { EXPIRY_ASSUMED_MS, WINDOW_EXPIRY_FLOOR_MS } from './window.js';

/** [3.4] */
const GUARD_EVERY_MS = 5_000;
const SETTINGS_EVERY_MS = 60_000;
/** [3.2] */
const EXPIRY_EVERY_MS = 600_000;
/** [2.2] */
const MEMORY_EVERY_MS = 2_000;
const PARTITIONS_EVERY_MS = 5_000;
/** Above the default of `replica.lag.time.max.ms` (4.2). */
const MARKER_TIMEOUT_MS = 45_000;
/** Tails that are read and compared at once. */
const TAILS_AT_ONCE = 8;

export function startEngine(options: EngineOptions): Engine {
  return new MirrorEngine(options);
}

interface Mirror {
  assignment: MirrorAssignment;
  readonly partitions: Map<number, PartitionMirror>;
}

class MirrorEngine implements Engine {
  readonly #options: EngineOptions;
  readonly #limits: EngineLimits;
  readonly #mirrors = new Map<string, Mirror>();
  readonly #leaving = new Set<PartitionMirror>();
  readonly #sourceTopology: Topology;
  readonly #destinationTopology: Topology;
  readonly #markerWriters = new Map<number, MarkerWriter>();
  readonly #markerEpoch: MarkerEpoch;
  readonly #permission: Permission;
  readonly #context: MirrorContext;
  readonly #reader: SourceReader;
  readonly #ending = new AbortController();
  readonly #tasks: Promise<void>[] = [];
  readonly #stalls: StallWatch;
  readonly #memories: MemoryTeller<PartitionMirror>;
  readonly #settings: SettingsGuard;
  readonly #tails = new ReadingGate(TAILS_AT_ONCE);
  readonly #held: HeldBytes;
  #partitionCount = 0;
  /** Undefined until the destination was asked. */
  #expiryMs: number | undefined;
  /** Of the lease, as of the last confirmation. */
  #term: number;
  #markerTimeoutMs = MARKER_TIMEOUT_MS;
  #linkId = '';
  #markerIds: { readonly linkId: string; readonly number: number; readonly ids: ReadonlySet<bigint> } | undefined;

  constructor(options: EngineOptions) {
    this.#options = options;
    this.#limits = { ...defaultLimits, ...options.limits };
    const { clock, log } = options.surroundings;
    this.#sourceTopology = new Topology(options.source);
    this.#destinationTopology = new Topology(options.destination);
    this.#markerEpoch = new MarkerEpoch(options.marker, options.lease);
    this.#permission = new Permission(async () => options.confirm?.());
    this.#term = options.lease.term();
    this.#memories = new MemoryTeller(options.destination, this.#destinationTopology, (mirror, memory) => {
      const { linkId, mirrorTopic, partition } = mirror;
      options.onEvent({ kind: 'memory', linkId, mirrorTopic, partition, memory });
    });
    this.#settings = new SettingsGuard({
      destination: options.destination,
      lease: options.lease,
      working: options.workingSettings ?? {},
      drifted: ({ assignment: { linkId, mirrorTopic } }, drift) =>
        options.onEvent({ kind: 'settings-drift', linkId, mirrorTopic, drift }),
      correct: async (mirrorTopic, drift) => options.correctSettings?.(mirrorTopic, drift),
    });
    this.#held = new HeldBytes(this.#limits.answerBytesMax);
    this.#reader = new SourceReader({
      cluster: options.source,
      topology: this.#sourceTopology,
      surroundings: options.surroundings,
      fetchBytesMax: this.#limits.fetchBytesMax,
      partitionBytesMax: this.#limits.fetchPartitionBytesMax,
      held: this.#held,
      signal: this.#ending.signal,
    });
    this.#context = this.#makeContext();
    this.#stalls = new StallWatch(clock, (stalledMs) => this.#wokeUp(stalledMs));
    const { switches } = options;
    this.#every(switches?.guardEveryMs ?? GUARD_EVERY_MS, 'guard', () => this.#guard());
    this.#every(MEMORY_EVERY_MS, 'memory', () => this.#memories.tell([...this.#partitions()]));
    this.#every(PARTITIONS_EVERY_MS, 'partitions', () => this.#findPartitions());
    this.#every(switches?.settingsEveryMs ?? SETTINGS_EVERY_MS, 'settings', () => this.#checkAllSettings());
    this.#every(switches?.expiryEveryMs ?? EXPIRY_EVERY_MS, 'limits', () => this.#readLimits(), true);
    log.debug({}, 'engine started');
  }

  assign(assignments: readonly MirrorAssignment[]): void {
    if (this.#ending.signal.aborted) return;
    this.#linkId = assignments[0]?.linkId ?? this.#linkId;
    const wanted = new Map(assignments.map((assignment) => [keyOf(assignment), assignment]));
    for (const [key, mirror] of this.#mirrors) if (!wanted.has(key)) this.#drop(key, mirror);
    this.#sourceTopology.want(assignments.map(sourceOf));
    this.#destinationTopology.want(assignments.map(mirrorOf));
    for (const [key, assignment] of wanted) {
      const known = this.#mirrors.get(key);
      if (known) {
        known.assignment = assignment;
        for (const partition of known.partitions.values()) partition.assign(assignment);
      } else {
        this.#mirrors.set(key, { assignment, partitions: new Map() });
      }
    }
    this.#inBackground('partitions', this.#findPartitions());
  }

  observations(): readonly MirrorObservation[] {
    return [...this.#mirrors.values()].map(({ assignment, partitions }) => ({
      linkId: assignment.linkId,
      mirrorTopic: assignment.mirrorTopic,
      partitions: [...partitions.values()].map((each) => each.observation).sort((a, b) => a.partition - b.partition),
    }));
  }

  get bytesHeld(): number {
    return this.#held.bytes;
  }

  async stop(): Promise<void> {
    if (!this.#ending.signal.aborted) {
      const partitions = [...this.#partitions()];
      for (const partition of partitions) partition.stop();
      await Promise.all([...partitions, ...this.#leaving].map((each) => each.running));
      // Not told is not lost: the next one proves a longer tail.
      await this.#memories.tell(partitions).catch(() => undefined);
      this.#stalls.end();
      this.#ending.abort(new Error('the engine stops'));
    }
    for (const writer of this.#markerWriters.values()) writer.nudge();
    await this.#reader.stopped();
    await Promise.all([...this.#markerWriters.values()].map((writer) => writer.running));
    await Promise.all(this.#tasks);
  }

  #makeContext(): MirrorContext {
    const { source, destination, surroundings, switches } = this.#options;
    const { clock, random, log } = surroundings;
    const writer = new DestinationWriter({
      cluster: destination,
      clock,
      requestBytesMax: this.#limits.produceBytesMax,
      requestsInFlightMax: this.#limits.produceRequestsInFlightMax,
      connectionsPerBroker: this.#limits.produceConnectionsPerBroker,
      clockAheadMs: () => this.#options.clockAheadMs?.() ?? 0,
    });
    const tell = (event: EngineEvent) => this.#options.onEvent(event);
    return {
      clock,
      random,
      log,
      limits: this.#limits,
      reader: this.#reader,
      writer,
      markers: (broker) => this.#markerWriter(broker),
      settleTools: (asksSource) => ({
        destination,
        destinationTopology: this.#destinationTopology,
        source: asksSource ? source : undefined,
        sourceTopology: asksSource ? this.#sourceTopology : undefined,
        reading: (read) => this.#tails.pass(read),
      }),
      dataId: dataProducerId,
      markerIds: () => this.#ownMarkerIds(),
      windowRules: () =>
        this.#expiryMs === undefined
          ? undefined
          : { expiryMs: this.#expiryMs, floorMs: switches?.windowExpiryFloorMs ?? WINDOW_EXPIRY_FLOOR_MS },
      confirmed: () => this.#confirmed(),
      doubt: () => this.#permission.doubt(),
      stalled: () => this.#stalls.pending,
      room: () => roomFor(this.#limits, { partitions: this.#partitionCount, bytesHeld: this.#held.bytes }),
      held: this.#held,
      clampGroups: async (topic, partition, end) => this.#options.clampGroups?.(topic, partition, end),
      checkSettings: (topic) => {
        const mirror = [...this.#mirrors.values()].find((each) => each.assignment.mirrorTopic === topic);
        if (mirror) this.#inBackground('settings', this.#settings.check(mirror));
      },
      failed: ({ linkId, mirrorTopic }, failure) => tell({ kind: 'partition-failed', linkId, mirrorTopic, failure }),
      truncated: ({ linkId, mirrorTopic, partition }, range) =>
        tell({ kind: 'destination-truncated', linkId, mirrorTopic, partition, ...range }),
      overtaken: ({ linkId, mirrorTopic, partition }, range) =>
        tell({ kind: 'overtaken', linkId, mirrorTopic, partition, ...range }),
      fenced: ({ linkId, mirrorTopic, partition }) => tell({ kind: 'fenced', linkId, mirrorTopic, partition }),
    };
  }

  /** [3.6] Becoming owner again is a reason to read again. */
  async #confirmed(): Promise<void> {
    const term = this.#options.lease.term();
    if (term !== this.#term) this.#permission.doubt();
    this.#term = term;
    await this.#permission.confirmed();
  }

  /** [1.2] Recomputed when the journalled number rises. */
  #ownMarkerIds(): ReadonlySet<bigint> {
    const { number } = this.#options.marker.journalled();
    if (this.#markerIds?.number !== number || this.#markerIds.linkId !== this.#linkId) {
      this.#markerIds = { linkId: this.#linkId, number, ids: markerProducerIds(this.#linkId, number) };
    }
    return this.#markerIds.ids;
  }

  #markerWriter(broker: number): MarkerWriter {
    let writer = this.#markerWriters.get(broker);
    if (writer === undefined) {
      writer = new MarkerWriter({
        cluster: this.#options.destination,
        broker,
        surroundings: this.#options.surroundings,
        lease: this.#options.lease,
        epoch: this.#markerEpoch,
        answerTimeoutMs: () => this.#markerTimeoutMs,
        signal: this.#ending.signal,
      });
      this.#markerWriters.set(broker, writer);
    }
    return writer;
  }

  *#partitions(): Generator<PartitionMirror> {
    for (const mirror of this.#mirrors.values()) yield* mirror.partitions.values();
  }

  /** [3.6] Queued effects are dropped and decided anew. */
  #wokeUp(stalledMs: number): void {
    this.#permission.doubt();
    for (const partition of this.#partitions()) partition.unsettle('the event loop had stalled');
    this.#options.onEvent({ kind: 'wake-up', stalledMs });
  }

  #drop(key: string, mirror: Mirror): void {
    this.#mirrors.delete(key);
    for (const partition of mirror.partitions.values()) {
      partition.stop();
      this.#memories.forget(partition);
      this.#partitionCount--;
      this.#leaving.add(partition);
      this.#inBackground(
        'stop',
        partition.running.finally(() => this.#leaving.delete(partition)),
      );
    }
  }

  /** A partition mirror for every partition of the mirror topic; more at the source are reported, not made here. */
  async #findPartitions(): Promise<void> {
    if (this.#mirrors.size === 0) return;
    await this.#destinationTopology.refresh();
    for (const mirror of this.#mirrors.values()) this.#growMirror(mirror);
    await this.#sourceTopology.refresh();
    for (const { assignment, partitions } of this.#mirrors.values()) {
      const { sourceTopic, sourceTopicId, linkId, mirrorTopic } = assignment;
      if (this.#sourceTopology.identity(sourceTopic, sourceTopicId) !== 'same') continue;
      const count = this.#sourceTopology.topic(sourceTopic)?.partitions.length ?? 0;
      if (partitions.size > 0 && count > partitions.size) {
        this.#options.onEvent({ kind: 'source-partitions', linkId, mirrorTopic, count, mirrorCount: partitions.size });
      }
    }
  }

  #growMirror(mirror: Mirror): void {
    const { assignment, partitions } = mirror;
    const topic = this.#destinationTopology.topic(assignment.mirrorTopic);
    const before = partitions.size;
    // A topic of another id is still given its partition mirrors: settling finds DESTINATION_RECREATED and says so.
    for (const { partition } of topic?.partitions ?? []) {
      if (partitions.has(partition) || this.#ending.signal.aborted) continue;
      const started = new PartitionMirror(this.#context, assignment, partition);
      partitions.set(partition, started);
      this.#partitionCount++;
      started.start();
    }
    if (partitions.size > before) this.#inBackground('settings', this.#settings.check(mirror));
  }

  async #guard(): Promise<void> {
    const { destination, source, lease, switches } = this.#options;
    const idleForMs = (switches?.guardEveryMs ?? GUARD_EVERY_MS) / 2;
    const partitions = [...this.#partitions()];
    if (partitions.length === 0) return;
    const outcomes = await Promise.allSettled([
      this.#checkTopology(),
      guardIdle(destination, partitions, idleForMs),
      lookAtSource(source, this.#sourceTopology, partitions),
      followLogStart(destination, this.#destinationTopology, lease, partitions),
    ]);
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected')
        this.#options.surroundings.log.debug({ error: String(outcome.reason) }, 'guard');
    }
  }

  /**
   * [1.3, 3.4] As the cluster describes the mirror topics: another id, or another leader. Where a leader died while nothing
   * was sent, nothing else tells: it does not answer, and the next one may have lost what was acknowledged (R3).
   */
  async #checkTopology(): Promise<void> {
    const topology = this.#destinationTopology;
    await topology.refresh();
    for (const { assignment, partitions } of this.#mirrors.values()) {
      const identity = topology.identity(assignment.mirrorTopic, assignment.destinationTopicId);
      const gone = identity === 'recreated' || identity === 'missing';
      for (const [number, partition] of partitions) {
        if (gone) partition.unsettle('the mirror topic is not the journalled one');
        else if (identity === 'same') partition.ledBy(topology.leader(assignment.mirrorTopic, number));
      }
    }
  }

  async #checkAllSettings(): Promise<void> {
    for (const mirror of [...this.#mirrors.values()]) await this.#settings.check(mirror);
  }

  async #readLimits(): Promise<void> {
    const limits = await readBrokerLimits(this.#options.destination, this.#options.surroundings.log);
    // [3.2] Where it cannot be read, one day is assumed.
    this.#expiryMs = limits.expiryMs ?? EXPIRY_ASSUMED_MS;
    this.#markerTimeoutMs = Math.max(MARKER_TIMEOUT_MS, (limits.replicaLagMs ?? 0) * 1.5);
  }

  #every(periodMs: number, name: string, act: () => Promise<void>, atOnce = false): void {
    const { clock, log } = this.#options.surroundings;
    const { signal } = this.#ending;
    const run = async () => {
      if (!atOnce) await sleep(clock, periodMs, signal);
      while (!signal.aborted) {
        let pauseMs = periodMs;
        try {
          await act();
        } catch (error) {
          // A cluster that cannot be asked now is asked again soon; what it means for partitions they find themselves.
          log.debug({ task: name, error: String(error) }, 'a periodic look failed');
          pauseMs = Math.min(periodMs, 2_000);
        }
        await sleep(clock, pauseMs, signal);
      }
    };
    this.#tasks.push(
      run().catch((error: unknown) => {
        if (!signal.aborted) log.error({ task: name, error: String(error) }, 'a periodic task ended');
      }),
    );
  }

  #inBackground(name: string, work: Promise<void>): void {
    work.catch((error: unknown) => {
      this.#options.surroundings.log.debug({ task: name, error: String(error) }, 'a look failed; it is repeated');
    });
  }
}

function keyOf({ linkId, mirrorTopic, destinationTopicId, lineage }: MirrorAssignment): string {
  return [linkId, mirrorTopic, destinationTopicId, lineage.number, lineage.random].join('\0');
}
