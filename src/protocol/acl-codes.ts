/** Kafka's words for ACLs and rights, and their numbers on the wire. Source: KIP-11, KIP-290, KIP-430. */
export const resources = {
  UNKNOWN: 0,
  TOPIC: 2,
  GROUP: 3,
  CLUSTER: 4,
  TRANSACTIONAL_ID: 5,
  DELEGATION_TOKEN: 6,
  USER: 7,
} as const;

export const patterns = { UNKNOWN: 0, LITERAL: 3, PREFIXED: 4 } as const;

export const permissions = { UNKNOWN: 0, DENY: 2, ALLOW: 3 } as const;

export const operations = {
  UNKNOWN: 0,
  ALL: 2,
  READ: 3,
  WRITE: 4,
  CREATE: 5,
  DELETE: 6,
  ALTER: 7,
  DESCRIBE: 8,
  CLUSTER_ACTION: 9,
  DESCRIBE_CONFIGS: 10,
  ALTER_CONFIGS: 11,
  IDEMPOTENT_WRITE: 12,
  CREATE_TOKENS: 13,
  DESCRIBE_TOKENS: 14,
  TWO_PHASE_COMMIT: 15,
} as const;

/** In a filter: whatever stands there. */
export const ANY = 1;
/** In a filter's pattern: every pattern that covers the name. */
export const MATCH = 2;

export const CLUSTER_NAME = 'kafka-cluster';

export type AclOperation = keyof typeof operations;

export function codeOf<W extends string>(words: Readonly<Record<W, number>>, word: W): number {
  return words[word];
}

/** `UNKNOWN` for a number of a newer Kafka. */
export function nameOf<W extends string>(words: Readonly<Record<W | 'UNKNOWN', number>>, code: number): W | 'UNKNOWN' {
  const names = Object.keys(words) as (W | 'UNKNOWN')[];
  return names.find((name) => words[name] === code) ?? 'UNKNOWN';
}

const NOT_ASKED = -2147483648;

/** The rights in a field of KIP-430; undefined when the broker did not tell. */
export function rightsIn(bits: number): ReadonlySet<AclOperation> | undefined {
  if (bits === NOT_ASKED) return undefined;
  const names = Object.keys(operations) as AclOperation[];
  return new Set(names.filter((name) => name !== 'UNKNOWN' && (bits & (1 << operations[name])) !== 0));
}
