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
import type { MetaFile, TopicMeta } from './meta-file.js';

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

  constructor(around: TopicsSurroundings, file: MetaFile, configs: Configs) {
    this.#around = around;
    this.#file = file;
    this.#configs = configs;
  }

  /** Opens every log that the meta file names, and removes what is left of topics that it does not name. */
  openAll(): void {
    const { disk, directory } = this.#around;
    const known = new Set(this.#file.meta.topics.map((each) => each.id));
    for (const name of disk.list(directory)) if (!known.has(name)) disk.removeDirectory(`${directory}/${name}`);
    for (const meta of this.#file.meta.topics) this.#open(meta);
  }

  get all(): Topic[] {
    return [...this.#byName.values()].sort((one, other) => (one.name < other.name ? -1 : 1));
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

  /** There is room for the name: the caller has checked. Usable at once; the promise says when it is durable. */
  create(topic: NewTopic): { readonly topic: Topic; readonly durable: Promise<void> } {
    const meta: TopicMeta = {
      name: topic.name,
      id: randomUuid(this.#around.random),
      internal: topic.internal ?? false,
      configs: Object.fromEntries(topic.configs),
      partitions: Array.from({ length: topic.partitions }, () => this.#file.meta.starts),
    };
    this.#file.meta.topics.push(meta);
    return { topic: this.#open(meta), durable: this.#file.save() };
  }

  async delete(topic: Topic): Promise<void> {
    this.#byName.delete(topic.name);
    this.#byId.delete(topic.id);
    this.#file.meta.topics = this.#file.meta.topics.filter((each) => each.id !== topic.id);
    await Promise.all([this.#file.save(), ...topic.partitions.map((log) => log.abandon())]);
    this.#around.disk.removeDirectory(`${this.#around.directory}/${topic.id}`);
  }

  addPartitions(topic: Topic, count: number): Promise<void> {
    const meta = this.#metaOf(topic);
    const placed = this.#placing(topic.id);
    while (topic.partitions.length < count) {
      meta.partitions.push(this.#file.meta.starts);
      topic.partitions.push(this.#openPartition(topic, { index: topic.partitions.length, leaderEpoch: 0, placed }));
    }
    return this.#file.save();
  }

  setOverrides(topic: Topic, overrides: ReadonlyMap<string, string>): Promise<void> {
    topic.overrides.clear();
    for (const [name, value] of overrides) topic.overrides.set(name, value);
    this.#metaOf(topic).configs = Object.fromEntries(overrides);
    this.#settings.delete(topic.id);
    return this.#file.save();
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

  /** Undefined: nothing is due. Else resolves when what `flush.messages` asks to have on the disk is there. */
  flushDue(which: 'internal' | 'all'): Promise<void> | undefined {
    const due: PartitionLog[] = [];
    for (const { internal, partitions } of this.#byName.values()) {
      if (internal || which === 'all') due.push(...partitions.filter((log) => log.mustFlush && !log.isOffline));
    }
    return due.length === 0 ? undefined : Promise.all(due.map((log) => log.flushed())).then(() => undefined);
  }

  async close(): Promise<void> {
    const closing = this.all.flatMap((topic) => topic.partitions.map((log) => log.close()));
    const outcomes = await Promise.allSettled(closing);
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected')
        this.#around.log.error({ error: String(outcome.reason) }, 'a log did not close');
    }
  }

  #open(meta: TopicMeta): Topic {
    const { name, id, internal } = meta;
    const topic: Topic = { name, id, internal, overrides: new Map(Object.entries(meta.configs)), partitions: [] };
    const placed = this.#placing(id);
    for (const [index, madeInStart] of meta.partitions.entries()) {
      const leaderEpoch = this.#file.meta.starts - madeInStart;
      topic.partitions.push(this.#openPartition(topic, { index, leaderEpoch, placed }));
    }
    this.#byName.set(name, topic);
    this.#byId.set(id, topic);
    return topic;
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
    return openLog(around, { leaderEpoch, nowMs: nowMs(), producerExpirationMs });
  }

  #metaOf(topic: Topic): TopicMeta {
    const meta = this.#file.meta.topics.find((each) => each.id === topic.id);
    if (meta === undefined) throw new Error(`no topic ${topic.name} in the meta file`);
    return meta;
  }
}
