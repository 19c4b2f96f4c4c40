/**
 * Destination topics: made once, grown, and their settings kept, each step tied to the topic's id (1.3). An outcome that is
 * unknown is settled by reading. Refuses a topic that was deleted and made again, and to change anything without the lease.
 * Spec: docs/spec/engine.md 1.3, 3.4; docs/spec/promotion.md 8 (5).
 */
import { sleep } from '../../base/clock.js';
import { type Backoff, backoffMs } from '../../base/retry.js';
import { ADMIN_PURPOSE } from '../../client/admin/ask.js';
import { alterTopicConfig } from '../../client/admin/configs.js';
import { createTopic, growTopic } from '../../client/admin/topics.js';
import {
  type KafkaCluster,
  KafkaError,
  OutcomeUnknown,
  type Surroundings,
  type TopicMetadata,
} from '../../client/types.js';
import type { SettingChanges, TopicSettings } from '../../model/mirror.js';
import { errorCode } from '../../protocol/errors.js';
import {
  done,
  type Outcome,
  ofCode,
  ofError,
  type Refused,
  refused,
  type Unavailable,
  unavailable,
} from '../outcome.js';
import { isEmpty } from './emptiness.js';
import { type Aged, agedOut } from './retention.js';
import { settingsThatDiffer } from './settings.js';

/** Brokers learn of new partitions one after the other. */
const SHOWN_WITHIN_MS = 15_000;
const PAUSE: Backoff = { firstMs: 20, capMs: 500 };

export interface TopicsOptions extends Pick<Surroundings, 'clock' | 'random' | 'log'> {
  /** The destination, as engine principal. */
  readonly cluster: KafkaCluster;
  /** Decision 7: topics are changed by the owner alone, asked right before each request. */
  holds(): boolean;
}

export interface FoundTopic {
  readonly kind: 'found';
  readonly topicId: string;
  readonly partitions: number;
}
export interface Absent {
  readonly kind: 'absent';
}

export interface NewTopic {
  readonly name: string;
  readonly partitions: number;
  /** −1: the cluster's own. */
  readonly replicationFactor: number;
  readonly settings: TopicSettings;
}

export type Creation =
  | { readonly kind: 'done'; readonly topicId: string }
  | { readonly kind: 'exists'; readonly topicId: string; readonly partitions: number; readonly empty: boolean }
  | Refused
  | Unavailable;

export interface Topics {
  /** Undefined until the cluster has answered once. */
  clusterId(): string | undefined;
  describe(topic: string): Promise<FoundTopic | Absent | Refused | Unavailable>;
  create(topic: NewTopic): Promise<Creation>;
  grow(topic: string, topicId: string, partitions: number): Promise<Outcome>;
  ensureSettings(topic: string, topicId: string, settings: SettingChanges): Promise<Outcome>;
  agedOut(
    topic: string,
    topicId: string,
    by: { readonly retention: string | null; readonly atMs: number },
  ): Promise<Aged | Refused | Unavailable>;
}

export function createTopicsPort(options: TopicsOptions): Topics {
  return new DestinationTopics(options);
}

const notOurs = unavailable('the lease is not proven');

interface Looked {
  readonly kind: 'found';
  readonly topic: TopicMetadata;
}

class DestinationTopics implements Topics {
  readonly #options: TopicsOptions;
  #clusterId: string | undefined;
  #asking = false;

  constructor(options: TopicsOptions) {
    this.#options = options;
  }

  clusterId(): string | undefined {
    if (this.#clusterId === undefined) this.#askClusterId();
    return this.#clusterId;
  }

  describe(name: string): Promise<FoundTopic | Absent | Refused | Unavailable> {
    return settled(async () => {
      const looked = await this.#look(name);
      if (looked.kind !== 'found') return looked;
      return { kind: 'found', topicId: looked.topic.topicId, partitions: looked.topic.partitions.length };
    });
  }

  create({ settings: configs, ...wanted }: NewTopic): Promise<Creation> {
    return settled(async () => {
      const { cluster } = this.#options;
      if (!(await this.#mayAct())) return notOurs;
      try {
        const { topicId } = await createTopic(cluster, { ...wanted, configs });
        return { kind: 'done', topicId };
      } catch (error) {
        // Made by somebody before, or perhaps by this very request: what stands there decides.
        const exists = error instanceof KafkaError && error.code === errorCode.TOPIC_ALREADY_EXISTS;
        if (exists || error instanceof OutcomeUnknown) return this.#existing(wanted.name, ofError(error));
        throw error;
      }
    });
  }

  grow(name: string, topicId: string, partitions: number): Promise<Outcome> {
    return settled(async () => {
      const { cluster, clock, random } = this.#options;
      const endMs = clock.monotonicMs() + SHOWN_WITHIN_MS;
      for (let attempt = 0; ; attempt++) {
        // [1.3] Looked at before and after: the request itself knows names only.
        const looked = await this.#lookAs(name, topicId);
        if (looked.kind !== 'found') return looked;
        if (looked.topic.partitions.length >= partitions) return done;
        if (clock.monotonicMs() >= endMs) return unavailable('the new partitions are not there yet');
        if (!(await this.#mayAct())) return notOurs;
        await growTopic(cluster, { name, count: partitions }).catch((error: unknown) => {
          // Unknown, or so many already while the broker that was looked at does not know it yet: looked at again.
          const enough = error instanceof KafkaError && error.code === errorCode.INVALID_PARTITIONS;
          if (!enough && !(error instanceof OutcomeUnknown)) throw error;
        });
        await sleep(clock, backoffMs(PAUSE, attempt, random));
      }
    });
  }

  ensureSettings(name: string, topicId: string, settings: SettingChanges): Promise<Outcome> {
    return settled(async () => {
      const { cluster, clock, random } = this.#options;
      const endMs = clock.monotonicMs() + SHOWN_WITHIN_MS;
      for (let attempt = 0; ; attempt++) {
        const before = await this.#lookAs(name, topicId);
        if (before.kind !== 'found') return before;
        const changes = await settingsThatDiffer(cluster, name, settings);
        // [1.3] What was read speaks of this topic only if the name still stands for it.
        const after = await this.#lookAs(name, topicId);
        if (after.kind !== 'found') return after;
        if (changes.length === 0) return done;
        if (clock.monotonicMs() >= endMs) return unavailable('whether the settings were changed is not known');
        if (!(await this.#mayAct())) return notOurs;
        const outcome = await alterTopicConfig(cluster, name, changes).then(
          () => 'changed' as const,
          (error: unknown) => {
            if (error instanceof OutcomeUnknown) return 'unknown' as const;
            throw error;
          },
        );
        if (outcome === 'changed') {
          const still = await this.#lookAs(name, topicId);
          return still.kind === 'found' ? done : still;
        }
        await sleep(clock, backoffMs(PAUSE, attempt, random));
      }
    });
  }

  agedOut(
    name: string,
    topicId: string,
    by: { readonly retention: string | null; readonly atMs: number },
  ): Promise<Aged | Refused | Unavailable> {
    return settled(async () => {
      const before = await this.#lookAs(name, topicId);
      if (before.kind !== 'found') return before;
      const aged = await agedOut(this.#options.cluster, name, before.topic.partitions.length, by);
      const after = await this.#lookAs(name, topicId);
      return after.kind === 'found' ? aged : after;
    });
  }

  /** Opens the connection first, so that nothing slow stands between this answer and the request. */
  async #mayAct(): Promise<boolean> {
    await this.#options.cluster.channel('any', ADMIN_PURPOSE);
    return this.#options.holds();
  }

  /** The topic of this name, if it is the journalled one. */
  async #lookAs(name: string, topicId: string): Promise<Looked | Refused | Unavailable> {
    const looked = await this.#look(name);
    // A broker that lags behind shows a topic late: its absence is no verdict.
    if (looked.kind === 'absent') return unavailable(`the topic ${name} does not exist at the destination`);
    if (looked.kind !== 'found') return looked;
    if (looked.topic.topicId !== topicId) return refused(`the topic ${name} was deleted and made again`);
    return looked;
  }

  async #look(name: string): Promise<Looked | Absent | Refused | Unavailable> {
    const answer = await this.#options.cluster.metadata([name]);
    this.#clusterId ??= answer.clusterId || undefined;
    const topic = answer.topics[0];
    if (topic === undefined || topic.errorCode === errorCode.UNKNOWN_TOPIC_OR_PARTITION) return { kind: 'absent' };
    if (topic.errorCode !== 0) return ofCode(`describing ${name}`, topic.errorCode);
    return { kind: 'found', topic };
  }

  async #existing(name: string, otherwise: Refused | Unavailable): Promise<Creation> {
    const before = await this.#look(name);
    if (before.kind === 'absent') return unavailable(otherwise.reason);
    if (before.kind !== 'found') return before;
    const empty = await isEmpty(this.#options.cluster, before.topic);
    if (typeof empty === 'string') return unavailable(empty);
    const { topicId, partitions } = before.topic;
    const after = await this.#look(name);
    if (after.kind !== 'found' || after.topic.topicId !== topicId) return unavailable(`${name} is being made again`);
    return { kind: 'exists', topicId, partitions: partitions.length, empty };
  }

  #askClusterId(): void {
    if (this.#asking) return;
    this.#asking = true;
    const { cluster, log } = this.#options;
    cluster
      .metadata([])
      .then(({ clusterId }) => {
        this.#clusterId ??= clusterId || undefined;
      })
      .catch((error: unknown) => log.debug({ error: String(error) }, 'the cluster id is not known yet'))
      .finally(() => {
        this.#asking = false;
      });
  }
}

async function settled<T>(work: () => Promise<T>): Promise<T | Refused | Unavailable> {
  try {
    return await work();
  } catch (error) {
    return ofError(error);
  }
}
