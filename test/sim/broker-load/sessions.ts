/**
 * Who may be out of its group because it was silent, and who must be. A start of the broker gives everybody a whole
 * session, and nobody more than that. Knows nothing of the broker.
 */
import type { GroupName } from './places.js';

/** Of members of either protocol. */
export const SESSION_MS = 600;
/** What members of the classic protocol have to join again. */
export const REBALANCE_MS = 200;
/** What an answer may take, and a start. */
const MARGIN_MS = 100;

export class Session {
  readonly #nowMs: () => number;
  /** Its last answer, or the last start. */
  #sinceMs: number;
  #heardMs: number;
  #wasTooLong = false;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
    this.#sinceMs = nowMs();
    this.#heardMs = nowMs();
  }

  heard(): void {
    this.#sinceMs = this.#nowMs();
    this.#heardMs = this.#nowMs();
    this.#wasTooLong = false;
  }

  get mayBeOver(): boolean {
    return this.#wasTooLong || this.#nowMs() - this.#sinceMs >= SESSION_MS - MARGIN_MS;
  }

  /** A rebalance that it was to join may be over, whether the broker has ended meanwhile or not. */
  get mayBeLate(): boolean {
    return this.#nowMs() - this.#heardMs >= REBALANCE_MS - MARGIN_MS;
  }

  /** Whoever is silent for `sessions` of them is out. */
  mustBeOver(sessions = 1): boolean {
    return this.#nowMs() - this.#sinceMs >= outMs(sessions);
  }

  /** What was over before the broker ended stays so, if that was written down. */
  beginAnew(): void {
    this.#wasTooLong = this.mayBeOver;
    this.#sinceMs = this.#nowMs();
  }
}

export function outMs(sessions: number): number {
  return sessions * SESSION_MS + MARGIN_MS;
}

/** A group that goes over to another protocol, because somebody is put out, gives everybody a session, as in Kafka. */
function isMixed(group: GroupName): boolean {
  return group === 'either' || group === 'static-either';
}

/** Somebody who will never be heard of again. */
export interface Vanished {
  readonly group: GroupName;
  /** Its member id, or a static member's instance id. */
  readonly name: string;
  readonly session: Session;
}

export class Sessions {
  readonly #nowMs: () => number;
  #all = new Set<Session>();
  #vanished = new Set<Vanished>();
  #gone: Vanished[] = [];

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  begin(): Session {
    const session = new Session(this.#nowMs);
    this.#all.add(session);
    return session;
  }

  end(session: Session): void {
    this.#all.delete(session);
  }

  /** Without a word. */
  vanish(who: Vanished): void {
    this.#vanished.add(who);
  }

  /** The broker is there again. */
  started(): void {
    for (const session of this.#all) session.beginAnew();
  }

  /** Whose session is over, whatever happened. */
  get due(): Vanished[] {
    return [...this.#vanished].filter(({ group, session }) => session.mustBeOver(isMixed(group) ? 2 : 1));
  }

  /** It was seen that they are out, and that was written down: they never come back. */
  get gone(): readonly Vanished[] {
    return this.#gone;
  }

  areGone(due: readonly Vanished[]): void {
    for (const each of due) {
      this.#vanished.delete(each);
      this.#all.delete(each.session);
    }
    this.#gone.push(...due);
  }

  forget(): void {
    this.#all = new Set();
    this.#vanished = new Set();
    this.#gone = [];
  }
}
