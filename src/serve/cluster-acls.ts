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
import { type AclBinding, aclText, findAcls, type AclFilter as KafkaFilter, removeAcls } from '../client/admin/acls.js';
import type { AdminOptions } from '../client/admin/patience.js';
import type { KafkaCluster } from '../client/types.js';
import { grantAcls } from '../engine/fence/grants.js';
import { heldPrincipal, isOfFence, originalOfHeld } from '../engine/fence/lines.js';
import { unfenced } from '../engine/fence/unfenced.js';

export interface RemovedAcls {
  readonly deleted: readonly Acl[];
  /** They matched as well, and stand. */
  readonly keptOfFence: readonly Acl[];
}

/** A grant that a fence holds back is shown as what it will be, and as held back. */
export async function readAcls(
  cluster: KafkaCluster,
  filter: AclFilter,
  within: AdminOptions,
): Promise<readonly Acl[]> {
  return (await matchingAcls(cluster, filter, within)).map(shown);
}

export function makeAcls(cluster: KafkaCluster, acls: readonly NewAcl[], within: AdminOptions): Promise<void> {
  return grantAcls(cluster, acls, within);
}

export async function deleteAcls(cluster: KafkaCluster, filter: AclFilter, within: AdminOptions): Promise<RemovedAcls> {
  const matching = await matchingAcls(cluster, filter, within);
  const held = matching.filter((acl) => originalOfHeld(acl) !== undefined);
  const denials = matching.some((acl) => acl.permission === 'DENY' && acl.resourceType === 'TOPIC');
  // What belongs to a fence is told by what else stands on its topic.
  const every = denials ? await findAcls(cluster, { resourceType: 'TOPIC' }, within) : [];
  const ofFences = new Set(unfenced(every).ofFences.map(aclText));
  const kept = matching.filter((acl) => ofFences.has(aclText(acl)) && !held.includes(acl));
  // Nothing that could be a fence's: Kafka deletes by the caller's own words.
  if (kept.length + held.length === 0 && !matching.some(isOfFence)) {
    return { deleted: (await removeAcls(cluster, [kafkaFilter(filter)], within)).map(shown), keptOfFence: [] };
  }
  const others = matching.filter((acl) => !kept.includes(acl));
  return { deleted: (await removeAcls(cluster, others, within)).map(shown), keptOfFence: kept.map(shown) };
}

/** With what is held back of it. */
async function matchingAcls(
  cluster: KafkaCluster,
  filter: AclFilter,
  within: AdminOptions,
): Promise<readonly AclBinding[]> {
  const asked = kafkaFilter(filter);
  const found = await findAcls(cluster, asked, within);
  if (asked.principal === undefined || asked.permission === 'DENY') return found;
  return [...found, ...(await findAcls(cluster, { ...asked, principal: heldPrincipal(asked.principal) }, within))];
}

function kafkaFilter(filter: AclFilter): KafkaFilter {
  return Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined));
}

function shown(acl: AclBinding): Acl {
  const original = originalOfHeld(acl);
  return original === undefined ? published(acl) : { ...published(original), heldBack: true };
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
