/**
 * What the tester knows of what it did: topics with the ends of their partitions, producers with their next sequences, and
 * so on. Operations draw from it, and change it by the reference's answers. Areas keep what they alone need in `areas`.
 */
import { PREFIX } from './names.js';

export interface Partition {
  readonly topic: Topic;
  readonly index: number;
  /** As far as answers told. */
  start: bigint;
  end: bigint;
  /** Where batches begin. */
  readonly bases: bigint[];
  /** Some records lie so far apart in time that there may be several segments. */
  isRolled: boolean;
}

export interface Topic {
  /** Of its id: each topic that is made has another one. */
  readonly id: string;
  readonly name: string;
  partitions: Partition[];
  configs: Readonly<Record<string, string>>;
  /** Deleted ones are still asked for now and then. */
  exists: boolean;
}

export interface SentBatch {
  readonly partition: Partition;
  readonly sequence: number;
  readonly count: number;
  readonly epoch: number;
}

export interface Producer {
  /** Of its id. */
  id: string;
  /** An id that we chose ourselves. */
  readonly own: bigint | undefined;
  epoch: number;
  readonly transactionalId: string | null;
  /** Of transactions: those of KIP-890 are 2. */
  readonly protocol: 1 | 2;
  isOpen: boolean;
  /** Where it may write in this transaction. */
  readonly added: Set<Partition>;
  readonly next: Map<Partition, number>;
  readonly sent: SentBatch[];
}

export interface FetchSession {
  /** Of its id. */
  readonly id: string;
  /** What its next request says. */
  epoch: number;
  readonly byTopicId: boolean;
  /** Also such as are not there any more. */
  readonly places: Map<string, SessionPlace>;
}

export interface SessionPlace {
  readonly name: string;
  /** The name of its id. */
  readonly id: string;
  readonly index: number;
  readonly partition: Partition | undefined;
}

const NAMES_OF_ONE_KIND = 1000;

export class World {
  /** When the seed began. What a broker stamps is later; what we stamp as now is a little earlier. */
  readonly beganMs = BigInt(Date.now());
  readonly topics: Topic[] = [];
  readonly producers: Producer[] = [];
  readonly groups: string[] = [];
  readonly sessions: FetchSession[] = [];
  /** Transactional ids whose transactions run out of their time at once: each step that begins one waits until it is aborted. */
  readonly hasty = new Set<string>();
  /** Of areas that keep more: each under its own key. */
  readonly areas = new Map<string, unknown>();
  readonly #counts = new Map<string, number>();
  #stamped = 0n;

  /** A name that nobody had. */
  fresh(kind: string): string {
    return `${PREFIX}${this.name(kind)}`;
  }

  /** For something that brokers choose: `p0`, `p1`… */
  name(kind: string): string {
    const count = this.#counts.get(kind) ?? 0;
    this.#counts.set(kind, count + 1);
    return `${kind}${count % NAMES_OF_ONE_KIND}`;
  }

  /** A timestamp of now that no broker can have stamped. */
  now(): bigint {
    this.#stamped++;
    return this.beganMs - 5000n + this.#stamped;
  }

  get existing(): Topic[] {
    return this.topics.filter(({ exists }) => exists);
  }

  get partitions(): Partition[] {
    return this.existing.flatMap(({ partitions }) => partitions);
  }
}

export function partitionOf(topic: Topic, index: number): Partition {
  return { topic, index, start: 0n, end: 0n, bases: [], isRolled: false };
}
