/**
 * A link for tests of the byte path: two clusters, one engine in this process (or none, or two), a source that is written
 * to, and a comparison of what a read_committed reader sees on both sides. No control, no journal: the memory of the
 * partitions and M's epoch live here, so that an engine can be stopped and started as if it were another process.
 */
import type { SaslLogin } from '../../src/base/sasl.js';
import { openCluster } from '../../src/client/cluster.js';
import type { KafkaCluster, Surroundings } from '../../src/client/types.js';
import type { Engine, EngineEvent, EngineOptions } from '../../src/engine/copy/engine-types.js';
import { dataProducerId, nextMarkerIdentity } from '../../src/engine/copy/identity.js';
import { startEngine } from '../../src/engine/copy/mirror-engine.js';
import type { ProveOutcome, provePartition } from '../../src/engine/copy/prove-partition.js';
import type { LeaseView, MarkerSource } from '../../src/engine/lease-view.js';
import type {
  MarkerIdentity,
  MirrorAssignment,
  PartitionFailure,
  PartitionMemory,
  PartitionObservation,
} from '../../src/model/assignment.js';
import type { Ground } from './engine-ground.js';
import { LogReader, textOf } from './engine-log.js';
import { Transactions } from './engine-source.js';
import type { Faults } from './faulty-network.js';
import { Wire } from './wire.js';
import { WireTopic } from './wire-topic.js';

export const workingSettings: Readonly<Record<string, string>> = {
  'cleanup.policy': 'delete',
  'compression.type': 'producer',
  'message.timestamp.type': 'CreateTime',
  'retention.ms': '-1',
  'retention.bytes': '-1',
  'message.timestamp.before.max.ms': '9223372036854775807',
  'message.timestamp.after.max.ms': '9223372036854775807',
  'max.message.bytes': '20971520',
};

export interface LinkOptions {
  readonly topic: string;
  readonly partitions?: number;
  readonly sourceConfigs?: Readonly<Record<string, string>>;
  readonly destinationConfigs?: Readonly<Record<string, string>>;
  /** Brokers of each partition, where there are several. */
  readonly sourceAssignments?: readonly (readonly number[])[];
  readonly destinationAssignments?: readonly (readonly number[])[];
  readonly sasl?: SaslLogin;
  /** Between the engine and its clusters; the test's own connections are never mistreated. */
  readonly faults?: Faults;
  readonly engine?: Partial<EngineOptions>;
}

/** What the journal would remember. */
export interface Remembered {
  marker: MarkerIdentity;
  readonly memory: Map<number, PartitionMemory>;
  readonly failures: PartitionFailure[];
}

export const ownedLease: LeaseView = {
  holds: () => true,
  mayWriteMarkers: () => true,
  term: () => 1,
  exclusive: () => true,
};

export class TestLink {
  readonly ground: Ground;
  readonly options: LinkOptions;
  /** Over other connections once brokers have come and gone. */
  source: WireTopic;
  mirror: WireTopic;
  readonly remembered: Remembered = { marker: { number: 1, epoch: 0 }, memory: new Map(), failures: [] };
  readonly events: EngineEvent[] = [];
  mode: MirrorAssignment['mode'] = 'copy';
  engine: Engine | undefined;
  #clusters: KafkaCluster[] = [];

  private constructor(ground: Ground, options: LinkOptions, source: WireTopic, mirror: WireTopic) {
    this.ground = ground;
    this.options = options;
    this.source = source;
    this.mirror = mirror;
  }

  /** Makes both topics. The engine is started by `start`. */
  static async make(ground: Ground, options: LinkOptions): Promise<TestLink> {
    const { clock, network } = ground;
    const atSource = await Wire.open(ground.source, network);
    const atDestination = await Wire.open(ground.destination, network);
    const partitions = options.partitions ?? 1;
    const source = await WireTopic.create(atSource, options.topic, {
      partitions,
      clock,
      // Records of last week would be gone with the broker's next look at its retention.
      configs: { 'retention.ms': '-1', ...options.sourceConfigs },
      ...(options.sourceAssignments && { assignments: options.sourceAssignments }),
    });
    // Names differ, as with a prefix: nothing may take one for the other.
    const mirror = await WireTopic.create(atDestination, `m.${options.topic}`, {
      partitions,
      clock,
      configs: { ...workingSettings, ...options.destinationConfigs },
      ...(options.destinationAssignments && { assignments: options.destinationAssignments }),
    });
    return new TestLink(ground, options, source, mirror);
  }

  /** A transactional writer to the source, over the source's connection. */
  transactions(what: string): Promise<Transactions> {
    return new Transactions(this.source.wire, this.ground.name(what), this.ground.clock).init();
  }

  /** Waits until no transaction is open at the source: brokers answer its end before they have written it everywhere. */
  async sourceStable(partition = 0): Promise<void> {
    await this.ground.until('no transaction is open', 20_000, async () => {
      const stable = await this.source.known(-1n, { committed: true, partition });
      return stable === (await this.source.known(-1n, { partition }));
    });
  }

  assignment(): MirrorAssignment {
    const partitions = Math.max(this.options.partitions ?? 1, ...[...this.remembered.memory.keys()].map((p) => p + 1));
    return {
      linkId: 'link-1',
      linkName: 'test',
      mirrorTopic: this.mirror.name,
      destinationTopicId: this.mirror.id,
      sourceTopic: this.source.name,
      sourceTopicId: this.source.id,
      lineage: { number: 1, random: '00112233445566778899aabbccddeeff', startOffsets: [] },
      mode: this.mode,
      failed: this.remembered.failures,
      memory: Array.from({ length: partitions }, (_, p) => this.remembered.memory.get(p) ?? unknown),
    };
  }

  start(more: Partial<EngineOptions> = {}): Engine {
    const engine = this.startOne(more);
    this.engine = engine;
    return engine;
  }

  /** Another engine beside the first: two klinks. `host`: which one, where that makes a difference. */
  startOne(more: Partial<EngineOptions> = {}, host?: string): Engine {
    const surroundings = this.#surroundings(host);
    const source = this.#open('source', surroundings);
    const destination = this.#open('destination', surroundings);
    const marker: MarkerSource = {
      journalled: () => this.remembered.marker,
      nextEpoch: async () => {
        this.remembered.marker = nextMarkerIdentity(this.remembered.marker);
        return this.remembered.marker;
      },
    };
    const engine = startEngine({
      source,
      destination,
      surroundings,
      lease: ownedLease,
      marker,
      workingSettings,
      ...this.options.engine,
      ...more,
      onEvent: (event) => {
        this.events.push(event);
        if (event.kind === 'memory') this.remembered.memory.set(event.partition, event.memory);
        if (event.kind === 'partition-failed') this.remembered.failures.push(event.failure);
        more.onEvent?.(event);
      },
    });
    engine.assign([this.assignment()]);
    return engine;
  }

  /** D, as the engine derives it. */
  get dataId(): bigint {
    return dataProducerId(this.assignment());
  }

  /** One look for promotion, with or without the source. */
  async prove(look: typeof provePartition, withSource: boolean): Promise<ProveOutcome> {
    const surroundings = this.#surroundings();
    const source = this.#open('source', surroundings);
    const destination = this.#open('destination', surroundings);
    return look({
      destination,
      source: withSource ? source : undefined,
      assignment: this.assignment(),
      partition: 0,
      markerNumber: this.remembered.marker.number,
    });
  }

  #surroundings(host?: string): Surroundings {
    const surroundings = this.ground.klink(host);
    const { network, clock } = surroundings;
    return { ...surroundings, network: this.options.faults?.over(network, clock) ?? network };
  }

  #open(which: 'source' | 'destination', surroundings: Surroundings): KafkaCluster {
    const cluster = openCluster({
      ...surroundings,
      name: which,
      bootstrap: [this.ground[which], ...(this.ground.more?.[which] ?? [])],
      security: { sasl: this.options.sasl },
      clientId: 'klink',
    });
    this.#clusters.push(cluster);
    return cluster;
  }

  async stopEngine(): Promise<void> {
    await this.engine?.stop();
    this.engine = undefined;
  }

  /** As after kill -9: the engine is not told, and what it had not handed over is lost. The ground ends its process. */
  abandonEngine(): void {
    this.engine = undefined;
    this.#clusters = [];
  }

  async close(): Promise<void> {
    await this.stopEngine();
    for (const cluster of this.#clusters) await cluster.close();
    this.source.wire.close();
    this.mirror.wire.close();
  }

  observed(partition = 0): PartitionObservation {
    const found = this.engine?.observations()[0]?.partitions.find((each) => each.partition === partition);
    if (!found) throw new Error(`partition ${partition} is not observed yet`);
    return found;
  }

  /** Waits until the mirror's end is the source's last stable offset. */
  async caughtUp(deadlineMs = 30_000, partitions = this.options.partitions ?? 1): Promise<void> {
    for (let partition = 0; partition < partitions; partition++) {
      const stable = await this.source.known(-1n, { committed: true, partition });
      await this.ground.until(`partition ${partition} has reached ${stable}`, deadlineMs, () => {
        const seen = this.observed(partition);
        if (seen.activity.kind === 'failed') throw new Error(describe(seen));
        if (seen.mirrorEnd !== stable) throw new Error(describe(seen));
        return true;
      });
    }
  }

  async failed(partition = 0, deadlineMs = 30_000): Promise<PartitionFailure> {
    await this.ground.until(`partition ${partition} has failed`, deadlineMs, () => {
      const seen = this.observed(partition);
      if (seen.activity.kind !== 'failed') throw new Error(describe(seen));
      return true;
    });
    const { activity } = this.observed(partition);
    if (activity.kind !== 'failed') throw new Error('not failed');
    return activity.failure;
  }

  /** P1: throws at the first offset where a read_committed reader sees something else at the mirror. */
  async compare(partition = 0): Promise<{ readonly records: number; readonly end: bigint }> {
    const source = await new LogReader(this.source).visible(partition);
    const mirror = await new LogReader(this.mirror).visible(partition);
    if (source.stable !== mirror.stable) throw new Error(`source ends at ${source.stable}, mirror at ${mirror.stable}`);
    for (const [offset, record] of source.records) {
      const twin = mirror.records.get(offset);
      if (twin === undefined) throw new Error(`offset ${offset}: only at the source`);
      if (textOf(record) !== textOf(twin))
        throw new Error(`offset ${offset}: ${textOf(record)} became ${textOf(twin)}`);
    }
    for (const offset of mirror.records.keys()) {
      if (!source.records.has(offset)) throw new Error(`offset ${offset}: only at the mirror`);
    }
    return { records: source.records.size, end: source.stable };
  }
}

function describe(seen: PartitionObservation): string {
  return JSON.stringify({ activity: seen.activity, end: seen.mirrorEnd, lag: seen.lagRecords }, (_, value: unknown) =>
    typeof value === 'bigint' ? String(value) : value,
  );
}

const unknown: PartitionMemory = {
  provenPoints: [],
  sourceEpochs: [],
  lastSourceFetchOffset: -1n,
  sourceEnd: -1n,
  sourceLogStart: 0n,
  sourceSeenAtMs: 0,
};
