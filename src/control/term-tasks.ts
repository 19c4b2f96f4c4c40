/**
 * The tasks of a term: compares what runs with what state asks for, after every decision, starts what is missing and ends
 * what is too much. A task that ends although it is still asked for, or fails, begins anew after a pause.
 */

import { sleep } from '../base/clock.js';
import { eitherSignal } from '../base/either-signal.js';
import { unreachable } from '../base/invariant.js';
import type { Effects } from './effects.js';
import { settleKey } from './identity/settle-keys.js';
import { syncAcls } from './reconcile/acls.js';
import { type AutoCreations, autoCreateMirrors } from './reconcile/auto-create.js';
import { createTopic } from './reconcile/creation.js';
import { recordFailures, type Untold } from './reconcile/failures.js';
import { keepFences, type PassingSeen } from './reconcile/fences.js';
import { syncGroupOffsets } from './reconcile/group-offsets.js';
import { catchUp } from './reconcile/promote.js';
import { type SourceSight, watchSource } from './reconcile/reachability.js';
import { stopMirror } from './reconcile/stop.js';
import { Patience, type Task, type Trouble } from './reconcile/task.js';
import { applyDeferred, followSourceTopics, keepTopics } from './reconcile/topics.js';
import { type WantedTask, wantedTasks } from './reconcile/wanted-tasks.js';

export interface TaskSurroundings
  extends Pick<Task, 'ports' | 'offsetSyncs' | 'state' | 'memories' | 'observation' | 'submit' | 'fenced'> {
  /** Aborts when the term ends. */
  readonly signal: AbortSignal;
  readonly effects: Effects;
  readonly sights: Map<string, SourceSight>;
  readonly passing: PassingSeen;
  readonly untold: Untold;
  readonly autoCreations: AutoCreations;
  /** By mirror key: why its topic could not be made. */
  readonly abandoned: ReadonlyMap<string, string>;
  lastFenceChangeMs(): number;
}

interface RunningTask {
  readonly under: string | undefined;
  readonly stop: AbortController;
  readonly ended: Promise<void>;
}

export class TermTasks {
  readonly #term: TaskSurroundings;
  readonly #running = new Map<string, RunningTask>();
  readonly #troubles = new Map<string, Trouble>();

  constructor(term: TaskSurroundings) {
    this.#term = term;
  }

  /** What a task waits for, in words. */
  reasonOf(task: WantedTask): string | undefined {
    return this.#troubles.get(nameOf(task))?.reason;
  }

  troubleOf(task: WantedTask): Trouble | undefined {
    return this.#troubles.get(nameOf(task));
  }

  match(): void {
    const wanted = new Map(wantedTasks(this.#term.state()).map((task) => [nameOf(task), task]));
    for (const [name, { under, stop }] of this.#running) {
      const task = wanted.get(name);
      // One that hangs on something else by now begins anew when it has ended.
      if (task === undefined || task.under !== under) stop.abort(new Error('no longer asked for'));
    }
    for (const [name, task] of wanted) if (!this.#running.has(name)) this.#start(name, task);
  }

  /** Once the term is over. */
  async ended(): Promise<void> {
    await Promise.all([...this.#running.values()].map(({ ended }) => ended));
  }

  #start(name: string, wanted: WantedTask): void {
    const stop = new AbortController();
    const either = eitherSignal(stop.signal, this.#term.signal);
    const ended = this.#supervise(name, wanted, either.signal).finally(() => {
      either.release();
      this.#running.delete(name);
      this.#troubles.delete(name);
      // State may ask for it again by now.
      if (!this.#term.signal.aborted) this.match();
    });
    this.#running.set(name, { under: wanted.under, stop, ended });
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
        this.#term.ports.log.error({ task: name, error: reason }, 'a task of control failed and begins anew');
        task.explain(`a fault in klink: ${reason}`);
        await patience.wait(task).catch(() => undefined);
      }
    }
  }

  #asksFor(name: string): boolean {
    return !this.#term.signal.aborted && wantedTasks(this.#term.state()).some((each) => nameOf(each) === name);
  }

  #run(task: Task, { kind, of }: WantedTask): Promise<void> {
    switch (kind) {
      case 'fences':
        return keepFences(task, () => this.#term.lastFenceChangeMs(), this.#term.passing);
      case 'topics':
        return keepTopics(task);
      case 'failures':
        return recordFailures(task, this.#term.untold);
      case 'finish-deletion':
        return task.submit({ kind: 'finish-link-deletion', linkId: of }).then(() => undefined);
      case 'watch-source':
        return watchSource(task, of, this.#term.sights);
      case 'sync-offsets':
        return syncGroupOffsets(task, of);
      case 'sync-acls':
        return syncAcls(task, of);
      case 'auto-create':
        return autoCreateMirrors(task, of, this.#term.autoCreations, this.#term.abandoned);
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
      case 'settle-key':
        return settleKey(task, of);
      default:
        return unreachable(kind);
    }
  }

  #task(name: string, signal: AbortSignal): Task {
    const { ports, offsetSyncs, state, memories, observation, submit, fenced, effects } = this.#term;
    return {
      ports,
      signal,
      offsetSyncs,
      state,
      memories,
      observation,
      submit,
      fenced,
      effect: (work, topic) => effects.run(work, { signal, topic }),
      explain: (reason, error = 'INTERNAL_ERROR') => {
        if (reason === undefined) this.#troubles.delete(name);
        else this.#troubles.set(name, { error, reason });
      },
      pause: (ms) => sleep(ports.clock, ms, signal),
    };
  }
}

function nameOf({ kind, of }: WantedTask): string {
  return `${kind}/${of}`;
}
