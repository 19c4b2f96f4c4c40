/** The edges of the process as an argument, so that commands can be tested without one. */
import type { Environment } from '../api/client/local-server.js';

export interface Io {
  readonly env: Environment;
  readonly workingDirectory: string;
  readonly input: AsyncIterable<Buffer | string>;
  readonly inputIsTerminal: boolean;
  /** Of a terminal: what is typed is not shown, and comes key by key. */
  hideInput(hidden: boolean): void;
  /** Resolves when the system has taken the text; rejects when nobody reads any more. */
  out(text: string): Promise<void>;
  err(text: string): void;
  /** Calls `fire` at every Ctrl-C or SIGTERM until the returned function is called; without a listener they end the process. */
  onInterrupt(fire: () => void): () => void;
}

export function processIo(): Io {
  // A reader that went away is told to whoever writes (`out` rejects); without a listener it would end the process first.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  return {
    env: process.env,
    workingDirectory: process.cwd(),
    input: process.stdin,
    inputIsTerminal: process.stdin.isTTY === true,
    hideInput: (hidden) => {
      if (process.stdin.isTTY) process.stdin.setRawMode(hidden);
    },
    out: (text) =>
      new Promise((resolve, reject) => {
        process.stdout.write(text, (error) => (error ? reject(error) : resolve()));
      }),
    err: (text) => void process.stderr.write(text),
    onInterrupt(fire) {
      process.on('SIGINT', fire);
      process.on('SIGTERM', fire);
      return () => {
        process.removeListener('SIGINT', fire);
        process.removeListener('SIGTERM', fire);
      };
    },
  };
}
