/** [§6] What control needs of the fence: what keeps others from writing to a mirror. */
import type { FenceMode, PassingGrant } from '../../model/link.js';
import type { Outcome, Refused, Unavailable } from './outcome.js';

export interface FencedTopic {
  readonly topic: string;
  /** All lines of mode 1, and the mark. */
  readonly complete: boolean;
  readonly marked: boolean;
  /** [6.6] A fence of mode 2; `pierced`: grants to everybody, which it cannot hold off. */
  readonly byPrincipal: { readonly complete: boolean; readonly pierced: readonly string[] } | undefined;
}

export interface FencePort {
  /** [6.1] On a scratch topic: what does this cluster allow? */
  probe(): Promise<{ readonly kind: 'done'; readonly fence: FenceMode } | Refused | Unavailable>;
  /** Mark and lines; nothing to do in mode 3. The topic need not exist yet. */
  raise(topic: string, fence: FenceMode): Promise<Outcome>;
  /** Lines first, the mark last; `done` once every broker shows that both are gone. */
  lift(topic: string): Promise<Outcome>;
  /**
   * Every topic that bears the mark or a line of the fence, as the cluster shows it now. Empty without an authorizer. A
   * line without the mark may as well be an operator's own.
   */
  fenced(): Promise<
    | {
        readonly kind: 'done';
        readonly topics: readonly FencedTopic[];
      }
    | Refused
    | Unavailable
  >;
  /** [6.6] Grants that were held back, and reach none of these topics, are given; `done` once every broker shows them. */
  giveBack(fencedTopics: readonly string[]): Promise<Outcome>;
  /** [6.2] Rights on the cluster that no fence of a topic holds off; super users cannot be read. Empty without an authorizer. */
  passing(): Promise<{ readonly kind: 'done'; readonly grants: readonly PassingGrant[] } | Refused | Unavailable>;
}
