/**
 * The callers of one cluster: each is logged in there with its own key and asks over its own connections, so that Kafka
 * decides what it may. A login counts for a minute, then it is made anew; a refusal is remembered briefly, so that klink
 * multiplies no guesses, and answered slowly. What is remembered of a secret is its HMAC under a key that this process has
 * drawn. Sessions are bounded, and closed when idle. Spec: docs/spec/identity.md §2.
 */
import { createHmac } from 'node:crypto';
import type { CallerKey, CallerLogin, CallerSession, Callers, LoginListener } from '../../api/ports.js';
import { sleep, type Timer } from '../../base/clock.js';
import { describeCluster } from '../../client/admin/describe-cluster.js';
import { scramMechanismsOf } from '../../client/admin/scram.js';
import { topicRights } from '../../client/admin/topic-rights.js';
import type { KafkaCluster } from '../../client/types.js';
import { clusterAdmin } from '../cluster-admin.js';
import type { Guesses } from './guesses.js';
import { RecordWriter } from './record-writer.js';
import { type Attempt, type LoginTarget, tryLogin } from './try-login.js';

export const LOGIN_COUNTS_MS = 60_000;
export const REFUSAL_COUNTS_MS = 10_000;
/** Every refusal takes so long at least: what was wrong does not show in the time. */
export const REFUSAL_ANSWER_MS = 1_000;
const IDLE_MS = 60_000;
const SWEEP_EVERY_MS = 15_000;
export const SESSIONS_MAX = 64;
const LOGINS_AT_ONCE_MAX = 16;
const REFUSALS_MAX = 1_000;
/** Keys that have logged in are let in again whatever others guess at their name. */
const TRUSTED_MAX = 1_000;
const BUSY_RETRY_MS = 1_000;
const WITHIN = { timeoutMs: 20_000 };

export interface CallersOptions {
  readonly target: LoginTarget;
  readonly listener: LoginListener;
  /** Shared by all clusters of a server. */
  readonly guesses: Guesses;
}

interface Session {
  readonly cluster: KafkaCluster;
  readonly writer: RecordWriter;
  readonly untilMs: number;
  usedMs: number;
  users: number;
  /** A newer login has taken its place: closed with its last user. */
  retired: boolean;
}

export interface OwnedCallers extends Callers {
  close(): Promise<void>;
}

/** A cluster that klink itself reaches without a login takes no keys. */
export function noCallers(reason: string): OwnedCallers {
  return {
    listener: { none: reason },
    logIn: async () => ({ kind: 'no-logins', reason }),
    mechanismsOf: async () => [],
    loggedIn: () => undefined,
    close: async () => undefined,
  };
}

export class ClusterCallers implements OwnedCallers {
  readonly listener: LoginListener;
  readonly #target: LoginTarget;
  readonly #guesses: Guesses;
  readonly #hmacKey: Buffer;
  readonly #sessions = new Map<string, Session>();
  readonly #retired = new Set<Session>();
  /** By tag: until when the refusal counts. */
  readonly #refusals = new Map<string, number>();
  readonly #trusted = new Set<string>();
  /** By tag and `knownOnly`. */
  readonly #pending = new Map<string, Promise<Attempt>>();
  #sweep: Timer | undefined;
  #closed = false;

  constructor({ target, listener, guesses }: CallersOptions) {
    this.listener = listener;
    this.#target = target;
    this.#guesses = guesses;
    this.#hmacKey = target.random.bytes(32);
  }

  async logIn(key: CallerKey, { knownOnly = false }: { readonly knownOnly?: boolean } = {}): Promise<CallerLogin> {
    const live = this.loggedIn(key);
    if (live !== undefined) return { kind: 'accepted', session: live };
    const { clock } = this.#target;
    const tag = this.#tag(key);
    const slowUntilMs = clock.monotonicMs() + REFUSAL_ANSWER_MS;
    const outcome = await this.#attempt(key, tag, knownOnly);
    if (outcome.kind !== 'refused') return outcome;
    await sleep(clock, Math.max(1, slowUntilMs - clock.monotonicMs()));
    return outcome;
  }

  loggedIn(key: CallerKey): CallerSession | undefined {
    const known = this.#sessions.get(this.#tag(key));
    if (known === undefined || known.untilMs <= this.#target.clock.monotonicMs()) return undefined;
    return this.#accept(key, known);
  }

  mechanismsOf(name: string): Promise<readonly string[]> {
    return scramMechanismsOf(this.#target.engine, name, WITHIN);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#sweep?.cancel();
    const all = [...this.#sessions.values(), ...this.#retired];
    this.#sessions.clear();
    this.#retired.clear();
    await Promise.all(all.map(({ cluster }) => cluster.close()));
  }

  get sessionCount(): number {
    return this.#sessions.size + this.#retired.size;
  }

  async #attempt(key: CallerKey, tag: string, knownOnly: boolean): Promise<CallerLogin> {
    const { clock } = this.#target;
    if ((this.#refusals.get(tag) ?? 0) > clock.monotonicMs()) return { kind: 'refused' };
    // The same key asked twice at once is one attempt.
    const question = `${tag} ${knownOnly}`;
    const shared = this.#pending.get(question);
    if (shared !== undefined) return this.#outcome(key, tag, await shared);
    const trusted = this.#trusted.has(tag);
    const waitMs = trusted ? 0 : this.#guesses.take(key.name, key.peer);
    if (waitMs > 0) return { kind: 'guessing', retryAfterMs: waitMs };
    const giveBack = () => {
      if (!trusted) this.#guesses.giveBack(key.name, key.peer);
    };
    if (this.#pending.size >= LOGINS_AT_ONCE_MAX || !this.#hasRoom()) {
      giveBack();
      return { kind: 'guessing', retryAfterMs: BUSY_RETRY_MS };
    }
    const trying = tryLogin(this.#target, key, knownOnly);
    const settled = trying.then((attempt) => this.#remember(tag, attempt, knownOnly));
    this.#pending.set(question, settled);
    let attempt: Attempt;
    try {
      attempt = await settled;
    } finally {
      this.#pending.delete(question);
    }
    if (attempt.kind !== 'refused') giveBack();
    return this.#outcome(key, tag, attempt);
  }

  async #remember(tag: string, attempt: Attempt, knownOnly: boolean): Promise<Attempt> {
    const { clock } = this.#target;
    const nowMs = clock.monotonicMs();
    switch (attempt.kind) {
      case 'in': {
        if (this.#closed) {
          await attempt.cluster.close();
          return { kind: 'unavailable', reason: 'klink is stopping' };
        }
        const before = this.#sessions.get(tag);
        if (before !== undefined) this.#retire(before);
        const untilMs = nowMs + LOGIN_COUNTS_MS;
        const { cluster } = attempt;
        const writer = new RecordWriter(cluster);
        this.#sessions.set(tag, { cluster, writer, untilMs, usedMs: nowMs, users: 0, retired: false });
        bounded(this.#trusted, TRUSTED_MAX).add(tag);
        this.#sweepLater();
        return attempt;
      }
      case 'refused':
        this.#trusted.delete(tag);
        // A name that was not looked for by PLAIN has not been refused.
        if (!knownOnly) bounded(this.#refusals, REFUSALS_MAX).set(tag, nowMs + REFUSAL_COUNTS_MS);
        return attempt;
      case 'unavailable':
        return attempt;
    }
  }

  #outcome(key: CallerKey, tag: string, attempt: Attempt): CallerLogin {
    if (attempt.kind !== 'in') return attempt;
    const session = this.#sessions.get(tag);
    if (session === undefined) return { kind: 'unavailable', reason: 'klink is stopping' };
    return { kind: 'accepted', session: this.#accept(key, session) };
  }

  #accept({ name }: CallerKey, session: Session): CallerSession {
    const { clock } = this.#target;
    const { cluster, writer } = session;
    session.users++;
    session.usedMs = clock.monotonicMs();
    let released = false;
    return {
      principal: `User:${name}`,
      admin: clusterAdmin(cluster),
      rights: async () => (await describeCluster(cluster, WITHIN)).rights ?? new Set(),
      topicRights: (topic) => topicRights(cluster, topic, WITHIN),
      write: (topic, records) => writer.write(topic, records),
      release: () => {
        if (released) return;
        released = true;
        session.users--;
        session.usedMs = clock.monotonicMs();
        if (session.retired && session.users === 0) this.#end(session);
      },
    };
  }

  /** Makes room by closing whoever has been idle longest. */
  #hasRoom(): boolean {
    if (this.sessionCount < SESSIONS_MAX) return true;
    const idle = [...this.#sessions].filter(([, { users }]) => users === 0);
    idle.sort(([, a], [, b]) => a.usedMs - b.usedMs);
    const [oldest] = idle;
    if (oldest === undefined) return false;
    this.#sessions.delete(oldest[0]);
    this.#end(oldest[1]);
    return true;
  }

  #retire(session: Session): void {
    session.retired = true;
    if (session.users === 0) this.#end(session);
    else this.#retired.add(session);
  }

  #end(session: Session): void {
    this.#retired.delete(session);
    // Closing sends what is queued and cannot fail in a way that anybody could act on.
    void session.cluster.close();
  }

  #sweepLater(): void {
    if (this.#sweep !== undefined || this.#closed) return;
    this.#sweep = this.#target.clock.setTimer(SWEEP_EVERY_MS, () => {
      this.#sweep = undefined;
      const nowMs = this.#target.clock.monotonicMs();
      for (const [tag, session] of this.#sessions) {
        if (session.users > 0 || (session.usedMs + IDLE_MS > nowMs && session.untilMs > nowMs)) continue;
        this.#sessions.delete(tag);
        this.#end(session);
      }
      if (this.#sessions.size > 0) this.#sweepLater();
    });
  }

  /** The length keeps `a` + `bc` apart from `ab` + `c`. */
  #tag({ name, secret }: CallerKey): string {
    const hmac = createHmac('sha256', this.#hmacKey);
    return hmac.update(`${Buffer.byteLength(name)}:${name}:${secret}`, 'utf8').digest('base64');
  }
}

/** Forgets what was put in first. */
function bounded<C extends Map<string, unknown> | Set<string>>(all: C, max: number): C {
  const [oldest] = all.keys();
  if (all.size >= max && oldest !== undefined) all.delete(oldest);
  return all;
}
