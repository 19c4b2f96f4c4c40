/**
 * Plays the guide line by line: each line is expected in its place, and each says what it must. A line of the guide that
 * nobody expects fails the test, and so does one that is missing.
 */
import assert from 'node:assert/strict';
import { until } from '../harness/until.js';
import { committed, foreignWrite, readWhole } from './foreign-reader.js';
import type { Stage } from './player.js';
import { filled, readRunbook, type Tale, writeSettings } from './runbook.js';
import type { Ran } from './shell.js';

const READY_WITHIN_MS = 90_000;

export async function playRunbook(stage: Stage, tale: Tale, say: (text: string) => void): Promise<void> {
  const { original, dr } = stage.facts;
  const said = tale.clusters === 'by name' ? { O: 'original', D: 'dr' } : { O: original.id, D: dr.id };
  const { lines, settings } = readRunbook(tale, said);
  const left = [...lines];
  /** What was printed, by the name that stands for it. */
  const known = new Map<string, string>();
  const next = (expected: string): string => {
    const line = left.shift() ?? '(the end of the guide)';
    assert.ok(line.includes(expected), `expected a line with "${expected}", the guide has: ${line}`);
    const ready = filled(line, known);
    say(`$ ${ready}`);
    return ready;
  };
  const succeed = async (expected: string): Promise<Ran> => {
    const ran = await stage.shell.run(next(expected));
    assert.equal(ran.code, 0, explained(ran));
    return ran;
  };
  const refuse = async (expected: string, ...reasons: readonly RegExp[]): Promise<void> => {
    const ran = await stage.shell.run(next(expected));
    assert.equal(ran.code, 1, explained(ran));
    for (const reason of reasons) assert.match(ran.err, reason, explained(ran));
  };
  const consume = async (expected: string, count: number): Promise<number[]> => {
    const ran = await stage.shell.runUntil(next(expected), (out) => linesOf(out).length >= count);
    assert.equal(ran.code, 0, explained(ran));
    const numbers = linesOf(ran.out).map(Number);
    return tale.partitions === 1 ? numbers : numbers.toSorted((a, b) => a - b);
  };

  const login = await succeed('login');
  assert.match(`${login.out}${login.err}`, /logged in|operator/i, explained(login));
  const environments = await succeed('environment list');
  known.set('environment-id', found(environments, /\benv-[a-z0-9-]+/));
  await succeed('environment use');
  const clusters = await succeed('cluster list');
  for (const { id } of [original, dr]) assert.ok(clusters.out.includes(id), explained(clusters));
  await succeed('cluster use');
  const described = await succeed('cluster describe');
  known.set('bootstrap', cell(described, 'Endpoint'));
  assert.match(cell(described, 'REST Endpoint'), /^https?:\/\//);
  await succeed('cluster describe');

  known.set('link-account', cell(await succeed('service-account create'), 'ID'));
  const linkKey = await succeed('api-key create');
  known.set('api-key', cell(linkKey, 'API Key'));
  known.set('api-secret', cell(linkKey, 'API Secret'));
  for (let count = 0; count < 6; count++) await succeed('acl create');
  writeSettings(stage.directory, settings, known);
  const created = await succeed('link create');
  assert.match(created.out, new RegExp(`^Created cluster link "${tale.link}" with configs:\n`));
  assert.ok(!`${created.out}${created.err}`.includes(known.get('api-secret') ?? '?'), 'no secret is shown twice');
  assert.ok((await succeed('link list')).out.includes(tale.link));
  assert.equal((await succeed('topic create')).out, `Created topic "${tale.topic}".\n`);
  assert.ok((await succeed('topic list')).out.includes(tale.topic));
  if (tale.narrow) await refuseOther(stage, tale, said);
  assert.equal((await succeed('mirror create')).out, `Created mirror topic "${tale.topic}".\n`);

  known.set('cli-account', cell(await succeed('service-account create'), 'ID'));
  const keys = { O: await succeed('api-key create'), D: await succeed('api-key create') };
  known.set('key-for-O', cell(keys.O, 'API Key')).set('key-for-D', cell(keys.D, 'API Key'));
  for (let count = 0; count < 3; count++) await succeed('acl create');
  await succeed('api-key use');
  await refuse('echo x | klink kafka topic produce', /mirror promote/, /mirror failover/);
  const bootstrap = await loginAddress(stage);
  const ssl = stage.authority === undefined ? {} : { ssl: { ca: stage.authority } };
  const sasl = {
    // The first of the account's two slots.
    mechanism: 'scram-sha-512',
    username: cell(keys.D, 'API Key'),
    password: cell(keys.D, 'API Secret'),
  } as const;
  await until('the fence holds off the account by the broker alone', READY_WITHIN_MS, async () => {
    await assert.rejects(foreignWrite({ bootstrap, sasl, ...ssl }, tale.topic), /not authorized/i);
    return true;
  });

  await succeed('api-key use');
  await succeed(`seq 1 ${tale.read} |`);
  assert.deepEqual(await consume('topic consume', tale.read), range(1, tale.read));
  await succeed(`seq ${tale.read + 1} ${tale.mirrored} |`);
  const lags = await succeed('mirror describe');
  assert.ok(lags.out.includes(tale.topic), explained(lags));
  await succeed('link list');
  for (let count = 0; count < 2; count++) assert.ok((await succeed('mirror list')).out.includes(tale.topic));
  const ready = next('consumer group ready');
  await until('the group may move', READY_WITHIN_MS, async () => {
    const ran = await stage.shell.run(ready);
    if (ran.code !== 0) throw new Error(explained(ran));
    return true;
  });
  const before = await readWhole(stage.original, tale.topic, tale.mirrored);
  assert.deepEqual(await readWhole(stage.dr, tale.topic, tale.mirrored), before, 'same offset, same record');
  assert.deepEqual(
    await committed(stage.dr, tale.group, tale.topic),
    await committed(stage.original, tale.group, tale.topic),
    'the offsets came over',
  );

  const killed = await stage.shell.run(stage.facts.killOriginal);
  assert.equal(killed.code, 0, explained(killed));
  await succeed('failover');
  await succeed('failover');
  await succeed('api-key use');
  await succeed(`seq ${tale.mirrored + 1} ${tale.written} |`);
  const rest = await consume('topic consume', tale.written - tale.read);
  assert.deepEqual(rest, range(tale.read + 1, tale.written));
  await refuse('mirror create', /already exists|exists and is writable/);
  const stopped = await succeed('mirror describe');
  assert.match(stopped.out, /STOPPED/);
  if (tale.partitions === 1) assert.match(stopped.out, new RegExp(`\\b${tale.mirrored}\\b`), explained(stopped));
  assert.deepEqual(left, [], 'lines of the guide that nobody expects');

  const after = await readWhole(stage.dr, tale.topic, tale.written);
  assert.deepEqual(
    after.filter(({ offset, partition }) => offset < endOf(before, partition)),
    before,
  );
}

/** Where keys log in at the standby. */
async function loginAddress({ rest, facts }: Stage): Promise<string> {
  const answer = await fetch(`${rest.url}/klink/v1/clusters`, { headers: { authorization: `Bearer ${rest.token}` } });
  const { data } = (await answer.json()) as {
    readonly data: readonly { readonly cluster_id: string; readonly login_bootstrap: string }[];
  };
  const found = data.find((each) => each.cluster_id === facts.dr.id)?.login_bootstrap;
  assert.ok(found, 'the standby has a listener for keys');
  return found;
}

/** A topic that the link's account may not read is refused with the right that is missing. */
async function refuseOther(stage: Stage, tale: Tale, said: { readonly O: string; readonly D: string }): Promise<void> {
  const made = await stage.shell.run(`klink topic create unreadable --partitions 1 --cluster ${said.O}`);
  assert.equal(made.code, 0, explained(made));
  const ran = await stage.shell.run(`klink mirror create unreadable --link ${tale.link} --cluster ${said.D}`);
  assert.equal(ran.code, 1, explained(ran));
  assert.match(ran.err, /DESCRIBE|READ/, explained(ran));
}

function endOf(records: readonly { readonly partition: number; readonly offset: number }[], partition: number): number {
  return Math.max(0, ...records.filter((each) => each.partition === partition).map((each) => each.offset + 1));
}

/** The value beside a heading in a boxed table: `| Heading | value |`. */
function cell(ran: Ran, heading: string): string {
  const [, value] = new RegExp(`^\\|\\s*${heading}\\s*\\|\\s*(.*?)\\s*\\|\\s*$`, 'm').exec(ran.out) ?? [];
  if (value === undefined) throw new Error(`no "${heading}" in what was printed: ${explained(ran)}`);
  return value;
}

function found(ran: Ran, pattern: RegExp): string {
  const [value] = pattern.exec(ran.out) ?? [];
  if (value === undefined) throw new Error(`nothing like ${pattern} was printed: ${explained(ran)}`);
  return value;
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
