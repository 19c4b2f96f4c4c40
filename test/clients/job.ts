/**
 * What a client's program is asked to do and what it answers: `<program> <verb> <job as JSON>`, answers as JSON lines on its
 * standard output. The driver decides what is right; a program only says what it did. README.md beside this file says the
 * verbs in words, for programs in other languages. Bytes are base64.
 */

export type Compression = 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd';
export type GroupProtocol = 'classic' | 'consumer';

export type Security =
  | { readonly protocol: 'PLAINTEXT' }
  | { readonly protocol: 'SASL_PLAINTEXT'; readonly login: Login }
  /** `ca`: the file of the only authority to trust. */
  | { readonly protocol: 'SASL_SSL'; readonly login: Login; readonly ca: string };

export interface Login {
  readonly mechanism: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512';
  readonly username: string;
  readonly password: string;
}

/** One line each of a file of records. */
export interface JobRecord {
  readonly key: string | null;
  readonly value: string | null;
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Milliseconds. */
  readonly timestamp: number;
}

interface At {
  readonly bootstrap: string;
  readonly security: Security;
}

export interface ProduceJob extends At {
  readonly topic: string;
  /** One after the other, each with a producer of its own, acks=all; records in their order to the one partition. */
  readonly parts: readonly {
    readonly partition: number;
    readonly compression: Compression;
    readonly idempotent: boolean;
    /** The file of records. */
    readonly records: string;
  }[];
}

export interface ConsumeJob extends At {
  readonly topic: string;
  readonly partitions: number;
  /** A group of nobody else, for clients that cannot read without one. */
  readonly group: string;
  readonly isolation: 'read_committed' | 'read_uncommitted';
  /** All partitions from their beginning; ends after so many records. */
  readonly count: number;
}

export interface MemberJob extends At {
  readonly topic: string;
  readonly group: string;
  readonly protocol: GroupProtocol;
  readonly sessionTimeoutMs: number;
  readonly heartbeatMs: number;
}

export interface TransactionsJob extends At {
  readonly topic: string;
  readonly transactionalId: string;
  /** One after the other, by one producer. */
  readonly transactions: readonly {
    readonly partition: number;
    readonly records: string;
    readonly end: 'commit' | 'abort';
  }[];
}

export interface TransformJob extends At {
  readonly from: string;
  readonly to: string;
  readonly partitions: number;
  readonly group: string;
  readonly transactionalId: string;
  /** Records in `from`; ends when so many have been transformed and committed. */
  readonly count: number;
  /** Records in a transaction, at most. */
  readonly batch: number;
}

export interface LoginJob {
  readonly topic: string;
  /** Writes the value to partition 0, with retries short enough to end within 10 s. */
  readonly attempts: readonly (At & { readonly value: string })[];
}

export interface StreamJob extends At {
  readonly topic: string;
  readonly partitions: number;
  readonly idempotent: boolean;
  readonly pauseMs: number;
}

export interface AdminJob extends At {
  readonly operations: readonly AdminOperation[];
}

export type AdminOperation =
  | { readonly op: 'describe-cluster' }
  | {
      readonly op: 'create-topic';
      readonly topic: string;
      readonly partitions: number;
      readonly config: Readonly<Record<string, string>>;
    }
  | { readonly op: 'list-topics' }
  | { readonly op: 'describe-topic'; readonly topic: string }
  | { readonly op: 'create-partitions'; readonly topic: string; readonly count: number }
  | { readonly op: 'describe-configs'; readonly topic: string }
  | { readonly op: 'alter-configs'; readonly topic: string; readonly config: Readonly<Record<string, string>> }
  | { readonly op: 'list-offsets'; readonly topic: string }
  | { readonly op: 'delete-records'; readonly topic: string; readonly partition: number; readonly before: number }
  | { readonly op: 'list-groups' }
  | { readonly op: 'describe-group'; readonly group: string }
  | { readonly op: 'group-offsets'; readonly group: string; readonly topic: string }
  | {
      readonly op: 'alter-group-offsets';
      readonly group: string;
      readonly topic: string;
      readonly partition: number;
      readonly offset: number;
    }
  | { readonly op: 'delete-group'; readonly group: string }
  | { readonly op: 'create-acl'; readonly topic: string; readonly principal: string }
  | { readonly op: 'describe-acls'; readonly topic: string }
  | { readonly op: 'delete-acls'; readonly topic: string }
  | { readonly op: 'delete-topic'; readonly topic: string };

export type AdminOp = AdminOperation['op'];

export interface Jobs {
  readonly produce: ProduceJob;
  readonly consume: ConsumeJob;
  readonly member: MemberJob;
  readonly transactions: TransactionsJob;
  readonly transform: TransformJob;
  readonly login: LoginJob;
  readonly stream: StreamJob;
  readonly admin: AdminJob;
}

export type Verb = keyof Jobs;

export interface SeenRecord extends JobRecord {
  readonly partition: number;
  readonly offset: number;
}

/** What is acknowledged: `index` counts from 0 in the part, the transaction or the stream. Null: the client does not say. */
export interface Acked {
  readonly partition: number;
  readonly index: number;
  readonly offset: number | null;
}

/** One per line, under its name. */
export interface Answer {
  readonly acked?: Acked;
  /** Of a stream: the outcome is unknown, or it was refused. */
  readonly failed?: { readonly index: number; readonly error: string };
  readonly record?: SeenRecord;
  /** All that the member has now. */
  readonly assigned?: readonly number[];
  readonly ended?: { readonly index: number; readonly end: 'commit' | 'abort' };
  readonly login?: { readonly index: number; readonly error?: string };
  /** An operation that failed has `error`; otherwise the fields that README.md says. */
  readonly did?: { readonly op: AdminOp; readonly error?: string } & Readonly<Record<string, unknown>>;
}
