/**
 * One engine per link, as assigned: started, told, and stopped; what they report goes on to whoever listens. A link whose
 * source cannot be used (no secret, say) has no engine and is tried again; the others do not notice. Decides nothing about
 * mirrors. Spec: docs/spec/engine.md, docs/spec/control.md.
 */
import type { Timer } from '../../base/clock.js';
import type { KafkaCluster, Surroundings } from '../../client/types.js';
import type { MarkerIdentity, MirrorAssignment, MirrorObservation } from '../../model/assignment.js';
import { workingSettings } from '../../model/topic-settings.js';
import type { Engine, EngineEvent, EngineLimits, EngineOptions, EngineSwitches } from '../copy/engine-types.js';
import { startEngine } from '../copy/mirror-engine.js';
import type { LeaseView } from '../lease-view.js';
import type { SourceAddress } from '../source/address.js';
import type { Borrowed, SourceClusters } from '../source/source-clusters.js';

/** How often a link without engine is tried again, and logins are looked at: nobody tells us when a secret changes. */
const LOOK_EVERY_MS = 5_000;

export interface LinkAssignment {
  readonly source: SourceAddress;
  readonly mirrors: readonly MirrorAssignment[];
}

export interface EnginePoolOptions {
  /** The destination, as engine principal. */
  readonly destination: KafkaCluster;
  readonly sources: SourceClusters;
  readonly surroundings: Pick<Surroundings, 'clock' | 'random' | 'log'>;
  readonly lease: LeaseView;
  /** [1.2] M of a link, as journalled, and the identity after it, once that is journalled. */
  marker(linkId: string): MarkerIdentity;
  raiseMarker(linkId: string): Promise<MarkerIdentity>;
  /** [3.6] Resolves when the journal, read from now on, still allows what is assigned. */
  confirm(): Promise<void>;
  /** [2.4] Rejects unless every group of the partition stands at or below its new end: the next append waits for that. */
  clampGroups(mirrorTopic: string, partition: number, end: bigint): Promise<void>;
  /** [3.4] Only while the topic is mirrored: what it is set to at its promotion is no drift. */
  correctSettings(mirrorTopic: string, names: readonly string[]): Promise<void>;
  /** [3.2] By how much, at most, the destination's wall clock is ahead of ours; undefined: not known. */
  clockAheadMs?(): number | undefined;
  readonly limits?: Partial<EngineLimits>;
  readonly switches?: EngineSwitches;
  /** Tests give another one. */
  readonly start?: (options: EngineOptions) => Engine;
}

export interface EnginePool {
  /** The whole set, every time: engines of links that are not in it are stopped, mirrors that are not in it too. */
  assign(links: readonly LinkAssignment[]): void;
  observations(): readonly MirrorObservation[];
  /** False: no engine runs for this link, and nothing of this process is in flight for it. */
  running(linkId: string): boolean;
  onEvent(listener: (event: EngineEvent) => void): () => void;
  /** Nothing of this process is in flight any more; what is assigned meanwhile starts again. */
  stopped(): Promise<void>;
}

export function createEnginePool(options: EnginePoolOptions): EnginePool {
  return new Pool(options);
}

interface Running {
  readonly engine: Engine;
  /** An engine keeps its source: another address, login or secret is another engine. */
  readonly source: Borrowed;
}

interface LinkSlot {
  wanted: LinkAssignment | undefined;
  running: Running | undefined;
  /** The engine before is ending; the next one waits for it. */
  ending: Promise<void> | undefined;
  /** Why its source cannot be used; told once. */
  trouble: string | undefined;
}

class Pool implements EnginePool {
  readonly #options: EnginePoolOptions;
  readonly #slots = new Map<string, LinkSlot>();
  readonly #listeners = new Set<(event: EngineEvent) => void>();
  #look: Timer | undefined;

  constructor(options: EnginePoolOptions) {
    this.#options = options;
  }

  assign(links: readonly LinkAssignment[]): void {
    // A link without mirrors needs no engine, and its source no connections.
    const wanted = new Map(links.filter((link) => link.mirrors.length > 0).map((link) => [link.source.linkId, link]));
    for (const linkId of wanted.keys()) {
      if (!this.#slots.has(linkId))
        this.#slots.set(linkId, { wanted: undefined, running: undefined, ending: undefined, trouble: undefined });
    }
    for (const [linkId, slot] of this.#slots) {
      slot.wanted = wanted.get(linkId);
      this.#match(linkId, slot);
    }
    this.#lookLater();
  }

  observations(): readonly MirrorObservation[] {
    return [...this.#slots.values()].flatMap(({ running }) => running?.engine.observations() ?? []);
  }

  running(linkId: string): boolean {
    const slot = this.#slots.get(linkId);
    return slot !== undefined && (slot.running !== undefined || slot.ending !== undefined);
  }

  onEvent(listener: (event: EngineEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  async stopped(): Promise<void> {
    this.assign([]);
    for (let ending = this.#endings(); ending.length > 0; ending = this.#endings()) await Promise.all(ending);
  }

  #endings(): readonly Promise<void>[] {
    return [...this.#slots.values()].flatMap(({ ending }) => ending ?? []);
  }

  #match(linkId: string, slot: LinkSlot): void {
    const { wanted, running, ending } = slot;
    if (ending !== undefined) return;
    if (running && (wanted === undefined || this.#isOutdated(wanted, running))) {
      slot.running = undefined;
      slot.ending = this.#end(linkId, running).finally(() => {
        slot.ending = undefined;
        this.#match(linkId, slot);
      });
    } else if (wanted === undefined) {
      this.#slots.delete(linkId);
      this.#lookLater();
    } else if (running) {
      running.engine.assign(wanted.mirrors);
    } else {
      slot.running = this.#start(wanted, slot);
      slot.running?.engine.assign(wanted.mirrors);
    }
  }

  async #end(linkId: string, { engine, source }: Running): Promise<void> {
    try {
      await engine.stop();
    } catch (error) {
      this.#options.surroundings.log.error({ linkId, error: String(error) }, 'an engine did not stop in good order');
    } finally {
      source.giveBack();
    }
  }

  #start(wanted: LinkAssignment, slot: LinkSlot): Running | undefined {
    const { destination, sources, surroundings, lease, limits, switches, start = startEngine } = this.#options;
    const { linkId, linkName } = wanted.source;
    const source = sources.borrow(wanted.source);
    if (!source.ok) {
      if (slot.trouble !== source.error) {
        surroundings.log.warn({ link: linkName, reason: source.error }, 'the source of a link cannot be used now');
      }
      slot.trouble = source.error;
      return undefined;
    }
    slot.trouble = undefined;
    const engine = start({
      source: source.value.cluster,
      destination,
      surroundings: { ...surroundings, log: surroundings.log.child({ link: linkName }) },
      lease,
      marker: {
        journalled: () => this.#options.marker(linkId),
        nextEpoch: () => this.#options.raiseMarker(linkId),
      },
      onEvent: (event) => {
        for (const listener of this.#listeners) listener(event);
      },
      clampGroups: (topic, partition, end) => this.#options.clampGroups(topic, partition, end),
      correctSettings: (topic, drift) =>
        this.#options.correctSettings(
          topic,
          drift.map(({ name }) => name),
        ),
      confirm: () => this.#options.confirm(),
      clockAheadMs: () => this.#options.clockAheadMs?.(),
      workingSettings,
      ...(limits && { limits }),
      ...(switches && { switches }),
    });
    return { engine, source: source.value };
  }

  /** A login that cannot be resolved any more is no reason to end what runs with it. */
  #isOutdated({ source }: LinkAssignment, running: Running): boolean {
    const key = this.#options.sources.keyOf(source);
    return key.ok && key.value !== running.source.key;
  }

  #lookLater(): void {
    if (this.#slots.size === 0) {
      this.#look?.cancel();
      this.#look = undefined;
      return;
    }
    this.#look ??= this.#options.surroundings.clock.setTimer(LOOK_EVERY_MS, () => {
      this.#look = undefined;
      for (const [linkId, slot] of this.#slots) {
        const { wanted, running } = slot;
        if (running === undefined || (wanted && this.#isOutdated(wanted, running))) this.#match(linkId, slot);
      }
      this.#lookLater();
    });
  }
}
