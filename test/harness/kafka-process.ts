/**
 * A Java process that cannot outlive this one. A shell waits beside it on a pipe of ours: when the pipe ends without a
 * word, because this process is gone however it went, the shell kills the Java process and removes its files.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface JavaProgram {
  /** For messages. */
  readonly what: string;
  readonly classpath: string;
  readonly flags: readonly string[];
  readonly main: readonly string[];
  /** Working directory, and place of its log. */
  readonly directory: string;
  /** Removed when this process dies before it could do so itself. */
  readonly litter: string;
}

/** Quick to start rather than fast later on. */
const QUICK_START = ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Xshare:auto', '-XX:-UsePerfData'];
const ENDED_WITHIN_MS = 60_000;
const TOOL_WITHIN_MS = 120_000;
const LOG_SHOWN = 20_000;

export class JavaProcess {
  readonly #program: JavaProgram;
  readonly #logFile: string;
  #child: ChildProcess | undefined;
  #guard: ChildProcess | undefined;

  constructor(program: JavaProgram) {
    this.#program = program;
    this.#logFile = join(program.directory, 'out.log');
  }

  get pid(): number {
    return this.#child?.pid ?? -1;
  }

  get ended(): boolean {
    return this.#child === undefined || this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  start(): void {
    const { what, classpath, flags, main, directory, litter } = this.#program;
    if (!this.ended) throw new Error(`${what} is running already`);
    const out = openSync(this.#logFile, 'a');
    const child = spawn('java', [...QUICK_START, ...flags, '-cp', classpath, ...main], {
      cwd: directory,
      stdio: ['ignore', out, out],
    });
    closeSync(out);
    child.on('error', () => {}); // `ended` and the missing answer tell.
    this.#child = child;
    if (child.pid === undefined) throw new Error(`${what}: java could not be started`);
    this.#guard = spawn('sh', ['-c', 'read _ || { kill -9 "$1"; rm -rf "$2"; }', 'sh', String(child.pid), litter], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    this.#guard.unref();
    const guard = this.#guard;
    guard.stdin?.on('error', () => {}); // It may be gone already.
    child.once('exit', () => guard.stdin?.end('ended\n'));
  }

  signal(signal: NodeJS.Signals): void {
    this.#child?.kill(signal);
  }

  /** Resolves when it has ended; at once when it is not running. */
  async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const child = this.#child;
    if (child === undefined || this.ended) return;
    const exit = new Promise<void>((resolve, reject) => {
      const late = setTimeout(() => {
        reject(new Error(`${this.#program.what} did not end after ${signal}\n${this.log()}`));
      }, ENDED_WITHIN_MS);
      child.once('exit', () => {
        clearTimeout(late);
        resolve();
      });
    });
    child.kill(signal);
    await exit;
  }

  /** The end of what it wrote. */
  log(): string {
    return existsSync(this.#logFile) ? readFileSync(this.#logFile, 'utf8').slice(-LOG_SHOWN) : '';
  }
}

/** Runs a main class to its end and gives its output. Rejects with that when it fails. */
export function runJava(classpath: string, flags: readonly string[], main: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const args = [...QUICK_START, ...flags, '-cp', classpath, ...main];
    execFile('java', args, { timeout: TOOL_WITHIN_MS }, (error, out, err) => {
      if (error) reject(new Error(`${main.join(' ')}: ${out}${err}`, { cause: error }));
      else resolve(out);
    });
  });
}
