/** klink's own objects, below `/klink/v1`, as they go over the wire. Spec: docs/spec/rest.md. */
import type { WaivedBarrierData } from './shapes.js';

export interface ManagedClusterData {
  readonly cluster_id: string | null;
  readonly name: string;
  readonly home: boolean;
  /** What clients connect to: `host:port,…`. */
  readonly bootstrap: string;
  /** The same for clients that log in with a key; null: the cluster takes none. */
  readonly login_bootstrap: string | null;
  readonly rest_endpoint: string;
  readonly status: 'UP' | 'UNREACHABLE';
  /** Who acts for links whose destination this cluster is: `owner`, `standby`, `joining`, or why nobody does. */
  readonly ownership: string;
}

export interface ReadyData {
  readonly consumer_group_id: string;
  readonly link_name: string;
  readonly ready: boolean;
  /** Why not, one sentence each; empty when ready. */
  readonly reasons: readonly string[];
  readonly mirror_lag: number;
  /** Milliseconds since the group's offsets were last compared with the source; null when never. */
  readonly offset_sync_age_ms: number | null;
}

export interface MirrorPartitionDetail {
  readonly partition: number;
  readonly activity: string;
  /** First offset of the mirror that was not written yet; −1 when it is not known. */
  readonly mirror_end: number;
  /** Last known end of the source (last stable offset); −1 when it was never seen. */
  readonly source_end: number;
  readonly source_seen_at_ms: number | null;
  readonly failure: { readonly reason: string; readonly offset: number; readonly detail: string } | null;
  /** How often the destination lost acknowledged records here; the last time offsets from `to` up to `from`. */
  readonly destination_truncated: {
    readonly count: number;
    readonly from: number;
    readonly to: number;
    readonly at_ms: number;
  } | null;
}

export interface PassingGrantData {
  readonly principal: string;
  /** `*`: from anywhere. */
  readonly host: string;
  readonly operation: 'ALL' | 'DELETE' | 'ALTER' | 'CLUSTER_ACTION';
}

export interface DeletionsData {
  readonly due_at_ms: number;
  readonly settings: readonly { readonly name: string; readonly value: string | null }[];
  /** For their age: at most these records. Partitions that lose nothing are left out. */
  readonly partitions: readonly {
    readonly partition: number;
    readonly from: number;
    readonly below: number;
    readonly records_max: number;
  }[];
  /** Groups that have not read all of them. */
  readonly unread_groups: readonly {
    readonly group: string;
    readonly partition: number;
    readonly offset: number;
    readonly records: number;
  }[];
  /** What can be said of deletions that cannot be counted. */
  readonly remarks: readonly string[];
  /** What could not be found out, and why. */
  readonly unknown: readonly string[];
}

export interface MirrorDetail {
  readonly link_name: string;
  readonly mirror_topic_name: string;
  /** Where a promotion stands, in words; null when none is under way. */
  readonly pending: string | null;
  readonly partitions: readonly MirrorPartitionDetail[];
  /** Consumer groups that were lowered to the mirror's end. */
  readonly clamped_groups: readonly string[];
  /** Partitions that the operator ended without barrier. */
  readonly without_barrier: readonly WaivedBarrierData[];
  /** What keeps others from writing, and what it does not hold. */
  readonly fence: string;
  /** Rights on the cluster that pass by the fence. Super users are not among them: Kafka does not tell who they are. */
  readonly passing_grants: readonly PassingGrantData[];
  /** Why they are not known, or not since they were read last. */
  readonly passing_grants_unknown: string | null;
  /** Of a stopped mirror: what could not be done, and what will be done later. */
  readonly notes: readonly string[];
  /** Of a stopped mirror whose settings that delete have not followed yet. */
  readonly deletions: DeletionsData | null;
}

export interface CallerData {
  readonly kind: 'operator' | 'key';
  readonly name: string | null;
  readonly cluster_id: string | null;
}

export interface EnvironmentData {
  readonly id: string;
  readonly name: string;
}

export interface ServiceAccountData {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly created_at: string;
}

export interface ApiKeyData {
  readonly key: string;
  readonly resource: string;
  readonly mechanism: string;
  readonly owner: string;
  readonly description: string;
  readonly created_at: string;
}

export interface CreatedApiKeyData extends ApiKeyData {
  readonly secret: string;
}

export interface LoginData {
  readonly name: string;
  readonly mechanisms: readonly string[];
  readonly bootstrap: string;
  readonly security_protocol: 'SASL_PLAINTEXT' | 'SASL_SSL';
  readonly authorities: string | null;
  readonly checks_name: boolean;
}
