/**
 * One transactional id and who holds it. `takeOver` fences everybody else and is for the owner of the cluster alone, before
 * it reads; `renew` compares before it raises the epoch, and can therefore never take over from a newer holder: it proves
 * that there is none, by a replicated write. (Kafka aborts what is open before it compares: a newer holder can lose a
 * transaction to it, unanswered, never one that was answered.) A request without an answer may still arrive at any time; under the old protocol of
 * transactions a late EndTxn would end the *next* transaction. So doubt about one transaction renews the epoch before the
 * next. Never EndTxn 5 and the like: they raise the epoch by themselves. Spec: docs/spec/journal.md 5.3, groups.md 7.1.
 */
import type { Clock } from '../../base/clock.js';
import type { Log } from '../../base/log.js';
import type { Random } from '../../base/random.js';
import type { Channel, KafkaCluster } from '../../client/types.js';
import { endTxn } from '../../protocol/api/end-txn.js';
import { initProducerId } from '../../protocol/api/init-producer-id.js';
import { inWords, verdictOf } from './answers.js';
import {
  type Again,
  again,
  bounded,
  type Patience,
  type Persisted,
  persist,
  type Refused,
  requestMs,
  type Unavailable,
} from './persist.js';
import { Transaction } from './transaction.js';

/** Who holds it decides (5.1). */
export const JOURNAL_ID = 'klink-state';
/** Who holds it writes group offsets (7.1). */
export const GROUPS_ID = 'klink-groups';
/** How long the coordinator lets a transaction of ours stand open when we are gone. */
export const TRANSACTION_TIMEOUT_MS = 30_000;
const NO_PRODUCER = { producerId: -1n, producerEpoch: -1 };
const INIT_VERSION = 4;
/** From 5 on an end raises the epoch and the markers carry the raised one (E19). */
const END_VERSION_MAX = 4;

export interface ProducerSurroundings {
  readonly cluster: KafkaCluster;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

export interface ProducerOptions extends ProducerSurroundings {
  readonly transactionalId: string;
  readonly transactionTimeoutMs?: number;
}

/** One holding of the id. Everything that is under way carries the one it began with. */
export interface Holding {
  readonly transactionalId: string;
  readonly producerId: bigint;
  epoch: number;
  /** Next sequence by `topic/partition`; begins anew with every epoch. */
  readonly sequences: Map<string, number>;
  /** A request has had no answer, or a transaction no known end. */
  doubtful: boolean;
}

export interface Fenced {
  readonly kind: 'fenced';
  readonly reason: string;
}
/** The coordinator's answer to one kind of request. */
export type Answered =
  | { readonly kind: 'done' }
  | { readonly kind: 'broken'; readonly reason: string }
  | Fenced
  | Refused
  | Unavailable;

export type Taken = { readonly kind: 'done'; readonly holding: Holding } | Fenced | Refused | Unavailable;
export type Begun = { readonly kind: 'begun'; readonly transaction: Transaction } | Fenced | Refused | Unavailable;

export class TransactionalProducer {
  readonly transactionalId: string;
  readonly around: ProducerSurroundings;
  readonly #transactionTimeoutMs: number;
  #holding: Holding | undefined;
  #coordinator: number | undefined;

  constructor(options: ProducerOptions) {
    this.transactionalId = options.transactionalId;
    this.around = options;
    this.#transactionTimeoutMs = options.transactionTimeoutMs ?? TRANSACTION_TIMEOUT_MS;
  }

  get holding(): Holding | undefined {
    return this.#holding;
  }

  /** [5.3] InitProducerId: from its answer on nobody else's transaction of this id can begin or end. */
  async takeOver(within: Patience): Promise<Taken> {
    const { outcome } = await this.#init(within, NO_PRODUCER);
    if (outcome.kind !== 'made') return notTaken(outcome);
    const { producerId, epoch } = outcome;
    const { transactionalId } = this;
    this.#holding = { transactionalId, producerId, epoch, sequences: new Map(), doubtful: false };
    return { kind: 'done', holding: this.#holding };
  }

  /** Raises the epoch only if it is still ours: nobody has taken over, and nothing sent before can take effect any more. */
  async renew(within: Patience): Promise<Taken> {
    const holding = this.#holding;
    if (holding === undefined) return notHeld(this.transactionalId);
    return holding.doubtful ? this.#settle(within, holding) : this.#raise(within, holding);
  }

  async #raise(within: Patience, holding: Holding): Promise<Taken> {
    const { producerId, epoch: producerEpoch } = holding;
    const { outcome } = await this.#init(within, { producerId, producerEpoch });
    if (outcome.kind !== 'made') return notTaken(outcome);
    if (outcome.producerId !== holding.producerId) {
      // The epochs are used up, or the coordinator had forgotten the id: whoever held it meanwhile is forgotten too.
      return { kind: 'fenced', reason: `${this.transactionalId} has another producer id now` };
    }
    holding.epoch = outcome.epoch;
    holding.sequences.clear();
    holding.doubtful = false;
    return { kind: 'done', holding };
  }

  async begin(within: Patience): Promise<Begun> {
    const holding = this.#holding;
    if (holding === undefined) return notHeld(this.transactionalId);
    if (holding.doubtful) {
      const settled = await this.#settle(within, holding);
      if (settled.kind !== 'done') return settled;
    }
    return { kind: 'begun', transaction: new Transaction(this, holding) };
  }

  /**
   * Whatever is open is aborted, then the epoch is raised: what has no answer yet comes too late. Not the other way round:
   * a raise while something is open aborts it at an epoch of the coordinator's own, and Kafka before 4.0 then fences us.
   */
  async #settle(within: Patience, holding: Holding): Promise<Taken> {
    const ended = await this.end(within, holding, { epoch: holding.epoch, commit: false });
    if (ended.outcome.kind === 'fenced' || ended.outcome.kind === 'unavailable') return ended.outcome;
    return this.#raise(within, holding);
  }

  /** Asks the transaction coordinator until it answers. `codeOf` gives the code that counts. */
  async ask<S>(
    within: Patience,
    holding: Holding,
    what: string,
    send: (channel: Channel, timeoutMs: number) => Promise<S>,
    codeOf: (answer: S) => number,
  ): Promise<Persisted<Answered> & { readonly attempts: number }> {
    let attempts = 0;
    const persisted = await persist<Answered>(within, async () => {
      const channel = await this.#channel(within);
      const timeoutMs = requestMs(within);
      attempts++;
      return this.#judge(what, codeOf(await send(channel, timeoutMs).catch(this.#doubtCoordinator)));
    });
    if (persisted.unanswered > 0) holding.doubtful = true;
    return { ...persisted, attempts };
  }

  /** `attempts` above 1 together with anything but `done`: an earlier attempt may have ended the transaction. */
  end(
    within: Patience,
    holding: Holding,
    end: { readonly epoch: number; readonly commit: boolean },
  ): Promise<Persisted<Answered> & { readonly attempts: number }> {
    const { transactionalId, producerId } = holding;
    const request = { transactionalId, producerId, producerEpoch: end.epoch, committed: end.commit };
    return this.ask(
      within,
      holding,
      'EndTxn',
      (channel, timeoutMs) => channel.send(endTxn, request, { timeoutMs, versionMax: END_VERSION_MAX }),
      (answer) => answer.errorCode,
    );
  }

  #init(
    within: Patience,
    expected: { readonly producerId: bigint; readonly producerEpoch: number },
  ): Promise<Persisted<Answered | Made>> {
    const request = {
      transactionalId: this.transactionalId,
      transactionTimeoutMs: this.#transactionTimeoutMs,
      ...expected,
    };
    return persist<Answered | Made>(within, async () => {
      const channel = await this.#channel(within);
      const sent = channel.send(initProducerId, request, { timeoutMs: requestMs(within), versionMax: INIT_VERSION });
      const answer = await sent.catch(this.#doubtCoordinator);
      if (answer.errorCode !== 0) return this.#judge('InitProducerId', answer.errorCode);
      return { kind: 'made', producerId: answer.producerId, epoch: answer.producerEpoch };
    });
  }

  #judge(what: string, code: number): Answered | Again {
    const reason = inWords(`${what} of ${this.transactionalId}`, code);
    const verdict = verdictOf(code);
    switch (verdict) {
      case 'done':
        return { kind: 'done' };
      case 'again':
        this.#coordinator = undefined;
        return again(reason);
      case 'fenced':
      case 'refused':
      case 'broken':
        return { kind: verdict, reason };
    }
  }

  async #channel(within: Patience): Promise<Channel> {
    const { cluster } = this.around;
    try {
      this.#coordinator ??= await bounded(within, cluster.coordinator('transaction', this.transactionalId));
      return await bounded(within, cluster.channel(this.#coordinator, this.transactionalId));
    } catch (error) {
      return this.#doubtCoordinator(error);
    }
  }

  readonly #doubtCoordinator = (error: unknown): never => {
    this.#coordinator = undefined;
    throw error;
  };
}

interface Made {
  readonly kind: 'made';
  readonly producerId: bigint;
  readonly epoch: number;
}

function notTaken(answered: Answered): Fenced | Refused | Unavailable {
  if (answered.kind === 'fenced' || answered.kind === 'refused' || answered.kind === 'unavailable') return answered;
  return { kind: 'unavailable', reason: answered.kind === 'broken' ? answered.reason : 'no answer that can be read' };
}

function notHeld(transactionalId: string): Unavailable {
  return { kind: 'unavailable', reason: `${transactionalId} is not held: the journal is not open` };
}
