/** The broker as a guest of somebody's tests: what it leaves behind, what it shares with others, and what it says when misused. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import { until } from '../test/harness/until.js';
import { Wire } from '../test/harness/wire.js';
import { STANDARD_AUTHORIZER } from './broker/config/broker-configs.js';
import { type StartBrokerOptions, startBroker } from './embedded.js';
import { createTopics } from './protocol/api/create-topics.js';
import { fetch } from './protocol/api/fetch.js';
import { joinGroup } from './protocol/api/join-group.js';

const run = promisify(execFile);
const WITHIN_MS = 60_000;
const embedded = JSON.stringify(join(import.meta.dirname, 'embedded.js'));

/** What the system's folder for temporary files is meanwhile: what is left there is seen. */
function folder(t: TestContext): string {
  const made = mkdtempSync(join(tmpdir(), 'klink-guest-'));
  const { TMPDIR } = process.env;
  process.env.TMPDIR = made;
  t.after(() => {
    if (TMPDIR === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = TMPDIR;
    rmSync(made, { recursive: true, force: true });
  });
  return made;
}

async function message(start: Promise<unknown>): Promise<string> {
  const reason = await start.then(
    () => new Error('it has started'),
    (error: unknown) => error,
  );
  assert.ok(reason instanceof Error);
  return reason.message;
}

test('guest: it stops at once while clients wait, asked twice, and nothing is left [broker 7.1]', async (t) => {
  const temporary = folder(t);
  const before = process.getActiveResourcesInfo().length;
  const listeners = process.eventNames().length;
  const broker = await startBroker({ listeners: [{ protocol: 'SASL_SSL', listen: { host: '127.0.0.1', port: 0 } }] });
  const [reader, member] = [await Wire.open(broker), await Wire.open(broker)];
  const topics = [{ name: 'orders', numPartitions: 1, replicationFactor: 1, configs: [] }];
  await reader.ask(createTopics, { topics, timeoutMs: 1000 });
  const partitions = [{ partition: 0, fetchOffset: 0n, partitionMaxBytes: 1 << 20 }];
  const waits = [
    reader.ask(
      fetch,
      { maxWaitMs: WITHIN_MS, minBytes: 1, maxBytes: 1 << 20, topics: [{ topic: 'orders', partitions }] },
      11,
    ),
    member.ask(
      joinGroup,
      {
        groupId: 'g',
        sessionTimeoutMs: 30_000,
        rebalanceTimeoutMs: 30_000,
        memberId: '',
        protocolType: 'consumer',
        protocols: [{ name: 'range', metadata: Buffer.alloc(0) }],
      },
      3,
    ),
  ].map((each) => each.catch(() => undefined));
  await Promise.all([broker.stop(), broker.stop()]);
  await broker.stop();
  await Promise.all(waits);
  assert.deepEqual(readdirSync(temporary), []);
  assert.equal(process.eventNames().length, listeners);
  await until('its handles are gone', WITHIN_MS, () => process.getActiveResourcesInfo().length <= before);
});

test('guest: two in one process know nothing of each other [broker 7.1]', async () => {
  const [one, other] = await Promise.all([startBroker(), startBroker()]);
  assert.notEqual(one.port, other.port);
  assert.notEqual(one.clusterId, other.clusterId);
  await one.stop();
  const wire = await Wire.open(other);
  wire.close();
  await other.stop();
});

test('guest: its directory is free at once when it has stopped, to be removed or used again [broker 7.1]', async (t) => {
  const directory = join(folder(t), 'kafka');
  const first = await startBroker({ directory });
  await first.stop();
  const second = await startBroker({ directory });
  assert.equal(second.clusterId, first.clusterId);
  // Whoever stops the first again does not let go what is not his any more.
  await first.stop();
  assert.match(await message(startBroker({ directory })), /is in use by this process itself/);
  await second.stop();
  rmSync(directory, { recursive: true });
  const third = await startBroker({ directory, port: first.port });
  assert.notEqual(third.clusterId, first.clusterId);
  await third.stop();
});

test('guest: of two brokers for one directory the second says who has it, also in this process [broker 7.1]', async (t) => {
  const temporary = folder(t);
  const directory = join(temporary, 'kafka');
  const link = join(temporary, 'link');
  const broker = await startBroker({ directory });
  symlinkSync(directory, link);
  for (const same of [directory, link]) {
    const told = await message(startBroker({ directory: same }));
    assert.equal(
      told,
      `${same} is in use by this process itself: stop what uses it first, or choose another directory`,
    );
  }
  const text = `import(${embedded}).then(({ startBroker }) => startBroker({ directory: ${JSON.stringify(directory)} }))
    .catch(({ message }) => console.log(message))`;
  const { stdout } = await run(process.execPath, ['--eval', text], { timeout: WITHIN_MS });
  assert.match(stdout, new RegExp(`in use by the process with id ${process.pid}: stop what uses it first`));
  await Wire.open(broker).then((wire) => wire.close());
  await broker.stop();
});

test('guest: a process that ended without a stop holds nothing [broker 7.1]', async (t) => {
  const directory = join(folder(t), 'kafka');
  const text = `import(${embedded}).then(({ startBroker }) => startBroker({ directory: ${JSON.stringify(directory)} }))
    .then(({ clusterId }) => { process.stdout.write(clusterId); process.exit(0); })`;
  const { stdout } = await run(process.execPath, ['--eval', text], { timeout: WITHIN_MS });
  const broker = await startBroker({ directory });
  assert.equal(broker.clusterId, stdout);
  await broker.stop();
});

test('guest: what cannot start says why and what to do, and leaves nothing [broker 7.1]', async (t) => {
  const temporary = folder(t);
  const other = await startBroker({ directory: join(temporary, 'other') });
  const file = join(temporary, 'file');
  writeFileSync(file, '');
  const before = process.getActiveResourcesInfo().length;
  const there = readdirSync(temporary);
  const cases: [StartBrokerOptions, RegExp][] = [
    [{ port: other.port }, /^port \d+ of 127\.0\.0\.1 is taken: .*0 for any free one \(listen EADDRINUSE/],
    [{ host: '192.0.2.1' }, /^192\.0\.2\.1 is not an address of this machine: choose one that is/],
    [{ directory: file }, /^\S+file is not a directory, or lies in a file: choose another one/],
    [{ directory: join(file, 'kafka') }, /^\S+kafka is not a directory, or lies in a file: choose another one/],
    [{ config: { 'num.partition': '3' } }, /no setting num\.partition, .*The nearest that it has: num\.partitions\./],
    [{ config: { 'num.partitions': 'three' } }, /^Invalid value three for configuration num\.partitions/],
  ];
  for (const [options, words] of cases) assert.match(await message(startBroker(options)), words);
  assert.deepEqual(readdirSync(temporary), there);
  await until('their handles are gone', WITHIN_MS, () => process.getActiveResourcesInfo().length <= before);
  await other.stop();
});

test('guest: a directory keeps its cluster and its node, and is refused under others [broker 7.1]', async (t) => {
  const directory = folder(t);
  const broker = await startBroker({ directory, clusterId: 'ours', nodeId: 3 });
  await broker.stop();
  const asked = (more: StartBrokerOptions) => message(startBroker({ directory, ...more }));
  assert.match(
    await asked({ clusterId: 'theirs' }),
    /belongs to cluster ours, not theirs: leave the cluster id out, or/,
  );
  assert.match(
    await asked({ nodeId: 4 }),
    /belongs to node 3, not 4: leave the node id out, or choose another directory/,
  );
  for (const more of [{}, { clusterId: 'ours', nodeId: 3 }]) {
    const again = await startBroker({ directory, ...more });
    assert.deepEqual([again.clusterId, again.nodeId], ['ours', 3]);
    await again.stop();
  }
});

test('guest: where no directory can be made, also below one that is there, it says so [broker 7.1]', {
  skip: process.platform !== 'linux',
}, async () => {
  // In a process of its own: what goes round for ever there is not to be stopped from here.
  const text = `import(${embedded}).then(({ startBroker }) => startBroker({ directory: '/proc/klink/kafka' }))
    .catch(({ message, code }) => console.log(code, message))`;
  const { stdout } = await run(process.execPath, ['--eval', text], { timeout: WITHIN_MS / 3, killSignal: 'SIGKILL' });
  assert.match(stdout, /^ENOENT \/proc\/klink cannot be made, or is gone: choose another directory/);
});

test('guest: a directory of something else is refused, and not changed [broker 2.13]', async (t) => {
  const temporary = folder(t);
  const kafka = join(temporary, 'kafka');
  mkdirSync(kafka);
  writeFileSync(join(kafka, 'meta.properties'), 'version=1\ncluster.id=x\nnode.id=1\n');
  assert.match(await message(startBroker({ directory: kafka })), /belongs to Apache Kafka.*: choose another directory/);
  assert.deepEqual(readdirSync(kafka), ['meta.properties']);

  const project = join(temporary, 'project');
  const essay = join(project, 'topics', 'rivers', 'essay.md');
  mkdirSync(join(essay, '..'), { recursive: true });
  writeFileSync(essay, 'The Danube');
  assert.match(await message(startBroker({ directory: project })), /no broker\.json: choose another directory/);
  assert.equal(readFileSync(essay, 'utf8'), 'The Danube');
  assert.deepEqual(readdirSync(project), ['topics']);
});

test('guest: a start removes only what a broker has left of topics [broker 2.13]', async (t) => {
  const directory = folder(t);
  const broker = await startBroker({ directory });
  const { clusterId } = broker;
  await broker.stop();
  const half = join(directory, 'topics', 'AAAAAAAAQACAAAAAAAAAAA', '0');
  const notes = join(directory, 'topics', 'notes');
  for (const each of [half, notes]) mkdirSync(each, { recursive: true });
  const again = await startBroker({ directory });
  assert.equal(again.clusterId, clusterId);
  assert.deepEqual([existsSync(half), existsSync(notes)], [false, true]);
  await again.stop();
  rmSync(join(directory, 'broker.json'));
  assert.match(await message(startBroker({ directory })), /put its broker\.json back/);
  assert.ok(existsSync(notes));
});

test('guest: a directory that may not be written is named [broker 7.1]', async (t) => {
  const closed = join(folder(t), 'closed');
  mkdirSync(closed);
  chmodSync(closed, 0o555);
  // Root may write anywhere: it is somebody else meanwhile.
  const text = `import(${embedded}).then(({ startBroker }) => {
      if (process.geteuid() === 0) process.seteuid(65534);
      return startBroker({ directory: ${JSON.stringify(join(closed, 'kafka'))} });
    }).catch(({ message, code }) => console.log(code, message))`;
  chmodSync(join(closed, '..'), 0o755);
  const { stdout } = await run(process.execPath, ['--eval', text], { timeout: WITHIN_MS });
  assert.match(
    stdout,
    /^EACCES \S+kafka may not be written by this user: choose another directory, or give this one to them/,
  );
});

test('guest: a start loads no package that only some brokers need [broker 7.1]', async () => {
  const text = `import { createRequire } from 'node:module';
    const { startBroker } = await import(${embedded});
    const broker = await startBroker();
    console.log(Object.keys(createRequire(process.execPath).cache).join());
    await broker.stop();`;
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', text], { timeout: WITHIN_MS });
  assert.equal(stdout, '\n');
});

test('guest: options that TypeScript would refuse are refused in words [broker 7.1]', async () => {
  const plain = { protocol: 'PLAINTEXT', listen: { host: '127.0.0.1', port: 0 } };
  const cases: [unknown, RegExp][] = [
    [{ prot: 9092 }, /^startBroker has no option prot: it has port$/],
    [9092, /^startBroker was given a number: give an object of options, or nothing$/],
    [null, /^startBroker was given null: give an object/],
    [{ nodeId: '1' }, /^nodeId is a text: give a whole number from 0 on, or leave it out$/],
    [{ listeners: {} }, /^listeners is an object of another kind: give a list of/],
    [{ config: ['a=1'] }, /^config is a list: give an object of settings/],
    [{ log: 'debug' }, /^log is a text: give an object with debug, info, warn, error and child/],
    [{ clock: {} }, /^clock is an object of another kind: give a Clock, such as systemClock/],
    // A file's text, with its passwords.
    [{ initial: '{"users":[]}' }, /^initial is a text: give \{ users, acls \}, or leave it out$/],
    [{ initial: { acls: [{ resourceType: 2 }] } }, /^ACL 0 of initial has the resourceName undefined: give a text$/],
    [{ port: '9092' }, /has the port '9092': give a number from 0 \(any free one\) to 65535$/],
    [{ port: 65_536 }, /has the port 65536: give a number/],
    [{ host: '' }, /has the host '': give \{ host, port \}/],
    [{ directory: '' }, /^directory is '': give a text, or leave it out for one of its own$/],
    [{ clusterId: 7 }, /^clusterId is 7: give a text, or leave it out for a random one$/],
    [
      { config: { listeners: 'PLAINTEXT://:9092' } },
      /^listeners is no setting here: give host, port and listeners \(--host/,
    ],
    [{ config: { 'node.id': '2' } }, /^node\.id is no setting here: give nodeId \(--node-id\)$/],
    [
      { config: { 'authorizer.class.name': STANDARD_AUTHORIZER, 'super.users': 'User:a;b' } },
      /^super\.users names b: a principal has a type, say User:b, and ; stands between two$/,
    ],
    [{ config: { 'num.partitions': 3 } }, /^the setting num\.partitions is 3: settings are texts, give '3'$/],
    [
      { listeners: [{ ...plain, protocol: 'TLS' }] },
      /protocol 'TLS' is none: take one of PLAINTEXT, SASL_PLAINTEXT, SSL/,
    ],
    [
      { listeners: [{ protocol: 'SSL', host: 'a', port: 0 }] },
      /listener SSL has the host undefined: give \{ host, port \}/,
    ],
    [
      { listeners: [{ ...plain, advertised: { host: 'a' } }] },
      /^advertised of the listener PLAINTEXT has the port undefined/,
    ],
    [{ initial: { users: [{ name: 'app' }] } }, /^user app of initial has no password: give a text$/],
  ];
  for (const [options, words] of cases) {
    assert.match(await message(startBroker(options as StartBrokerOptions)), words);
  }
});
