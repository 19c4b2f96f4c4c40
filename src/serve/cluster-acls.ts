/**
 * The ACLs of a managed cluster, as Kafka answers. Deleting leaves out what a fence is made of: as long as a topic carries
 * the mark of a klink, whichever klink that is, its lines are not anybody's to take away. Spec: docs/spec/fence.md 6.5.
 */
import {
  type Acl,
  type AclFilter,
  aclOperations,
  aclPatterns,
  aclPermissions,
  aclResources,
  type NewAcl,
} from '../api/client/acl-words.js';
import { type AclBinding, addAcls, findAcls, type AclFilter as KafkaFilter, removeAcls } from '../client/admin/acls.js';
import type { AdminOptions } from '../client/admin/patience.js';
import type { KafkaCluster } from '../client/types.js';
import { isOfFence, marksOfFences } from '../engine/fence/lines.js';

export interface RemovedAcls {
  readonly deleted: readonly Acl[];
  /** They matched as well, and stand. */
  readonly keptOfFence: readonly Acl[];
}

export async function readAcls(
  cluster: KafkaCluster,
  filter: AclFilter,
  within: AdminOptions,
): Promise<readonly Acl[]> {
  return (await findAcls(cluster, kafkaFilter(filter), within)).map(published);
}

export function makeAcls(cluster: KafkaCluster, acls: readonly NewAcl[], within: AdminOptions): Promise<void> {
  return addAcls(cluster, acls, within);
}

export async function deleteAcls(cluster: KafkaCluster, filter: AclFilter, within: AdminOptions): Promise<RemovedAcls> {
  const matching = await findAcls(cluster, kafkaFilter(filter), within);
  const ofFences = matching.filter(isOfFence);
  // Nothing that could be a fence's: Kafka deletes by the caller's own words.
  if (ofFences.length === 0) {
    return { deleted: (await removeAcls(cluster, [kafkaFilter(filter)], within)).map(published), keptOfFence: [] };
  }
  const marks = await findAcls(cluster, marksOfFences, within);
  const fenced = new Set(marks.map(({ resourceName }) => resourceName));
  const kept = ofFences.filter(({ resourceName }) => fenced.has(resourceName));
  const others = matching.filter((acl) => !kept.includes(acl));
  return { deleted: (await removeAcls(cluster, others, within)).map(published), keptOfFence: kept.map(published) };
}

function kafkaFilter(filter: AclFilter): KafkaFilter {
  return Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined));
}

function published(acl: AclBinding): Acl {
  return {
    ...acl,
    resourceType: known(aclResources, acl.resourceType),
    pattern: known(aclPatterns, acl.pattern),
    operation: known(aclOperations, acl.operation),
    permission: known(aclPermissions, acl.permission),
  };
}

function known<W extends string>(words: readonly W[], word: string): W | 'UNKNOWN' {
  return words.find((each) => each === word) ?? 'UNKNOWN';
}
