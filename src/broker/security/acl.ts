/**
 * ACLs as Apache Kafka's StandardAuthorizer keeps them: which may be made, and which a filter means. Pure.
 * Serves docs/spec/broker.md §9.
 */
import {
  ANY,
  CLUSTER_NAME,
  MATCH,
  operations,
  patterns,
  permissions,
  resources as resourceCodes,
  type resources,
} from '../../protocol/acl-codes.js';
import type { DescribeAclsRequest } from '../../protocol/api/describe-acls.js';

export type ResourceType = Exclude<keyof typeof resources, 'UNKNOWN'>;

/** Codes as on the wire. */
export interface Acl {
  readonly resourceType: number;
  readonly resourceName: string;
  readonly patternType: number;
  readonly principal: string;
  readonly host: string;
  readonly operation: number;
  readonly permissionType: number;
}

export type AclFilter = DescribeAclsRequest;

export const WILDCARD = '*';

export function isSameAcl(one: Acl, other: Acl): boolean {
  return (
    one.resourceType === other.resourceType &&
    one.resourceName === other.resourceName &&
    one.patternType === other.patternType &&
    one.principal === other.principal &&
    one.host === other.host &&
    one.operation === other.operation &&
    one.permissionType === other.permissionType
  );
}

/** Why this ACL may not be made, or undefined. */
export function refusalOfAcl(acl: Acl): string | undefined {
  const { resourceType, resourceName, patternType, principal, operation, permissionType } = acl;
  if (resourceType === resourceCodes.CLUSTER && resourceName !== CLUSTER_NAME) {
    return `The only valid name for the CLUSTER resource is ${CLUSTER_NAME}`;
  }
  if (resourceName === '') return 'Invalid empty resource name';
  if (!isOneOf(resourceCodes, resourceType)) return 'Invalid resourceType UNKNOWN';
  if (!isOneOf(patterns, patternType)) return 'Invalid patternType UNKNOWN';
  if (!isOneOf(operations, operation)) return 'Invalid operation UNKNOWN';
  if (!isOneOf(permissions, permissionType)) return 'Invalid permissionType UNKNOWN';
  if (principal.includes(':')) return undefined;
  const colon = 'no colon is present separating the principal type from the principal name';
  return `Could not parse principal from \`${principal}\` (${colon})`;
}

/** Kafka refuses to read a request that holds code 0: it stands for words of a newer version. */
export function holdsUnknown(...codes: readonly number[]): boolean {
  return codes.includes(resourceCodes.UNKNOWN);
}

/** Why nothing can be deleted by this filter, or undefined: it speaks of what a newer Kafka may have. */
export function refusalOfFilter({ resourceTypeFilter, patternTypeFilter, ...entry }: AclFilter): string | undefined {
  const isPattern = patternTypeFilter === MATCH || isKnown(patterns, patternTypeFilter);
  if (!isPattern || !isKnown(resourceCodes, resourceTypeFilter)) return 'Unknown patternFilter.';
  if (!isKnown(operations, entry.operation) || !isKnown(permissions, entry.permissionType))
    return 'Unknown entryFilter.';
  return undefined;
}

export function matches(filter: AclFilter, acl: Acl): boolean {
  return (
    isAny(filter.resourceTypeFilter, acl.resourceType) &&
    matchesPattern(filter, acl) &&
    (filter.principalFilter === null || filter.principalFilter === acl.principal) &&
    (filter.hostFilter === null || filter.hostFilter === acl.host) &&
    isAny(filter.operation, acl.operation) &&
    isAny(filter.permissionType, acl.permissionType)
  );
}

function matchesPattern({ patternTypeFilter, resourceNameFilter: name }: AclFilter, acl: Acl): boolean {
  if (patternTypeFilter !== MATCH && !isAny(patternTypeFilter, acl.patternType)) return false;
  if (name === null || name === acl.resourceName) return true;
  if (patternTypeFilter !== MATCH) return false;
  return acl.patternType === patterns.PREFIXED ? name.startsWith(acl.resourceName) : acl.resourceName === WILDCARD;
}

function isAny(wanted: number, code: number): boolean {
  return wanted === ANY || wanted === code;
}

function isKnown(words: Readonly<Record<string, number>>, code: number): boolean {
  return code === ANY || isOneOf(words, code);
}

function isOneOf(words: Readonly<Record<string, number>>, code: number): boolean {
  return code !== words.UNKNOWN && Object.values(words).includes(code);
}
