/**
 * One connection's login, as Kafka's brokers conduct it: what may be asked before it, the handshake, the messages, and logging
 * in again on the same connection (KIP-368). Who may not go on is answered, where Kafka answers, and then the connection ends.
 * Serves docs/spec/broker.md §9.
 */
import type { SaslMechanism } from '../../base/sasl.js';
import { apiVersions } from '../../protocol/api/api-versions.js';
import { saslAuthenticate } from '../../protocol/api/sasl-authenticate.js';
import { saslHandshake } from '../../protocol/api/sasl-handshake.js';
import type { Authorizer } from './authorizer.js';
import { type Login, type LoginSurroundings, loginOf } from './login.js';
import { Rights } from './rights.js';

export const securityProtocols = ['PLAINTEXT', 'SASL_PLAINTEXT', 'SSL', 'SASL_SSL'] as const;
export type SecurityProtocol = (typeof securityProtocols)[number];

export interface SessionSurroundings extends LoginSurroundings {
  readonly authorizer: Authorizer | undefined;
  readonly monotonicMs: () => number;
  /** The mechanisms that are offered. */
  readonly mechanisms: readonly SaslMechanism[];
  /** `connections.max.reauth.ms`; 0: a session does not end. */
  readonly sessionMs: number;
}

export const ANONYMOUS = 'User:ANONYMOUS';
/** Kafka's: who logs in again sooner is in an illegal state. */
const AGAIN_AFTER_MS = 1000;

interface LoggedIn {
  readonly kind: 'logged-in';
  readonly principal: string;
  readonly mechanism: SaslMechanism;
  readonly sinceMs: number;
  readonly untilMs: number;
  /** Its client knows of sessions that end (SaslAuthenticate from version 1 on). */
  readonly mayAgain: boolean;
}

interface LoggingIn {
  readonly kind: 'logging-in';
  readonly mechanism: SaslMechanism;
  readonly login: Login;
  /** False after a handshake of version 0: the messages come without request headers. */
  readonly withHeaders: boolean;
  readonly before: LoggedIn | undefined;
}

type State =
  /** Listeners without logins. */
  | { readonly kind: 'anonymous' }
  | { readonly kind: 'new'; readonly knowsVersions: boolean }
  | LoggingIn
  | LoggedIn
  | { readonly kind: 'refused' };

/** What is to happen with a request: `close` without an answer, `illegal` with the API's own answer and its error. */
export type Admission = 'serve' | 'close' | 'illegal';

export type Authenticated =
  | { readonly kind: 'go-on'; readonly bytes: Buffer; readonly sessionMs: number }
  | { readonly kind: 'failed'; readonly message: string };

export class Session {
  readonly #around: SessionSurroundings;
  readonly #clientHost: string;
  #state: State;
  rights: Rights;

  constructor(around: SessionSurroundings, protocol: SecurityProtocol, clientHost: string) {
    this.#around = around;
    this.#clientHost = clientHost;
    const logsIn = protocol === 'SASL_PLAINTEXT' || protocol === 'SASL_SSL';
    this.#state = logsIn ? { kind: 'new', knowsVersions: false } : { kind: 'anonymous' };
    this.rights = this.#rightsOf(ANONYMOUS);
  }

  get principal(): string {
    return this.#state.kind === 'logged-in' ? this.#state.principal : ANONYMOUS;
  }

  /** Somebody is known, or nobody need be. */
  get isOpen(): boolean {
    return this.#state.kind === 'anonymous' || this.#state.kind === 'logged-in';
  }

  get isRefused(): boolean {
    return this.#state.kind === 'refused';
  }

  /** The next frame is a message of the login, and nothing else. */
  get expectsToken(): boolean {
    return this.#state.kind === 'logging-in' && !this.#state.withHeaders;
  }

  admit(apiKey: number): Admission {
    const state = this.#state;
    switch (state.kind) {
      case 'anonymous':
        return apiKey === saslHandshake.key || apiKey === saslAuthenticate.key ? 'illegal' : 'serve';
      case 'new':
        if (apiKey === saslHandshake.key) return 'serve';
        if (apiKey !== apiVersions.key || state.knowsVersions) return 'close';
        this.#state = { kind: 'new', knowsVersions: true };
        return 'serve';
      case 'logging-in':
        return apiKey === saslAuthenticate.key ? 'serve' : 'close';
      case 'logged-in': {
        const now = this.#around.monotonicMs();
        if (apiKey === saslHandshake.key) {
          return state.mayAgain && now - state.sinceMs >= AGAIN_AFTER_MS ? 'serve' : 'illegal';
        }
        if (now > state.untilMs) return 'close';
        return apiKey === saslAuthenticate.key ? 'illegal' : 'serve';
      }
      case 'refused':
        return 'close';
    }
  }

  get mechanisms(): readonly SaslMechanism[] {
    return this.#around.mechanisms;
  }

  /** False: no such mechanism here, and the connection is to end. Only when it was admitted. */
  begin(wanted: string, withHeaders: boolean): boolean {
    const mechanism = this.mechanisms.find((each) => each === wanted);
    const before = this.#state.kind === 'logged-in' ? this.#state : undefined;
    if (mechanism === undefined || (before !== undefined && before.mechanism !== mechanism)) {
      this.#state = { kind: 'refused' };
      return false;
    }
    this.#state = { kind: 'logging-in', mechanism, login: loginOf(mechanism, this.#around), withHeaders, before };
    return true;
  }

  /** The next message. `mayAgain`: the client can log in again when its session is about to end. */
  authenticate(token: Buffer, mayAgain: boolean): Authenticated {
    const state = this.#state;
    if (state.kind !== 'logging-in') return this.#fail('No login was begun');
    const { mechanism, login, before } = state;
    const step = login.next(token);
    switch (step.kind) {
      case 'challenge':
        return { kind: 'go-on', bytes: step.bytes, sessionMs: 0 };
      case 'failed': {
        const what = before === undefined ? 'authentication' : 're-authentication';
        const plainly = `Authentication failed during ${what} due to invalid credentials with SASL mechanism ${mechanism}`;
        return this.#fail(step.message ?? plainly);
      }
      case 'done': {
        const principal = `User:${step.user}`;
        if (before !== undefined && before.principal !== principal) {
          const [from, to] = [before.principal, principal].map((each) => each.replace(':', '.'));
          return this.#fail(`Cannot change principals during re-authentication from ${from}: ${to}`);
        }
        const { sessionMs } = this.#around;
        const sinceMs = this.#around.monotonicMs();
        const untilMs = sessionMs > 0 ? sinceMs + sessionMs : Number.POSITIVE_INFINITY;
        this.#state = { kind: 'logged-in', principal, mechanism, sinceMs, untilMs, mayAgain };
        this.rights = this.#rightsOf(principal);
        return { kind: 'go-on', bytes: step.bytes, sessionMs };
      }
    }
  }

  #fail(message: string): Authenticated {
    this.#state = { kind: 'refused' };
    return { kind: 'failed', message };
  }

  #rightsOf(principal: string): Rights {
    return new Rights(this.#around.authorizer, { principal, host: this.#clientHost });
  }
}
