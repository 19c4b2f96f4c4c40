/**
 * What the fence of a topic is made of: four lines that keep everybody but super users out, and a mark that says whose
 * they are. Pure. Spec: docs/spec/fence.md 6.1.
 */

import { type AclBinding, aclText } from '../../client/admin/acls.js';
import type { AclOperation } from '../../protocol/acl-codes.js';

export const EVERYBODY = 'User:*';
/** Nobody logs in under this name: it is there to be seen. */
const MARK_PRINCIPAL = 'User:klink-fence';
/** [6.6] `User:klink-fence-for:User:klink`: a fence of lines for one principal each, which User:klink passes. */
const FOR_PREFIX = 'User:klink-fence-for:';
/** [6.6] `User:klink-fence:User:app`: the line for User:app here is the fence's. */
const TOKEN_PREFIX = `${MARK_PRINCIPAL}:`;
/** [6.6] `User:klink-held:User:*`: this is granted to User:* once no fence is in the way any more. */
const HELD_PREFIX = 'User:klink-held:';

/** [6.1] Without ALTER_CONFIGS anybody could let the topic stamp or delete its records (T5). */
const KEPT_FROM_EVERYBODY: readonly AclOperation[] = ['WRITE', 'DELETE', 'ALTER', 'ALTER_CONFIGS'];

export function fenceLines(topic: string): readonly AclBinding[] {
  return KEPT_FROM_EVERYBODY.map((operation) => denial(topic, EVERYBODY, operation));
}

export function fenceMark(topic: string): AclBinding {
  return denial(topic, MARK_PRINCIPAL, 'WRITE');
}

/** The line of a probe: the first of the fence, alone. */
export function probeLine(topic: string): AclBinding {
  return denial(topic, EVERYBODY, 'WRITE');
}

function denial(topic: string, principal: string, operation: AclOperation): AclBinding {
  return {
    resourceType: 'TOPIC',
    resourceName: topic,
    pattern: 'LITERAL',
    principal,
    host: '*',
    operation,
    permission: 'DENY',
  };
}

/** [6.6] The second mark. */
export function engineMark(topic: string, engine: string): AclBinding {
  return denial(topic, `${FOR_PREFIX}${engine}`, 'WRITE');
}

/** Undefined: it is no second mark. */
export function engineOfMark(acl: AclBinding): string | undefined {
  const named = acl.principal.startsWith(FOR_PREFIX) ? acl.principal.slice(FOR_PREFIX.length) : undefined;
  return named !== undefined && aclText(acl) === aclText(engineMark(acl.resourceName, named)) ? named : undefined;
}

/** [6.6] Keeps one principal out, whatever it is granted. */
export function principalLine(topic: string, principal: string, operation: AclOperation): AclBinding {
  return denial(topic, principal, operation);
}

/** [6.6] Says that the line is klink's: an operator's own denial of the same words has none. */
export function tokenOf(line: AclBinding): AclBinding {
  return { ...line, principal: `${TOKEN_PREFIX}${line.principal}` };
}

/** Undefined: it is no token. */
export function lineOfToken(acl: AclBinding): AclBinding | undefined {
  if (acl.resourceType !== 'TOPIC' || acl.permission !== 'DENY' || !acl.principal.startsWith(TOKEN_PREFIX))
    return undefined;
  return { ...acl, principal: acl.principal.slice(TOKEN_PREFIX.length) };
}

/** [6.6] The same grant for nobody: created in its place, and seen by every klink. */
export function heldOf(grant: AclBinding): AclBinding {
  return { ...grant, principal: heldPrincipal(grant.principal) };
}

export function heldPrincipal(principal: string): string {
  return `${HELD_PREFIX}${principal}`;
}

/** Undefined: nothing is held back by it. */
export function originalOfHeld(acl: AclBinding): AclBinding | undefined {
  if (acl.resourceType !== 'TOPIC' || acl.permission !== 'ALLOW' || !acl.principal.startsWith(HELD_PREFIX))
    return undefined;
  return { ...acl, principal: acl.principal.slice(HELD_PREFIX.length) };
}

/** Of a name that klink has made up: nobody's rights hang on such an ACL. */
export function isForNobody({ resourceType, principal }: AclBinding): boolean {
  const madeUp = [FOR_PREFIX, TOKEN_PREFIX, HELD_PREFIX].some((prefix) => principal.startsWith(prefix));
  return resourceType === 'TOPIC' && (madeUp || principal === MARK_PRINCIPAL);
}

export function isMark(acl: AclBinding): boolean {
  return aclText(acl) === aclText(fenceMark(acl.resourceName));
}

/** What a fence keeps out of the rights that `operation` stands for. */
export function keptOut(operation: AclOperation): readonly AclOperation[] {
  return KEPT_FROM_EVERYBODY.filter((each) => operation === each || operation === 'ALL');
}

/** Could it be part of a fence? On a topic that carries a mark it is. */
export function isOfFence(acl: AclBinding): boolean {
  const of = acl.resourceName;
  return (
    acl.resourceType === 'TOPIC' && [...fenceLines(of), fenceMark(of)].some((line) => aclText(line) === aclText(acl))
  );
}

/** What is shown of the fence of one topic, as a klink that is a super user makes it. */
export interface ShownFence {
  readonly lines: number;
  readonly marked: boolean;
}

export const bare: ShownFence = { lines: 0, marked: false };

export function isComplete({ lines, marked }: ShownFence): boolean {
  return marked && lines === KEPT_FROM_EVERYBODY.length;
}

/** By topic, as one broker shows it; those without line and mark are left out. */
export function shownFences(shown: readonly AclBinding[]): ReadonlyMap<string, ShownFence> {
  const fences = new Map<string, ShownFence>();
  for (const acl of shown) {
    if (!isOfFence(acl)) continue;
    const { lines, marked } = fences.get(acl.resourceName) ?? bare;
    const more = isMark(acl) ? { lines, marked: true } : { lines: lines + 1, marked };
    fences.set(acl.resourceName, more);
  }
  return fences;
}

export function shownFence(shown: readonly AclBinding[], topic: string): ShownFence {
  return shownFences(shown).get(topic) ?? bare;
}
