/**
 * The fence of mirror topics: raised before the topic is made, lifted after its barriers, and seen by everybody who looks.
 * Every change is followed until every broker shows it. Refuses to change anything without the lease.
 * Spec: docs/spec/fence.md §6.
 */
import { sleep } from '../../base/clock.js';
import { type Backoff, backoffMs } from '../../base/retry.js';
import { type AclBinding, type AclFilter, aclText, addAcls, removeAcls } from '../../client/admin/acls.js';
import { ADMIN_PURPOSE } from '../../client/admin/ask.js';
import { type KafkaCluster, OutcomeUnknown, type Surroundings } from '../../client/types.js';
import type { FenceMode, PassingGrant } from '../../model/link.js';
import { done, type Outcome, ofError, type Refused, refused, type Unavailable, unavailable } from '../outcome.js';
import { enginesOf, fenceNeeds, reaches, unique } from './by-principal.js';
import {
  bare,
  engineOfMark,
  fenceLines,
  fenceMark,
  isComplete,
  isMark,
  lineOfToken,
  originalOfHeld,
  shownFence,
  shownFences,
} from './lines.js';
import { readPassingGrants } from './passing.js';
import { type ProbeOutcome, probeFence } from './probe.js';
import {
  denials,
  grants,
  heldGrants,
  naming,
  reaching,
  readAt,
  readEverywhere,
  type ShownByBroker,
  saysDisabled,
} from './shown.js';

/** How long brokers may take to show a change before the caller is told to come again. */
const SHOWN_WITHIN_MS = 15_000;
const PAUSE: Backoff = { firstMs: 10, capMs: 500 };

export interface FenceOptions extends Pick<Surroundings, 'clock' | 'random' | 'log'> {
  /** The destination, as engine principal. */
  readonly cluster: KafkaCluster;
  /** [6.6] Who that is, in Kafka's words: `User:klink`. Undefined: klink logs in without a name of its own. */
  readonly principal?: string | undefined;
  /** Decision 7: ACLs are changed by the owner alone, asked right before each request. */
  holds(): boolean;
}

export interface FencedTopic {
  readonly topic: string;
  /** Every line that keeps everybody but super users out, and the mark. */
  readonly complete: boolean;
  readonly marked: boolean;
  /** [6.6] Undefined: it is no fence of lines for one principal each. */
  readonly byPrincipal: { readonly complete: boolean; readonly pierced: readonly string[] } | undefined;
}

export interface Fences {
  readonly kind: 'done';
  readonly topics: readonly FencedTopic[];
}

export interface Fence {
  probe(): Promise<ProbeOutcome>;
  raise(topic: string, fence: FenceMode): Promise<Outcome>;
  lift(topic: string): Promise<Outcome>;
  fenced(): Promise<Fences | Refused | Unavailable>;
  /** [6.6] Grants that were held back and reach none of these topics are given. */
  giveBack(fencedTopics: readonly string[]): Promise<Outcome>;
  passing(): Promise<{ readonly kind: 'done'; readonly grants: readonly PassingGrant[] } | Refused | Unavailable>;
}

export function createFencePort(options: FenceOptions): Fence {
  return new AclFence(options);
}

/** The next request, by what the brokers show; undefined: all is as it should be. */
type NextChange = (shown: readonly ShownByBroker[]) => (() => Promise<unknown>) | undefined;

class AclFence implements Fence {
  readonly #options: FenceOptions;
  #probing: Promise<unknown> = Promise.resolve();

  constructor(options: FenceOptions) {
    this.#options = options;
  }

  probe(): Promise<ProbeOutcome> {
    const probing = this.#probing.then(() => probeFence(this.#options));
    // Who asked for it hears of its failure; the next one only waits for its end.
    this.#probing = probing.catch(() => undefined);
    return probing;
  }

  async raise(topic: string, fence: FenceMode): Promise<Outcome> {
    if (fence.mode === 3) return done;
    const outcome = fence.mode === 2 ? await this.#raiseByPrincipal(topic) : await this.#raiseForEverybody(topic);
    if (outcome !== 'disabled') return outcome;
    return refused('the destination runs no authorizer any more: no fence can be raised');
  }

  #raiseForEverybody(topic: string): Promise<Outcome | 'disabled'> {
    const { cluster } = this.#options;
    const wanted = [fenceMark(topic), ...fenceLines(topic)];
    return this.#converge(topic, naming(topic), (shown) =>
      shown.every((each) => isComplete(shownFence(each.acls, topic))) ? undefined : () => addAcls(cluster, wanted),
    );
  }

  /** [6.6] */
  async #raiseByPrincipal(topic: string): Promise<Outcome | 'disabled'> {
    const { cluster, principal } = this.#options;
    if (principal === undefined) return refused('klink logs in without a name that a fence could leave out');
    let pierced: readonly AclBinding[] = [];
    const outcome = await this.#converge(topic, reaching(topic), (shown) => {
      const needs = shown.map(({ acls }) => fenceNeeds(topic, acls, principal));
      pierced = unique(needs.flatMap((each) => each.pierced));
      // Nothing is begun where it cannot hold; a fence that stands already is kept as whole as it can be.
      if (pierced.length > 0 && !shown.some(({ acls }) => enginesOf(topic, acls).length > 0)) return undefined;
      const remove = unique(needs.flatMap((each) => each.remove));
      if (remove.length > 0) return () => removeAcls(cluster, remove);
      const add = unique(needs.flatMap((each) => each.add));
      return add.length > 0 ? () => addAcls(cluster, add) : undefined;
    });
    if (outcome !== done || pierced.length === 0) return outcome;
    return refused(`everybody may write to it: ${piercedInWords(pierced)}`);
  }

  async lift(topic: string): Promise<Outcome> {
    const { cluster } = this.#options;
    const outcome = await this.#converge(topic, naming(topic), (shown) => {
      const every = unique(shown.flatMap(({ acls }) => acls));
      const held = every.filter((acl) => originalOfHeld(acl) !== undefined);
      // What is held back is given before the entry that says so may go.
      const given = givenLate(held, shown);
      if (given.length > 0) return () => addAcls(cluster, given);
      // Lines first, the mark last: whoever finds a half lifted fence sees by the mark whose it is.
      const tokens = every.filter((acl) => lineOfToken(acl) !== undefined);
      const tokenLines = tokens.flatMap((acl) => lineOfToken(acl) ?? []);
      const ofPrincipals = every.filter((acl) => tokenLines.some((line) => aclText(line) === aclText(acl)));
      const ofEverybody = (shownFences(every).get(topic) ?? bare).lines > 0 ? fenceLines(topic) : [];
      if (ofEverybody.length + ofPrincipals.length > 0)
        return () => removeAcls(cluster, [...ofEverybody, ...ofPrincipals]);
      if (tokens.length + held.length > 0) return () => removeAcls(cluster, [...tokens, ...held]);
      const engineMarks = every.filter((acl) => engineOfMark(acl) !== undefined);
      if (engineMarks.length > 0) return () => removeAcls(cluster, engineMarks);
      return every.some(isMark) ? () => removeAcls(cluster, [fenceMark(topic)]) : undefined;
    });
    return outcome === 'disabled' ? done : outcome;
  }

  async giveBack(fencedTopics: readonly string[]): Promise<Outcome> {
    const { cluster } = this.#options;
    try {
      // Nearly always none: not every grant of the cluster is read for that.
      if ((await readAt(cluster, 'any', heldGrants)).length === 0) return done;
    } catch (error) {
      return saysDisabled(error) ? done : ofError(error);
    }
    const outcome = await this.#converge('grants that were held back', grants, (shown) => {
      const every = unique(shown.flatMap(({ acls }) => acls));
      const free = every.filter((acl) => {
        return originalOfHeld(acl) !== undefined && !fencedTopics.some((topic) => reaches(acl, topic));
      });
      const given = givenLate(free, shown);
      if (given.length > 0) return () => addAcls(cluster, given);
      return free.length > 0 ? () => removeAcls(cluster, free) : undefined;
    });
    return outcome === 'disabled' ? done : outcome;
  }

  async fenced(): Promise<Fences | Refused | Unavailable> {
    const { cluster, principal } = this.#options;
    try {
      const denied = await readAt(cluster, 'any', denials);
      // A token alone, too: a stopped owner's late request may bring a line to a topic that has no mark any more (T14).
      const ofPrincipals = (acl: AclBinding) => engineOfMark(acl) !== undefined || lineOfToken(acl) !== undefined;
      const byPrincipal = new Set(denied.filter(ofPrincipals).map((acl) => acl.resourceName));
      const granted = byPrincipal.size === 0 ? [] : await readAt(cluster, 'any', grants);
      const fences = shownFences(denied);
      const topics = [...new Set([...fences.keys(), ...byPrincipal])].map((topic): FencedTopic => {
        const fence = fences.get(topic) ?? bare;
        const marked = fence.marked || byPrincipal.has(topic);
        if (!byPrincipal.has(topic)) return { topic, complete: isComplete(fence), marked, byPrincipal: undefined };
        const shown = [
          ...denied.filter((acl) => acl.resourceName === topic),
          ...granted.filter((acl) => reaches(acl, topic)),
        ];
        const { add, remove, pierced } = fenceNeeds(topic, shown, principal ?? '');
        const complete = add.length + remove.length === 0;
        return { topic, complete: isComplete(fence), marked, byPrincipal: { complete, pierced: pierced.map(aclText) } };
      });
      return { kind: 'done', topics };
    } catch (error) {
      return saysDisabled(error) ? { kind: 'done', topics: [] } : ofError(error);
    }
  }

  /** [6.2] */
  async passing(): Promise<
    { readonly kind: 'done'; readonly grants: readonly PassingGrant[] } | Refused | Unavailable
  > {
    const { cluster, principal } = this.#options;
    try {
      const found = await readPassingGrants(cluster);
      return { kind: 'done', grants: found.filter((grant) => grant.principal !== principal) };
    } catch (error) {
      return saysDisabled(error) ? { kind: 'done', grants: [] } : ofError(error);
    }
  }

  /** Reads what every broker shows, changes what is not as it should be, and reads again, until nothing is left to do. */
  async #converge(what: string, filter: AclFilter, next: NextChange): Promise<Outcome | 'disabled'> {
    const { cluster, clock, random, holds } = this.#options;
    const endMs = clock.monotonicMs() + SHOWN_WITHIN_MS;
    try {
      for (let attempt = 0; ; attempt++) {
        const shown = await readEverywhere(cluster, filter);
        const change = next(shown);
        if (change === undefined) return done;
        if (clock.monotonicMs() >= endMs)
          return unavailable(`not every broker shows the change: ${inWords(what, shown)}`);
        // Opened first, so that nothing slow stands between the lease and the request.
        await cluster.channel('any', ADMIN_PURPOSE);
        if (!holds()) return unavailable('the lease is not proven');
        await change().catch((error: unknown) => {
          // Whether it was carried out is read in the next round; done twice it changes nothing.
          if (!(error instanceof OutcomeUnknown)) throw error;
        });
        await sleep(clock, backoffMs(PAUSE, attempt, random));
      }
    } catch (error) {
      return saysDisabled(error) ? 'disabled' : ofError(error);
    }
  }
}

/** The grants of these entries that some broker does not show yet. */
function givenLate(held: readonly AclBinding[], shown: readonly ShownByBroker[]): readonly AclBinding[] {
  const originals = held.flatMap((acl) => originalOfHeld(acl) ?? []);
  return originals.filter((grant) => shown.some(({ acls }) => !acls.some((acl) => aclText(acl) === aclText(grant))));
}

function piercedInWords(pierced: readonly AclBinding[]): string {
  const more = pierced.length > 1 ? ` (and ${pierced.length - 1} more)` : '';
  return (
    `${pierced.slice(0, 1).map(aclText).join('')}${more}. Delete it, or grant it to single principals, ` +
    'or make klink a super user of the destination'
  );
}

function inWords(topic: string, shown: readonly ShownByBroker[]): string {
  return shown
    .map(({ broker, acls }) => {
      const { lines, marked } = shownFence(acls, topic);
      return `broker ${broker} has ${lines} lines and ${marked ? 'the' : 'no'} mark`;
    })
    .join(', ');
}
