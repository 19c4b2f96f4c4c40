/**
 * The fence of a klink that is no super user (6.6): whoever is granted something on the topic that a fence keeps out is denied
 * it by a line of its own. Says what is missing, what must go, and which grants no such line can hold off. Pure.
 * Spec: docs/spec/fence.md 6.6.
 */
import { type AclBinding, aclText } from '../../client/admin/acls.js';
import {
  EVERYBODY,
  engineMark,
  engineOfMark,
  fenceMark,
  isForNobody,
  keptOut,
  lineOfToken,
  principalLine,
  tokenOf,
} from './lines.js';

export interface FenceNeeds {
  /** Marks first, then the tokens, then the lines they stand for. */
  readonly add: readonly AclBinding[];
  /** Lines and tokens that would keep klink itself out. */
  readonly remove: readonly AclBinding[];
  /** Granted to everybody: a line against it would keep klink out as well. */
  readonly pierced: readonly AclBinding[];
}

/** `shown`: all that reaches the topic, by its name, by `*` and by prefixes. */
export function fenceNeeds(topic: string, shown: readonly AclBinding[], engine: string): FenceNeeds {
  const texts = new Set(shown.map(aclText));
  const has = (acl: AclBinding) => texts.has(aclText(acl));
  const engines = new Set([engine, ...enginesOf(topic, shown)]);
  const wanted = [fenceMark(topic), engineMark(topic, engine)];
  const tokens: AclBinding[] = [];
  const lines: AclBinding[] = [];
  const pierced: AclBinding[] = [];
  for (const grant of shown) {
    if (!isGrant(grant) || engines.has(grant.principal)) continue;
    if (grant.principal === EVERYBODY) {
      pierced.push(grant);
      continue;
    }
    for (const line of linesAgainst(topic, grant)) {
      // An operator's own denial of these words does the same, and stays when the fence is lifted.
      if (has(line)) continue;
      tokens.push(tokenOf(line));
      lines.push(line);
    }
  }
  const remove = shown.flatMap((acl) => {
    const line = acl.resourceName === topic ? lineOfToken(acl) : undefined;
    return line !== undefined && engines.has(line.principal) ? [line, acl] : [];
  });
  const add = [...wanted, ...unique(tokens), ...unique(lines)].filter((acl) => !has(acl));
  return { add, remove, pierced };
}

/** Does it grant what a fence keeps out? Klink's own entries, and what is held back, grant nobody anything. */
export function isGrant(acl: AclBinding): boolean {
  const { permission, resourceType, operation } = acl;
  return permission === 'ALLOW' && resourceType === 'TOPIC' && keptOut(operation).length > 0 && !isForNobody(acl);
}

export function linesAgainst(topic: string, { operation, principal }: AclBinding): readonly AclBinding[] {
  return keptOut(operation).map((each) => principalLine(topic, principal, each));
}

/** The principals that pass the fence of this topic because they are klinks. */
export function enginesOf(topic: string, shown: readonly AclBinding[]): readonly string[] {
  return shown.flatMap((acl) => (acl.resourceName === topic ? (engineOfMark(acl) ?? []) : []));
}

export function unique(acls: readonly AclBinding[]): readonly AclBinding[] {
  return [...new Map(acls.map((acl) => [aclText(acl), acl])).values()];
}

/** By its name, by a prefix of it, or as `*`. */
export function reaches({ pattern, resourceName }: AclBinding, topic: string): boolean {
  return pattern === 'PREFIXED' ? topic.startsWith(resourceName) : resourceName === topic || resourceName === '*';
}
