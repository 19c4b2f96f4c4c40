/**
 * Everything control needs of the world, one responsibility per port. Each method says how it can end: `done` (or what was
 * found), `refused` (asking again will not help until somebody changes something), `unavailable` (not now; nobody knows or
 * nothing happened, asking again is safe). Whoever implements a method settles an unknown outcome by reading before it
 * answers, unless the union says `unknown`. Methods do not throw for what the network or a broker can do.
 * Effects are idempotent: control repeats them after every crash.
 */
import type { Clock } from '../base/clock.js';
import type { Log } from '../base/log.js';
import type { Random } from '../base/random.js';
import type { Result } from '../base/result.js';
import type { SecretPlace } from '../base/secret-text.js';
import type { Acl, AclSyncError } from '../model/acl.js';
import type {
  MirrorAssignment,
  MirrorObservation,
  PartitionFailure,
  PartitionMemory,
  Truncation,
} from '../model/assignment.js';
import type { CredentialPlace } from '../model/identity.js';
import type { FenceMode, LinkError, PassingGrant } from '../model/link.js';
import type { SourceSecurity, SourceTimeouts } from '../model/link-security.js';
import type { ClampedGroup, SettingChanges, TopicSettings } from '../model/mirror.js';

export interface Done {
  readonly kind: 'done';
}
export interface Refused {
  readonly kind: 'refused';
  /** A sentence for the operator. */
  readonly reason: string;
}
export interface Unavailable {
  readonly kind: 'unavailable';
  readonly reason: string;
}
export type Outcome = Done | Refused | Unavailable;

// ---- ownership (4.1) --------------------------------------------------------------------------------------------

export type OwnershipState =
  | { readonly kind: 'joining'; readonly reason: string }
  | {
      readonly kind: 'standby';
      readonly owner: { readonly url: string } | undefined;
      readonly reason: string | undefined;
    }
  | { readonly kind: 'owner'; readonly term: number }
  | { readonly kind: 'stopped' };

export interface OwnershipPort {
  readonly state: OwnershipState;
  /** The lease is proven at this very moment: asked right before each effect other than data and journal writes. */
  holds(): boolean;
  /** Gives the function that ends the subscription. */
  onChange(listener: (state: OwnershipState) => void): () => void;
  /** The event loop had stalled: what was queued is decided anew (3.6). */
  onWakeUp(listener: (stalledMs: number) => void): () => void;
}

// ---- journal (§5) -----------------------------------------------------------------------------------------------

export interface JournalRecord {
  readonly key: string;
  /** JSON; null forgets the key. */
  readonly value: string | null;
}

export type OpenOutcome =
  | {
      readonly kind: 'opened';
      /** The newest record of every key of `_klink.state`; only batches of `klink-state` count. */
      readonly entries: readonly JournalRecord[];
      /** The records of `_klink.seen`, in log order: late ones are dropped by who reads them. */
      readonly observations: readonly JournalRecord[];
      /** There is no journal, or nothing was ever decided in it: the first `commit` makes what is missing. */
      readonly fresh: boolean;
    }
  | Refused
  | Unavailable;

export type CommitOutcome =
  | { readonly kind: 'committed' }
  /** Another klink has opened the journal since: stop all effects. */
  | { readonly kind: 'fenced'; readonly reason: string }
  /** Only opening and reading again can tell. */
  | { readonly kind: 'unknown'; readonly reason: string }
  /** Surely not committed. */
  | Refused
  | Unavailable;

export interface JournalPort {
  /**
   * Fences (InitProducerId of `klink-state` and `klink-groups`), then reads to the end (5.3). Makes nothing: a cluster that
   * never gets a link never gets a journal.
   */
  open(): Promise<OpenOutcome>;
  /**
   * One decision, one transaction: records to `_klink.state`, one line per event to `_klink.audit`. After a fresh `open` it
   * makes the topics, fences, and answers `fenced` if by then somebody else has decided anything.
   */
  commit(records: readonly JournalRecord[], audit: readonly string[]): Promise<CommitOutcome>;
  /** To `_klink.seen`, plain writes; a lost one does no harm. */
  observe(records: readonly JournalRecord[]): Promise<Outcome>;
  /** [3.6] Has anybody else decided since our last commit? Read from the log now. */
  confirm(): Promise<{ readonly kind: 'current' } | { readonly kind: 'fenced'; readonly reason: string } | Unavailable>;
  close(): Promise<void>;
}

// ---- engine (§1–4) ----------------------------------------------------------------------------------------------

export interface SourceAddress {
  readonly linkId: string;
  readonly linkName: string;
  /** `host:port,…` */
  readonly bootstrapServers: string;
  readonly security: SourceSecurity;
  readonly timeouts?: SourceTimeouts;
  /** Undefined: not known yet. */
  readonly sourceClusterId?: string | undefined;
}

export interface LinkAssignment {
  readonly source: SourceAddress;
  readonly mirrors: readonly MirrorAssignment[];
}

interface OfMirror {
  readonly linkId: string;
  readonly mirrorTopic: string;
}

export type EngineEvent =
  | ({ readonly kind: 'partition-failed'; readonly failure: PartitionFailure } & OfMirror)
  | ({ readonly kind: 'memory'; readonly partition: number; readonly memory: PartitionMemory } & OfMirror)
  | ({
      readonly kind: 'settings-drift';
      readonly drift: readonly {
        readonly name: string;
        readonly wanted: string;
        readonly found: string | null;
        readonly critical: boolean;
      }[];
    } & OfMirror)
  | ({ readonly kind: 'source-partitions'; readonly count: number; readonly mirrorCount: number } & OfMirror)
  | ({ readonly kind: 'destination-truncated'; readonly partition: number } & Truncation & OfMirror)
  | ({ readonly kind: 'overtaken'; readonly partition: number; readonly from: bigint; readonly to: bigint } & OfMirror)
  | ({ readonly kind: 'fenced'; readonly partition: number } & OfMirror)
  | { readonly kind: 'wake-up'; readonly stalledMs: number };

export interface EnginePort {
  /** The whole set, every time: engines of links that are not in it are stopped, mirrors that are not in it too. */
  assign(links: readonly LinkAssignment[]): void;
  observations(): readonly MirrorObservation[];
  /**
   * False: no engine runs for this link (its secret cannot be resolved, say), and none of this process has anything in
   * flight for it. A mirror may fail over all the same.
   */
  running(linkId: string): boolean;
  onEvent(listener: (event: EngineEvent) => void): () => void;
  /** Nothing of this process is in flight any more. */
  stopped(): Promise<void>;
}

// ---- destination ------------------------------------------------------------------------------------------------

export interface FencedTopic {
  readonly topic: string;
  /** All lines of mode 1, and the mark. */
  readonly complete: boolean;
  readonly marked: boolean;
  /** [6.6] A fence of mode 2; `pierced`: grants to everybody, which it cannot hold off. */
  readonly byPrincipal: { readonly complete: boolean; readonly pierced: readonly string[] } | undefined;
}

export interface FencePort {
  /** [6.1] On a scratch topic: what does this cluster allow? */
  probe(): Promise<{ readonly kind: 'done'; readonly fence: FenceMode } | Refused | Unavailable>;
  /** Mark and lines; nothing to do in mode 3. The topic need not exist yet. */
  raise(topic: string, fence: FenceMode): Promise<Outcome>;
  /** Lines first, the mark last; `done` once every broker shows that both are gone. */
  lift(topic: string): Promise<Outcome>;
  /**
   * Every topic that bears the mark or a line of the fence, as the cluster shows it now. Empty without an authorizer. A
   * line without the mark may as well be an operator's own.
   */
  fenced(): Promise<
    | {
        readonly kind: 'done';
        readonly topics: readonly FencedTopic[];
      }
    | Refused
    | Unavailable
  >;
  /** [6.6] Grants that were held back, and reach none of these topics, are given; `done` once every broker shows them. */
  giveBack(fencedTopics: readonly string[]): Promise<Outcome>;
  /** [6.2] Rights on the cluster that no fence of a topic holds off; super users cannot be read. Empty without an authorizer. */
  passing(): Promise<{ readonly kind: 'done'; readonly grants: readonly PassingGrant[] } | Refused | Unavailable>;
}

export interface DestinationTopic {
  readonly kind: 'found';
  readonly topicId: string;
  readonly partitions: number;
}
export interface Absent {
  readonly kind: 'absent';
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

export interface EndingRequest {
  readonly assignment: MirrorAssignment;
  readonly partition: number;
  /** Highest journalled number of M: the proof accepts every M up to it. */
  readonly markerNumber: number;
}

export interface Waiting {
  /** No leader, replicas behind, not enough replicas: klink asks again without end. */
  readonly kind: 'waiting';
  readonly reason: string;
}

/** [8] Can this partition have its barrier now? */
export type BarrierObstacle =
  | { readonly kind: 'free' }
  /** No leader, or fewer replicas in sync than a write needs: nothing klink does will help. */
  | { readonly kind: 'blocked'; readonly reason: string }
  | Refused
  | Unavailable;

export interface PromotionPort {
  /** Reads only: what the destination says at this moment. */
  obstacle(request: { readonly assignment: MirrorAssignment; readonly partition: number }): Promise<BarrierObstacle>;
  /** [8 (2)] High watermark = log end, tail proof; by identity alone unless `source` says to compare. Appends nothing. */
  prove(request: EndingRequest & { readonly source: SourceAddress | undefined }): Promise<
    | {
        readonly kind: 'proven';
        /** With a barrier in the log: the barrier's offset. */
        readonly end: bigint;
        readonly hasBarrier: boolean;
        readonly sourceUnread: string | undefined;
      }
    | { readonly kind: 'failed'; readonly failure: PartitionFailure }
    | Waiting
    | Unavailable
  >;
  /**
   * [8 (3)] One marker with pid D, epoch 32767, unless the last batch or D's state at the leader shows it already; then log
   * end = end + 1. `end` undefined: the partition failed, the barrier goes to its log end. `moved`: the log end is not the
   * proven one; nothing was written.
   */
  barrier(
    request: EndingRequest & { readonly end: bigint | undefined },
  ): Promise<Done | { readonly kind: 'moved'; readonly reason: string } | Waiting | Refused | Unavailable>;
}

export interface GroupOffset {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
}

/** One transactional producer: the implementation does one call after the other. */
export interface GroupsPort {
  /** Where every group of the cluster stands on this topic: complete or not at all. */
  standings(
    topic: string,
    partitions: number,
  ): Promise<
    | { readonly kind: 'done'; readonly standings: readonly ({ readonly group: string } & GroupOffset)[] }
    | Refused
    | Unavailable
  >;
  /**
   * Reads only: every group that stands above an end now. Journalled before `clamp` moves any, so that each that moves is
   * named although klink may die in between (8).
   */
  aboveEnds(
    topic: string,
    ends: readonly bigint[],
  ): Promise<{ readonly kind: 'done'; readonly groups: readonly ClampedGroup[] } | Refused | Unavailable>;
  /**
   * [7.1] Transactional commits of one group under `klink-groups`. `in-use`: it has live members, nothing was written.
   * `fenced`: another klink took over.
   */
  commit(
    group: string,
    offsets: readonly GroupOffset[],
  ): Promise<
    Done | { readonly kind: 'in-use' } | { readonly kind: 'fenced'; readonly reason: string } | Refused | Unavailable
  >;
  /**
   * [8 (4)] InitProducerId of `klink-groups`, then every group above an end is lowered to it; `clamped` names each that
   * this call has lowered. `waiting`: some could not be lowered yet.
   */
  clamp(
    topic: string,
    ends: readonly bigint[],
  ): Promise<
    | { readonly kind: 'done'; readonly clamped: readonly ClampedGroup[] }
    | { readonly kind: 'waiting'; readonly reason: string; readonly clamped: readonly ClampedGroup[] }
    | { readonly kind: 'fenced'; readonly reason: string }
    | Refused
    | Unavailable
  >;
}

/** ACLs cannot be read or changed until somebody changes something. */
export interface AclsRefused extends Refused {
  readonly error: AclSyncError;
}

/** What a cluster shows, apart from what fences are made of. Grants that a fence holds back count as given. */
export interface AclsShown {
  readonly kind: 'done';
  readonly acls: readonly Acl[];
  /** Lines of fences, by whichever klink: neither copied nor deleted (6.3). */
  readonly ofFences: readonly Acl[];
}

/** The owner's own requests: the lease is asked right before each (decision 7). Both may be repeated. */
export interface AclsPort {
  read(): Promise<AclsShown | AclsRefused | Unavailable>;
  create(acls: readonly Acl[]): Promise<Done | AclsRefused | Unavailable>;
  remove(acls: readonly Acl[]): Promise<Done | AclsRefused | Unavailable>;
}

export interface DestinationPort {
  readonly acls: AclsPort;
  readonly fence: FencePort;
  readonly topics: TopicsPort;
  readonly promotion: PromotionPort;
  readonly groups: GroupsPort;
}

// ---- source -----------------------------------------------------------------------------------------------------

export interface SourceTopic {
  readonly kind: 'found';
  readonly topicId: string;
  /** In partition order. `end`: last stable offset. */
  readonly partitions: readonly { readonly logStart: bigint; readonly end: bigint }[];
  /** What the topic has set itself; what it inherits from its broker counts too where that changes the meaning. */
  readonly settings: TopicSettings;
}

/** The source said no: wrong password, missing right. */
/** `AUTHORIZATION_ERROR`: it knows us, and a right is missing. */
export interface SourceRefused extends Refused {
  readonly error: LinkError | 'AUTHORIZATION_ERROR';
}

export interface SourceNeeds {
  /** ACLs are to be read. */
  readonly acls: boolean;
  /** Groups that are chosen by name. */
  readonly groups: readonly string[];
}

export interface SourceChecked {
  readonly kind: 'done';
  readonly clusterId: string;
  /** How klink connects, where that is not what the link says: sentences for the operator. */
  readonly notes: readonly string[];
}

export interface SourcePort {
  /** One short question to the cluster as link principal. */
  check(address: SourceAddress): Promise<SourceChecked | SourceRefused | Unavailable>;
  /** Every topic that the link principal can see. */
  topics(address: SourceAddress): Promise<
    | {
        readonly kind: 'done';
        readonly topics: readonly { readonly name: string; readonly isInternal: boolean }[];
      }
    | SourceRefused
    | Unavailable
  >;
  /**
   * What the klink that serves the source cluster as a *destination* has decided there: the newest record of every key of
   * its `_klink.state`. Undefined: the link principal sees no such topic. Read only.
   */
  journal(
    address: SourceAddress,
  ): Promise<
    { readonly kind: 'done'; readonly entries: readonly JournalRecord[] | undefined } | SourceRefused | Unavailable
  >;
  describe(address: SourceAddress, topic: string): Promise<SourceTopic | Absent | SourceRefused | Unavailable>;
  /** What the link's principal lacks for this, a sentence each; only what a refusal proves. */
  lacks(
    address: SourceAddress,
    needs: SourceNeeds,
  ): Promise<{ readonly kind: 'done'; readonly missing: readonly string[] } | SourceRefused | Unavailable>;
  acls(address: SourceAddress): Promise<AclsShown | AclsRefused | Unavailable>;
  /** Committed offsets of every group that `selects` chooses, for these topics only. Groups without any are left out. */
  groupOffsets(
    address: SourceAddress,
    selects: (group: string) => boolean,
    topics: readonly string[],
  ): Promise<
    | {
        readonly kind: 'done';
        readonly groups: readonly { readonly group: string; readonly offsets: readonly GroupOffset[] }[];
      }
    | SourceRefused
    | Unavailable
  >;
}

// ---- secrets (P9) -----------------------------------------------------------------------------------------------

export interface SecretsPort {
  /** For this setting of this link and no other. Fails with a sentence; makes nothing that outlives the process. */
  seal(place: SecretPlace, secret: string): Result<string, string>;
  /** Keeps the key that `seal` used, so that what was sealed can be opened by a later process. */
  keep(): Result<void, string>;
}

// ---- credentials ------------------------------------------------------------------------------------------------

/** SCRAM users of every managed cluster, as the engine principal there. A cluster that is not managed: `refused`. */
export interface CredentialsPort {
  /** Whatever was there before. */
  set(place: CredentialPlace, secret: string): Promise<Outcome>;
  /** Done when there is none. */
  remove(place: CredentialPlace): Promise<Outcome>;
}

// ---- all of it --------------------------------------------------------------------------------------------------

export interface ControlPorts {
  readonly ownership: OwnershipPort;
  readonly journal: JournalPort;
  readonly engine: EnginePort;
  readonly destination: DestinationPort;
  readonly source: SourcePort;
  readonly secrets: SecretsPort;
  readonly credentials: CredentialsPort;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}
