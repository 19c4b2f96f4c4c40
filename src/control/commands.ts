/**
 * What can be asked of and commanded to the control of one destination cluster. A command is decided by the same code
 * whether it is a dry run (`validateOnly`) or not; a refusal has changed nothing. Only the owner answers: everyone else
 * refuses with NOT_OWNER and, where known, the owner's address.
 */
import type { MarkerIdentity } from '../model/assignment.js';
import type { Refusal } from '../model/errors.js';
import type { PassingGrant } from '../model/link.js';
import type { RetentionChoice, SettingChanges, TruncationCount, WaivedBarrier } from '../model/mirror.js';

export type Answer<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: Refusal };

export type MirrorVerb = 'pause' | 'resume' | 'promote' | 'failover';

/** Published shape. */
export interface LinkTask {
  readonly task_name: string;
  readonly state: string;
  readonly errors: readonly { readonly error_code: string; readonly error_message: string }[];
}

export interface LinkView {
  readonly name: string;
  readonly id: string;
  readonly sourceClusterId: string | null;
  /** Published `link_state`. */
  readonly state: string;
  /** Published `link_error`. */
  readonly error: string;
  readonly errorMessage: string | null;
  readonly mirrorTopics: readonly string[];
  /** Published `category_counts`. */
  readonly partitionCounts: ReadonlyMap<string, number>;
  readonly tasks: readonly LinkTask[];
}

export interface LinkSetting {
  readonly name: string;
  /** Secrets: null, always. */
  readonly value: string | null;
  readonly isDefault: boolean;
  readonly isReadOnly: boolean;
  readonly isSensitive: boolean;
  /** What people should know of it; null: nothing. */
  readonly note: string | null;
}

/** What whoever makes or changes a link should know: one sentence each. */
export type LinkNotes = readonly string[];

export interface SettingChange {
  readonly name: string;
  /** Undefined: back to the default. */
  readonly value: string | undefined;
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
  /** Wall clock; undefined: never seen. */
  readonly sourceSeenAtMs: number | undefined;
  readonly failure: { readonly reason: string; readonly offset: bigint; readonly detail: string } | undefined;
  /** [2.4] Undefined: the destination has lost nothing of it. */
  readonly truncations: Omit<TruncationCount, 'partition'> | undefined;
}

export interface MirrorView {
  readonly linkName: string;
  readonly mirrorTopic: string;
  readonly sourceTopic: string;
  /** Published `mirror_status`. */
  readonly status: string;
  /** Published `mirror_topic_error`. */
  readonly topicError: string;
  readonly stateTimeMs: number;
  /** One for each partition 0 … n−1, in order. */
  readonly partitions: readonly PartitionView[];
  /** What is being done and what it waits for, in words. */
  readonly pending: string | undefined;
  readonly clampedGroups: readonly string[];
  /** [8] Partitions that the operator ends without barrier. */
  readonly withoutBarrier: readonly WaivedBarrier[];
  /** What keeps others from writing, in words; empty once the mirror has stopped. */
  readonly fence: string;
  /** [6.2] Rights on the cluster that pass by the fence. */
  readonly passing: {
    readonly grants: readonly PassingGrant[];
    /** Why they are not known, or not since they were read last. */
    readonly unknown: string | undefined;
  };
  /** What the operator should know of a stopped mirror: what could not be done, and what will be done later. */
  readonly notes: readonly string[];
}

/** [8 (5)] What will be deleted when the settings that delete follow. */
export interface DeletionForecast {
  readonly dueAtMs: number;
  readonly settings: SettingChanges;
  /** For their age, at most: everything from the log start up to `below`. Partitions that lose nothing are left out. */
  readonly partitions: readonly { readonly partition: number; readonly logStart: bigint; readonly below: bigint }[];
  /** Groups that have not read all of that. */
  readonly unread: readonly {
    readonly group: string;
    readonly partition: number;
    readonly offset: bigint;
    readonly records: bigint;
  }[];
  /** What can be said of deletions that cannot be counted. */
  readonly remarks: readonly string[];
  /** What could not be found out, and why. */
  readonly unknown: readonly string[];
}

export interface AlterOptions {
  readonly retention?: RetentionChoice | undefined;
  /** Only of mirrors that are ending already: these partitions end without barrier. */
  readonly withoutBarrier?: readonly number[] | undefined;
}

export interface AlterRow {
  readonly mirrorTopic: string;
  readonly refusal: { readonly code: number; readonly message: string } | undefined;
  readonly lags: readonly PartitionLag[];
  /** Dry run of promotion and failover: the groups that stand above the mirror's end now and would be lowered to it. */
  readonly groupsAbove: readonly string[];
  /** The partitions that this call, or its real run, lets end without barrier. */
  readonly withoutBarrier: readonly WaivedBarrier[];
}

export interface ReadyView {
  readonly ready: boolean;
  /** Why not, one sentence each. */
  readonly reasons: readonly string[];
  readonly mirrorLag: bigint;
  readonly offsetSyncAgeMs: number | undefined;
}

export interface NewLink {
  readonly name: string;
  readonly sourceClusterId: string | undefined;
  readonly linkId: string | undefined;
  readonly settings: ReadonlyMap<string, string>;
}

export interface NewMirror {
  readonly sourceTopic: string;
  /** Undefined: as the link calls it. */
  readonly mirrorTopic: string | undefined;
  readonly replicationFactor: number | undefined;
  readonly settings: ReadonlyMap<string, string>;
}

export interface LinkControl {
  links(): Promise<Answer<readonly LinkView[]>>;
  link(name: string): Promise<Answer<LinkView>>;
  createLink(
    request: NewLink,
    options: { readonly validateOnly: boolean; readonly validateLink: boolean },
  ): Promise<Answer<LinkNotes>>;
  /** With `force` its live mirrors fail over first; the link is gone when the last of them is an ordinary topic. */
  deleteLink(name: string, options: { readonly force: boolean; readonly validateOnly: boolean }): Promise<Answer<void>>;
  linkSettings(name: string): Promise<Answer<readonly LinkSetting[]>>;
  /**
   * Counts at once: what hangs on the changed settings begins anew. Without `validateLink` new credentials are not tried, nor the
   * rights that syncs need which are switched on; new addresses always are.
   */
  alterLink(
    name: string,
    changes: readonly SettingChange[],
    options: { readonly validateOnly: boolean; readonly validateLink: boolean },
  ): Promise<Answer<LinkNotes>>;
  /** Undefined: of all links. */
  mirrors(link: string | undefined): Promise<Answer<readonly MirrorView[]>>;
  mirror(link: string, topic: string): Promise<Answer<MirrorView>>;
  /** Asks the destination now. Undefined: nothing waits to be deleted. */
  deletions(link: string, topic: string): Promise<Answer<DeletionForecast | undefined>>;
  /** Returns when the topic stands and is being copied, or NOT_FINISHED after half a minute: the decision stands then. */
  createMirror(link: string, request: NewMirror, options?: { readonly validateOnly: boolean }): Promise<Answer<void>>;
  /** One row for each topic, in the order given; promotion and failover go on after the answer. */
  alterMirrors(
    link: string,
    verb: MirrorVerb,
    topics: readonly string[],
    validateOnly: boolean,
    options?: AlterOptions,
  ): Promise<Answer<readonly AlterRow[]>>;
  /** Forgets the mirror of a topic that is about to be deleted. False: the topic is no mirror. */
  deleteMirror(topic: string): Promise<Answer<boolean>>;
  /**
   * What a mirrored topic will be set to once it is an ordinary one; undefined: it is no mirror. Rejects with an error
   * named `NotSent` where this klink does not own the cluster and so cannot know.
   */
  wantedSettings(topic: string): Promise<ReadonlyMap<string, string> | undefined>;
  /** Why these settings of a topic cannot be altered now, in a sentence; undefined: no link forbids it. Rejects likewise. */
  refusedSettings(topic: string, names: readonly string[]): Promise<string | undefined>;
  ready(group: string, link: string | undefined): Promise<Answer<ReadyView>>;
}

/** What the server that wires everything needs beside the commands. */
export interface ControlProcess {
  start(): void;
  /** Ends all tasks and the engine's work. True: nothing is in flight, so ownership may be handed over at once. */
  stop(): Promise<{ readonly effectsSettled: boolean }>;
  /** [3.6] Resolves when the journal, read from now on, still allows what is assigned, or the assignment has changed. */
  confirm(): Promise<void>;
  /** [1.2] M of a link, as journalled. */
  marker(linkId: string): MarkerIdentity;
  /** [1.2] Journals the identity after it and gives it once that counts. Rejects when it could not be journalled. */
  raiseMarker(linkId: string): Promise<MarkerIdentity>;
  /** [2.4] [7.2] Lowers every group above the new end of a partition. Rejects when it could not be done. */
  clampGroups(mirrorTopic: string, partition: number, end: bigint): Promise<void>;
  /** [3.4] Puts these working settings of a mirrored topic right. Rejects when it could not be done. */
  correctSettings(mirrorTopic: string, names: readonly string[]): Promise<void>;
  /** In words, for `describe` of the cluster: owner, standby, joining, or why the journal cannot be opened. */
  ownership(): string;
}
