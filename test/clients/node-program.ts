/** What the programs of Node's clients share: the verb and its job, records from a file, answers, and the end of the input. */
import { readFileSync } from 'node:fs';
import type { Answer, JobRecord, Jobs, Verb } from './job.js';

export type Verbs = { readonly [V in Verb]: (job: Jobs[V]) => Promise<void> };

/** Ends the process: a client that leaves a timer behind has done its verb all the same. */
export async function runVerb(verbs: Verbs): Promise<void> {
  const [, , verb, text] = process.argv;
  if (verb === undefined || text === undefined || !(verb in verbs)) throw new Error(`no such verb: ${verb}`);
  // The driver writes what the verb's own type says.
  const run = verbs[verb as Verb] as (job: unknown) => Promise<void>;
  await run(JSON.parse(text));
  process.stdout.write('', () => process.exit(0));
}

export function say(answer: Answer): void {
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}

export function readRecords(file: string): JobRecord[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as JobRecord);
}

export function bytes(text: string | null): Buffer | null {
  return text === null ? null : Buffer.from(text, 'base64');
}

export function text(bytes: Buffer | string | null | undefined): string | null {
  return bytes === null || bytes === undefined ? null : Buffer.from(bytes).toString('base64');
}

/** Resolves when the driver wants the end. */
export function inputEnded(): Promise<void> {
  return new Promise((resolve) => {
    process.stdin.once('end', resolve).once('close', resolve).resume();
  });
}

/** With what is behind it: clients wrap the broker's answer. */
export function messageOf(error: unknown, depth = 3): string {
  if (!(error instanceof Error)) return String(error);
  const behind = error instanceof AggregateError ? error.errors : [error.cause];
  const said = behind.filter((each) => each !== undefined && depth > 0).map((each) => messageOf(each, depth - 1));
  return said.length === 0 ? error.message : `${error.message} (${said.join('; ')})`;
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
