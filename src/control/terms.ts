/**
 * Follows ownership: begins a term whenever this klink becomes owner, ends it when it no longer is, and begins another one
 * after a term that ended by itself. Decides nothing; hands decisions to the term that runs, and settles an unknown
 * outcome by reading the journal again. Spec: docs/spec/control.md.
 */
import { sleep } from '../base/clock.js';
import { fail, ok } from '../base/result.js';
import { backoffMs } from '../base/retry.js';
import { compareStamps, type DecisionStamp } from '../model/decision.js';
import { refusal } from '../model/errors.js';
import type { Answer } from './commands.js';
import type { Command } from './decide.js';
import type { ControlPorts } from './ports.js';
import { Term, type TermEnd, type TermStart } from './term.js';

const BEGIN_BACKOFF = { firstMs: 200, capMs: 5_000 };
const CONFIRM_BACKOFF = { firstMs: 100, capMs: 2_000 };
/** One session: a lease that is proven after that was proven by a write sent after the fencing (4.1). */
export const FENCED_PAUSE_MS = 6_000;
/** How long a caller waits for the truth about a decision whose outcome is unknown. */
const UNKNOWN_ANSWER_MS = 30_000;

export class Terms {
  readonly #ports: ControlPorts;
  readonly #stopping = new AbortController();
  readonly #unsubscribe: (() => void)[] = [];
  /** What earlier terms of this process still have under way. */
  #before: Promise<void> = Promise.resolve();
  #term: Term | undefined;
  /** The ownership term that is being served or opened. */
  #serving: number | undefined;
  #opening: Promise<void> = Promise.resolve();
  #blocked: { readonly reason: string; readonly lost: boolean } | undefined;
  readonly #begun = new Set<(term: Term) => void>();

  constructor(ports: ControlPorts) {
    this.#ports = ports;
  }

  start(): void {
    const { ownership } = this.#ports;
    this.#unsubscribe.push(
      ownership.onChange(() => this.#follow()),
      // [3.6] What was decided while this process slept stands in the journal.
      ownership.onWakeUp(() => void this.confirm()),
    );
    this.#follow();
  }

  async stop(): Promise<void> {
    this.#stopping.abort(new Error('control stops'));
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    await this.#opening;
    const term = this.#term;
    this.#term = undefined;
    if (term) await term.stop();
    await this.#before;
    this.#ports.engine.assign([]);
    await this.#ports.engine.stopped();
    await this.#ports.journal.close();
  }

  get running(): Term | undefined {
    return this.#term?.over ? undefined : this.#term;
  }

  current(): Answer<Term> {
    const term = this.running;
    if (term) return ok(term);
    const { state } = this.#ports.ownership;
    if (state.kind === 'owner' && this.#blocked) {
      return fail(refusal(this.#blocked.lost ? 'JOURNAL_LOST' : 'JOURNAL_UNAVAILABLE', this.#blocked.reason));
    }
    return fail(refusal('NOT_OWNER', `This klink cannot decide for the cluster (${this.inWords()}).`));
  }

  inWords(): string {
    const { state } = this.#ports.ownership;
    switch (state.kind) {
      case 'owner':
        if (this.running) return 'owner';
        return this.#blocked ? `owner, but blocked: ${this.#blocked.reason}` : 'owner, reading the journal';
      case 'standby':
        return state.reason ?? (state.owner ? `standby; ${state.owner.url} owns` : 'standby');
      case 'joining':
        return `joining: ${state.reason}`;
      case 'stopped':
        return 'stopped';
    }
  }

  /** A dry run decides and records nothing. */
  async decide(term: Term, command: Command, validateOnly: boolean): Promise<Answer<void>> {
    if (validateOnly) {
      const decision = term.tryOut(command);
      return decision.kind === 'refused' ? fail(decision.refusal) : ok(undefined);
    }
    let unknown: DecisionStamp | undefined;
    const submitted = await term.submit(command, (stamp) => {
      unknown = stamp;
    });
    if (submitted.kind === 'done') return ok(undefined);
    if (unknown === undefined) return fail(submitted.refusal);
    const next = await this.#nextTerm(term);
    if (next === undefined) return fail(submitted.refusal);
    // Nothing was decided between: the decision stands exactly if it is the one that was read last.
    const order = compareStamps(next.found, unknown);
    if (order === 0) return ok(undefined);
    if (order > 0) return fail(submitted.refusal);
    return fail(refusal('JOURNAL_UNAVAILABLE', 'The decision was not recorded.'));
  }

  /** [3.6] */
  async confirm(): Promise<void> {
    const { clock, random } = this.#ports;
    for (let attempt = 0; ; attempt++) {
      const term = this.running;
      // Without a term nothing is assigned.
      if (term === undefined || (await term.confirm())) return;
      await sleep(clock, backoffMs(CONFIRM_BACKOFF, attempt, random), term.signal).catch(() => undefined);
    }
  }

  #follow(): void {
    const { state } = this.#ports.ownership;
    const owned = state.kind === 'owner' && !this.#stopping.signal.aborted ? state.term : undefined;
    if (owned === this.#serving) return;
    this.#serving = owned;
    this.#term?.end();
    this.#term = undefined;
    this.#blocked = undefined;
    if (owned !== undefined) this.#opening = this.#opening.then(() => this.#open(owned));
  }

  #serves(owned: number): boolean {
    return this.#serving === owned && !this.#stopping.signal.aborted;
  }

  /** Tries without end, while this ownership term lasts (5.3). */
  async #open(owned: number, pauseMs = 0): Promise<void> {
    const { clock, random, log } = this.#ports;
    const pause = (ms: number) => sleep(clock, ms, this.#stopping.signal).catch(() => undefined);
    // An effect that an earlier term has begun must not be done a second time beside it: two barriers are one too many.
    await this.#before;
    if (pauseMs > 0) await pause(pauseMs);
    for (let attempt = 0; this.#serves(owned); attempt++) {
      const begun = await this.#begin(owned);
      if (begun.kind === 'begun') {
        const { term } = begun;
        // A term that has ended by itself meanwhile has asked for the next one already.
        if (term.over) return;
        if (!this.#serves(owned)) return term.end();
        this.#term = term;
        this.#blocked = undefined;
        term.act();
        log.info({ decision: term.state.stamp }, 'control has taken over');
        for (const listener of [...this.#begun]) listener(term);
        return;
      }
      this.#blocked = { reason: begun.reason, lost: begun.lost };
      log.warn({ reason: begun.reason }, 'control cannot begin yet');
      await pause(backoffMs(BEGIN_BACKOFF, attempt, random));
    }
  }

  /** [5.3] Opening the journal fences whoever has it: only for a klink that surely owns at this moment. */
  async #begin(owned: number): Promise<TermStart> {
    if (!this.#ports.ownership.holds()) return { kind: 'blocked', reason: 'the lease is not proven yet', lost: false };
    return Term.begin(this.#ports, (term, end) => this.#onEnd(owned, term, end));
  }

  /** Whoever still owns opens the journal again and reads what is true. */
  #onEnd(owned: number, term: Term, { kind, reason }: TermEnd): void {
    const { effects } = term;
    this.#before = this.#before.then(() => effects.settled());
    if (this.#term === term) this.#term = undefined;
    if (!this.#serves(owned)) return;
    this.#ports.log.warn({ reason }, 'control begins a new term');
    this.#blocked = { reason, lost: false };
    // [5.3] Who was fenced must not fence back before it is proven anew that it owns.
    const pauseMs = kind === 'fenced' ? FENCED_PAUSE_MS : 0;
    this.#opening = this.#opening.then(() => this.#open(owned, pauseMs));
  }

  #nextTerm(after: Term): Promise<Term | undefined> {
    if (this.running && this.running !== after) return Promise.resolve(this.running);
    return new Promise((resolve) => {
      const settle = (term: Term | undefined) => {
        timer.cancel();
        this.#begun.delete(settle);
        resolve(term);
      };
      const timer = this.#ports.clock.setTimer(UNKNOWN_ANSWER_MS, () => settle(undefined));
      this.#begun.add(settle);
    });
  }
}
