/** A verb of a client's program, on its way: what it has answered so far, and how it ended. */
import { type ChildProcess, spawn } from 'node:child_process';
import { connect } from 'node:net';
import type { Duplex, Readable } from 'node:stream';
import { until } from '../harness/until.js';
import type { Answer, Jobs, Verb } from './job.js';
import type { Started } from './row.js';

export const PROGRAM_WITHIN_MS = 60_000;

type Line = Answer & { readonly exit?: number; readonly error?: string };

export class Running {
  readonly answers: Answer[] = [];
  readonly #what: string;
  readonly #ended: Promise<number | null>;
  readonly #endInput: () => void;
  readonly #kill: () => void;
  #exit: number | undefined;
  #errors = '';
  #isEnded = false;

  constructor(started: Started, verb: Verb, job: Jobs[Verb]) {
    this.#what = verb;
    switch (started.kind) {
      case 'program': {
        const { program, args } = started;
        const child = spawn(program, [...args, verb, JSON.stringify(job)], { stdio: 'pipe' });
        child.stdin.on('error', () => undefined); // It has ended; that is seen by its code.
        this.#listen(child.stdout);
        child.stderr.setEncoding('utf8').on('data', (chunk: string) => this.#hear(chunk));
        this.#endInput = () => child.stdin.end();
        this.#kill = () => child.kill('SIGKILL');
        this.#ended = this.#endOf(child, (code) => code);
        break;
      }
      case 'served': {
        const socket = connect({ host: '127.0.0.1', port: started.port, allowHalfOpen: true });
        socket.once('end', () => socket.end());
        socket.write(`${JSON.stringify({ verb, job })}\n`);
        this.#listen(socket);
        this.#endInput = () => socket.end();
        this.#kill = () => socket.destroy();
        this.#ended = this.#endOf(socket, () => this.#exit ?? null);
        break;
      }
    }
    this.#ended.catch(() => undefined); // Whoever waits for the end is told.
  }

  #listen(output: Readable): void {
    let rest = '';
    output.setEncoding('utf8').on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) if (line !== '') this.#take(JSON.parse(line) as Line);
    });
  }

  /** The last line of what is served says how it ended. */
  #take(line: Line): void {
    if (line.exit === undefined) {
      this.answers.push(line);
      return;
    }
    this.#exit = line.exit;
    this.#hear(line.error ?? '');
    this.#kill();
  }

  #hear(text: string): void {
    this.#errors = (this.#errors + text).slice(-8_000);
  }

  #endOf(source: ChildProcess | Duplex, outcome: (code: number | null) => number | null): Promise<number | null> {
    return new Promise((resolve, reject) => {
      source.once('error', (error: Error) => {
        this.#isEnded = true;
        reject(error);
      });
      source.once('close', (code: number | null) => {
        this.#isEnded = true;
        resolve(outcome(code));
      });
    });
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
    this.#endInput();
    return this.done();
  }

  /** Rejects where it did not end well, or not in time. */
  async done(): Promise<readonly Answer[]> {
    const timer = setTimeout(() => this.#kill(), PROGRAM_WITHIN_MS);
    const code = await this.#ended.finally(() => clearTimeout(timer));
    if (code !== 0) throw new Error(`${this.#what} ended with ${code ?? 'nothing said'}; ${this.#said()}`);
    return this.answers;
  }

  kill(): void {
    this.#kill();
  }

  #said(): string {
    const last = this.answers.slice(-3).map((answer) => JSON.stringify(answer).slice(0, 300));
    return `${this.#what} answered ${this.answers.length} lines, last ${last.join(' ')}, and said ${this.#errors || 'nothing'}`;
  }
}
