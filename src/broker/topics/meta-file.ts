/**
 * What the broker knows beside its logs: cluster id, topics, settings changed at run time, the next producer id. One
 * small file, replaced as a whole and synced; changes that come together are written together, and fail together.
 * Serves docs/spec/broker.md §2.
 */
import type { Disk } from '../../base/disk.js';
import { parsedOf, refuseDamaged, withChecksum } from '../log/checked-text.js';
import { writeWhole } from '../log/snapshot.js';
import type { Acl } from '../security/acl.js';
import type { ScramMechanism } from '../security/scram-key.js';
import { DiskRefused } from './disk-refused.js';
import { refuseForeign } from './new-directory.js';

const FILE = 'broker.json';
const FORMAT = 2;
/** The same without users, ACLs and quotas. */
const FORMAT_WITHOUT_SECURITY = 1;

export interface TopicMeta {
  readonly name: string;
  readonly id: string;
  readonly internal: boolean;
  configs: Record<string, string>;
  /** Per partition, the start of the broker in which it was made: its leader epoch counts from there. */
  partitions: number[];
}

/** Keys in base64. */
export interface UserMeta {
  readonly name: string;
  readonly mechanism: ScramMechanism;
  readonly iterations: number;
  readonly salt: string;
  readonly storedKey: string;
  readonly serverKey: string;
}

export interface QuotaMeta {
  /** By entity type; null: the default of that type. */
  readonly entity: Readonly<Record<string, string | null>>;
  readonly values: Readonly<Record<string, number>>;
}

export interface SecurityMeta {
  /** Base64, random: what is told of users who are not there comes of it, and so stays the same. */
  readonly decoy: string;
  users: UserMeta[];
  acls: readonly Acl[];
  quotas: QuotaMeta[];
}

export interface BrokerMeta {
  readonly clusterId: string;
  readonly nodeId: number;
  /** How often this directory was opened; each opening is a new leader epoch everywhere. */
  starts: number;
  /** Producer ids below this may have been given out. */
  producerIdsBelow: number;
  topics: TopicMeta[];
  configs: {
    broker: Record<string, string>;
    allBrokers: Record<string, string>;
    /** Groups that have settings of their own; a file of before they could has none. */
    groups?: Record<string, Record<string, string>>;
  };
  security: SecurityMeta;
}

export class MetaFile {
  readonly meta: BrokerMeta;
  readonly #disk: Disk;
  readonly #directory: string;
  #writing: Promise<void> | undefined;
  #next: Promise<void> | undefined;
  /** How to take back each change that is not durable yet, the oldest first. */
  readonly #undos: (() => void)[] = [];

  constructor(disk: Disk, directory: string, meta: BrokerMeta) {
    this.#disk = disk;
    this.#directory = directory;
    this.meta = meta;
  }

  /**
   * Resolves when the state of now, or a later one, is durable. Rejects with `DiskRefused`, and before that every change that
   * is not durable has been undone, the youngest first: each meets what it left. Whoever waits for one of them is told.
   */
  save(undo: () => void = () => undefined): Promise<void> {
    this.#undos.push(undo);
    if (this.#writing === undefined) return this.#begin();
    // A write under way may hold an older state; one more covers every change made until it begins.
    this.#next ??= this.#writing.then(() => {
      this.#next = undefined;
      return this.#begin();
    });
    return this.#next;
  }

  #begin(): Promise<void> {
    this.#writing = Promise.resolve().then(() => this.#write());
    return this.#writing;
  }

  async #write(): Promise<void> {
    const covered = this.#undos.length;
    const bytes = this.#bytes();
    try {
      await writeWhole(this.#disk, this.#directory, FILE, bytes);
    } catch (error) {
      this.#undo();
      await this.#putBack(bytes);
      // What was changed meanwhile waits for this write, and fails with it.
      this.#undo();
      this.#writing = undefined;
      this.#next = undefined;
      throw new DiskRefused(error);
    }
    this.#undos.splice(0, covered);
    if (this.#next === undefined) this.#writing = undefined;
  }

  #undo(): void {
    for (const undo of this.#undos.splice(0).reverse()) undo();
  }

  /** Where only the last step failed, the new file has its name already, and a start would believe it. */
  async #putBack(refused: Buffer): Promise<void> {
    try {
      const isThere = this.#disk.readFile(`${this.#directory}/${FILE}`).equals(refused);
      if (isThere) await writeWhole(this.#disk, this.#directory, FILE, this.#bytes());
    } catch {
      // The disk does not take that either. Who waits is told so already, and the next change writes the whole file.
    }
  }

  #bytes(): Buffer {
    return withChecksum(`${JSON.stringify({ format: FORMAT, ...this.meta }, undefined, 1)}\n`);
  }
}

/**
 * Undefined where no broker has lived yet. `security`: for a file that knows none. Throws for a format this version cannot
 * read, a damaged file, or a directory of something else.
 */
export function readMeta(disk: Disk, directory: string, security: SecurityMeta): BrokerMeta | undefined {
  const path = `${directory}/${FILE}`;
  if (!disk.exists(path)) {
    refuseForeign(disk, directory);
    return undefined;
  }
  const bytes = disk.readFile(path);
  const parsed = parsedOf<BrokerMeta & { readonly crc32c?: number }>(bytes, path);
  const { format, crc32c: _, ...meta } = parsed;
  if (format === FORMAT_WITHOUT_SECURITY) return { ...meta, security };
  if (format !== FORMAT) {
    throw new Error(
      `${path} has format ${format}, and this klink reads formats up to ${FORMAT}: start the klink that wrote it, or choose another directory`,
    );
  }
  refuseDamaged(bytes, path);
  return meta;
}
