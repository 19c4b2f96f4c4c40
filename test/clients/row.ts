/** One client's row of the matrix: how to start it, and for each step what is expected of it, or why it cannot. */
import type { AdminOp, Compression, GroupProtocol, Login } from './job.js';

export type Cannot = { readonly cannot: string };

export interface ClientRow {
  /** As its makers call it. */
  readonly name: string;
  readonly version: string;
  /** What it runs on: `Node 22`, `Python`, `librdkafka 2.12`… */
  readonly runtime: string;
  /** What the matrix does not ask of it although it says it can, in a sentence each. */
  readonly notes?: readonly string[];
  /** It hands out what a fetch brings that was under way when the partition was given up: a note says so. */
  readonly handsOutLate?: true;
  /** What comes behind a tagged field of a partition it reads wrongly: a note says so. */
  readonly misreadsTags?: true;
  /** How its program is asked; installs and starts what is missing. */
  command(): Promise<Started>;
  readonly steps: {
    readonly produce: {
      readonly compressions: readonly Compression[];
      readonly idempotent: Works | Cannot;
      /** One name of a header twice in a record. */
      readonly repeatedHeaders: Works | Cannot;
    };
    readonly consume: Works;
    readonly groups: Readonly<Record<GroupProtocol, Works | Cannot>>;
    readonly transactions: Works | Cannot;
    readonly transform: Works | Cannot;
    /** Operations that are not named here are done. */
    readonly admin: { readonly not: Readonly<Partial<Record<AdminOp, string>>> };
    /** With TLS each of them too. */
    readonly logins: Readonly<Record<Login['mechanism'], Works | Cannot>>;
    readonly restart: Works | Cannot;
  };
}

export type Works = 'works';

/** A client that can do all of it: a row says what differs. */
export const ALL_STEPS: ClientRow['steps'] = {
  produce: {
    compressions: ['none', 'gzip', 'snappy', 'lz4', 'zstd'],
    idempotent: 'works',
    repeatedHeaders: 'works',
  },
  consume: 'works',
  groups: { classic: 'works', consumer: 'works' },
  transactions: 'works',
  transform: 'works',
  admin: { not: {} },
  logins: { PLAIN: 'works', 'SCRAM-SHA-256': 'works', 'SCRAM-SHA-512': 'works' },
  restart: 'works',
};

export const CLASSIC_GROUPS_ONLY: ClientRow['steps']['groups'] = {
  classic: 'works',
  consumer: { cannot: 'it knows the classic protocol only' },
};

export type Started =
  | { readonly kind: 'program'; readonly program: string; readonly args: readonly string[] }
  /** One process for all verbs, asked at that port of 127.0.0.1. */
  | { readonly kind: 'served'; readonly port: number };

export function cannot(cell: object | string): cell is Cannot {
  return typeof cell === 'object' && 'cannot' in cell;
}
