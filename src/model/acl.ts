/**
 * An ACL in Kafka's words, and its one line of text: what is journalled of those that a link has brought, and what tells
 * two of them apart. Words of a newer Kafka are none of these: such ACLs are left alone. Spec: docs/spec/acls.md.
 */
export const aclResourceTypes = ['TOPIC', 'GROUP', 'CLUSTER', 'TRANSACTIONAL_ID', 'DELEGATION_TOKEN', 'USER'] as const;
export const aclPatternTypes = ['LITERAL', 'PREFIXED'] as const;
export const aclPermissionTypes = ['DENY', 'ALLOW'] as const;
export const aclOperationNames = [
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
  'CREATE_TOKENS',
  'DESCRIBE_TOKENS',
  'TWO_PHASE_COMMIT',
] as const;

export interface Acl {
  readonly permission: (typeof aclPermissionTypes)[number];
  readonly operation: (typeof aclOperationNames)[number];
  readonly resourceType: (typeof aclResourceTypes)[number];
  readonly pattern: (typeof aclPatternTypes)[number];
  readonly resourceName: string;
  /** `User:name`, or `User:*`. */
  readonly principal: string;
  /** An address, or `*`. */
  readonly host: string;
}

/** What the ACL sync of one link answers for, as lines, sorted. */
export interface LinkAcls {
  /** Brought, or about to be: these alone it may delete. */
  readonly brought: readonly string[];
  /** [6.3] Denied by the source as a fence denies, so not applied. */
  readonly held: readonly string[];
}

export const noLinkAcls: LinkAcls = { brought: [], held: [] };

/** Why ACLs cannot be read or changed, in the published words of a link's task. */
export type AclSyncError =
  | 'AUTHENTICATION_ERROR'
  | 'AUTHORIZATION_ERROR'
  | 'BROKER_AUTHORIZATION_ERROR'
  | 'SECURITY_DISABLED_ERROR'
  | 'MISCONFIGURATION_ERROR'
  | 'ACL_LIMIT_EXCEEDED'
  | 'POLICY_VIOLATION_ERROR'
  | 'INTERNAL_ERROR';

/** Names in Kafka hold no tab; one that does all the same cannot be told from its neighbours (`isPlain`). */
const BETWEEN = '\t';

/** Equal texts are equal ACLs. */
export function aclLine(acl: Acl): string {
  const { permission, operation, resourceType, pattern, resourceName, principal, host } = acl;
  return [permission, operation, resourceType, pattern, resourceName, principal, host].join(BETWEEN);
}

/** Undefined: it is no such text. */
export function readAclLine(line: string): Acl | undefined {
  const parts = line.split(BETWEEN);
  const [permission, operation, resourceType, pattern, resourceName, principal, host] = parts;
  const words = {
    permission: word(aclPermissionTypes, permission),
    operation: word(aclOperationNames, operation),
    resourceType: word(aclResourceTypes, resourceType),
    pattern: word(aclPatternTypes, pattern),
  };
  if (parts.length !== 7 || resourceName === undefined || principal === undefined || host === undefined)
    return undefined;
  if (!words.permission || !words.operation || !words.resourceType || !words.pattern) return undefined;
  const { permission: may, operation: what, resourceType: type, pattern: by } = words;
  return { permission: may, operation: what, resourceType: type, pattern: by, resourceName, principal, host };
}

/** For people: `DENY WRITE on TOPIC LITERAL orders for User:* from *`. */
export function aclInWords(acl: Acl): string {
  const { permission, operation, resourceType, pattern, resourceName, principal, host } = acl;
  return `${permission} ${operation} on ${resourceType} ${pattern} ${resourceName} for ${principal} from ${host}`;
}

/** Can it be journalled and told apart by its line? */
export function isPlain({ resourceName, principal, host }: Acl): boolean {
  return ![resourceName, principal, host].some((name) => name.includes(BETWEEN));
}

/** Does it reach this topic: by its name, by a prefix of it, or as `*`? */
export function coversTopic({ resourceType, pattern, resourceName }: Acl, topic: string): boolean {
  if (resourceType !== 'TOPIC') return false;
  if (pattern === 'PREFIXED') return topic.startsWith(resourceName);
  return resourceName === topic || resourceName === '*';
}

export function word<W extends string>(words: readonly W[], text: string | undefined): W | undefined {
  return words.find((each) => each === text);
}
