/**
 * One term of ownership: the journal is fenced and read, then decisions are made one after the other and the world is made
 * to match (5.3: fence, then read, then act). Ends for good when the lease is lost, another klink has taken over, or an
 * outcome is unknown; whoever still owns begins a new term, which reads what is true.
 */
import { sleep } from '../base/clock.js';
import { unreachable } from '../base/invariant.js';
import type { MirrorObservation, PartitionMemory } from '../model/assignment.js';
import type { DecisionStamp } from '../model/decision.js';
import { refusal } from '../model/errors.js';
import { apply } from './apply.js';
import { type Command, type Decision, decide } from './decide.js';
import type { ControlEvent, Recorded } from './events.js';
import { type Observation, observationRecord, readMemories, readState, toAudit, toRecords } from './journal-format.js';
import type { ControlPorts, EngineEvent, JournalRecord } from './ports.js';
import { assignmentSignature, assignments } from './reconcile/assignments.js';
import { createTopic } from './reconcile/creation.js';
import { keepFences } from './reconcile/fences.js';
import { OffsetSyncs, syncGroupOffsets } from './reconcile/group-offsets.js';
import { catchUp } from './reconcile/promote.js';
import { type SourceSight, watchSource } from './reconcile/reachability.js';
import { stopMirror } from './reconcile/stop.js';
import { Patience, type Submitted, type Task } from './reconcile/task.js';
import { applyDeferred, followSourceTopics, grow, keepTopics } from './reconcile/topics.js';
import { type WantedTask, wantedTasks } from './reconcile/wanted-tasks.js';
import { type ControlState, mirrorKey } from './state.js';

const OBSERVE_EVERY_MS = 2_000;
const DECISIONS_WAITING_MAX = 1_000;

export type TermEnd =
  | { readonly kind: 'over'; readonly reason: string }
  /** A decision may or may not count: only reading the journal again tells. */
  | { readonly kind: 'unknown'; readonly reason: string };

export type TermStart =
  | { readonly kind: 'begun'; readonly term: Term }
  /** Retried; commands are refused with this until then. */
  | { readonly kind: 'blocked'; readonly reason: string; readonly lost: boolean };

export class Term {
  readonly offsetSyncs = new OffsetSyncs();
  readonly sights = new Map<string, SourceSight>();
  /** By mirror key: why its topic could not be made. */
  readonly abandoned = new Map<string, string>();
  /** The decision read last from the journal when this term began. */
  readonly found: DecisionStamp;
  readonly #ports: ControlPorts;
  readonly #ending = new AbortController();
  readonly #ended: (end: TermEnd) => void;
  readonly #tasks = new Map<string, { readonly stop: AbortController; readonly running: Promise<void> }>();
  readonly #reasons = new Map<string, string>();
  readonly #memories: Map<string, Map<number, PartitionMemory>>;
  readonly #unwritten = new Map<string, Observation>();
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
    ended: (end: TermEnd) => void,
  ) {
    this.#ports = ports;
    this.#state = state;
    this.found = state.stamp;
    this.#fresh = fresh;
    this.#ended = ended;
    const memories = readMemories(observations, state);
    this.#memories = new Map([...memories].map(([key, byPartition]) => [key, new Map(byPartition)]));
    this.#lastFenceChangeMs = ports.clock.monotonicMs();
    this.#unsubscribe = ports.engine.onEvent((event) => this.#onEngineEvent(event));
  }

  /** [5.3] Fence, read, and only then act: nothing is assigned before the takeover is recorded. */
  static async begin(ports: ControlPorts, ended: (end: TermEnd) => void): Promise<TermStart> {
    const blocked = (reason: string, lost = false): TermStart => ({ kind: 'blocked', reason, lost });
    const opened = await ports.journal.open();
    if (opened.kind !== 'opened') return blocked(opened.reason);
    const read = readState(opened.entries);
    if (!read.ok) return blocked(read.error);
    if (opened.fresh) {
      // [5.4] Fenced topics without a journal: it was lost, and deciding anew would throw away what stood there.
      const fenced = await ports.destination.fence.fenced();
      if (fenced.kind !== 'done') return blocked(`the fences cannot be read: ${fenced.reason}`);
      const marked = fenced.topics
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
    term.#announced = true;
    term.#match();
    term.#observing = term.#keepObserving();
    return { kind: 'begun', term };
  }

  get state(): ControlState {
    return this.#state;
  }

  get memories(): ReadonlyMap<string, ReadonlyMap<number, PartitionMemory>> {
    this.#absorb();
    return this.#memories;
  }

  get over(): boolean {
    return this.#ending.signal.aborted;
  }

  get signal(): AbortSignal {
    return this.#ending.signal;
  }

  /** What a task of this mirror or link waits for. */
  reasonOf(task: WantedTask): string | undefined {
    return this.#reasons.get(nameOf(task));
  }

  observation(of: { readonly linkId: string; readonly mirrorTopic: string }): MirrorObservation | undefined {
    return this.#ports.engine
      .observations()
      .find((each) => each.linkId === of.linkId && each.mirrorTopic === of.mirrorTopic);
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
        this.end({ kind: 'over', reason: outcome.reason });
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
    this.#absorb();
    this.#state = after;
    for (const { event } of recorded) {
      if (event.kind === 'mirror-stopped' || event.kind === 'mirror-forgotten' || event.kind === 'mirror-abandoned') {
        this.#lastFenceChangeMs = this.#ports.clock.monotonicMs();
      }
      if (event.kind === 'mirror-abandoned') this.abandoned.set(mirrorKey(event), event.reason);
      if (event.kind === 'mirror-created') {
        this.abandoned.delete(mirrorKey(event));
        this.#memories.delete(mirrorKey(event));
        this.offsetSyncs.forgetTopic(event.mirrorTopic);
      }
    }
    if (!this.over && this.#announced) this.#match();
    for (const listener of this.#changed) listener();
  }

  /** Makes the engine and the running tasks match state. */
  #match(): void {
    const links = assignments(this.#state, this.#memories);
    const signature = assignmentSignature(links);
    if (signature !== this.#assigned) {
      this.#assigned = signature;
      this.#ports.engine.assign(links);
    }
    const wanted = new Map(wantedTasks(this.#state).map((task) => [nameOf(task), task]));
    for (const [name, { stop }] of this.#tasks) if (!wanted.has(name)) stop.abort(new Error('no longer asked for'));
    for (const [name, task] of wanted) if (!this.#tasks.has(name)) this.#start(name, task);
  }

  #start(name: string, wanted: WantedTask): void {
    const stop = new AbortController();
    const signal = AbortSignal.any([stop.signal, this.#ending.signal]);
    const running = this.#supervise(name, wanted, signal).finally(() => {
      this.#tasks.delete(name);
      this.#reasons.delete(name);
      // State may ask for it again by now.
      if (!this.over) this.#match();
    });
    this.#tasks.set(name, { stop, running });
  }

  async #supervise(name: string, wanted: WantedTask, signal: AbortSignal): Promise<void> {
    const task = this.#task(name, signal);
    const patience = new Patience(1_000, 30_000);
    while (!signal.aborted) {
      try {
        await this.#run(task, wanted);
        // Pausing here keeps a task that ends at once, but is still asked for, from spinning.
        if (!signal.aborted && this.#asksFor(name)) await patience.wait(task);
        if (!this.#asksFor(name)) return;
      } catch (error) {
        if (signal.aborted) return;
        const reason = error instanceof Error ? error.message : String(error);
        this.#ports.log.error({ task: name, error: reason }, 'a task of control failed and begins anew');
        task.explain(`a fault in klink: ${reason}`);
        await patience.wait(task).catch(() => undefined);
      }
    }
  }

  #asksFor(name: string): boolean {
    return !this.over && wantedTasks(this.#state).some((each) => nameOf(each) === name);
  }

  #run(task: Task, { kind, of }: WantedTask): Promise<void> {
    switch (kind) {
      case 'fences':
        return keepFences(task, () => this.#lastFenceChangeMs);
      case 'topics':
        return keepTopics(task);
      case 'finish-deletion':
        return task.submit({ kind: 'finish-link-deletion', linkId: of }).then(() => undefined);
      case 'watch-source':
        return watchSource(task, of, this.sights);
      case 'sync-offsets':
        return syncGroupOffsets(task, of);
      case 'follow-settings':
        return followSourceTopics(task, of);
      case 'create':
        return createTopic(task, of);
      case 'catch-up':
        return catchUp(task, of);
      case 'stop':
        return stopMirror(task, of);
      case 'deferred':
        return applyDeferred(task, of);
      default:
        return unreachable(kind);
    }
  }

  #task(name: string, signal: AbortSignal): Task {
    return {
      ports: this.#ports,
      signal,
      offsetSyncs: this.offsetSyncs,
      state: () => this.#state,
      memories: () => this.memories,
      observation: (of) => this.observation(of),
      submit: (command) => this.submit(command),
      // [4.1] After the term nothing of it may act, whatever the lease says by then.
      holds: () => !signal.aborted && this.#ports.ownership.holds(),
      explain: (reason) => {
        if (reason === undefined) this.#reasons.delete(name);
        else this.#reasons.set(name, reason);
      },
      fenced: (reason) => this.end({ kind: 'over', reason }),
      pause: (ms) => sleep(this.#ports.clock, ms, signal),
    };
  }

  /** A task of this term, for commands that do in passing what a task does. */
  taskFor(name: string): Task {
    return this.#task(name, this.#ending.signal);
  }

  #onEngineEvent(event: EngineEvent): void {
    // While control stops in good order the last memories still come in.
    if (this.over && event.kind !== 'memory') return;
    switch (event.kind) {
      case 'partition-failed': {
        const { linkId, mirrorTopic, failure } = event;
        this.#inBackground(this.submit({ kind: 'fail-partitions', linkId, mirrorTopic, failures: [failure] }));
        return;
      }
      case 'memory':
        this.#remember(event, event.partition, event.memory);
        return;
      case 'source-partitions':
        if (event.count > event.mirrorCount) this.#inBackground(grow(this, event, event.count));
        return;
      case 'settings-drift':
      case 'destination-truncated':
      case 'overtaken':
      case 'fenced':
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
      this.#ports.log.error({ error: reason }, 'a decision of the engine could not be recorded');
    });
  }

  /** [5.2] Under the decision that holds now; what is observed of no mirror is nobody's. */
  #remember(
    of: { readonly linkId: string; readonly mirrorTopic: string },
    partition: number,
    memory: PartitionMemory,
  ): void {
    const key = mirrorKey(of);
    const mirror = this.#state.mirrors.get(key);
    if (mirror === undefined || mirror.kind === 'STOPPED' || mirror.kind === 'CREATING') return;
    const known = this.#memories.get(key) ?? new Map<number, PartitionMemory>();
    this.#memories.set(key, known.set(partition, memory));
    const { linkId, mirrorTopic } = of;
    this.#unwritten.set(`${key}/${partition}`, {
      linkId,
      mirrorTopic,
      partition,
      stamp: this.#state.stamp,
      memory,
    });
  }

  /** Takes what the engine knows now into memory, without writing it. */
  #absorb(): void {
    for (const observation of this.#ports.engine.observations()) {
      const key = mirrorKey(observation);
      if (!this.#state.mirrors.has(key)) continue;
      const known = this.#memories.get(key) ?? new Map<number, PartitionMemory>();
      for (const { partition, memory } of observation.partitions) known.set(partition, memory);
      this.#memories.set(key, known);
    }
  }

  async #keepObserving(): Promise<void> {
    while (!this.over) {
      await sleep(this.#ports.clock, OBSERVE_EVERY_MS, this.#ending.signal).catch(() => undefined);
      if (!this.over) await this.#writeObservations();
    }
  }

  /** A lost observation does no harm: it is made again. */
  async #writeObservations(): Promise<void> {
    if (this.#unwritten.size === 0) return;
    const batch = [...this.#unwritten];
    const outcome = await this.#ports.journal.observe(batch.map(([, observation]) => observationRecord(observation)));
    if (outcome.kind !== 'done') {
      this.#ports.log.warn({ reason: outcome.reason }, 'observations could not be written');
      return;
    }
    for (const [key, observation] of batch) if (this.#unwritten.get(key) === observation) this.#unwritten.delete(key);
  }

  /** Hands over in good order: tasks end, the engine is empty, what it remembers last is written. */
  async stop(): Promise<void> {
    this.#ending.abort(new Error('control stops'));
    await Promise.all([...this.#tasks.values()].map(({ running }) => running));
    await this.#queue;
    this.#absorb();
    this.#ports.engine.assign([]);
    await this.#ports.engine.stopped();
    await this.#observing;
    for (const [key, byPartition] of this.#memories) {
      const mirror = this.#state.mirrors.get(key);
      if (mirror === undefined || mirror.kind === 'STOPPED' || mirror.kind === 'CREATING') continue;
      for (const [partition, memory] of byPartition) {
        const { linkId, mirrorTopic } = mirror;
        const observation = { linkId, mirrorTopic, partition, stamp: this.#state.stamp, memory };
        this.#unwritten.set(`${key}/${partition}`, observation);
      }
    }
    await this.#writeObservations();
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
    if (this.#announced) this.#ended(end);
  }
}

function nameOf({ kind, of }: WantedTask): string {
  return `${kind}/${of}`;
}
