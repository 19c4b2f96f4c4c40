/**
 * The ACLs of a cluster as they would be without fences, and what the fences are made of. A mark says that the lines of its
 * topic belong to a klink, whichever that is; a grant that a fence holds back counts as given. Pure.
 * Spec: docs/spec/fence.md 6.3, 6.6.
 */
import type { AclBinding } from '../../client/admin/acls.js';
import { aclText } from '../../client/admin/acls.js';
import { isForNobody, isMark, isOfFence, lineOfToken, originalOfHeld } from './lines.js';

export interface Unfenced {
  readonly acls: readonly AclBinding[];
  readonly ofFences: readonly AclBinding[];
}

export function unfenced(shown: readonly AclBinding[]): Unfenced {
  const marked = new Set(shown.filter(isMark).map(({ resourceName }) => resourceName));
  const tokens = new Set(shown.flatMap((acl) => lineOfToken(acl) ?? []).map(aclText));
  const acls = new Map<string, AclBinding>();
  const ofFences: AclBinding[] = [];
  for (const acl of shown) {
    const original = originalOfHeld(acl);
    if (original !== undefined) acls.set(aclText(original), original);
    const line = marked.has(acl.resourceName) && isOfFence(acl);
    if (original !== undefined || isForNobody(acl) || line || tokens.has(aclText(acl))) {
      ofFences.push(acl);
    } else acls.set(aclText(acl), acl);
  }
  return { acls: [...acls.values()], ofFences };
}
