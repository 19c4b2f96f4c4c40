/**
 * What the static members of a group were told, together: who is in force under which instance id, who was before, and
 * since when nothing can have moved the group. Knows nothing of the broker.
 */
import type { Owner } from './consumer-members.js';
import type { Assignment } from './consumer-texts.js';
import type { GroupName } from './places.js';
import type { Session } from './sessions.js';

export type Protocol = 'classic' | 'newer';

/** A self whose place another one took. */
export interface Former {
  readonly memberId: string;
  readonly epoch: number;
  readonly protocol: Protocol;
}

/** One instance id, which keeps what it has while its selves come and go. */
export interface Instance extends Owner {
  readonly instanceId: string;
  /** Of the present self, as far as that is known; '': there was none. */
  memberId: string;
  /** Under which a newer self tries to come in. */
  claim: string | undefined;
  /** Undefined: it goes over from one to the other, or nobody knows whether it has. */
  protocol: Protocol | undefined;
  /** Or its generation. −1: it was told none. */
  epoch: number;
  assignment: Assignment | undefined;
  /** The present self was told what it has, and may go on with it. */
  isThere: boolean;
  /** Of a newer self: it has left for a while. */
  isAway: boolean;
  /** Of its last request nobody knows what came of it. */
  isUnsure: boolean;
  /** Its former selves are nobody any more: that it came is written down. */
  isCertain: boolean;
  /** It was told that nothing is to be done. */
  isCalm: boolean;
  /** When it asked what it has, and was told that nothing is to be done. */
  settledAt: number;
  /** When it was last told anything that it has. */
  toldAt: number;
  readonly formers: Former[];
  readonly session: Session;
}

export class StaticGroup {
  readonly instances = new Set<Instance>();
  readonly #nowMs: () => number;
  #ticks = 0;
  #stirring = 0;
  #stirredAt = 0;
  #stirredMs = 0;
  #classicAt = 0;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  tick(): number {
    return ++this.#ticks;
  }

  get stirredMs(): number {
    return this.#stirring > 0 ? Number.POSITIVE_INFINITY : this.#stirredMs;
  }

  /** What may give members something else, or another epoch, while it is under way. */
  async stir<T>(act: () => Promise<T>): Promise<T> {
    this.#stirring++;
    this.#noteProtocol();
    try {
      return await act();
    } finally {
      this.#stirring--;
      this.stirred();
    }
  }

  stirred(): void {
    this.#stirredAt = this.tick();
    this.#stirredMs = this.#nowMs();
    this.#noteProtocol();
  }

  /** Since then nothing can have moved the group, and nobody can have been put out. */
  isQuietSince(at: number): boolean {
    if (this.#stirring > 0 || at <= this.#stirredAt) return false;
    return [...this.instances].every((each) => !each.session.mayBeOver && !mayBePutOut(each));
  }

  /** When there was last nobody of whom it was certain that he keeps the group in the newer protocol. */
  get mayHaveBeenClassicAt(): number {
    this.#noteProtocol();
    return this.#classicAt;
  }

  #noteProtocol(): void {
    if (![...this.instances].some(keepsNewer)) this.#classicAt = this.tick();
  }

  /** Somebody else keeps the group in the newer protocol. */
  isNewerBeside(instance: Instance): boolean {
    return [...this.instances].some((each) => each !== instance && keepsNewer(each));
  }

  /** Nothing can have changed what it has, nor who assigns it. */
  keeps(instance: Instance, since = instance.settledAt): boolean {
    if (instance.assignment === undefined || !this.isQuietSince(since)) return false;
    return instance.group !== 'static-either' || this.isNewerBeside(instance);
  }
}

/** In a mixed group, where the broker waits for a classic self to join again. */
function mayBePutOut({ group, protocol, session }: Instance): boolean {
  return group === 'static-either' && protocol !== 'newer' && session.mayBeLate;
}

function keepsNewer({ protocol, isCertain, session }: Instance): boolean {
  return protocol === 'newer' && isCertain && !session.mayBeOver;
}

export class StaticGroups {
  readonly #nowMs: () => number;
  #groups = new Map<GroupName, StaticGroup>();

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  of(name: GroupName): StaticGroup {
    const group = this.#groups.get(name) ?? new StaticGroup(this.#nowMs);
    this.#groups.set(name, group);
    return group;
  }

  get instances(): Instance[] {
    return [...this.#groups.values()].flatMap(({ instances }) => [...instances]);
  }

  /** Its session was over: the others were given what it had. */
  remove(group: GroupName, instanceId: string): void {
    const { instances } = this.of(group);
    for (const each of instances) if (each.instanceId === instanceId) instances.delete(each);
    this.of(group).stirred();
  }

  forget(): void {
    this.#groups = new Map();
  }
}
