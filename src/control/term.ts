/**
 * One term of ownership: the journal is fenced and read, then decisions are made one after the other and the world is made
 * to match (5.3: fence, then read, then act). Ends for good when the lease is lost, another klink has taken over, or an
 * outcome is unknown; whoever still owns begins a new term, which reads what is true.
 */
import { sleep } from '../base/clock.js';
import { unreachable } from '../base/invariant.js';
import type { MirrorObservation } from '../model/assignment.js';
import type { DecisionStamp } from '../model/decision.js';
import { refusal } from '../model/errors.js';
import { apply } from './apply.js';
import { type Command, type Decision, decide } from './decide.js';
import { Effects } from './effects.js';
import type { ControlEvent, Recorded } from './events.js';
import { readState, toAudit, toRecords } from './journal-format.js';
import type { EngineEvent } from './ports/engine.js';
import type { JournalRecord } from './ports/journal.js';
import type { ControlPorts } from './ports.js';
import { assignmentSignature, assignments, type Memories } from './reconcile/assignments.js';
import { AutoCreations } from './reconcile/auto-create.js';
import { Untold } from './reconcile/failures.js';
import { PassingSeen } from './reconcile/fences.js';
import { OffsetSyncs } from './reconcile/group-offsets.js';
import type { SourceSight } from './reconcile/reachability.js';
import type { Submitted, Trouble } from './reconcile/task.js';
import { grow } from './reconcile/topics.js';
import type { WantedTask } from './reconcile/wanted-tasks.js';
import { type ControlState, mirrorKey } from './state.js';
import { TermMemory } from './term-memory.js';
import { TermTasks } from './term-tasks.js';

const OBSERVE_EVERY_MS = 2_000;
export const DECISIONS_WAITING_MAX = 1_000;

export interface TermEnd {
  /**
   * `over`: ownership was lost. `fenced`: another klink has opened the journal. `unknown`: a decision may or may not
   * count, only reading the journal again tells.
   */
  readonly kind: 'over' | 'fenced' | 'unknown';
  readonly reason: string;
}

export type TermStart =
  | { readonly kind: 'begun'; readonly term: Term }
  /** Retried; commands are refused with this until then. */
  | { readonly kind: 'blocked'; readonly reason: string; readonly lost: boolean };

export class Term {
  readonly offsetSyncs = new OffsetSyncs();
  readonly autoCreations = new AutoCreations();
  readonly sights = new Map<string, SourceSight>();
  readonly passing = new PassingSeen();
  readonly #untold = new Untold();
  /** By mirror key: why its topic could not be made. */
  readonly abandoned = new Map<string, string>();
  /** The decision read last from the journal when this term began. */
  readonly found: DecisionStamp;
  readonly effects: Effects;
  readonly #ports: ControlPorts;
  readonly #ending = new AbortController();
  readonly #ended: (term: Term, end: TermEnd) => void;
  readonly #tasks: TermTasks;
  readonly #memory: TermMemory;
  readonly #changed = new Set<() => void>();
  readonly #unsubscribe: () => void;
  #state: ControlState;
  #queue: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  /** Nothing was ever decided here: taking over is recorded with the first decision. */
  #fresh: boolean;
  #assigned = '';
  #lastFenceChangeMs: number;
  #observing: Promise<void> = Promise.resolve();
  /** Until the takeover is recorded nobody has been told that this term exists. */
  #announced = false;

  private constructor(
    ports: ControlPorts,
    state: ControlState,
    observations: readonly JournalRecord[],
    fresh: boolean,
    ended: (term: Term, end: TermEnd) => void,
  ) {
    this.#ports = ports;
    this.#state = state;
    this.found = state.stamp;
    this.#fresh = fresh;
    this.#ended = ended;
    // [4.1] After the term nothing of it may act, whatever the lease says by then.
    this.effects = new Effects(() => !this.over && ports.ownership.holds());
    this.#memory = new TermMemory(ports, observations, state);
    this.#lastFenceChangeMs = ports.clock.monotonicMs();
    this.#tasks = new TermTasks({
      ports,
      signal: this.#ending.signal,
      effects: this.effects,
      offsetSyncs: this.offsetSyncs,
      sights: this.sights,
      passing: this.passing,
      untold: this.#untold,
      autoCreations: this.autoCreations,
      abandoned: this.abandoned,
      state: () => this.#state,
      memories: () => this.memories,
      observation: (of) => this.observation(of),
      submit: (command) => this.submit(command),
      fenced: (reason) => this.end({ kind: 'fenced', reason }),
      lastFenceChangeMs: () => this.#lastFenceChangeMs,
    });
    this.#unsubscribe = ports.engine.onEvent((event) => this.#onEngineEvent(event));
  }

  /** [5.3] Fence, read, record the takeover: nothing is assigned before `act`. */
  static async begin(ports: ControlPorts, ended: (term: Term, end: TermEnd) => void): Promise<TermStart> {
    const blocked = (reason: string, lost = false): TermStart => ({ kind: 'blocked', reason, lost });
    const opened = await ports.journal.open();
    if (opened.kind !== 'opened') return blocked(opened.reason);
    const read = readState(opened.entries);
    if (!read.ok) return blocked(read.error);
    if (opened.fresh) {
      // [5.4] Fenced topics without a journal: it was lost, and deciding anew would throw away what stood there.
      const fenced = await ports.destination.fence.fenced();
      if (fenced.kind === 'unavailable') return blocked(`the fences cannot be read: ${fenced.reason}`);
      // Who may not read ACLs here has never made any.
      const topics = fenced.kind === 'done' ? fenced.topics : [];
      const marked = topics
        .filter((each) => each.marked && !each.topic.startsWith('_klink.'))
        .map((each) => each.topic);
      if (marked.length > 0) {
        return blocked(`The journal is gone, but ${marked.join(', ')} bear klink's fence.`, true);
      }
    }
    const term = new Term(ports, read.value, opened.observations, opened.fresh, ended);
    if (!opened.fresh) {
      const taken = await term.submit({ kind: 'take-over' });
      if (taken.kind === 'refused') {
        term.end();
        return blocked(taken.refusal.message);
      }
    }
    return { kind: 'begun', term };
  }

  /** Called once, when this term is the one that answers: an engine that is assigned asks at once for M. */
  act(): void {
    this.#announced = true;
    this.#match();
    this.#observing = this.#keepObserving();
  }

  get state(): ControlState {
    return this.#state;
  }

  get memories(): Memories {
    this.#memory.absorb(this.#state);
    return this.#memory.known;
  }

  get over(): boolean {
    return this.#ending.signal.aborted;
  }

  get signal(): AbortSignal {
    return this.#ending.signal;
  }

  /** What a task of this mirror or link waits for. */
  reasonOf(task: WantedTask): string | undefined {
    return this.#tasks.reasonOf(task);
  }

  troubleOf(task: WantedTask): Trouble | undefined {
    return this.#tasks.troubleOf(task);
  }

  observation(of: { readonly linkId: string; readonly mirrorTopic: string }): MirrorObservation | undefined {
    return this.#ports.engine
      .observations()
      .find((each) => each.linkId === of.linkId && each.mirrorTopic === of.mirrorTopic);
  }

  /** What the engine sees of every mirror at this moment, by mirror key. */
  observed(): ReadonlyMap<string, MirrorObservation> {
    return new Map(this.#ports.engine.observations().map((each) => [mirrorKey(each), each]));
  }

  /** Called after every decision and at the end. Gives the function that ends the subscription. */
  onChange(listener: () => void): () => void {
    this.#changed.add(listener);
    return () => this.#changed.delete(listener);
  }

  /** What `submit` would do, without doing it. */
  tryOut(command: Command): Decision {
    return decide(this.#state, command);
  }

  /** One decision after the other, each on the state that the one before has left. */
  submit(command: Command, onUnknown?: (stamp: DecisionStamp) => void): Promise<Submitted> {
    if (this.#waiting >= DECISIONS_WAITING_MAX) {
      return Promise.resolve({
        kind: 'refused',
        refusal: refusal('JOURNAL_UNAVAILABLE', `${this.#waiting} decisions are waiting for the journal.`),
      });
    }
    this.#waiting++;
    const submitted = this.#queue.then(() => this.#submitNow(command, onUnknown));
    this.#queue = submitted
      .catch(() => undefined)
      .finally(() => {
        this.#waiting--;
      });
    return submitted;
  }

  async #submitNow(command: Command, onUnknown?: (stamp: DecisionStamp) => void): Promise<Submitted> {
    if (this.over) {
      return { kind: 'refused', refusal: refusal('NOT_OWNER', 'This klink does not own the cluster any more.') };
    }
    const decision = decide(this.#state, command);
    if (decision.kind === 'refused') return decision;
    if (decision.events.length === 0) return { kind: 'done' };
    const { recorded, after } = this.#record(decision.events);
    const outcome = await this.#ports.journal.commit(toRecords(recorded, after), toAudit(recorded));
    switch (outcome.kind) {
      case 'committed':
        this.#fresh = false;
        this.#adopt(recorded, after);
        return { kind: 'done' };
      case 'fenced':
        this.end({ kind: 'fenced', reason: outcome.reason });
        return { kind: 'refused', refusal: refusal('NOT_OWNER', 'Another klink has taken over.') };
      case 'unknown': {
        const { reason } = outcome;
        onUnknown?.(after.stamp);
        this.end({ kind: 'unknown', reason });
        return { kind: 'refused', refusal: refusal('JOURNAL_UNKNOWN', `The journal did not answer: ${reason}.`) };
      }
      case 'refused':
      case 'unavailable':
        return { kind: 'refused', refusal: refusal('JOURNAL_UNAVAILABLE', `The journal: ${outcome.reason}.`) };
      default:
        return unreachable(outcome);
    }
  }

  #record(events: readonly ControlEvent[]): { readonly recorded: readonly Recorded[]; readonly after: ControlState } {
    const takesOver = this.#fresh || events.some(({ kind }) => kind === 'took-over');
    const { epoch, number } = this.#state.stamp;
    const stamp = { epoch: takesOver ? epoch + 1 : epoch, number: number + 1 };
    const atMs = this.#ports.clock.nowMs();
    const all: readonly ControlEvent[] = this.#fresh ? [{ kind: 'took-over' }, ...events] : events;
    const recorded = all.map((event): Recorded => ({ stamp, atMs, event }));
    return { recorded, after: recorded.reduce(apply, this.#state) };
  }

  #adopt(recorded: readonly Recorded[], after: ControlState): void {
    // What the engine knows of a mirror goes into memory before an assignment can take the mirror away from it.
    this.#memory.absorb(this.#state);
    this.#state = after;
    for (const { event } of recorded) {
      if (event.kind === 'mirror-stopped' || event.kind === 'mirror-forgotten' || event.kind === 'mirror-abandoned') {
        this.#lastFenceChangeMs = this.#ports.clock.monotonicMs();
      }
      if (event.kind === 'mirror-abandoned') this.abandoned.set(mirrorKey(event), event.reason);
      if (event.kind === 'mirror-forgotten') this.#memory.forget(mirrorKey(event));
      if (event.kind === 'mirror-created') {
        this.abandoned.delete(mirrorKey(event));
        this.offsetSyncs.forgetTopic(event.mirrorTopic);
      }
    }
    if (!this.over && this.#announced) this.#match();
    for (const listener of this.#changed) listener();
  }

  /** Makes the engine and the running tasks match state. */
  #match(): void {
    const links = assignments(this.#state, this.#memory.known);
    const signature = assignmentSignature(links);
    if (signature !== this.#assigned) {
      this.#assigned = signature;
      this.#ports.engine.assign(links);
    }
    this.#tasks.match();
  }

  #onEngineEvent(event: EngineEvent): void {
    // While control stops in good order the last memories still come in.
    if (this.over && event.kind !== 'memory') return;
    switch (event.kind) {
      case 'partition-failed': {
        // The fast way; `recordFailures` sees to it that none is lost.
        const { linkId, mirrorTopic, failure } = event;
        this.#inBackground(this.submit({ kind: 'fail-partitions', linkId, mirrorTopic, failures: [failure] }));
        return;
      }
      case 'memory':
        this.#memory.remember(this.#state, event, event.partition, event.memory);
        return;
      case 'source-partitions':
        // A paused link changes nothing; the engine says it again.
        if (this.#state.links.get(event.linkId)?.kind === 'PAUSED') return;
        if (event.count > event.mirrorCount) this.#inBackground(grow(this, event, event.count));
        return;
      case 'fenced':
        // Somebody has ended this mirror: whether by our own decision stands in the journal.
        this.#inBackground(this.confirm());
        return;
      case 'destination-truncated':
        this.#ports.log.warn({ ...event }, 'DESTINATION_TRUNCATED: the destination lost acknowledged records');
        this.#untold.add(event);
        return;
      case 'settings-drift':
      case 'overtaken':
      case 'wake-up':
        this.#ports.log.warn({ ...event }, 'the engine reports');
        return;
      default:
        unreachable(event);
    }
  }

  #inBackground(work: Promise<unknown>): void {
    work.catch((error: unknown) => {
      const reason = error instanceof Error ? error.message : String(error);
      this.#ports.log.error({ error: reason }, 'what the engine reported could not be acted on');
    });
  }

  /** [3.6] Ends the term where somebody else has decided. False: it could not be asked. */
  async confirm(): Promise<boolean> {
    if (this.over) return true;
    const outcome = await this.#ports.journal.confirm();
    if (outcome.kind === 'fenced') this.end({ kind: 'fenced', reason: outcome.reason });
    return outcome.kind !== 'unavailable';
  }

  async #keepObserving(): Promise<void> {
    while (!this.over) {
      await sleep(this.#ports.clock, OBSERVE_EVERY_MS, this.#ending.signal).catch(() => undefined);
      if (!this.over) await this.#memory.write();
    }
  }

  /** Hands over in good order: tasks end, the engine is empty, what it remembers last is written. */
  async stop(): Promise<void> {
    this.#ending.abort(new Error('control stops'));
    await this.#tasks.ended();
    await this.effects.settled();
    await this.#queue;
    this.#memory.absorb(this.#state);
    this.#ports.engine.assign([]);
    await this.#ports.engine.stopped();
    await this.#observing;
    await this.#memory.writeAll(this.#state);
    this.#unsubscribe();
    for (const listener of this.#changed) listener();
  }

  /** Everything stops at once; the engine gets nothing more to do. */
  end(end: TermEnd = { kind: 'over', reason: 'ownership was lost' }): void {
    if (this.over) return;
    this.#ending.abort(new Error(end.reason));
    this.#unsubscribe();
    this.#ports.engine.assign([]);
    for (const listener of this.#changed) listener();
    if (this.#announced) this.#ended(this, end);
  }
}
