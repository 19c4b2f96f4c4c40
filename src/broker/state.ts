/** What every handler works on: the state of one broker, and the request's own circumstances. */
import type { Clock } from '../base/clock.js';
import type { Address } from '../base/connection.js';
import type { Log } from '../base/log.js';
import type { MemoryPool } from '../base/memory-pool.js';
import type { Random } from '../base/random.js';
import type { Draft } from '../protocol/schema.js';
import type { Configs } from './config/configs.js';
import type { FetchSessions } from './fetch-sessions.js';
import type { GroupCoordinator } from './groups/coordinator.js';
import type { Enforcer } from './quotas/enforcer.js';
import type { Authorizer } from './security/authorizer.js';
import type { Rights } from './security/rights.js';
import type { Session } from './security/session.js';
import type { Users } from './security/users.js';
import type { MetaFile } from './topics/meta-file.js';
import type { Topics } from './topics/topics.js';
import type { TransactionCoordinator } from './transactions/coordinator.js';
import type { ProducerIds } from './transactions/producer-ids.js';

export interface BrokerState {
  readonly clusterId: string;
  readonly nodeId: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Of what is read from logs for an answer. A connection gives it back when the answer is written. */
  readonly answerMemory: MemoryPool;
  /** Of requests. What a handler may keep a part of is never given back. */
  readonly requestMemory: MemoryPool;
  readonly configs: Configs;
  readonly file: MetaFile;
  readonly topics: Topics;
  readonly producerIds: ProducerIds;
  readonly transactions: TransactionCoordinator;
  readonly groups: GroupCoordinator;
  readonly users: Users;
  readonly quotas: Enforcer;
  readonly fetchSessions: FetchSessions;
  /** Undefined: everybody may do everything. */
  readonly authorizer: Authorizer | undefined;
  /** What ApiVersions tells. */
  readonly served: readonly { readonly key: number; readonly min: number; readonly max: number }[];
}

export interface RequestContext {
  readonly version: number;
  readonly clientId: string;
  readonly clientHost: string;
  /** Where clients of this listener are told to connect. */
  readonly advertised: Address;
  readonly session: Session;
  /** A message of a login where none is due: it is refused in its own form. */
  readonly isIllegal: boolean;
  /** What the client may do, as of now. */
  readonly rights: Rights;
  /** Wall clock when the request was taken up. */
  readonly nowMs: number;
  /** Aborts when the connection is gone or the broker stops: nobody waits for the answer any more. */
  readonly signal: AbortSignal;
}

/** An answer that a quota may keep back: only what is told may count as known to the client. */
export class Withholdable<S> {
  /** As large as what is told. */
  readonly body: Draft<S>;
  /** What is said in its place. */
  readonly withheld: Draft<S>;
  readonly #onTold: (body: Draft<S>) => Draft<S>;

  /** `onTold` remembers that it is told, and gives what is. */
  constructor(body: Draft<S>, withheld: Draft<S>, onTold: (body: Draft<S>) => Draft<S> = (all) => all) {
    this.body = body;
    this.withheld = withheld;
    this.#onTold = onTold;
  }

  told(): Draft<S> {
    return this.#onTold(this.body);
  }
}

export type Answer<S> = Draft<S> | Withholdable<S> | undefined;

/** Who wants no answer is told of a refusal by the end of the connection: thrown by a handler. */
export class Unanswerable extends Error {
  override readonly name = 'Unanswerable';
}

/** `undefined` means that this request gets no answer at all (Produce with acks 0). */
export type Handler<Q, S> = (
  broker: BrokerState,
  request: Q,
  context: RequestContext,
) => Answer<S> | Promise<Answer<S>>;

/** "Nobody asked" in every field of authorized operations. */
export const NO_OPERATIONS = -(2 ** 31);

export const ZERO_UUID = 'AAAAAAAAAAAAAAAAAAAAAA';
