/**
 * Offsets of consumer groups at the destination: written for those that nobody uses, lowered at the end of a mirror. One call
 * after the other, under one transactional id that opening the journal fences. Refuses to move a group with live members.
 * Spec: docs/spec/groups.md §7, 8 (4).
 */
import { placeKey } from '../../client/admin/leaders.js';
import { listOffsets } from '../../client/admin/offsets.js';
import type { ClampedGroup } from '../../model/mirror.js';
import {
  type Again,
  type Patience,
  patience,
  persist,
  type Refused,
  requestMs,
  type Unavailable,
} from '../transactions/persist.js';
import {
  type Fenced,
  GROUPS_ID,
  type ProducerSurroundings,
  TransactionalProducer,
} from '../transactions/transactional-producer.js';
import { type AboveEnd, byGroup, standingAbove } from './clamp.js';
import { commitOffsets, coordinatorOf, type GroupCommit, type Overtaken } from './commit-offsets.js';
import { lookAtGroup } from './look.js';
import { offsetsNow, type Standing, standingsOn } from './standings.js';

const ATTEMPT_MS = 15_000;
/** Lowering is looked over again until nothing moves any more. */
const PASSES_MAX = 4;

export interface GroupOffset {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
}

export type AboveEnds = { readonly kind: 'done'; readonly groups: readonly ClampedGroup[] } | Refused | Unavailable;

export type ClampOutcome =
  | { readonly kind: 'done'; readonly clamped: readonly ClampedGroup[] }
  | { readonly kind: 'waiting'; readonly reason: string; readonly clamped: readonly ClampedGroup[] }
  | Fenced
  | Refused
  | Unavailable;

export type Standings =
  | { readonly kind: 'done'; readonly standings: readonly ({ readonly group: string } & GroupOffset)[] }
  | Refused
  | Unavailable;

export interface Groups {
  standings(topic: string, partitions: number): Promise<Standings>;
  aboveEnds(topic: string, ends: readonly bigint[]): Promise<AboveEnds>;
  commit(group: string, offsets: readonly GroupOffset[]): Promise<GroupCommit>;
  clamp(topic: string, ends: readonly bigint[]): Promise<ClampOutcome>;
  close(): Promise<void>;
}

export interface GroupsOptions extends ProducerSurroundings {
  /** Of `groupsProducer`: the journal takes it over, and nobody else does. */
  readonly producer: TransactionalProducer;
}

interface Found {
  readonly kind: 'found';
  readonly standings: readonly Standing[];
}

/** The one that journal and groups share. */
export function groupsProducer(around: ProducerSurroundings): TransactionalProducer {
  const { cluster, clock, random, log } = around;
  return new TransactionalProducer({ cluster, clock, random, log, transactionalId: GROUPS_ID });
}

export function createGroups(options: GroupsOptions): Groups {
  return new DestinationGroups(options);
}

class DestinationGroups implements Groups {
  readonly #options: GroupsOptions;
  readonly #ending = new AbortController();
  #queue: Promise<unknown> = Promise.resolve();

  constructor(options: GroupsOptions) {
    this.#options = options;
  }

  aboveEnds(topic: string, ends: readonly bigint[]): Promise<AboveEnds> {
    return this.#inTurn(async () => {
      const above = await this.#above(topic, ends);
      if (above.kind !== 'found') return above;
      const groups: ClampedGroup[] = [];
      for (const [group, standings] of byGroup(above.standings)) {
        if (standings.some(({ beyondLog }) => beyondLog) || !(await this.#isInUse(group))) {
          groups.push(...standings.map(named));
        }
      }
      return { kind: 'done', groups };
    });
  }

  standings(topic: string, partitions: number): Promise<Standings> {
    return this.#inTurn(async (): Promise<Standings> => {
      const within = this.#within();
      const { outcome } = await persist<Found>(within, () =>
        standingsOn(this.#options.cluster, topic, partitions, within),
      );
      if (outcome.kind !== 'found') return outcome;
      const standings = outcome.standings.map(({ group, partition, offset }) => ({ group, topic, partition, offset }));
      return { kind: 'done', standings };
    });
  }

  commit(group: string, offsets: readonly GroupOffset[]): Promise<GroupCommit> {
    return this.#inTurn(async () => {
      const outcome = await commitOffsets(this.#options.producer, group, offsets, this.#ending.signal);
      return outcome.kind === 'overtaken' ? { kind: 'in-use' } : outcome;
    });
  }

  clamp(topic: string, ends: readonly bigint[]): Promise<ClampOutcome> {
    return this.#inTurn(() => this.#clamp(topic, ends));
  }

  async close(): Promise<void> {
    this.#ending.abort(new Error('the group offsets were closed'));
    await this.#queue;
  }

  async #clamp(topic: string, ends: readonly bigint[]): Promise<ClampOutcome> {
    // [8 (4)] Whatever was sent before under this id can take effect no more, nor can anything of an older klink.
    const renewed = await this.#options.producer.renew(this.#within());
    if (renewed.kind !== 'done') return renewed;
    const clamped: ClampedGroup[] = [];
    for (let pass = 0; pass < PASSES_MAX; pass++) {
      const above = await this.#above(topic, ends);
      if (above.kind !== 'found') {
        return clamped.length === 0 ? above : { kind: 'waiting', reason: above.reason, clamped };
      }
      const reasons: string[] = [];
      let moved = false;
      for (const [group, standings] of byGroup(above.standings)) {
        const outcome = await this.#lower(topic, group, standings);
        if (outcome.kind === 'fenced') return outcome;
        if (outcome.kind === 'done') {
          moved = true;
          clamped.push(...standings.map(named));
        } else if (outcome.kind === 'overtaken') {
          moved = true;
        } else if (outcome.kind !== 'in-use') {
          reasons.push(`consumer group '${group}': ${outcome.reason}`);
        } else {
          const beyond = standings.find(({ beyondLog }) => beyondLog);
          if (beyond) reasons.push(stillUsed(group, beyond));
        }
      }
      if (moved) continue;
      const [first] = reasons;
      return first === undefined ? { kind: 'done', clamped } : { kind: 'waiting', reason: several(reasons), clamped };
    }
    return { kind: 'waiting', reason: 'consumer groups go on moving above the end', clamped };
  }

  #lower(topic: string, group: string, standings: readonly AboveEnd[]): Promise<GroupCommit | Overtaken> {
    const offsets = standings.map(({ partition, end, metadata }) => ({ topic, partition, offset: end, metadata }));
    return commitOffsets(this.#options.producer, group, offsets, this.#ending.signal, async (channel, timeoutMs) => {
      // Somebody may have come, read and gone since: what stands at or below the end by now is never raised.
      const now = await offsetsNow(
        channel,
        { group, topic, partitions: standings.map(({ partition }) => partition) },
        timeoutMs,
      );
      return standings.every(({ partition, end }) => (now.get(partition) ?? -1n) > end);
    });
  }

  async #above(
    topic: string,
    ends: readonly bigint[],
  ): Promise<{ readonly kind: 'found'; readonly standings: readonly AboveEnd[] } | Refused | Unavailable> {
    const { cluster } = this.#options;
    const within = this.#within();
    type Found = { readonly kind: 'found'; readonly standings: readonly AboveEnd[] };
    const { outcome } = await persist<Found>(within, async (): Promise<Found | Again> => {
      const found = await standingsOn(cluster, topic, ends.length, within);
      if (found.kind !== 'found') return found;
      const { standings } = found;
      const above = standings.filter(({ partition, offset }) => offset > (ends[partition] ?? offset));
      if (above.length === 0) return { kind: 'found', standings: [] };
      const places = [...new Set(above.map(({ partition }) => partition))].map((partition) => ({ topic, partition }));
      const timeoutMs = requestMs(within);
      const read = await listOffsets(cluster, places, { kind: 'latest' }, { timeoutMs, signal: within.signal });
      const logEnds = ends.map((_, partition) => {
        const logEnd = read.get(placeKey({ topic, partition }));
        return logEnd?.ok ? logEnd.value.offset : undefined;
      });
      return { kind: 'found', standings: standingAbove(above, ends, logEnds) };
    });
    return outcome;
  }

  /** Unknown counts as no: the group is named then, although it may turn out to be left alone. */
  async #isInUse(group: string): Promise<boolean> {
    const within = this.#within();
    const { outcome } = await persist<{ readonly kind: 'idle' | 'in-use' } | Refused>(within, async () => {
      const channel = await coordinatorOf(this.#options.producer, within, group);
      return lookAtGroup(channel, group, requestMs(within));
    });
    return outcome.kind === 'in-use';
  }

  #within(): Patience {
    return patience(this.#options, ATTEMPT_MS, this.#ending.signal);
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#queue.then(work);
    this.#queue = turn.catch(() => undefined);
    return turn;
  }
}

function named({ group, partition, offset, end }: AboveEnd): ClampedGroup {
  return { group, partition, from: offset, to: end };
}

function stillUsed(group: string, { partition, offset, end }: AboveEnd): string {
  return `consumer group '${group}' has live members and stands at ${offset} on partition ${partition}, above the log end: it would skip records. Stop its consumers; it will be lowered to ${end}`;
}

function several(reasons: readonly string[]): string {
  const [first = '', ...rest] = reasons;
  return rest.length === 0 ? first : `${first} (and ${rest.length} more groups)`;
}
