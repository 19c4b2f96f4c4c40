/**
 * Plays the walk of `src/serve/demo-walk.ts` line by line and checks what each line must show. Waits on conditions only:
 * lines printed, a `ready` that says yes. Offsets, keys and values are compared by a client that is not ours.
 */
import assert from 'node:assert/strict';
import { type Step, type StepName, type Story, type WalkFacts, walkSteps } from '../../src/serve/demo-walk.js';
import { demandDocumented } from '../harness/documented.js';
import { until } from '../harness/until.js';
import { committed, type ForeignCluster, type ForeignRecord, readWhole } from './foreign-reader.js';
import type { Ran, Shell } from './shell.js';

export interface Stage {
  readonly shell: Shell;
  /** Where the shell stands. */
  readonly directory: string;
  readonly facts: WalkFacts;
  readonly original: ForeignCluster;
  readonly dr: ForeignCluster;
  /** PEM, where accounts log in by TLS: who signed the certificates of `dr`. */
  readonly authority?: string;
  readonly rest: { readonly url: string; readonly token: string };
  /** The lines that the demo printed, where it did: they must be the ones played. */
  readonly printed?: readonly string[];
  /** Where the brokers can refuse it: a write to a topic of `dr` by a client that knows nothing of klink. */
  readonly writeToMirror?: (topic: string) => Promise<void>;
}

const READY_WITHIN_MS = 90_000;

export async function play(stage: Stage, story: Story, say: (text: string) => void): Promise<void> {
  const { shell, facts } = stage;
  const steps = new Map(walkSteps(facts, story).map((step) => [step.name, step]));
  const line = (name: StepName) => (steps.get(name) as Step).line; // Every name of StepName is in the walk.
  const run = async (name: StepName): Promise<Ran> => {
    say(`$ ${line(name)}`);
    return shell.run(line(name));
  };
  const succeed = async (name: StepName): Promise<Ran> => {
    const ran = await run(name);
    assert.equal(ran.code, 0, explained(ran));
    return ran;
  };
  const consume = async (name: StepName, count: number): Promise<string[]> => {
    say(`$ ${line(name)}`);
    const ran = await shell.runUntil(line(name), (out) => linesOf(out).length >= count);
    assert.equal(ran.code, 0, explained(ran));
    return linesOf(ran.out);
  };
  const asJson = async (name: StepName): Promise<Record<string, unknown>[]> => {
    const ran = await shell.run(`${line(name)} -o json`);
    assert.equal(ran.code, 0, explained(ran));
    return JSON.parse(ran.out) as Record<string, unknown>[];
  };

  const clusters = await succeed('list-clusters');
  for (const id of [facts.original.id, facts.dr.id]) assert.ok(clusters.out.includes(id), explained(clusters));
  await succeed('use-original');
  assert.match((await succeed('create-link')).out, new RegExp(`^Created cluster link "${story.link}" with configs:\n`));
  assert.ok((await succeed('list-links')).out.includes(story.link));
  assert.equal((await succeed('create-topic')).out, `Created topic "${story.topic}".\n`);
  assert.ok((await succeed('list-topics')).out.includes(story.topic));
  assert.equal((await succeed('create-mirror')).out, `Created mirror topic "${story.topic}".\n`);

  const refused = await run('produce-to-mirror');
  assert.equal(refused.code, 1, explained(refused));
  assert.match(refused.err, /klink mirror promote/);
  assert.match(refused.err, /klink mirror failover/);

  if (stage.writeToMirror) await assert.rejects(stage.writeToMirror(story.topic), /not authorized/i);

  await succeed('produce-first');
  assertNumbers(await consume('consume-first', story.read), 1, story.read, story);
  await succeed('produce-second');
  const described = await succeed('describe-mirror');
  assert.ok(described.out.includes(story.topic), explained(described));
  const partitions = await asJson('describe-mirror');
  assert.equal(partitions.length, story.partitions);
  await succeed('list-links-again');
  await succeed('list-mirrors-of-link');
  await succeed('list-mirrors');
  say(`$ ${line('ready')}   # until yes`);
  await until('the group may move', READY_WITHIN_MS, async () => {
    const ran = await shell.run(line('ready'));
    if (ran.code !== 0) throw new Error(explained(ran));
    return true;
  });

  const atOriginal = await readWhole(stage.original, story.topic, story.mirrored);
  assert.deepEqual(await readWhole(stage.dr, story.topic, story.mirrored), atOriginal, 'same offset, same record');
  const groupAtOriginal = await committed(stage.original, story.group, story.topic);
  assert.deepEqual(await committed(stage.dr, story.group, story.topic), groupAtOriginal, 'the offsets came over');
  if (story.partitions === 1)
    assert.deepEqual(groupAtOriginal, [story.read], 'Ctrl-C commits exactly what was printed');

  await succeed('kill-original');
  await succeed('failover-dry-run');
  const undecided = await asJson('describe-mirror');
  assert.ok(
    undecided.every((row) => row.mirror_status !== 'STOPPED' && row.mirror_status !== 'PENDING_STOPPED'),
    'a dry run changes nothing',
  );
  await succeed('failover');
  await succeed('produce-after');
  const rest = story.written - story.read;
  assertNumbers(await consume('consume-after', rest), story.read + 1, story.written, story);

  const again = await run('create-mirror-again');
  assert.equal(again.code, 1, explained(again));
  assert.match(again.err, /already exists|exists and is writable/);
  await succeed('describe-stopped');
  const stopped = await asJson('describe-stopped');
  const ends = endsOf(atOriginal, story.partitions);
  for (const [partition, row] of stopped.entries()) {
    assert.equal(row.mirror_status, 'STOPPED');
    assert.equal(row.last_source_fetch_offset, ends[partition], `partition ${partition}`);
  }
  await checkRest(stage, story, ends);
  await checkAfter(stage, story, atOriginal, ends);
}

/** The same by REST: GET …/links/dr-link/mirrors/dr-topic */
async function checkRest(stage: Stage, story: Story, ends: readonly number[]): Promise<void> {
  const path = `/kafka/v3/clusters/${stage.facts.dr.id}/links/${story.link}/mirrors/${story.topic}`;
  const answer = await fetch(`${stage.rest.url}${path}`, { headers: { authorization: `Bearer ${stage.rest.token}` } });
  assert.equal(answer.status, 200);
  await demandDocumented('GET', answer.url, answer);
  const mirror = (await answer.json()) as {
    readonly mirror_status: string;
    readonly mirror_lags: readonly { readonly last_source_fetch_offset: number }[];
  };
  assert.equal(mirror.mirror_status, 'STOPPED');
  assert.deepEqual(
    mirror.mirror_lags.map((lag) => lag.last_source_fetch_offset),
    ends,
  );
}

/** Old records where they were, one invisible offset per partition for the barrier, new records behind it. */
async function checkAfter(
  stage: Stage,
  story: Story,
  before: readonly ForeignRecord[],
  ends: readonly number[],
): Promise<void> {
  const after = await readWhole(stage.dr, story.topic, story.written);
  const old = after.filter((record) => record.offset < (ends[record.partition] ?? 0));
  assert.deepEqual(old, before);
  const fresh = after.filter((record) => record.offset >= (ends[record.partition] ?? 0));
  for (const [partition, end] of ends.entries()) {
    const offsets = fresh.filter((record) => record.partition === partition).map((record) => record.offset);
    assert.deepEqual(
      offsets,
      offsets.map((_, index) => end + 1 + index),
      `partition ${partition}: the barrier at ${end}, new records right behind it`,
    );
  }
  const values = fresh.map((record) => Number(record.value)).sort((a, b) => a - b);
  assert.deepEqual(values, range(story.mirrored + 1, story.written));
}

function assertNumbers(lines: readonly string[], from: number, to: number, story: Story): void {
  const numbers = lines.map(Number);
  // Order is per partition; with one partition it is the order of writing.
  const shown = story.partitions === 1 ? numbers : numbers.toSorted((a, b) => a - b);
  assert.deepEqual(shown, range(from, to));
}

function endsOf(records: readonly ForeignRecord[], partitions: number): number[] {
  return Array.from({ length: partitions }, (_, partition) => {
    return Math.max(
      0,
      ...records.filter((record) => record.partition === partition).map((record) => record.offset + 1),
    );
  });
}

function linesOf(out: string): string[] {
  return out.split('\n').filter((line) => line !== '');
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

function explained(ran: Ran): string {
  return `${ran.line}\nexit code ${ran.code}\n${ran.out}${ran.err}`;
}
