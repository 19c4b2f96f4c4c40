/**
 * What REST asks about links and mirrors of one destination cluster, in the words of the API. `site.ts` puts the control
 * of that cluster behind it. Every refusal carries the published status and code.
 */
import type { LinkTask, MirrorVerb } from './client/shapes.js';

export interface Refusal {
  readonly status: 400 | 403 | 404 | 408 | 409 | 422 | 500 | 503;
  readonly code: number;
  readonly message: string;
}

export type Answer<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: Refusal };

export interface LinkView {
  readonly name: string;
  /** 22 characters, Kafka's printed uuid. */
  readonly id: string;
  readonly sourceClusterId: string | null;
  readonly state: string;
  readonly error: string;
  readonly errorMessage: string | null;
  readonly mirrorTopics: readonly string[];
  readonly partitionCounts: ReadonlyMap<string, number>;
  readonly tasks: readonly LinkTask[];
}

export interface LinkSetting {
  readonly name: string;
  readonly value: string | null;
  readonly isDefault: boolean;
  readonly isReadOnly: boolean;
  readonly isSensitive: boolean;
}

export interface PartitionLag {
  readonly partition: number;
  readonly lag: bigint;
  readonly lastSourceFetchOffset: bigint;
}

export interface PartitionView extends PartitionLag {
  readonly activity: string;
  readonly mirrorEnd: bigint;
  readonly sourceEnd: bigint;
  readonly sourceSeenAtMs: number | undefined;
  readonly failure: { readonly reason: string; readonly offset: bigint; readonly detail: string } | undefined;
}

export interface MirrorView {
  readonly linkName: string;
  readonly mirrorTopic: string;
  readonly sourceTopic: string;
  readonly status: string;
  readonly topicError: string;
  readonly stateTimeMs: number;
  /** One for each partition 0 … n−1, in order. */
  readonly partitions: readonly PartitionView[];
  readonly pending: string | undefined;
  readonly clampedGroups: readonly string[];
  readonly fence: string;
}

export interface AlterRow {
  readonly mirrorTopic: string;
  readonly refusal: { readonly code: number; readonly message: string } | undefined;
  readonly lags: readonly PartitionLag[];
}

export interface ReadyView {
  readonly ready: boolean;
  readonly reasons: readonly string[];
  readonly mirrorLag: bigint;
  readonly offsetSyncAgeMs: number | undefined;
}

export interface LinkDesk {
  links(): Promise<Answer<readonly LinkView[]>>;
  link(name: string): Promise<Answer<LinkView>>;
  createLink(
    request: {
      readonly name: string;
      readonly sourceClusterId: string | undefined;
      readonly linkId: string | undefined;
      readonly settings: ReadonlyMap<string, string>;
    },
    options: { readonly validateOnly: boolean; readonly validateLink: boolean },
  ): Promise<Answer<void>>;
  deleteLink(name: string, options: { readonly force: boolean; readonly validateOnly: boolean }): Promise<Answer<void>>;
  linkSettings(name: string): Promise<Answer<readonly LinkSetting[]>>;
  /** Undefined: of all links. */
  mirrors(link: string | undefined): Promise<Answer<readonly MirrorView[]>>;
  mirror(link: string, topic: string): Promise<Answer<MirrorView>>;
  createMirror(
    link: string,
    request: {
      readonly sourceTopic: string;
      readonly mirrorTopic: string;
      readonly replicationFactor: number | undefined;
      readonly settings: ReadonlyMap<string, string>;
    },
  ): Promise<Answer<void>>;
  alterMirrors(
    link: string,
    verb: MirrorVerb,
    topics: readonly string[],
    validateOnly: boolean,
  ): Promise<Answer<readonly AlterRow[]>>;
  /** Forgets the mirror of a topic that REST is about to delete; lifts nothing. False: the topic is no mirror. */
  deleteMirror(topic: string): Promise<Answer<boolean>>;
  /** The settings a mirrored topic will have once it is an ordinary one; undefined when it is no mirror. */
  wantedSettings(topic: string): Promise<ReadonlyMap<string, string> | undefined>;
  ready(group: string, link: string | undefined): Promise<Answer<ReadyView>>;
}
