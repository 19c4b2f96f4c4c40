/**
 * ACL bindings: read, made, deleted. Making what exists and deleting what does not exist succeed, so both may be repeated.
 * A cluster without authorizer refuses all three with 54 SECURITY_DISABLED.
 */

import {
  type AclOperation,
  codeOf,
  nameOf,
  operations,
  patterns,
  permissions,
  resources,
} from '../../protocol/acl-codes.js';
import { createAcls } from '../../protocol/api/create-acls.js';
import { deleteAcls } from '../../protocol/api/delete-acls.js';
import { type DescribeAclsResponse, describeAcls } from '../../protocol/api/describe-acls.js';
import { errorCode } from '../../protocol/errors.js';
import type { KafkaCluster } from '../types.js';
import { command, demand, demandDone, question, refusal } from './ask.js';
import { type AdminOptions, Patience } from './patience.js';

export type AclResourceType = keyof typeof resources;
export type AclPattern = keyof typeof patterns;
export type AclPermission = keyof typeof permissions;

export interface AclBinding {
  readonly resourceType: AclResourceType;
  /** `kafka-cluster` for CLUSTER. */
  readonly resourceName: string;
  readonly pattern: AclPattern;
  /** `User:name`, or `User:*`. */
  readonly principal: string;
  /** An address, or `*`. */
  readonly host: string;
  readonly operation: AclOperation;
  readonly permission: AclPermission;
}

/** A field that is left out matches anything; `pattern: 'MATCH'` finds also the prefixes and `*` that cover the name. */
export type AclFilter = Partial<Omit<AclBinding, 'pattern'>> & { readonly pattern?: AclPattern | 'MATCH' };

/** Rejects with KafkaError (31, 54 …) or NotSent. Bindings in words of a newer Kafka carry `UNKNOWN`. */
export async function findAcls(
  cluster: KafkaCluster,
  filter: AclFilter = {},
  options: AdminOptions = {},
): Promise<readonly AclBinding[]> {
  const answer = await question(cluster, new Patience(cluster, options), describeAcls, wireFilter(filter));
  demand(answer.errorCode, `reading the ACLs of ${cluster.name}`, answer.errorMessage);
  return bindingsIn(answer);
}

/** What this broker itself knows by now. One try; rejects as `findAcls` does. */
export async function findAclsAt(
  cluster: KafkaCluster,
  broker: number | 'any',
  filter: AclFilter,
  { purpose, timeoutMs }: { readonly purpose: string; readonly timeoutMs: number },
): Promise<readonly AclBinding[]> {
  const channel = await cluster.channel(broker, purpose);
  const answer = await channel.send(describeAcls, wireFilter(filter), { timeoutMs });
  if (answer.errorCode !== 0)
    throw refusal(answer.errorCode, `reading the ACLs of ${cluster.name}`, answer.errorMessage);
  return bindingsIn(answer);
}

function bindingsIn({ resources: found }: DescribeAclsResponse): readonly AclBinding[] {
  return found.flatMap(({ resourceType, resourceName, patternType, acls }) =>
    acls.map((acl) => bindingOf({ ...acl, resourceType, resourceName, patternType })),
  );
}

/** All of them. Rejects with the first refusal (KafkaError), NotSent or OutcomeUnknown; others may stand by then. */
export async function addAcls(
  cluster: KafkaCluster,
  bindings: readonly AclBinding[],
  options: AdminOptions = {},
): Promise<void> {
  if (bindings.length === 0) return;
  const request = {
    creations: bindings.map((acl) => ({
      resourceType: codeOf(resources, acl.resourceType),
      resourceName: acl.resourceName,
      resourcePatternType: codeOf(patterns, acl.pattern),
      principal: acl.principal,
      host: acl.host,
      operation: codeOf(operations, acl.operation),
      permissionType: codeOf(permissions, acl.permission),
    })),
  };
  const answer = await command(cluster, new Patience(cluster, options), createAcls, request, ({ results }) =>
    results.map((each) => each.errorCode),
  );
  for (const [at, binding] of bindings.entries()) {
    const result = answer.results[at];
    const code = result?.errorCode ?? errorCode.UNKNOWN_SERVER_ERROR;
    demandDone(code, `creating the ACL ${aclText(binding)} at ${cluster.name}`, result?.errorMessage);
  }
}

/** Gives the bindings that were deleted. Rejects as `addAcls` does. */
export async function removeAcls(
  cluster: KafkaCluster,
  filters: readonly AclFilter[],
  options: AdminOptions = {},
): Promise<readonly AclBinding[]> {
  if (filters.length === 0) return [];
  const request = { filters: filters.map(wireFilter) };
  const answer = await command(cluster, new Patience(cluster, options), deleteAcls, request, ({ filterResults }) =>
    filterResults.map((each) => each.errorCode),
  );
  const what = `deleting ACLs at ${cluster.name}`;
  const deleted: AclBinding[] = [];
  for (const [at] of filters.entries()) {
    const result = answer.filterResults[at];
    demandDone(result?.errorCode ?? errorCode.UNKNOWN_SERVER_ERROR, what, result?.errorMessage);
    for (const match of result?.matchingAcls ?? []) {
      demandDone(match.errorCode, what, match.errorMessage);
      deleted.push(bindingOf(match));
    }
  }
  return deleted;
}

/** In one line, for messages: `DENY WRITE on TOPIC LITERAL orders for User:* from *`. */
export function aclText(acl: AclBinding): string {
  const { permission, operation, resourceType, pattern, resourceName, principal, host } = acl;
  return `${permission} ${operation} on ${resourceType} ${pattern} ${resourceName} for ${principal} from ${host}`;
}

const ANY = 1;
const MATCH = 2;

function wireFilter(filter: AclFilter) {
  const { resourceType, pattern, operation, permission } = filter;
  return {
    resourceTypeFilter: resourceType === undefined ? ANY : codeOf(resources, resourceType),
    resourceNameFilter: filter.resourceName ?? null,
    patternTypeFilter: pattern === undefined ? ANY : pattern === 'MATCH' ? MATCH : codeOf(patterns, pattern),
    principalFilter: filter.principal ?? null,
    hostFilter: filter.host ?? null,
    operation: operation === undefined ? ANY : codeOf(operations, operation),
    permissionType: permission === undefined ? ANY : codeOf(permissions, permission),
  };
}

function bindingOf(wire: {
  readonly resourceType: number;
  readonly resourceName: string;
  readonly patternType: number;
  readonly principal: string;
  readonly host: string;
  readonly operation: number;
  readonly permissionType: number;
}): AclBinding {
  return {
    resourceType: nameOf(resources, wire.resourceType),
    resourceName: wire.resourceName,
    pattern: nameOf(patterns, wire.patternType),
    principal: wire.principal,
    host: wire.host,
    operation: nameOf(operations, wire.operation),
    permission: nameOf(permissions, wire.permissionType),
  };
}
