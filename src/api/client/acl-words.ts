/** The published words of ACLs. `ANY` and `MATCH` only ask; `UNKNOWN` stands for what a newer Kafka has and nobody published. */
export const aclResources = ['TOPIC', 'GROUP', 'CLUSTER', 'TRANSACTIONAL_ID', 'DELEGATION_TOKEN'] as const;
export const aclPatterns = ['LITERAL', 'PREFIXED'] as const;
export const aclPermissions = ['DENY', 'ALLOW'] as const;
export const aclOperations = [
  'ALL',
  'READ',
  'WRITE',
  'CREATE',
  'DELETE',
  'ALTER',
  'DESCRIBE',
  'CLUSTER_ACTION',
  'DESCRIBE_CONFIGS',
  'ALTER_CONFIGS',
  'IDEMPOTENT_WRITE',
] as const;

/** The only name that a cluster has among resources. */
export const CLUSTER_RESOURCE = 'kafka-cluster';

interface OfAcl {
  readonly resourceName: string;
  /** `User:name`, or `User:*`. */
  readonly principal: string;
  /** An address, or `*`. */
  readonly host: string;
}

export interface NewAcl extends OfAcl {
  readonly resourceType: (typeof aclResources)[number];
  readonly pattern: (typeof aclPatterns)[number];
  readonly operation: (typeof aclOperations)[number];
  readonly permission: (typeof aclPermissions)[number];
}

export interface Acl extends OfAcl {
  readonly resourceType: NewAcl['resourceType'] | 'UNKNOWN';
  readonly pattern: NewAcl['pattern'] | 'UNKNOWN';
  readonly operation: NewAcl['operation'] | 'UNKNOWN';
  readonly permission: NewAcl['permission'] | 'UNKNOWN';
  /** The fence of a mirror holds it back: it is granted when that is promoted. */
  readonly heldBack?: true;
}

/** What is undefined matches anything; `MATCH` finds also the prefixes and `*` that cover the name. */
export type AclFilter = { readonly [K in keyof Omit<NewAcl, 'pattern'>]: NewAcl[K] | undefined } & {
  readonly pattern: NewAcl['pattern'] | 'MATCH' | undefined;
};
