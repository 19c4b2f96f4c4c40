/**
 * What the broker knows beside its logs: cluster id, topics, settings changed at run time, the next producer id. One
 * small file, replaced as a whole and synced; changes that come together are written together.
 * Serves docs/spec/broker.md §2.
 */
import type { Disk } from '../../base/disk.js';
import { writeWhole } from '../log/snapshot.js';
import type { Acl } from '../security/acl.js';
import type { ScramMechanism } from '../security/scram-key.js';

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
  configs: { broker: Record<string, string>; allBrokers: Record<string, string> };
  security: SecurityMeta;
}

export class MetaFile {
  readonly meta: BrokerMeta;
  readonly #disk: Disk;
  readonly #directory: string;
  #writing: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  constructor(disk: Disk, directory: string, meta: BrokerMeta) {
    this.#disk = disk;
    this.#directory = directory;
    this.meta = meta;
  }

  /**
   * Resolves when the state of now, or a later one, is durable. Rejects with the disk's error.
   */
  save(): Promise<void> {
    if (this.#writing === undefined) {
      this.#writing = this.#write();
      return this.#writing;
    }
    // A write under way may hold an older state; one more covers every change made until it begins.
    this.#next ??= this.#writing
      .catch(() => undefined)
      .then(() => {
        this.#next = undefined;
        this.#writing = this.#write();
        return this.#writing;
      });
    return this.#next;
  }

  async #write(): Promise<void> {
    const bytes = Buffer.from(`${JSON.stringify({ format: FORMAT, ...this.meta }, undefined, 1)}\n`);
    try {
      await writeWhole(this.#disk, this.#directory, FILE, bytes);
    } finally {
      if (this.#next === undefined) this.#writing = undefined;
    }
  }
}

/**
 * Undefined where no broker has lived yet. `security`: for a file that knows none. Throws for a format this version cannot
 * read, or a damaged file.
 */
export function readMeta(disk: Disk, directory: string, security: SecurityMeta): BrokerMeta | undefined {
  const path = `${directory}/${FILE}`;
  if (!disk.exists(path)) return undefined;
  const parsed = JSON.parse(disk.readFile(path).toString()) as BrokerMeta & { format: number };
  const { format, ...meta } = parsed;
  if (format === FORMAT_WITHOUT_SECURITY) return { ...meta, security };
  if (format !== FORMAT) throw new Error(`${path} has format ${format}; this version reads formats up to ${FORMAT}`);
  return meta;
}
