/** Klinks of one destination as processes, and everything they said of who owned when. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { sharedClockMs } from './shared-clock.js';
import { until } from './until.js';

export interface Sighting {
  readonly name: string;
  /** Milliseconds on a clock that all processes share. */
  readonly atMs: number;
  readonly kind: 'joining' | 'standby' | 'owner' | 'stopped';
  readonly holds: boolean;
  readonly markers: boolean;
  readonly exclusive?: boolean;
  readonly reason?: string;
}

const STORY_LINES = 40;

interface Member {
  readonly child: ChildProcess;
  last: Sighting | undefined;
}

export class OwnershipWatch {
  readonly sightings: Sighting[] = [];
  readonly #servers: string;
  readonly #user: string | undefined;
  readonly #members = new Map<string, Member>();
  readonly #silenced: Pick<Sighting, 'name' | 'atMs' | 'holds'>[] = [];

  constructor(servers: string, user: string | undefined) {
    this.#servers = servers;
    this.#user = user;
  }

  /** `at`: where it finds the cluster, if elsewhere than the others. */
  start(name: string, at?: string): void {
    const script = fileURLToPath(new URL('./ownership-member.js', import.meta.url));
    const args = [script, at ?? this.#servers, name, ...(this.#user ? [this.#user] : [])];
    const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    const member: Member = { child, last: undefined };
    this.#members.set(name, member);
    createInterface({ input: child.stdout }).on('line', (line) => {
      member.last = JSON.parse(line) as Sighting;
      this.sightings.push(member.last);
    });
  }

  signal(name: string, signal: 'SIGSTOP' | 'SIGCONT' | 'SIGKILL' | 'SIGTERM'): number {
    const member = this.#members.get(name);
    if (signal === 'SIGKILL' || signal === 'SIGTERM') this.#members.delete(name);
    const atMs = sharedClockMs();
    member?.child.kill(signal);
    // Dead or asleep it does nothing; what it says when it is awake again counts again.
    if (signal === 'SIGKILL' || signal === 'SIGSTOP') {
      this.#silenced.push({ name, atMs, holds: false });
      if (member?.last) member.last = { ...member.last, holds: false, markers: false };
    }
    return atMs;
  }

  last(name: string): Sighting | undefined {
    return this.#members.get(name)?.last;
  }

  /** Who may write markers now, by what was heard last. */
  get owner(): string | undefined {
    return [...this.#members].find(([, { last }]) => last?.markers)?.[0];
  }

  async untilOwned(withinMs: number, but?: string): Promise<string> {
    try {
      await until('an owner that may write markers', withinMs, () => this.owner !== undefined && this.owner !== but);
    } catch (error) {
      throw new Error(`${String(error)}\n${this.story()}`);
    }
    return this.owner ?? '';
  }

  /** What was said last, by whom, for a failure to tell. */
  story(): string {
    const lines = [...this.sightings].sort((a, b) => a.atMs - b.atMs).slice(-STORY_LINES);
    return lines.map((each) => JSON.stringify(each)).join('\n');
  }

  /** When this one first could, after that time. */
  firstAfter(atMs: number, name: string, what: 'holds' | 'markers'): number {
    return this.sightings.find((each) => each.atMs >= atMs && each.name === name && each[what])?.atMs ?? Number.NaN;
  }

  /** Every time that two held at once. */
  overlaps(): string[] {
    const holding = new Map<string, number>();
    const found: string[] = [];
    const events = [...this.sightings, ...this.#silenced].sort((a, b) => a.atMs - b.atMs);
    for (const { name, atMs, holds } of events) {
      if (!holds) holding.delete(name);
      else holding.set(name, atMs);
      if (holding.size > 1) found.push(`${[...holding.keys()].join(' and ')} at ${Math.round(atMs)}`);
    }
    return found;
  }

  async stop(): Promise<void> {
    const ended = [...this.#members.values()].map(
      ({ child }) =>
        new Promise<void>((resolve) => (child.exitCode === null ? child.once('exit', () => resolve()) : resolve())),
    );
    for (const { child } of this.#members.values()) child.kill('SIGKILL');
    await Promise.all(ended);
  }
}

export function useOwnershipWatch(
  scope: { after(end: () => Promise<void>): void },
  servers: string,
  user: string | undefined,
): OwnershipWatch {
  const watch = new OwnershipWatch(servers, user);
  scope.after(() => watch.stop());
  return watch;
}
