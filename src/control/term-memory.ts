/**
 * What is remembered of every mirrored partition during a term: read from `_klink.seen` at its beginning, kept current by
 * the engine, written back every few seconds under the decision that held when it was seen (5.2). Decides nothing, and a
 * lost write does no harm.
 */
import type { PartitionMemory } from '../model/assignment.js';
import { type Observation, observationRecord, readMemories } from './journal-format.js';
import type { JournalRecord } from './ports/journal.js';
import type { ControlPorts } from './ports.js';
import type { Memories } from './reconcile/assignments.js';
import { type ControlState, mirrorKey } from './state.js';

interface OfMirror {
  readonly linkId: string;
  readonly mirrorTopic: string;
}

export class TermMemory {
  readonly #ports: Pick<ControlPorts, 'engine' | 'journal' | 'log'>;
  readonly #known: Map<string, Map<number, PartitionMemory>>;
  readonly #unwritten = new Map<string, Observation>();

  constructor(
    ports: Pick<ControlPorts, 'engine' | 'journal' | 'log'>,
    observations: readonly JournalRecord[],
    state: ControlState,
  ) {
    this.#ports = ports;
    const read = readMemories(observations, state);
    this.#known = new Map([...read].map(([key, byPartition]) => [key, new Map(byPartition)]));
  }

  get known(): Memories {
    return this.#known;
  }

  /** [5.2] Under the decision that holds now; what is observed of no mirror is nobody's. */
  remember(state: ControlState, of: OfMirror, partition: number, memory: PartitionMemory): void {
    if (!isRemembered(state, of)) return;
    this.#set(of, partition, memory);
    const { linkId, mirrorTopic } = of;
    this.#unwritten.set(`${mirrorKey(of)}/${partition}`, {
      linkId,
      mirrorTopic,
      partition,
      stamp: state.stamp,
      memory,
    });
  }

  /** Takes what the engine knows now, without writing it. */
  absorb(state: ControlState): void {
    for (const observation of this.#ports.engine.observations()) {
      if (!isRemembered(state, observation)) continue;
      for (const { partition, memory } of observation.partitions) this.#set(observation, partition, memory);
    }
  }

  /** A mirror of that name begins anew, if ever. */
  forget(key: string): void {
    this.#known.delete(key);
    for (const name of this.#unwritten.keys()) if (name.startsWith(`${key}/`)) this.#unwritten.delete(name);
  }

  async write(): Promise<void> {
    if (this.#unwritten.size === 0) return;
    const batch = [...this.#unwritten];
    const outcome = await this.#ports.journal.observe(batch.map(([, observation]) => observationRecord(observation)));
    if (outcome.kind !== 'done') {
      this.#ports.log.warn({ reason: outcome.reason }, 'observations could not be written');
      return;
    }
    for (const [key, observation] of batch) if (this.#unwritten.get(key) === observation) this.#unwritten.delete(key);
  }

  /** At the end of a term in good order: the next one begins with the newest points. */
  async writeAll(state: ControlState): Promise<void> {
    for (const [key, byPartition] of this.#known) {
      const mirror = state.mirrors.get(key);
      if (mirror === undefined) continue;
      for (const [partition, memory] of byPartition) this.remember(state, mirror, partition, memory);
    }
    await this.write();
  }

  #set(of: OfMirror, partition: number, memory: PartitionMemory): void {
    const key = mirrorKey(of);
    const known = this.#known.get(key) ?? new Map<number, PartitionMemory>();
    this.#known.set(key, known.set(partition, memory));
  }
}

function isRemembered(state: ControlState, of: OfMirror): boolean {
  const mirror = state.mirrors.get(mirrorKey(of));
  return mirror !== undefined && mirror.kind !== 'STOPPED' && mirror.kind !== 'CREATING';
}
