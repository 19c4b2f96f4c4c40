/**
 * What REST needs of Kafka and of the managed clusters, as interfaces: `site.ts` wires the real ones, tests wire fakes.
 * A method that Kafka answers with an error rejects with an error that carries `code` and `codeName` (`problems.ts`
 * turns it into the published body); one that nobody answered rejects with anything else.
 */
import type { LinkControl } from '../control/commands.js';
import type { IdentityControl } from '../control/identity/identity.js';
import type { Acl, AclFilter, NewAcl } from './client/acl-words.js';

export interface TopicInfo {
  readonly name: string;
  readonly isInternal: boolean;
  readonly replicationFactor: number;
  readonly partitions: number;
}

export interface TopicConfig {
  readonly name: string;
  readonly value: string | null;
  readonly isDefault: boolean;
  readonly isReadOnly: boolean;
  readonly isSensitive: boolean;
  /** Published name: DYNAMIC_TOPIC_CONFIG, DEFAULT_CONFIG … */
  readonly source: string;
  readonly synonyms: readonly { readonly name: string; readonly value: string | null; readonly source: string }[];
}

export interface BrokerInfo {
  readonly id: number;
  readonly host: string;
  readonly port: number;
  readonly rack: string | null;
}

export interface PartitionInfo {
  readonly partition: number;
  /** −1: none. */
  readonly leader: number;
  readonly replicas: readonly number[];
  readonly isr: readonly number[];
}

/** Replicas that are being moved. */
export interface Reassignment {
  readonly topic: string;
  readonly partition: number;
  readonly adding: readonly number[];
  readonly removing: readonly number[];
}

export interface NewTopic {
  readonly name: string;
  /** −1: as the cluster is set up. */
  readonly partitions: number;
  readonly replicationFactor: number;
  readonly configs: ReadonlyMap<string, string>;
}

export interface ConfigChange {
  readonly name: string;
  /** Undefined: back to the default. */
  readonly value: string | undefined;
}

export interface GroupMember {
  readonly memberId: string;
  readonly instanceId: string | null;
  readonly clientId: string;
  readonly partitions: readonly { readonly topic: string; readonly partition: number }[];
}

export interface GroupInfo {
  readonly group: string;
  /** As the coordinator says it: Stable, Empty, Dead … */
  readonly state: string;
  /** `classic`, or `consumer` for KIP-848's. */
  readonly type: string;
  readonly protocolType: string;
  readonly assignor: string;
  readonly coordinator: number;
  readonly members: readonly GroupMember[];
}

export interface GroupOffset {
  readonly topic: string;
  readonly partition: number;
  readonly committed: bigint;
  readonly logEnd: bigint;
}

export interface ClusterAdmin {
  controllerId(): Promise<number>;
  topics(): Promise<readonly TopicInfo[]>;
  /** Undefined: the cluster has no such topic. */
  topic(name: string): Promise<TopicInfo | undefined>;
  /** Undefined: the cluster has no such topic. */
  partitions(topic: string): Promise<readonly PartitionInfo[] | undefined>;
  allPartitions(): Promise<readonly (PartitionInfo & { readonly topic: string })[]>;
  /** Published words. */
  topicRights(name: string): Promise<readonly string[]>;
  createTopic(topic: NewTopic, validateOnly: boolean): Promise<void>;
  /** To so many partitions in all. */
  growTopic(name: string, partitions: number): Promise<void>;
  deleteTopic(name: string): Promise<void>;
  topicConfigs(name: string): Promise<readonly TopicConfig[]>;
  alterTopicConfigs(name: string, changes: readonly ConfigChange[], validateOnly: boolean): Promise<void>;
  /** By topic; those that are gone since are left out. */
  allTopicConfigs(): Promise<ReadonlyMap<string, readonly TopicConfig[]>>;
  reassignments(): Promise<readonly Reassignment[]>;
  brokers(): Promise<readonly BrokerInfo[]>;
  brokerConfigs(broker: number): Promise<readonly TopicConfig[]>;
  /** What is set for all brokers at once. */
  clusterConfigs(): Promise<readonly TopicConfig[]>;
  alterClusterConfigs(changes: readonly ConfigChange[], validateOnly: boolean): Promise<void>;
  groups(): Promise<readonly GroupInfo[]>;
  /** Undefined: there is no such group. */
  group(name: string): Promise<GroupInfo | undefined>;
  /** Committed offsets with the log ends beside them; empty when nothing was committed. */
  groupOffsets(name: string): Promise<readonly GroupOffset[]>;
  acls(filter: AclFilter): Promise<readonly Acl[]>;
  addAcls(acls: readonly NewAcl[]): Promise<void>;
  /** What fences are made of is kept. */
  removeAcls(filter: AclFilter): Promise<{ readonly deleted: readonly Acl[]; readonly keptOfFence: readonly Acl[] }>;
}

export interface NewRecord {
  /** Undefined: by the key, or any. */
  readonly partition: number | undefined;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: readonly { readonly key: string; readonly value: Buffer | null }[];
  /** Undefined: now. */
  readonly timestampMs: bigint | undefined;
}

export interface WrittenRecord {
  readonly partition: number;
  /** −1: known to be in the log, but not where. */
  readonly offset: bigint;
  /** The broker's where it decides. */
  readonly timestampMs: bigint;
}

/** Who says to be a key of a cluster. The secret goes to that cluster's login and nowhere else. */
export interface CallerKey {
  readonly name: string;
  readonly secret: string;
  /** Address of whoever connects to klink. */
  readonly peer: string;
}

/** A caller who is logged in to a cluster: its own rights, and no others. */
export interface CallerSession {
  /** As Kafka's ACLs name it. */
  readonly principal: string;
  /** Over its own connections. */
  readonly admin: ClusterAdmin;
  /** What it may do on the cluster itself, asked of Kafka now. */
  rights(): Promise<ReadonlySet<string>>;
  topicRights(topic: string): Promise<ReadonlySet<string>>;
  /** Resolves when the fate of each is known, in order. Rejects where the topic cannot be described: nothing was written. */
  write(topic: string, records: readonly NewRecord[]): Promise<readonly (WrittenRecord | Error)[]>;
  /** Whoever got it calls this once, when nothing more is asked. */
  release(): void;
}

export type CallerLogin =
  | { readonly kind: 'accepted'; readonly session: CallerSession }
  /** A wrong secret and an unknown name alike. */
  | { readonly kind: 'refused' }
  | { readonly kind: 'guessing'; readonly retryAfterMs: number }
  | { readonly kind: 'unavailable'; readonly reason: string }
  /** This cluster takes no keys. */
  | { readonly kind: 'no-logins'; readonly reason: string };

/** How clients of a cluster log in with a key. Nothing of it is secret. */
export interface LoginListener {
  readonly bootstrap: string;
  readonly securityProtocol: 'SASL_PLAINTEXT' | 'SASL_SSL';
  /** PEM; undefined: the public ones. */
  readonly authorities: string | undefined;
  readonly checksName: boolean;
}

export interface Callers {
  /** Undefined, with the reason: this cluster takes no keys. */
  readonly listener: LoginListener | { readonly none: string };
  /** `knownOnly`: a name that is no SCRAM user is refused without asking further. */
  logIn(key: CallerKey, options?: { readonly knownOnly?: boolean }): Promise<CallerLogin>;
  /** What a login of before has given, while it counts. To be released as well. */
  loggedIn(key: CallerKey): CallerSession | undefined;
  /** SCRAM mechanisms of this name, strongest first, as the engine principal sees them. */
  mechanismsOf(name: string): Promise<readonly string[]>;
}

export interface ManagedCluster {
  readonly name: string;
  readonly home: boolean;
  /** What clients connect to: `host:port,…`. */
  readonly bootstrap: string;
  /** Undefined until the cluster has answered for the first time, unless klink.yaml names it. */
  id(): string | undefined;
  /** Asks now, with a short timeout. */
  reachable(): Promise<boolean>;
  /** Which klink acts for the links that end here, in words. */
  ownership(): string;
  readonly admin: ClusterAdmin;
  readonly links: LinkControl;
  readonly callers: Callers;
  /** Service accounts and API keys; those that count are the home cluster's. */
  readonly identity: IdentityControl;
}

/** Only the demo has one. Rejects with a sentence when the cluster is not one of its own. */
export interface DemoControl {
  readonly names: readonly string[];
  act(name: string, verb: 'kill' | 'stop' | 'start'): Promise<void>;
}

export interface ApiSurroundings {
  readonly clusters: readonly ManagedCluster[];
  /** This server's address, for `self` links: `http://127.0.0.1:8090`. */
  url(): string;
  readonly operatorToken: string;
  readonly nowMs: () => number;
  readonly demo?: DemoControl | undefined;
  readonly log: { error(fields: Readonly<Record<string, unknown>>, message: string): void };
}
