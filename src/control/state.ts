/** Everything that was decided for one destination cluster. Immutable; `apply.ts` makes the next one. */

import type { LinkAcls } from '../model/acl.js';
import type { DecisionStamp } from '../model/decision.js';
import type { ApiKey, ServiceAccount } from '../model/identity.js';
import type { Link } from '../model/link.js';
import { isLive, type LiveMirror, type Mirror } from '../model/mirror.js';

export interface ControlState {
  /** The decision made last. */
  readonly stamp: DecisionStamp;
  /** By link id. */
  readonly links: ReadonlyMap<string, Link>;
  /** By `mirrorKey`. */
  readonly mirrors: ReadonlyMap<string, Mirror>;
  /** What ACL sync answers for, by link id. */
  readonly acls: ReadonlyMap<string, LinkAcls>;
  /** By id. Only the home cluster has any. */
  readonly accounts: ReadonlyMap<string, ServiceAccount>;
  /** By `keyId`. */
  readonly keys: ReadonlyMap<string, ApiKey>;
}

export const emptyState: ControlState = {
  stamp: { epoch: 0, number: 0 },
  links: new Map(),
  mirrors: new Map(),
  acls: new Map(),
  accounts: new Map(),
  keys: new Map(),
};

/** Topic names hold no slash, link ids neither. */
export function mirrorKey({ linkId, mirrorTopic }: { readonly linkId: string; readonly mirrorTopic: string }): string {
  return `${linkId}/${mirrorTopic}`;
}

export function linkNamed(state: ControlState, name: string): Link | undefined {
  return [...state.links.values()].find((link) => link.name === name);
}

export function mirrorsOf(state: ControlState, linkId: string): Mirror[] {
  return [...state.mirrors.values()]
    .filter((mirror) => mirror.linkId === linkId)
    .sort((a, b) => (a.mirrorTopic < b.mirrorTopic ? -1 : 1));
}

export function liveMirrorNamed(state: ControlState, topic: string): LiveMirror | undefined {
  return [...state.mirrors.values()].filter(isLive).find((mirror) => mirror.mirrorTopic === topic);
}
