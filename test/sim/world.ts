/**
 * A world of simulated hosts in one process: one virtual clock, one network, one disk a host, all driven by one seed.
 * A host can be killed (kill -9: its page cache survives), lose power (unsynced writes are lost or torn), be paused
 * (SIGSTOP: timers and arriving bytes wait) or be cut off from another. Nothing here waits in real time.
 */
import type { Clock, Timer } from '../../src/base/clock.js';
import type { Network } from '../../src/base/connection.js';
import type { Disk } from '../../src/base/disk.js';
import { type Random, seededRandom } from '../../src/base/random.js';
import { SimDisk } from './disk.js';
import { SimNetwork } from './network.js';

/** What a program on a simulated host sees of its surroundings. */
export interface Host {
  readonly name: string;
  readonly clock: Clock;
  readonly network: Network;
  readonly disk: Disk;
  readonly random: Random;
}

interface Event {
  readonly at: number;
  readonly order: number;
  readonly host: string;
  readonly incarnation: number;
  readonly fire: () => void;
  /** Bytes and ends of connections, as opposed to timers. */
  readonly arrives: boolean;
  cancelled: boolean;
}

interface HostState {
  incarnation: number;
  paused: boolean;
  /** Of its wall clock. */
  aheadMs: number;
  readonly held: Event[];
  readonly disk: SimDisk;
}

const WALL_START_MS = 1_790_000_000_000;

export class World {
  readonly random: Random;
  readonly seed: number;
  readonly net: SimNetwork;
  readonly #hosts = new Map<string, HostState>();
  readonly #events: Event[] = [];
  #nowMs = 0;
  #order = 0;

  constructor(seed: number) {
    this.seed = seed;
    this.random = seededRandom(seed);
    this.net = new SimNetwork(this);
  }

  /** Virtual milliseconds since the world began. */
  get nowMs(): number {
    return this.#nowMs;
  }

  /** The surroundings of a program started now on this host; they die with `kill` or `losePower`. */
  host(name: string): Host {
    const state = this.#state(name);
    const { incarnation } = state;
    const clock: Clock = {
      nowMs: () => WALL_START_MS + state.aheadMs + Math.floor(this.#nowMs),
      monotonicMs: () => this.#nowMs,
      setTimer: (delayMs, fire) => this.#schedule(name, incarnation, Math.max(0, delayMs), fire, false),
    };
    return {
      name,
      clock,
      network: this.net.of(name, incarnation),
      disk: state.disk.of(
        () => this.incarnationOf(name) === incarnation,
        (ms) => new Promise((done) => void this.#schedule(name, incarnation, ms, done, false)),
      ),
      random: seededRandom(Math.floor(this.random.next() * 2 ** 31)),
    };
  }

  /** The device itself, to make it fail or to make it slow. */
  diskOf(name: string): SimDisk {
    return this.#state(name).disk;
  }

  /** Sets the wall clock of a host; timers go by the other one. */
  setClock(name: string, aheadMs: number): void {
    this.#state(name).aheadMs = aheadMs;
  }

  incarnationOf(name: string): number {
    return this.#state(name).incarnation;
  }

  /** Runs `fire` on `host` after `delayMs`, unless the host dies first; waits while it is paused. */
  deliver(host: string, incarnation: number, delayMs: number, fire: () => void): Timer {
    return this.#schedule(host, incarnation, delayMs, fire, true);
  }

  /** kill -9: connections end, timers never fire, what was written to files stays. */
  kill(name: string): void {
    const state = this.#state(name);
    state.incarnation++;
    state.paused = false;
    state.held.length = 0;
    this.net.dropHost(name);
  }

  /** As `kill`, and what was not synced is lost, or torn at a place of chance. */
  losePower(name: string): void {
    this.kill(name);
    this.#state(name).disk.losePower(this.random);
  }

  pause(name: string): void {
    this.#state(name).paused = true;
  }

  resume(name: string): void {
    const state = this.#state(name);
    state.paused = false;
    // A loop that was stopped in its poll serves its sockets before its timers.
    const held = state.held.splice(0).sort((one, other) => Number(other.arrives) - Number(one.arrives));
    for (const event of held) this.#push({ ...event, at: this.#nowMs, order: this.#order++ });
  }

  /**
   * Lets virtual time pass until `condition` holds, checking after every event. Throws when `deadlineMs` (virtual)
   * have passed or nothing is left to happen; `what` says what was waited for.
   */
  async until(what: string, deadlineMs: number, condition: () => boolean): Promise<void> {
    const end = this.#nowMs + deadlineMs;
    for (;;) {
      await settle();
      if (condition()) return;
      const next = this.#pop();
      if (!next) throw new Error(`seed ${this.seed}: nothing left to happen, but not yet: ${what}`);
      if (next.at > end) throw new Error(`seed ${this.seed}: not within ${deadlineMs} virtual ms: ${what}`);
      this.#fire(next);
    }
  }

  /** Lets virtual time pass. */
  async run(forMs: number): Promise<void> {
    const end = this.#nowMs + forMs;
    for (;;) {
      await settle();
      const next = this.#events[0];
      if (!next || next.at > end) break;
      this.#pop();
      this.#fire(next);
    }
    this.#nowMs = end;
    await settle();
  }

  /** Runs `work` to its end, letting virtual time pass meanwhile. */
  async finish<T>(what: string, deadlineMs: number, work: Promise<T>): Promise<T> {
    let done = false;
    const watched = work.finally(() => {
      done = true;
    });
    watched.catch(() => undefined);
    await this.until(what, deadlineMs, () => done);
    return watched;
  }

  #fire(event: Event): void {
    this.#nowMs = Math.max(this.#nowMs, event.at);
    const state = this.#state(event.host);
    if (event.cancelled || event.incarnation !== state.incarnation) return;
    if (state.paused) state.held.push(event);
    else event.fire();
  }

  #schedule(host: string, incarnation: number, delayMs: number, fire: () => void, arrives: boolean): Timer {
    const event: Event = {
      at: this.#nowMs + delayMs,
      order: this.#order++,
      host,
      incarnation,
      fire,
      arrives,
      cancelled: false,
    };
    this.#push(event);
    return {
      cancel() {
        event.cancelled = true;
      },
    };
  }

  #state(name: string): HostState {
    let state = this.#hosts.get(name);
    if (!state) {
      state = { incarnation: 0, paused: false, aheadMs: 0, held: [], disk: new SimDisk() };
      this.#hosts.set(name, state);
    }
    return state;
  }

  #push(event: Event): void {
    const heap = this.#events;
    let at = heap.push(event) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent];
      if (!above || !before(event, above)) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = event;
  }

  #pop(): Event | undefined {
    const heap = this.#events;
    const first = heap[0];
    const last = heap.pop();
    if (!first || !last || heap.length === 0) return first;
    let at = 0;
    for (;;) {
      const left = 2 * at + 1;
      const one = heap[left];
      if (!one) break;
      const other = heap[left + 1];
      const child = other && before(other, one) ? left + 1 : left;
      const below = heap[child];
      if (!below || !before(below, last)) break;
      heap[at] = below;
      at = child;
    }
    heap[at] = last;
    return first;
  }
}

function before(one: Event, other: Event): boolean {
  return one.at < other.at || (one.at === other.at && one.order < other.order);
}

/** Lets every promise that can go on now go on: nothing in a simulated host waits for anything real. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
