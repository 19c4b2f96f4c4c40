/**
 * What goes over the wire below `/kafka/v3`: the published REST v3 objects, field for field. Those of klink itself stand in
 * `own-shapes.ts`. The command line reads and sends them; nothing here does anything. Spec: docs/spec/rest.md.
 *
 * Offsets and lags are JSON numbers on the wire, as published. The server writes a bigint in full (`toJson`).
 */
export interface Metadata {
  readonly self: string;
  readonly resource_name?: string | null;
}

export interface Related {
  readonly related: string;
}

export interface Resource {
  readonly kind: string;
  readonly metadata: Metadata;
}

export interface ListOf<T> {
  readonly kind: string;
  readonly metadata: Metadata & { readonly next: string | null };
  readonly data: readonly T[];
}

export interface ProblemData {
  readonly error_code: number;
  readonly message: string;
}

export interface ClusterData extends Resource {
  readonly cluster_id: string;
  readonly controller: Related;
  readonly acls: Related;
  readonly brokers: Related;
  readonly broker_configs: Related;
  readonly consumer_groups: Related;
  readonly topics: Related;
  readonly partition_reassignments: Related;
}

export interface TopicData extends Resource {
  readonly cluster_id: string;
  readonly topic_name: string;
  readonly is_internal: boolean;
  readonly replication_factor: number;
  readonly partitions_count: number;
  readonly partitions: Related;
  readonly configs: Related;
  readonly partition_reassignments: Related;
  readonly authorized_operations: readonly string[];
}

export interface NameValue {
  readonly name: string;
  readonly value?: string | null | undefined;
}

export interface CreateTopicBody {
  readonly topic_name: string;
  readonly partitions_count?: number | undefined;
  readonly replication_factor?: number | undefined;
  readonly configs?: readonly NameValue[] | undefined;
  readonly validate_only?: boolean | undefined;
}

export interface TopicConfigData extends Resource {
  readonly cluster_id: string;
  readonly topic_name: string;
  readonly name: string;
  readonly value: string | null;
  readonly is_default: boolean;
  readonly is_read_only: boolean;
  readonly is_sensitive: boolean;
  readonly source: string;
  readonly synonyms: readonly { readonly name: string; readonly value: string | null; readonly source: string }[];
}

/** A setting that holds for all brokers at once. */
export interface BrokerSettingData extends Resource {
  readonly cluster_id: string;
  readonly name: string;
  readonly value: string | null;
  readonly is_default: boolean;
  readonly is_read_only: boolean;
  readonly is_sensitive: boolean;
}

export interface AclData {
  readonly cluster_id: string;
  readonly resource_type: string;
  readonly resource_name: string;
  readonly pattern_type: string;
  readonly principal: string;
  readonly host: string;
  readonly operation: string;
  readonly permission: string;
  /** Only where a fence holds the grant back until its mirror is promoted. */
  readonly held_back?: true | undefined;
}

/** What is left out, or `ANY`, matches anything. */
export type AclQuery = { readonly [K in keyof Omit<AclData, 'cluster_id' | 'held_back'>]?: string | undefined };

export interface DeletedAcls {
  readonly data: readonly AclData[];
  /** klink's own: they matched too, and stand. */
  readonly kept_of_fence: readonly AclData[];
}

export interface LinkTask {
  readonly task_name: string;
  readonly state: string;
  readonly errors: readonly { readonly error_code: string; readonly error_message: string }[];
}

export interface LinkData extends Resource {
  readonly source_cluster_id: string | null;
  readonly destination_cluster_id: string | null;
  readonly remote_cluster_id: string | null;
  readonly link_name: string;
  readonly link_id: string;
  readonly cluster_link_id: string;
  readonly topic_names: readonly string[];
  readonly link_error: string;
  readonly link_error_message: string | null;
  readonly link_state: string;
  readonly tasks: readonly LinkTask[] | null;
  readonly category_counts: readonly { readonly state_category: string; readonly count: number }[] | null;
}

export interface CreateLinkBody {
  readonly source_cluster_id?: string | undefined;
  readonly destination_cluster_id?: string | undefined;
  readonly remote_cluster_id?: string | undefined;
  readonly cluster_link_id?: string | undefined;
  readonly configs?: readonly NameValue[] | undefined;
}

export interface SettingAlteration {
  readonly name: string;
  readonly value?: string | undefined;
  readonly operation: 'SET' | 'DELETE';
}

export interface LinkConfigData extends Resource {
  readonly cluster_id: string;
  readonly link_name: string;
  readonly name: string;
  readonly value: string | null;
  readonly is_default: boolean;
  readonly is_read_only: boolean;
  readonly is_sensitive: boolean;
  /** The on-premises SDK reads these three under their older names. */
  readonly default: boolean;
  readonly read_only: boolean;
  readonly sensitive: boolean;
  readonly source: string;
  readonly synonyms: readonly string[];
  /** klink's own: what people should know of it. */
  readonly note: string | null;
}

export interface MirrorLag {
  readonly partition: number;
  readonly lag: number;
  readonly last_source_fetch_offset: number;
}

export interface MirrorData extends Resource {
  readonly link_name: string;
  readonly mirror_topic_name: string;
  readonly source_topic_name: string;
  readonly num_partitions: number;
  readonly mirror_lags: readonly MirrorLag[];
  readonly mirror_status: string;
  readonly mirror_topic_error: string;
  readonly state_time_ms: number;
  readonly mirror_state_transition_errors?:
    | readonly { readonly error_code: string; readonly error_message: string }[]
    | undefined;
}

export interface CreateMirrorBody {
  readonly source_topic_name: string;
  readonly mirror_topic_name?: string | undefined;
  readonly replication_factor?: number | undefined;
  readonly configs?: readonly NameValue[] | undefined;
}

export type MirrorVerb = 'pause' | 'resume' | 'promote' | 'failover';

export interface AlterMirrorsBody {
  readonly mirror_topic_names?: readonly string[] | undefined;
  readonly mirror_topic_name_pattern?: string | undefined;
  /** klink's own: `now`: settings that delete follow at once, not after a day. */
  readonly retention?: 'after-grace' | 'now' | undefined;
  /** klink's own: partitions of the one topic named that end without barrier. */
  readonly without_barrier?: readonly number[] | undefined;
}

export interface AlterMirrorData extends Resource {
  readonly mirror_topic_name: string;
  readonly error_code: number | null;
  readonly error_message: string | null;
  readonly mirror_lags: readonly MirrorLag[];
  readonly messages_truncated: number | null;
  readonly partition_level_truncation_data: readonly unknown[];
  /** klink's own, in a dry run: groups that would be lowered to the mirror's end. */
  readonly groups_above: readonly string[];
  /** klink's own: the partitions that end, or in a dry run would end, without barrier. */
  readonly without_barrier: readonly WaivedBarrierData[];
}

export interface WaivedBarrierData {
  readonly partition: number;
  /** The last proven offset: consumer groups are lowered to it. */
  readonly end: number;
  readonly reason: string;
}

export interface GroupData extends Resource {
  readonly cluster_id: string;
  readonly consumer_group_id: string;
  readonly is_simple: boolean;
  readonly partition_assignor: string;
  readonly state: string;
  readonly type: string;
  readonly is_mixed_consumer_group: boolean;
  readonly coordinator: Related;
  readonly consumers: Related;
  /** The older SDK's name for `consumers`. */
  readonly consumer: Related;
  readonly lag_summary: Related;
}

export interface ConsumerData extends Resource {
  readonly cluster_id: string;
  readonly consumer_group_id: string;
  readonly consumer_id: string;
  readonly instance_id: string | null;
  readonly client_id: string;
  readonly assignments: Related;
}

export interface ConsumerLagData extends Resource {
  readonly cluster_id: string;
  readonly consumer_group_id: string;
  readonly topic_name: string;
  readonly partition_id: number;
  readonly current_offset: number;
  readonly log_end_offset: number;
  readonly lag: number;
  readonly consumer_id: string;
  readonly instance_id: string | null;
  readonly client_id: string;
}

export interface LagSummaryData extends Resource {
  readonly cluster_id: string;
  readonly consumer_group_id: string;
  readonly max_lag_consumer_id: string;
  readonly max_lag_instance_id: string | null;
  readonly max_lag_client_id: string;
  readonly max_lag_topic_name: string;
  readonly max_lag_partition_id: number;
  readonly max_lag: number;
  readonly total_lag: number;
  readonly max_lag_consumer: Related;
  readonly max_lag_partition: Related;
}
