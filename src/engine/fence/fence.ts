/**
 * The fence of mirror topics: raised before the topic is made, lifted after its barriers, and seen by everybody who looks.
 * Every change is followed until every broker shows it. Refuses to change anything without the lease.
 * Spec: docs/spec/fence.md §6.
 */
import { sleep } from '../../base/clock.js';
import { type Backoff, backoffMs } from '../../base/retry.js';
import { addAcls, removeAcls } from '../../client/admin/acls.js';
import { ADMIN_PURPOSE } from '../../client/admin/ask.js';
import { type KafkaCluster, OutcomeUnknown, type Surroundings } from '../../client/types.js';
import type { FenceMode, PassingGrant } from '../../model/link.js';
import { done, type Outcome, ofError, type Refused, refused, type Unavailable, unavailable } from '../outcome.js';
import { fenceLines, fenceMark, isComplete } from './lines.js';
import { readPassingGrants } from './passing.js';
import { type ProbeOutcome, probeFence } from './probe.js';
import { readEverywhere, readFences, type ShownByBroker, saysDisabled } from './shown.js';

/** How long brokers may take to show a change before the caller is told to come again. */
const SHOWN_WITHIN_MS = 15_000;
const PAUSE: Backoff = { firstMs: 10, capMs: 500 };

export interface FenceOptions extends Pick<Surroundings, 'clock' | 'random' | 'log'> {
  /** The destination, as engine principal. */
  readonly cluster: KafkaCluster;
  /** Decision 7: ACLs are changed by the owner alone, asked right before each request. */
  holds(): boolean;
}

export interface FencedTopic {
  readonly topic: string;
  readonly complete: boolean;
  readonly marked: boolean;
}

export interface Fence {
  probe(): Promise<ProbeOutcome>;
  raise(topic: string, fence: FenceMode): Promise<Outcome>;
  lift(topic: string): Promise<Outcome>;
  fenced(): Promise<{ readonly kind: 'done'; readonly topics: readonly FencedTopic[] } | Refused | Unavailable>;
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
    const { cluster } = this.#options;
    const wanted = [fenceMark(topic), ...fenceLines(topic)];
    const outcome = await this.#converge(topic, (shown) =>
      shown.every((each) => isComplete(each.fence)) ? undefined : () => addAcls(cluster, wanted),
    );
    if (outcome !== 'disabled') return outcome;
    return refused('the destination runs no authorizer any more: no fence can be raised');
  }

  async lift(topic: string): Promise<Outcome> {
    const { cluster } = this.#options;
    const outcome = await this.#converge(topic, (shown) => {
      // Lines first, the mark last: whoever finds a half lifted fence sees by the mark whose it is.
      if (shown.some((each) => each.fence.lines > 0)) return () => removeAcls(cluster, fenceLines(topic));
      if (shown.some((each) => each.fence.marked)) return () => removeAcls(cluster, [fenceMark(topic)]);
      return undefined;
    });
    return outcome === 'disabled' ? done : outcome;
  }

  async fenced(): Promise<{ readonly kind: 'done'; readonly topics: readonly FencedTopic[] } | Refused | Unavailable> {
    try {
      const shown = await readFences(this.#options.cluster, 'any');
      const topics = [...shown].map(([topic, fence]) => ({
        topic,
        complete: isComplete(fence),
        marked: fence.marked,
      }));
      return { kind: 'done', topics };
    } catch (error) {
      return saysDisabled(error) ? { kind: 'done', topics: [] } : ofError(error);
    }
  }

  /** [6.2] */
  async passing(): Promise<
    { readonly kind: 'done'; readonly grants: readonly PassingGrant[] } | Refused | Unavailable
  > {
    try {
      return { kind: 'done', grants: await readPassingGrants(this.#options.cluster) };
    } catch (error) {
      return saysDisabled(error) ? { kind: 'done', grants: [] } : ofError(error);
    }
  }

  /** Reads what every broker shows, changes what is not as it should be, and reads again, until nothing is left to do. */
  async #converge(topic: string, next: NextChange): Promise<Outcome | 'disabled'> {
    const { cluster, clock, random, holds } = this.#options;
    const endMs = clock.monotonicMs() + SHOWN_WITHIN_MS;
    try {
      for (let attempt = 0; ; attempt++) {
        const shown = await readEverywhere(cluster, topic);
        const change = next(shown);
        if (change === undefined) return done;
        if (clock.monotonicMs() >= endMs) return unavailable(`not every broker shows the change: ${inWords(shown)}`);
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

function inWords(shown: readonly ShownByBroker[]): string {
  return shown
    .map(({ broker, fence }) => `broker ${broker} has ${fence.lines} lines and ${fence.marked ? 'the' : 'no'} mark`)
    .join(', ');
}
