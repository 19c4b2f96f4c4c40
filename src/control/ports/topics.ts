/** What control needs of topics at the destination: made, grown, set, and what their age will delete. */
import type { SettingChanges, TopicSettings } from '../../model/mirror.js';
import type { Absent, Outcome, Refused, Unavailable } from './outcome.js';

export interface DestinationTopic {
  readonly kind: 'found';
  readonly topicId: string;
  readonly partitions: number;
}

export interface TopicsPort {
  /** Undefined until the cluster has answered once. */
  clusterId(): string | undefined;
  describe(topic: string): Promise<DestinationTopic | Absent | Refused | Unavailable>;
  /** With these settings and no others. −1: the cluster's own replication factor. */
  create(topic: {
    readonly name: string;
    readonly partitions: number;
    readonly replicationFactor: number;
    readonly settings: TopicSettings;
  }): Promise<
    | { readonly kind: 'done'; readonly topicId: string }
    /** `empty`: no partition has held a record yet. */
    | { readonly kind: 'exists'; readonly topicId: string; readonly partitions: number; readonly empty: boolean }
    | Refused
    | Unavailable
  >;
  /** To `partitions`; done when it has that many or more. */
  grow(topic: string, topicId: string, partitions: number): Promise<Outcome>;
  /** Reads, and alters only what differs. Null: back to the default. Other settings stay. */
  ensureSettings(topic: string, topicId: string, settings: SettingChanges): Promise<Outcome>;
  /**
   * [8 (5)] Reads what `retention.ms` will delete at `atMs`, at most: everything below an offset. `retention` null: the
   * cluster's default. A partition whose leader does not say is undefined; a negative `retentionMs` deletes nothing.
   */
  agedOut(
    topic: string,
    topicId: string,
    by: { readonly retention: string | null; readonly atMs: number },
  ): Promise<
    | {
        readonly kind: 'done';
        readonly retentionMs: bigint;
        readonly partitions: readonly (
          | { readonly partition: number; readonly logStart: bigint; readonly below: bigint }
          | undefined
        )[];
      }
    | Refused
    | Unavailable
  >;
}
