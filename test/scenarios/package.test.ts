/** The package as a stranger has it: packed, unpacked elsewhere with its production dependencies alone, imported and run. */
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { packageRoot } from '../harness/package-root.js';
import { packedApplication, tsc } from '../harness/packed.js';
import { Wire } from '../harness/wire.js';

const ENDS_WITHIN_MS = 60_000;
const application = await packedApplication(['kafkajs', '@types/node', 'undici-types']);
after(() => application.remove());
const { directory, files, klink } = application;
const installed = join(directory, 'node_modules', 'klink');
const paths = files.map(({ path }) => path);
const guide = readFileSync(join(installed, 'docs', 'guides', 'small-kafka.md'), 'utf8');

interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly errors: string;
}

function run(program: string, args: readonly string[]): Promise<Ran> {
  return new Promise((resolve) => {
    const options = { cwd: directory, timeout: ENDS_WITHIN_MS, maxBuffer: 16 << 20 };
    const child = execFile(program, args, options, (_, out, errors) => resolve({ code: child.exitCode, out, errors }));
    child.stdin?.end();
  });
}

/** A file of the application that must end by itself; what it wrote. */
async function runs(name: string, text: string): Promise<string> {
  writeFileSync(join(directory, name), text);
  const { code, out, errors } = await run(process.execPath, [name]);
  assert.deepEqual([code, errors], [0, '']);
  return out;
}

test('package: it holds what runs, its types and its pages, and nothing of the workshop [broker 7.2]', () => {
  const belongs = /^(bin\/klink|dist\/src\/.+\.(js|d\.ts)|docs\/.+\.(md|svg|json)|[A-Z]+\.md|LICENSE|package\.json)$/;
  assert.deepEqual(
    paths.filter((path) => !belongs.test(path) || /\.test\./.test(path)),
    [],
  );
  const sources = readdirSync(join(packageRoot, 'src'), { recursive: true, encoding: 'utf8' });
  const modules = sources.filter((name) => /\.ts$/.test(name) && !/\.test\.ts$/.test(name));
  const compiled = modules.map((name) => join('dist', 'src', name.replace(/\.ts$/, '.js')));
  assert.deepEqual(
    compiled.filter((path) => !paths.includes(path)),
    [],
  );
  assert.equal(files.find(({ path }) => path === 'bin/klink')?.mode, 0o755);
});

test('package: what its README and its modules point to comes along [broker 7.2]', () => {
  const readme = readFileSync(join(installed, 'README.md'), 'utf8');
  const linked = [...readme.matchAll(/\]\((?![a-z]+:)([^)#\s]+)/g)].map(([, path = '']) => path);
  const named = paths
    .filter((path) => path.endsWith('.js'))
    .flatMap((path) => readFileSync(join(installed, path), 'utf8').match(/\bdocs\/[\w/-]+\.\w+/g) ?? []);
  assert.ok(linked.length > 10 && named.length > 10);
  const lost = [...linked, ...named].filter((path) => !existsSync(join(installed, path)));
  assert.deepEqual([...new Set(lost)], []);
});

test('package: every module finds what it imports, with production dependencies alone [broker 7.2]', async () => {
  const modules = paths.filter((path) => path.endsWith('.js')).map((path) => `./node_modules/klink/${path}`);
  const text = modules.map((path) => `await import('${path}');`).join('\n');
  assert.equal(await runs('all.mjs', `${text}\nconsole.log('all');`), 'all\n');
});

test('package: a broker is loaded from a few files, with each of its modules once and no module of others [broker 7.2]', () => {
  const src = join(installed, 'dist', 'src');
  const texts = new Map<string, string>();
  const read = (file: string): void => {
    if (texts.has(file)) return;
    const text = readFileSync(file, 'utf8');
    texts.set(file, text);
    for (const [, path = ''] of text.matchAll(/(?:\bfrom|^import|\bimport\() *["'](\.[^"']+)["']/gm)) {
      read(join(dirname(file), path));
    }
  };
  for (const entry of ['broker.js', 'embedded.js']) read(join(src, entry));
  const modulesOf = (text: string) => new Set([...text.matchAll(/^\/\/ (\S+\.js)$/gm)].map(([, name]) => name));
  const modules = [...texts.values()].flatMap((text) => [...modulesOf(text)]);
  assert.ok(texts.size <= 6, [...texts.keys()].join());
  assert.ok(modules.length > 200 && modules.includes('broker/log/segment.js'));
  assert.deepEqual([...new Set(modules)].sort(), modules.sort());
  assert.deepEqual(
    modules.filter((name = '') => !existsSync(join(packageRoot, 'src', name.replace(/\.js$/, '.ts')))),
    [],
  );
});

test('package: a stack names the functions of the source [broker 7.2]', async () => {
  const text = `
    import { startBroker } from 'klink/broker';
    await startBroker({ port: -1 }).catch(({ stack }) => console.log(stack));`;
  assert.match(
    await runs('stack.mjs', text),
    /has the port -1: .*\n +at checkAddress .*\n(?: +at .*\n)* +at startBroker /,
  );
});

for (const [how, broker] of [
  ['in process', "import('klink/broker').then(({ startBroker }) => startBroker()).then((broker) => broker.stop())"],
  // Its standard input is at its end.
  [
    'as a child',
    `import(${JSON.stringify(join(installed, 'dist', 'src', 'broker.js'))})
      .then(({ main }) => main(['--dir', 'begun', '--port', '0', '--parent-pipe']))`,
  ],
] as const) {
  test(`package: ${how} a broker begins and ends for less than one and a half times what Node itself takes [broker 7.1]`, async () => {
    const out = await runs(
      'begin.mjs',
      `const spent = () => { const { user, system } = process.cpuUsage(); return user + system; };
      const node = spent();
      await ${broker};
      console.log(JSON.stringify({ node, broker: spent() - node }));
      process.exit();`,
    );
    const told = JSON.parse(out.trim().split('\n').at(-1) ?? '') as { readonly node: number; readonly broker: number };
    assert.ok(told.broker < 1.5 * told.node, `${told.broker} µs of CPU time beside ${told.node} of Node's own`);
  });
}

test('package: the guide’s program starts a broker, asks it with kafkajs, and ends by itself [broker 7.1]', async () => {
  const text = /```js\n(.*?)```/s.exec(guide)?.[1] ?? '';
  assert.equal(await runs('guide.mjs', text), '1 record\n');
});

test('package: CommonJS has it too, two at once, each on a port of its own [broker 7.1]', async () => {
  const text = `
    const { startBroker } = require('klink/broker');
    Promise.all([startBroker(), startBroker()]).then(async (brokers) => {
      const [one, other] = brokers;
      console.log(one.port > 0 && one.port !== other.port, one.directory !== other.directory);
      await Promise.all(brokers.map((broker) => broker.stop()));
    });`;
  assert.equal(await runs('common.cjs', text), 'true true\n');
});

test('package: what is not exported is refused [broker 7.2]', async () => {
  const inside = ['klink', 'klink/dist/src/embedded.js', 'klink/dist/src/broker/broker.js', 'klink/broker.js'];
  const text = `
    for (const name of ${JSON.stringify(inside)}) console.log(await import(name).then(() => 'there', ({ code }) => code));
    const { default: { version } } = await import('klink/package.json', { with: { type: 'json' } });
    console.log(version);`;
  writeFileSync(join(directory, 'inside.mjs'), text);
  const { out } = await run(process.execPath, ['--no-warnings', 'inside.mjs']);
  const { version } = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as { version: string };
  assert.deepEqual(out.trim().split('\n'), [...inside.map(() => 'ERR_PACKAGE_PATH_NOT_EXPORTED'), version]);
});

const TYPED = `
import {
  type Broker, type Clock, type Disk, type InitialSecurity, type ListenerOptions, type Log, type Network, type Random,
  type RunningBroker, type StartBrokerOptions, startBroker, systemClock, systemDisk, systemNetwork, systemRandom,
} from 'klink/broker';

const log: Log = { debug() {}, info() {}, warn() {}, error() {}, child: () => log };
const clock: Clock = { ...systemClock, nowMs: () => 0 };
const random: Random = { ...systemRandom };
const network: Network = { ...systemNetwork };
const disk: Disk = { ...systemDisk, exists: (path: string): boolean => systemDisk.exists(path) };
const listeners: ListenerOptions[] = [{ protocol: 'SASL_SSL', listen: { host: '127.0.0.1', port: 0 } }];
const initial: InitialSecurity = { users: [{ name: 'app', password: 'secret' }], acls: [] };
const config = { 'auto.create.topics.enable': 'true' };
const world = { clock, random, network, disk, log };
const options: StartBrokerOptions = { directory: 'kafka', port: 0, listeners, initial, config, nodeId: 1, ...world };
const broker: RunningBroker = await startBroker(options);
const all: Broker['listeners'] = broker.listeners;
const told: (string | number)[] = [broker.bootstrap, broker.port, broker.clusterId, ...all.map(({ address }) => address.port)];
const stopped: Promise<void> = broker.stop();
await stopped;
// @ts-expect-error A port is a number.
await startBroker({ port: '9092' });
// @ts-expect-error What is not exported has no types either.
await import('klink/dist/src/embedded.js');
export { told };
`;

for (const moduleResolution of ['NodeNext', 'Bundler']) {
  test(`package: all that klink/broker exports has types, for ${moduleResolution} [broker 7.2]`, async () => {
    const exported = readFileSync(join(installed, 'dist', 'src', 'embedded.d.ts'), 'utf8');
    const inBraces = [...exported.matchAll(/^export (?:type )?\{([^}]*)\}/gm)].flatMap(([, list = '']) =>
      list.split(','),
    );
    const declared = [...exported.matchAll(/^export (?:declare )?(?:interface|function|const) (\w+)/gm)].map(
      ([, name]) => name,
    );
    const names = [...inBraces, ...declared].map((name = '') => name.trim()).filter((name) => name !== '');
    assert.ok(names.length >= 14);
    for (const name of names) assert.match(TYPED, new RegExp(`\\b${name}\\b`), `${name} is not tried`);
    const inGuide = /```ts\n(.*?)```/s.exec(guide)?.[1] ?? '';
    const written = [`typed-${moduleResolution}.mts`, `guide-${moduleResolution}.mts`];
    for (const [index, text] of [TYPED, inGuide].entries()) writeFileSync(join(directory, written[index] ?? ''), text);
    const module = moduleResolution === 'NodeNext' ? 'NodeNext' : 'ESNext';
    // Every declaration that is reached is checked as well: no skipLibCheck.
    const how = ['--ignoreConfig', '--noEmit', '--strict', '--target', 'ES2022', '--module', module];
    const args = [tsc, ...how, '--moduleResolution', moduleResolution, ...written];
    const { code, out } = await run(process.execPath, args);
    assert.deepEqual([code, out], [0, '']);
  });
}

test('package: klink says its version and its help [broker 7.2]', async () => {
  const { version } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')) as { version: string };
  const told = await run(klink, ['--version']);
  assert.deepEqual([told.code, told.errors], [0, '']);
  assert.match(told.out, new RegExp(`\\b${version.replaceAll('.', '\\.')}\\b`));
  const help = await run(klink, ['--help']);
  assert.deepEqual([help.code, help.errors], [0, '']);
  assert.match(help.out, /^ {2}mirror\b/m);
});

test('package: klink broker takes a free port, says where it listens, and ends with 0 at SIGTERM [broker 7]', async (t) => {
  const kept = join(directory, 'kept');
  const child = spawn(klink, ['broker', '--port', '0', '--dir', kept], {
    cwd: directory,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  t.after(() => child.kill('SIGKILL'));
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk.toString();
  });
  const ended = new Promise<unknown[]>((resolve) => child.once('close', (...how) => resolve(how)));
  const line = await new Promise<string>((resolve) =>
    child.stdout.once('data', (chunk: Buffer) => resolve(`${chunk}`)),
  );
  const { host, port, pid } = JSON.parse(line) as { host: string; port: number; pid: number };
  assert.equal(pid, child.pid);
  await Wire.open({ host, port });
  child.kill('SIGTERM');
  assert.deepEqual(await ended, [0, null]);
  assert.equal(errors, '');
  assert.ok(!existsSync(join(kept, 'lock')));
});
