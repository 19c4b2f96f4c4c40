/** A client's program as a child process: what it has answered so far, and how it ended. */
import { type ChildProcess, spawn } from 'node:child_process';
import { until } from '../harness/until.js';
import type { Answer, Jobs, Verb } from './job.js';
import type { Started } from './row.js';

export const PROGRAM_WITHIN_MS = 60_000;

export class Running {
  readonly answers: Answer[] = [];
  readonly #what: string;
  readonly #child: ChildProcess;
  readonly #ended: Promise<number | null>;
  #errors = '';
  #isEnded = false;

  constructor(started: Started, verb: Verb, job: Jobs[Verb]) {
    this.#what = verb;
    const env = { ...process.env, ...started.env };
    this.#child = spawn(started.program, [...started.args, verb, JSON.stringify(job)], { stdio: 'pipe', env });
    let rest = '';
    this.#child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) if (line !== '') this.answers.push(JSON.parse(line) as Answer);
    });
    this.#child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
      this.#errors = (this.#errors + chunk).slice(-8_000);
    });
    this.#child.stdin?.on('error', () => undefined); // It has ended; that is seen by its code.
    this.#ended = new Promise((resolve, reject) => {
      this.#child.once('error', reject);
      this.#child.once('close', (code) => {
        this.#isEnded = true;
        resolve(code);
      });
    });
    this.#ended.catch(() => undefined); // Whoever waits for the end is told.
  }

  /** The answers of one name. */
  all<Name extends keyof Answer>(name: Name): NonNullable<Answer[Name]>[] {
    return this.answers.flatMap((answer) => {
      const one = answer[name];
      return one === undefined ? [] : [one as NonNullable<Answer[Name]>];
    });
  }

  /** Rejects at once when the program ends before it holds. */
  async until(what: string, condition: () => boolean, withinMs = PROGRAM_WITHIN_MS): Promise<void> {
    await until(what, withinMs, () => condition() || this.#isEnded).catch((error: Error) => {
      throw new Error(`${error.message}; ${this.#said()}`);
    });
    if (!condition()) throw new Error(`it ended before: ${what}; ${this.#said()}`);
  }

  /** Ends its standard input, and waits. */
  async end(): Promise<readonly Answer[]> {
    this.#child.stdin?.end();
    return this.done();
  }

  /** Rejects where it did not end well, or not in time. */
  async done(): Promise<readonly Answer[]> {
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), PROGRAM_WITHIN_MS);
    const code = await this.#ended.finally(() => clearTimeout(timer));
    if (code !== 0) throw new Error(`${this.#what} ended with ${code ?? 'a signal'}; ${this.#said()}`);
    return this.answers;
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  #said(): string {
    const last = this.answers.slice(-3).map((answer) => JSON.stringify(answer).slice(0, 300));
    return `${this.#what} answered ${this.answers.length} lines, last ${last.join(' ')}, and said ${this.#errors || 'nothing'}`;
  }
}
