/** Asks before something is lost. Anything but a yes is a no; a script that gives no answer at all is told so. */
import { CliFailure } from './failure.js';
import type { Io } from './io.js';

export async function confirmed(io: Io, question: string): Promise<boolean> {
  await io.out(`${question} (y/n): `);
  let answer = '';
  for await (const chunk of io.input) {
    answer += chunk.toString();
    if (answer.includes('\n')) break;
  }
  if (answer === '') {
    io.err('\n');
    throw new CliFailure('nobody answered, so nothing was changed', 'Give `--force` to be asked nothing.');
  }
  return /^\s*y(es)?\s*(\n|$)/i.test(answer);
}

const CTRL_C = '\u0003';
const CTRL_D = '\u0004';
const BACKSPACES: ReadonlySet<string> = new Set(['\b', '\u007f']);

interface Typed {
  readonly chunks: AsyncIterator<Buffer | string>;
  rest: string;
}

/** What was read and not asked for yet: two questions share one input. */
const typed = new WeakMap<Io, Typed>();

/** One line, which may not be empty. Where it is a secret, a terminal does not show it. */
export async function askedFor(io: Io, question: string, isSecret: boolean): Promise<string> {
  const input = typed.get(io) ?? { chunks: io.input[Symbol.asyncIterator](), rest: '' };
  typed.set(io, input);
  if (question !== '') io.err(question);
  if (isSecret) io.hideInput(true);
  let line = '';
  try {
    line = await lineOf(input);
  } finally {
    if (isSecret) {
      io.hideInput(false);
      if (io.inputIsTerminal) io.err('\n');
    }
  }
  if (line === '') throw new CliFailure('nothing was given');
  return line;
}

async function lineOf(input: Typed): Promise<string> {
  let line = '';
  for (;;) {
    for (const [at, letter] of [...input.rest].entries()) {
      if (letter === CTRL_C) throw new CliFailure('interrupted');
      if (letter === '\n' || letter === '\r' || letter === CTRL_D) {
        input.rest = [...input.rest].slice(at + 1).join('');
        return line.trim();
      }
      line = BACKSPACES.has(letter) ? line.slice(0, -1) : line + letter;
    }
    input.rest = '';
    const next = await input.chunks.next();
    if (next.done) return line.trim();
    input.rest = next.value.toString();
  }
}

/** `topic "a"`, `topics "a" and "b"`, `topics "a", "b", and "c"`. */
export function quotedList(noun: string, names: readonly string[]): string {
  const quoted = names.map((name) => `"${name}"`);
  if (quoted.length === 1) return `${noun} ${quoted[0]}`;
  if (quoted.length === 2) return `${noun}s ${quoted.join(' and ')}`;
  return `${noun}s ${quoted.slice(0, -1).join(', ')}, and ${quoted.at(-1)}`;
}
