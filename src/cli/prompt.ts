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

/** `topic "a"`, `topics "a" and "b"`, `topics "a", "b", and "c"`. */
export function quotedList(noun: string, names: readonly string[]): string {
  const quoted = names.map((name) => `"${name}"`);
  if (quoted.length === 1) return `${noun} ${quoted[0]}`;
  if (quoted.length === 2) return `${noun}s ${quoted.join(' and ')}`;
  return `${noun}s ${quoted.slice(0, -1).join(', ')}, and ${quoted.at(-1)}`;
}
