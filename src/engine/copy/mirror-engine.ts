/**
 * All mirror topics of one link: starts and stops partition mirrors as assigned, owns what they share (connections,
 * memory, markers' epoch), and keeps the guards' rhythm. Decides nothing: what should be mirrored comes in with `assign`,
 * what happened goes out with `onEvent` and `observations`. Spec: docs/spec/engine.md.
 */
import { sleep } from '../../base/clock.js';
import type { MirrorAssignment, MirrorObservation, PartitionMemory } from '../../model/assignment.js';
import { DestinationWriter } from './destination-writer.js';
import {
  defaultLimits,
  type Engine,
  type EngineEvent,
  type EngineLimits,
  type EngineOptions,
  type SettingDrift,
} from './engine-types.js';
import { followLogStart, guardIdle, lookAtSource, readBrokerLimits, readDrift } from './guards.js';
import { dataProducerId, markerProducerIds } from './identity.js';
import { MarkerEpoch } from './marker-epoch.js';
import { MarkerWriter } from './marker-writer.js';
import type { MirrorContext } from './mirror-context.js';
import { PartitionMirror } from './partition-mirror.js';
import { Permission } from './permission.js';
import { SourceReader } from './source-reader.js';
import { watchStalls } from './stall-watch.js';
import { Topology } from './topology.js';
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

export function startEngine(options: EngineOptions): Engine {
  return new MirrorEngine(options);
}

interface Mirror {
  assignment: MirrorAssignment;
  readonly partitions: Map<number, PartitionMirror>;
  /** End of each partition when the working settings were last found right. */
  settingsGoodAt: Map<number, bigint>;
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
  readonly #endStallWatch: () => void;
  readonly #told = new Map<PartitionMirror, PartitionMemory>();
  #bytesHeld = 0;
  #expiryMs = EXPIRY_ASSUMED_MS;
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
    this.#permission = new Permission(clock, async () => options.confirm?.());
    this.#reader = new SourceReader({
      cluster: options.source,
      topology: this.#sourceTopology,
      surroundings: options.surroundings,
      fetchBytesMax: this.#limits.fetchBytesMax,
      partitionBytesMax: this.#limits.fetchPartitionBytesMax,
      signal: this.#ending.signal,
    });
    this.#context = this.#makeContext();
    this.#endStallWatch = watchStalls(clock, (stalledMs) => this.#wokeUp(stalledMs));
    const { switches } = options;
    this.#every(switches?.guardEveryMs ?? GUARD_EVERY_MS, 'guard', () => this.#guard());
    this.#every(MEMORY_EVERY_MS, 'memory', () => this.#tellMemories());
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
    this.#sourceTopology.want(assignments.map((each) => each.sourceTopic));
    this.#destinationTopology.want(assignments.map((each) => each.mirrorTopic));
    for (const [key, assignment] of wanted) {
      const known = this.#mirrors.get(key);
      if (known) {
        known.assignment = assignment;
        for (const partition of known.partitions.values()) partition.assign(assignment);
      } else {
        this.#mirrors.set(key, { assignment, partitions: new Map(), settingsGoodAt: new Map() });
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

  async stop(): Promise<void> {
    if (!this.#ending.signal.aborted) {
      for (const partition of this.#partitions()) partition.stop();
      await Promise.all([...this.#partitions(), ...this.#leaving].map((each) => each.running));
      await this.#tellMemories().catch(() => undefined);
      this.#endStallWatch();
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
      brokerClockOffsetMs: () => this.#options.brokerClockOffsetMs?.() ?? 0,
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
      settleTools: (progress) => ({
        destination,
        destinationTopology: this.#destinationTopology,
        source,
        sourceTopology: this.#sourceTopology,
        progress,
      }),
      dataId: dataProducerId,
      markerIds: () => this.#ownMarkerIds(),
      windowRules: () => ({
        expiryMs: this.#expiryMs,
        floorMs: switches?.windowExpiryFloorMs ?? WINDOW_EXPIRY_FLOOR_MS,
      }),
      confirmed: () => this.#permission.confirmed(),
      hasRoom: (held) => held < this.#limits.queueBytesPerPartitionMax && this.#bytesHeld < this.#limits.queueBytesMax,
      reserved: (bytes) => {
        this.#bytesHeld += bytes;
      },
      released: (bytes) => {
        this.#bytesHeld -= bytes;
      },
      clampGroups: async (topic, partition, end) => this.#options.clampGroups?.(topic, partition, end),
      checkSettings: (topic) => this.#inBackground('settings', this.#checkSettingsOf(topic)),
      failed: ({ linkId, mirrorTopic }, failure) => tell({ kind: 'partition-failed', linkId, mirrorTopic, failure }),
      truncated: ({ linkId, mirrorTopic, partition }, range) =>
        tell({ kind: 'destination-truncated', linkId, mirrorTopic, partition, ...range }),
      overtaken: ({ linkId, mirrorTopic, partition }, range) =>
        tell({ kind: 'overtaken', linkId, mirrorTopic, partition, ...range }),
      fenced: ({ linkId, mirrorTopic, partition }) => tell({ kind: 'fenced', linkId, mirrorTopic, partition }),
    };
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
      this.#told.delete(partition);
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
    // A topic of another id is still given its partition mirrors: settling finds DESTINATION_RECREATED and says so.
    for (const { partition } of topic?.partitions ?? []) {
      if (partitions.has(partition) || this.#ending.signal.aborted) continue;
      const started = new PartitionMirror(this.#context, assignment, partition);
      partitions.set(partition, started);
      started.start();
    }
  }

  async #guard(): Promise<void> {
    const { destination, source, lease, switches } = this.#options;
    const idleForMs = (switches?.guardEveryMs ?? GUARD_EVERY_MS) / 2;
    const partitions = [...this.#partitions()];
    if (partitions.length === 0) return;
    const outcomes = await Promise.allSettled([
      this.#checkIdentities(),
      guardIdle(destination, partitions, idleForMs),
      lookAtSource(source, this.#sourceTopology, partitions),
      followLogStart(destination, lease, partitions),
    ]);
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected')
        this.#options.surroundings.log.debug({ error: String(outcome.reason) }, 'guard');
    }
  }

  /** [1.3, 3.4] A mirror topic whose id has changed is settled again, which says what happened. */
  async #checkIdentities(): Promise<void> {
    await this.#destinationTopology.refresh();
    for (const { assignment, partitions } of this.#mirrors.values()) {
      const identity = this.#destinationTopology.identity(assignment.mirrorTopic, assignment.destinationTopicId);
      if (identity !== 'recreated' && identity !== 'missing') continue;
      for (const partition of partitions.values()) partition.unsettle('the mirror topic is not the journalled one');
    }
  }

  /** [2.2] Taken first, told only when the topic is still the journalled one afterwards (1.3). */
  async #tellMemories(): Promise<void> {
    const changed: [PartitionMirror, PartitionMemory][] = [];
    for (const partition of this.#partitions()) {
      const { memory } = partition;
      if (!sameMemory(this.#told.get(partition), memory)) changed.push([partition, memory]);
    }
    if (changed.length === 0) return;
    await this.#destinationTopology.refresh();
    for (const [mirror, memory] of changed) {
      const { linkId, mirrorTopic, destinationTopicId, partition } = mirror;
      if (this.#destinationTopology.identity(mirrorTopic, destinationTopicId) !== 'same') continue;
      this.#told.set(mirror, memory);
      this.#options.onEvent({ kind: 'memory', linkId, mirrorTopic, partition, memory });
    }
  }

  async #checkAllSettings(): Promise<void> {
    for (const topic of [...this.#mirrors.values()].map((each) => each.assignment.mirrorTopic)) {
      await this.#checkSettingsOf(topic);
    }
  }

  async #checkSettingsOf(topic: string): Promise<void> {
    const mirror = [...this.#mirrors.values()].find((each) => each.assignment.mirrorTopic === topic);
    if (mirror === undefined) return;
    const ends = new Map([...mirror.partitions.values()].map((each) => [each.partition, each.end]));
    const drift = await readDrift(this.#options.destination, topic, this.#options.workingSettings ?? {});
    if (drift === undefined) return;
    if (drift.length === 0) {
      mirror.settingsGoodAt = ends;
      return;
    }
    await this.#drifted(mirror, drift);
  }

  async #drifted(mirror: Mirror, drift: readonly SettingDrift[]): Promise<void> {
    const { linkId, mirrorTopic } = mirror.assignment;
    this.#options.onEvent({ kind: 'settings-drift', linkId, mirrorTopic, drift });
    // [3.4] What could have bent data while it flowed ends the mirror where its settings were last known to be right.
    const critical = drift.filter((each) => each.critical);
    if (critical.length > 0) {
      const names = critical.map((each) => `${each.name} is ${each.found}`).join(', ');
      for (const partition of mirror.partitions.values()) {
        const offset = mirror.settingsGoodAt.get(partition.partition) ?? 0n;
        const detail = `${names}: records from here on may have been changed`;
        partition.failFromOutside({ reason: 'SETTINGS_CHANGED', offset: offset < 0n ? 0n : offset, detail });
      }
    }
    if (this.#options.lease.holds()) await this.#options.correctSettings?.(mirrorTopic, drift);
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
