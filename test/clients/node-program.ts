/** What the programs of Node's clients share: the verb and its job, records from a file, answers, and the end of the input. */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import type { AdminJob, AdminOperation, Answer, JobRecord, Jobs, LoginJob, StreamJob, Verb } from './job.js';

/** Of one verb, with whoever asked for it. */
export interface Conversation {
  say(answer: Answer): void;
  /** Resolves when the driver wants the end. */
  readonly inputEnded: Promise<void>;
}

export type Verbs = { readonly [V in Verb]: (job: Jobs[V], to: Conversation) => Promise<void> };

/**
 * One process for all verbs, since to load a client takes longer than most of them: prints its port; each connection asks for
 * one in one line, `{"verb", "job"}`, and is answered in lines, the last one `{"exit", "error"}`.
 */
export function serve(verbs: Verbs): void {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => undefined); // Nobody listens any more.
    const inputEnded = new Promise<void>((resolve) => {
      socket.once('end', resolve).once('close', resolve);
    });
    const write = (line: object) => socket.write(`${JSON.stringify(line)}\n`);
    createInterface({ input: socket }).once('line', (line) => {
      // The driver writes what the verb's own type says.
      const { verb, job } = JSON.parse(line) as { readonly verb: Verb; readonly job: unknown };
      const run = verbs[verb] as (job: unknown, to: Conversation) => Promise<void>;
      run(job, { say: write, inputEnded })
        .then(
          () => write({ exit: 0 }),
          (error: unknown) => write({ exit: 1, error: messageOf(error) }),
        )
        .finally(() => socket.end());
    });
  });
  server.listen(0, '127.0.0.1', () => {
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('a listener without a port');
    console.log(address.port);
  });
  process.stdin.once('end', () => process.exit(0)).resume();
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
  to: Conversation,
  file: string,
  partition: number,
  send: (records: readonly JobRecord[]) => Promise<number | null>,
): Promise<void> {
  const records = readRecords(file);
  for (let from = 0; from < records.length; from += AT_ONCE) {
    const some = records.slice(from, from + AT_ONCE);
    const base = await send(some);
    for (const i of some.keys()) {
      to.say({ acked: { partition, index: from + i, offset: base === null ? null : base + i } });
    }
  }
}

/** One at a time: neither client of Node keeps its promise with several when a connection is lost (their rows say how). */
export async function streamInTurn(
  to: Conversation,
  job: StreamJob,
  send: (partition: number, value: string) => Promise<number | null>,
): Promise<void> {
  let isEnding = false;
  void to.inputEnded.then(() => {
    isEnding = true;
  });
  for (let index = 0; !isEnding; index++) {
    const partition = index % job.partitions;
    try {
      to.say({ acked: { partition, index, offset: await send(partition, String(index)) } });
    } catch (error) {
      to.say({ failed: { index, error: messageOf(error) } });
    }
    await pause(job.pauseMs);
  }
}

export async function logIn(
  to: Conversation,
  job: LoginJob,
  attempt: (one: LoginJob['attempts'][number]) => Promise<void>,
): Promise<void> {
  for (const [index, one] of job.attempts.entries()) {
    try {
      await attempt(one);
      to.say({ login: { index } });
    } catch (error) {
      to.say({ login: { index, error: messageOf(error) } });
    }
  }
}

export async function administer(
  to: Conversation,
  job: AdminJob,
  operate: (operation: AdminOperation) => Promise<Record<string, unknown>>,
): Promise<void> {
  for (const operation of job.operations) {
    const { op } = operation;
    try {
      to.say({ did: { ...(await operate(operation)), op } });
    } catch (error) {
      to.say({ did: { op, error: messageOf(error) } });
    }
  }
}

export function bytes(text: string | null): Buffer | null {
  return text === null ? null : Buffer.from(text, 'base64');
}

export function text(bytes: Buffer | string | null | undefined): string | null {
  return bytes === null || bytes === undefined ? null : Buffer.from(bytes).toString('base64');
}

/** With what is behind it: clients wrap the broker's answer. */
function messageOf(error: unknown, depth = 3): string {
  if (!(error instanceof Error)) return String(error);
  const behind = error instanceof AggregateError ? error.errors : [error.cause];
  const said = behind.filter((each) => each !== undefined && depth > 0).map((each) => messageOf(each, depth - 1));
  return said.length === 0 ? error.message : `${error.message} (${said.join('; ')})`;
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
