/**
 * The topics of this broker: made, found, changed, deleted. A topic's directory is named by its id, so that a topic
 * made again under an old name never meets old files. Serves docs/spec/broker.md §2 and §4.
 */

import type { Disk } from '../../base/disk.js';
import type { Log } from '../../base/log.js';
import { type Random, randomUuid } from '../../base/random.js';
import type { Configs } from '../config/configs.js';
import type { LogSettings } from '../config/topic-configs.js';
import { sharedWork } from '../log/directories.js';
import { openLog } from '../log/open-log.js';
import type { PartitionLog } from '../log/partition-log.js';
import { DiskRefused } from './disk-refused.js';
import type { MetaFile, TopicMeta } from './meta-file.js';
import { isTopicDirectory } from './new-directory.js';

export interface Topic {
  readonly name: string;
  readonly id: string;
  readonly internal: boolean;
  /** What was set on this topic itself. */
  readonly overrides: Map<string, string>;
  readonly partitions: PartitionLog[];
}

export interface TopicsSurroundings {
  readonly disk: Disk;
  readonly log: Log;
  readonly random: Random;
  /** The broker's own; `directory` is in it. */
  readonly root: string;
  readonly directory: string;
  readonly nowMs: () => number;
}

export interface NewTopic {
  readonly name: string;
  readonly partitions: number;
  readonly configs: ReadonlyMap<string, string>;
  readonly internal?: boolean;
}

export class Topics {
  readonly #around: TopicsSurroundings;
  readonly #file: MetaFile;
  readonly #configs: Configs;
  readonly #byName = new Map<string, Topic>();
  readonly #byId = new Map<string, Topic>();
  readonly #settings = new Map<string, LogSettings>();
  /** Not durable yet, so nobody sees them. */
  readonly #making = new Map<string, Promise<Topic>>();
  #version = 0;

  constructor(around: TopicsSurroundings, file: MetaFile, configs: Configs) {
    this.#around = around;
    this.#file = file;
    this.#configs = configs;
  }

  /** Opens every log that the meta file names, and removes what is left of topics that it does not name. */
  openAll(): void {
    const { disk, directory } = this.#around;
    const known = new Set(this.#file.meta.topics.map((each) => each.id));
    for (const name of disk.list(directory)) {
      if (isTopicDirectory(name) && !known.has(name)) disk.removeDirectory(`${directory}/${name}`);
    }
    for (const meta of this.#file.meta.topics) {
      const topic = topicOf(meta);
      this.#open(topic, meta);
      this.#show(topic);
    }
  }

  get all(): Topic[] {
    return [...this.#byName.values()].sort((one, other) => (one.name < other.name ? -1 : 1));
  }

  /** The names that a new topic cannot have. */
  get names(): string[] {
    return [...this.#byName.keys(), ...this.#making.keys()];
  }

  /** Another one whenever a topic was made, deleted or grown. */
  get version(): number {
    return this.#version;
  }

  get(name: string): Topic | undefined {
    return this.#byName.get(name);
  }

  byId(id: string): Topic | undefined {
    return this.#byId.get(id);
  }

  partition(name: string, index: number): PartitionLog | undefined {
    return this.#byName.get(name)?.partitions[index];
  }

  /** While a topic of this name is being made: that one. */
  making(name: string): Promise<Topic> | undefined {
    return this.#making.get(name);
  }

  /**
   * There is room for the name: the caller has checked. Resolves when the topic is durable; nobody sees it before, so that
   * nothing is acknowledged in a topic that a crash takes away. Rejects with `DiskRefused`.
   */
  create(topic: NewTopic): Promise<Topic> {
    const made = this.#make(topic).finally(() => this.#making.delete(topic.name));
    this.#making.set(topic.name, made);
    return made;
  }

  async #make({ name, partitions, configs, internal = false }: NewTopic): Promise<Topic> {
    const { starts, topics } = this.#file.meta;
    const meta: TopicMeta = {
      name,
      id: randomUuid(this.#around.random),
      internal,
      configs: Object.fromEntries(configs),
      partitions: Array.from({ length: partitions }, () => starts),
    };
    const forget = () => {
      this.#file.meta.topics = this.#file.meta.topics.filter((each) => each !== meta);
    };
    topics.push(meta);
    const topic = topicOf(meta);
    try {
      this.#open(topic, meta);
    } catch (error) {
      forget();
      await this.#abandon(topic.partitions);
      this.#removeFiles(meta.id);
      throw new DiskRefused(error);
    }
    try {
      await this.#file.save(forget);
    } catch (error) {
      await this.#abandon(topic.partitions);
      this.#removeFiles(meta.id);
      throw error;
    }
    return this.#show(topic);
  }

  /** Nobody sees it from now on. Resolves when that is durable. Rejects with `DiskRefused`: then it is there again. */
  async delete(topic: Topic): Promise<void> {
    this.#version++;
    this.#byName.delete(topic.name);
    this.#byId.delete(topic.id);
    const { topics } = this.#file.meta;
    this.#file.meta.topics = topics.filter((each) => each.id !== topic.id);
    await this.#file.save(() => {
      this.#file.meta.topics = topics;
      this.#show(topic);
    });
    await this.#abandon(topic.partitions);
    this.#removeFiles(topic.id);
  }

  /** Resolves when they are durable, and there. Rejects with `DiskRefused`. */
  async addPartitions(topic: Topic, count: number): Promise<void> {
    const meta = this.#metaOf(topic);
    const placed = this.#placing(topic.id);
    const first = meta.partitions.length;
    const added: PartitionLog[] = [];
    const forget = () => {
      meta.partitions.length = first;
    };
    try {
      while (meta.partitions.length < count) {
        added.push(this.#openPartition(topic, { index: meta.partitions.length, leaderEpoch: 0, placed }));
        meta.partitions.push(this.#file.meta.starts);
      }
    } catch (error) {
      forget();
      await this.#abandon(added);
      throw new DiskRefused(error);
    }
    try {
      await this.#file.save(forget);
    } catch (error) {
      await this.#abandon(added);
      throw error;
    }
    // Whoever asked first is told first: they come in their order.
    if (this.#byId.get(topic.id) === topic) {
      this.#version++;
      topic.partitions.push(...added);
    } else await this.#abandon(added);
  }

  setOverrides(topic: Topic, overrides: ReadonlyMap<string, string>): Promise<void> {
    const meta = this.#metaOf(topic);
    const before = new Map(topic.overrides);
    const put = (values: ReadonlyMap<string, string>) => {
      topic.overrides.clear();
      for (const [name, value] of values) topic.overrides.set(name, value);
      meta.configs = Object.fromEntries(values);
      this.#settings.delete(topic.id);
    };
    put(overrides);
    return this.#file.save(() => put(before));
  }

  /** After a broker-wide setting changed. */
  forgetSettings(): void {
    this.#settings.clear();
  }

  settings(topic: Topic): LogSettings {
    let settings = this.#settings.get(topic.id);
    if (settings === undefined) {
      settings = this.#configs.logSettings(topic.overrides);
      this.#settings.set(topic.id, settings);
    }
    return settings;
  }

  /**
   * Undefined: nothing is due. Else resolves when what `flush.messages` asks to have on the disk is there. Rejects when a disk
   * failed, once the others are done.
   */
  flushDue(which: 'internal' | 'all'): Promise<void> | undefined {
    const due: PartitionLog[] = [];
    for (const { internal, partitions } of this.#byName.values()) {
      if (internal || which === 'all') due.push(...partitions.filter((log) => log.mustFlush && !log.isOffline));
    }
    return due.length === 0 ? undefined : allFlushed(due);
  }

  async close(): Promise<void> {
    const closing = this.all.flatMap((topic) => topic.partitions.map((log) => log.close()));
    const outcomes = await Promise.allSettled(closing);
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected')
        this.#around.log.error({ error: String(outcome.reason) }, 'a log did not close');
    }
  }

  #open(topic: Topic, meta: TopicMeta): void {
    const placed = this.#placing(topic.id);
    for (const [index, madeInStart] of meta.partitions.entries()) {
      const leaderEpoch = this.#file.meta.starts - madeInStart;
      topic.partitions.push(this.#openPartition(topic, { index, leaderEpoch, placed }));
    }
  }

  #show(topic: Topic): Topic {
    this.#version++;
    this.#byName.set(topic.name, topic);
    this.#byId.set(topic.id, topic);
    return topic;
  }

  async #abandon(logs: readonly PartitionLog[]): Promise<void> {
    await Promise.all(logs.map((log) => log.abandon()));
  }

  /** No topic has them. What the disk keeps of them is removed at the next start. */
  #removeFiles(topicId: string): void {
    const { disk, directory, log } = this.#around;
    try {
      disk.removeDirectory(`${directory}/${topicId}`);
    } catch (error) {
      log.warn({ error: String(error), topicId }, 'the files of a topic that is gone could not be removed');
    }
  }

  /** Once for all partitions that are opened together: the directories that hold theirs are the same. */
  #placing(topicId: string): () => Promise<void> {
    const { disk, directory, root } = this.#around;
    return sharedWork(async () => {
      await disk.syncDirectory(`${directory}/${topicId}`);
      await disk.syncDirectory(directory);
      await disk.syncDirectory(root);
    });
  }

  #openPartition(
    topic: Topic,
    where: { readonly index: number; readonly leaderEpoch: number; readonly placed: () => Promise<void> },
  ): PartitionLog {
    const { index, leaderEpoch, placed } = where;
    const { disk, log, directory, nowMs } = this.#around;
    const around = {
      disk,
      log: log.child({ topic: topic.name, partition: index }),
      directory: `${directory}/${topic.id}/${index}`,
      placed,
      settings: () => this.settings(topic),
    };
    const producerExpirationMs = this.#configs.number('producer.id.expiration.ms');
    try {
      return openLog(around, { leaderEpoch, nowMs: nowMs(), producerExpirationMs });
    } catch (error) {
      // The system does not say which file it could not read.
      throw new Error(`${around.directory} cannot be opened: ${String(error)}`, { cause: error });
    }
  }

  #metaOf(topic: Topic): TopicMeta {
    const meta = this.#file.meta.topics.find((each) => each.id === topic.id);
    if (meta === undefined) throw new Error(`no topic ${topic.name} in the meta file`);
    return meta;
  }
}

/** Without its partitions. */
function topicOf({ name, id, internal, configs }: TopicMeta): Topic {
  return { name, id, internal, overrides: new Map(Object.entries(configs)), partitions: [] };
}

async function allFlushed(logs: readonly PartitionLog[]): Promise<void> {
  const outcomes = await Promise.allSettled(logs.map((log) => log.flushed()));
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
}
