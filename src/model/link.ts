/**
 * A cluster link as decided and journalled: who is copied from, with which settings. Where the link stands is one union
 * by `kind`; whether its source answers right now is an observation and stands elsewhere. Spec: docs/spec/states.md.
 */
import type { MarkerIdentity } from './assignment.js';

/** [6.2] A right on the cluster that no line on a topic holds off. Host `*`: from anywhere. */
export interface PassingGrant {
  readonly principal: string;
  readonly host: string;
  readonly operation: 'ALL' | 'DELETE' | 'ALTER' | 'CLUSTER_ACTION';
}

/** What keeps others from writing to this link's mirrors (6.1), as the probe at link creation found it. */
export type FenceMode =
  /** The engine principal is a super user: DENY lines hold for everyone else. */
  | { readonly mode: 1 }
  /** [6.6] It is none: each principal that is granted something is denied it, and klink's own is left out. */
  | { readonly mode: 2; readonly principal: string }
  /** No authorizer runs, or ours may not change ACLs: klink only detects. */
  | { readonly mode: 3; readonly reason: string };

/** Why a link is FAILED, in the published words of `link_error`. */
export type LinkError = 'AUTHENTICATION_ERROR' | 'UNRESOLVABLE_BOOTSTRAP_ERROR' | 'UNKNOWN';

interface LinkData {
  /** 22 characters, Kafka's printed uuid. */
  readonly id: string;
  readonly name: string;
  /** Undefined until the source has answered for the first time. */
  readonly sourceClusterId: string | undefined;
  /** As given: secrets are references, never values. */
  readonly settings: Readonly<Record<string, string>>;
  readonly fence: FenceMode;
  /** [1.2] The current identity and epoch of M; raised here before it is used. */
  readonly marker: MarkerIdentity;
  /** Wall clock of the last change of state. */
  readonly sinceMs: number;
}

export type Link =
  | ({ readonly kind: 'ACTIVE' } & LinkData)
  | ({ readonly kind: 'PAUSED' } & LinkData)
  /** Its mirrors append nothing; failover works. */
  | ({ readonly kind: 'FAILED'; readonly error: LinkError; readonly message: string } & LinkData)
  /** Deleted by force: its live mirrors fail over first, so that no fence falls before its barriers. */
  | ({ readonly kind: 'DELETING' } & LinkData);

export type LinkKind = Link['kind'];

/** What every state of a link has. */
export function linkData(link: Link): LinkData {
  const { id, name, sourceClusterId, settings, fence, marker, sinceMs } = link;
  return { id, name, sourceClusterId, settings, fence, marker, sinceMs };
}

/** [1.2] The identity after this one: a new epoch, and a new number where the epochs of this one are used up. */
export function nextMarker({ number, epoch }: MarkerIdentity): MarkerIdentity {
  // 32767 is the barrier's; the last epochs stay unused so that nobody can come close to it.
  return epoch >= 32_766 ? { number: number + 1, epoch: 0 } : { number, epoch: epoch + 1 };
}
