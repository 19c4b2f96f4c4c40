/**
 * What one round of ACL sync would do, from what both clusters show and what the journal says the link has brought. Pure.
 * It deletes only what the link brought, and leaves alone what fences are made of, klink's own resources, and whatever
 * reaches a topic that was promoted where that could take something away from it. Spec: docs/spec/acls.md.
 */
import { type Acl, aclLine, coversTopic, isPlain, readAclLine } from '../../model/acl.js';
import { isLive } from '../../model/mirror.js';
import type { ControlState } from '../state.js';

/** [9.6] What one link may have brought at any time, and how much text that may be: it is one record of the journal. */
export const ACLS_PER_LINK_MAX = 10_000;
const LINE_BYTES_MAX = 4 * 1024 * 1024;

/** [9.3] The topics that matter to whether an ACL may be brought or taken away. */
export interface AclMirrors {
  /** Mirrors of any link that are not promoted. */
  readonly live: ReadonlySet<string>;
  /** Of this link, on their way to be ordinary topics or so already: the source has no say in them any more. */
  readonly promoted: readonly string[];
  /** Nothing of this link is mirrored any more, but was. */
  readonly over: boolean;
}

export function aclMirrors(state: ControlState, linkId: string): AclMirrors {
  const live = new Set<string>();
  const promoted: string[] = [];
  let mirrored = false;
  for (const mirror of state.mirrors.values()) {
    const ended = mirror.kind === 'STOPPED' || mirror.kind === 'STOPPING';
    if (isLive(mirror)) live.add(mirror.mirrorTopic);
    if (mirror.linkId !== linkId) continue;
    if (ended) promoted.push(mirror.mirrorTopic);
    else mirrored = true;
  }
  return { live, promoted, over: promoted.length > 0 && !mirrored };
}

export interface AclPlanInput {
  /** All that the source shows. */
  readonly source: readonly Acl[];
  readonly selects: (acl: Acl) => boolean;
  /** All that the destination shows, and apart from it what its fences are made of. */
  readonly destination: readonly Acl[];
  readonly ofFences: readonly Acl[];
  readonly brought: readonly string[];
  readonly mirrors: AclMirrors;
}

export interface AclPlan {
  readonly create: readonly Acl[];
  /** Brought, and shown by the source no longer. */
  readonly remove: readonly Acl[];
  /** Brought once, and gone from both clusters. */
  readonly forget: readonly string[];
  readonly held: readonly string[];
}

export function planAcls(input: AclPlanInput): AclPlan {
  const { source, selects, destination, ofFences, brought, mirrors } = input;
  const atSource = new Set(source.map(aclLine));
  const standing = new Set(destination.map(aclLine));
  const fences = new Set(ofFences.map(aclLine));
  const create: Acl[] = [];
  const held: string[] = [];
  for (const acl of source) {
    if (!isPlain(acl) || !selects(acl) || isKlinks(acl)) continue;
    const line = aclLine(acl);
    if (fences.has(line) || deniesAsFence(acl, mirrors)) held.push(line);
    else if (!standing.has(line) && mayBring(acl, mirrors)) create.push(acl);
  }
  const remove: Acl[] = [];
  const forget: string[] = [];
  for (const line of brought) {
    const acl = readAclLine(line);
    if (acl === undefined || atSource.has(line)) continue;
    if (!standing.has(line)) {
      // What is hidden by a fence of the same words may still stand when that is lifted.
      if (!fences.has(line)) forget.push(line);
    } else if (selects(acl) && mayTakeAway(acl, mirrors)) remove.push(acl);
  }
  return { create, remove, forget, held: held.sort() };
}

/** [9.6] Undefined: there is room for them all. */
export function beyond(left: readonly string[], added: readonly string[]): string | undefined {
  if (added.length === 0) return undefined;
  const bytes = [...left, ...added].reduce((sum, line) => sum + Buffer.byteLength(line), 0);
  if (left.length + added.length <= ACLS_PER_LINK_MAX && bytes <= LINE_BYTES_MAX) return undefined;
  return (
    `a link brings ${ACLS_PER_LINK_MAX} ACLs at most, and this one has brought ${left.length} and would bring ` +
    `${added.length} more: none of those is brought. Narrow acl.filters, or use several links.`
  );
}

/** [9.3] Of what reaches a promoted topic only grants are brought, and nothing that names it alone. */
export function mayBring(acl: Acl, mirrors: AclMirrors): boolean {
  if (mirrors.over || namesPromoted(acl, mirrors) || deniesAsFence(acl, mirrors)) return false;
  return acl.permission === 'ALLOW' || !mirrors.promoted.some((topic) => coversTopic(acl, topic));
}

/** [9.3] No grant that reaches a promoted topic; [6.3] nor a denial that the fence of a mirror may rest on. */
export function mayTakeAway(acl: Acl, mirrors: AclMirrors): boolean {
  if (mirrors.over || namesPromoted(acl, mirrors)) return false;
  if (acl.permission === 'ALLOW') return !mirrors.promoted.some((topic) => coversTopic(acl, topic));
  return !(isFenceOperation(acl) && acl.resourceType === 'TOPIC' && mirrors.live.has(acl.resourceName));
}

function namesPromoted({ resourceType, pattern, resourceName }: Acl, { promoted }: AclMirrors): boolean {
  return resourceType === 'TOPIC' && pattern === 'LITERAL' && promoted.includes(resourceName);
}

/** [6.3] The same words as a line of the fence that this mirror has, will have or had. */
function deniesAsFence(acl: Acl, { live, promoted }: AclMirrors): boolean {
  const { permission, resourceType, pattern, resourceName, principal, host } = acl;
  if (permission !== 'DENY' || resourceType !== 'TOPIC' || pattern !== 'LITERAL') return false;
  if (!live.has(resourceName) && !promoted.includes(resourceName)) return false;
  return principal === 'User:*' && host === '*' && isFenceOperation(acl);
}

function isFenceOperation({ operation }: Acl): boolean {
  return operation === 'WRITE' || operation === 'DELETE' || operation === 'ALTER' || operation === 'ALTER_CONFIGS';
}

/** [9.4] Whoever may write to these owns klink; the source's klink has its own. */
function isKlinks({ resourceType, resourceName }: Acl): boolean {
  if (resourceType === 'TOPIC') return resourceName.startsWith('_klink.');
  return (resourceType === 'TRANSACTIONAL_ID' || resourceType === 'GROUP') && resourceName.startsWith('klink-');
}
