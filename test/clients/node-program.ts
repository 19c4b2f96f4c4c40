/** What the programs of Node's clients share: the verb and its job, records from a file, answers, and the end of the input. */
import { readFileSync } from 'node:fs';
import type { AdminJob, AdminOperation, Answer, JobRecord, Jobs, LoginJob, StreamJob, Verb } from './job.js';

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

const AT_ONCE = 15;

/** Some at a time; `send` gives the offset of the first, or null where the client does not say it. */
export async function produceAll(
  file: string,
  partition: number,
  send: (records: readonly JobRecord[]) => Promise<number | null>,
): Promise<void> {
  const records = readRecords(file);
  for (let from = 0; from < records.length; from += AT_ONCE) {
    const some = records.slice(from, from + AT_ONCE);
    const base = await send(some);
    for (const i of some.keys()) {
      say({ acked: { partition, index: from + i, offset: base === null ? null : base + i } });
    }
  }
}

/** One at a time: neither client of Node keeps its promise with several when a connection is lost (their rows say how). */
export async function streamInTurn(
  job: StreamJob,
  send: (partition: number, value: string) => Promise<number | null>,
): Promise<void> {
  let isEnding = false;
  void inputEnded().then(() => {
    isEnding = true;
  });
  for (let index = 0; !isEnding; index++) {
    const partition = index % job.partitions;
    try {
      say({ acked: { partition, index, offset: await send(partition, String(index)) } });
    } catch (error) {
      say({ failed: { index, error: messageOf(error) } });
    }
    await pause(job.pauseMs);
  }
}

export async function logIn(
  job: LoginJob,
  attempt: (one: LoginJob['attempts'][number]) => Promise<void>,
): Promise<void> {
  for (const [index, one] of job.attempts.entries()) {
    try {
      await attempt(one);
      say({ login: { index } });
    } catch (error) {
      say({ login: { index, error: messageOf(error) } });
    }
  }
}

export async function administer(
  job: AdminJob,
  operate: (operation: AdminOperation) => Promise<Record<string, unknown>>,
): Promise<void> {
  for (const operation of job.operations) {
    const { op } = operation;
    try {
      say({ did: { ...(await operate(operation)), op } });
    } catch (error) {
      say({ did: { op, error: messageOf(error) } });
    }
  }
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
function messageOf(error: unknown, depth = 3): string {
  if (!(error instanceof Error)) return String(error);
  const behind = error instanceof AggregateError ? error.errors : [error.cause];
  const said = behind.filter((each) => each !== undefined && depth > 0).map((each) => messageOf(each, depth - 1));
  return said.length === 0 ? error.message : `${error.message} (${said.join('; ')})`;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
