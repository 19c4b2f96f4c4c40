/**
 * What the broker knows beside its logs: cluster id, topics, settings changed at run time, the next producer id. One
 * small file, replaced as a whole and synced; changes that come together are written together.
 * Serves docs/spec/broker.md §2.
 */
import type { Disk } from '../../base/disk.js';
import { writeWhole } from '../log/snapshot.js';

const FILE = 'broker.json';
const FORMAT = 1;

export interface TopicMeta {
  readonly name: string;
  readonly id: string;
  readonly internal: boolean;
  configs: Record<string, string>;
  /** Per partition, the start of the broker in which it was made: its leader epoch counts from there. */
  partitions: number[];
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

/** Undefined where no broker has lived yet. Throws for a format this version cannot read, or a damaged file. */
export function readMeta(disk: Disk, directory: string): BrokerMeta | undefined {
  const path = `${directory}/${FILE}`;
  if (!disk.exists(path)) return undefined;
  const parsed = JSON.parse(disk.readFile(path).toString()) as BrokerMeta & { format: number };
  const { format, ...meta } = parsed;
  if (format !== FORMAT) throw new Error(`${path} has format ${format}; this version reads format ${FORMAT}`);
  return meta;
}
