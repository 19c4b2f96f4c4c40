/**
 * The gate before everything that changes the destination and is neither data nor journal: ACLs, topics, settings, group
 * commits, barriers. Asks the lease right before each (4.1, decision 7), bounds how many are under way, and knows when
 * none is: whoever comes next in this process must not do the same while an answer is outstanding.
 */
import type { Unavailable } from './ports/outcome.js';

export const EFFECTS_IN_FLIGHT_MAX = 64;

export interface EffectTerms {
  /** Who asked for it: nothing is begun once this has aborted. */
  readonly signal: AbortSignal;
  /** Effects on the same topic that must not overtake each other: one at a time, in the order asked. */
  readonly topic?: string | undefined;
}

export class Effects {
  readonly #mayAct: () => boolean;
  readonly #waiting: (() => void)[] = [];
  readonly #idle: (() => void)[] = [];
  readonly #lastOfTopic = new Map<string, Promise<unknown>>();
  #inFlight = 0;

  constructor(mayAct: () => boolean) {
    this.#mayAct = mayAct;
  }

  /** `unavailable`, and nothing was done, where the lease is not proven at that moment. */
  async run<T>(effect: () => Promise<T>, { signal, topic }: EffectTerms): Promise<T | Unavailable> {
    if (topic === undefined) return this.#run(effect, signal);
    const before = this.#lastOfTopic.get(topic);
    const turn = (async () => {
      await before;
      return this.#run(effect, signal);
    })();
    // Whoever waits behind it wants the turn, not the outcome.
    const over = turn.then(
      () => undefined,
      () => undefined,
    );
    this.#lastOfTopic.set(topic, over);
    try {
      return await turn;
    } finally {
      if (this.#lastOfTopic.get(topic) === over) this.#lastOfTopic.delete(topic);
    }
  }

  async #run<T>(effect: () => Promise<T>, signal: AbortSignal): Promise<T | Unavailable> {
    while (this.#inFlight >= EFFECTS_IN_FLIGHT_MAX) await new Promise<void>((go) => this.#waiting.push(go));
    // Asked last, with nothing awaited between here and the effect.
    if (signal.aborted || !this.#mayAct()) {
      this.#waiting.shift()?.();
      return { kind: 'unavailable', reason: 'the lease of this klink is not proven' };
    }
    this.#inFlight++;
    try {
      return await effect();
    } finally {
      this.#inFlight--;
      this.#waiting.shift()?.();
      if (this.#inFlight === 0) for (const tell of this.#idle.splice(0)) tell();
    }
  }

  /** Resolves when nothing that was begun is unanswered. Every effect has a timeout of its own. */
  async settled(): Promise<void> {
    while (this.#inFlight > 0) await new Promise<void>((tell) => this.#idle.push(tell));
  }
}
