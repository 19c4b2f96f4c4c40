import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { packageRoot } from '../test/harness/package-root.js';
import { until } from '../test/harness/until.js';
import { Wire } from '../test/harness/wire.js';
import { World } from '../test/sim/world.js';
import { startBroker } from './embedded.js';
import { createTopics } from './protocol/api/create-topics.js';
import { metadata } from './protocol/api/metadata.js';

const run = promisify(execFile);
const ENDS_WITHIN_MS = 60_000;
const topics = [{ name: 'orders', numPartitions: 3, replicationFactor: 1, configs: [] }];

/** A program in the package's directory that must end by itself; what it wrote. */
async function program(text: string): Promise<string> {
  const args = ['--input-type=module', '--eval', text];
  const { stdout } = await run(process.execPath, args, { cwd: packageRoot, timeout: ENDS_WITHIN_MS });
  return stdout;
}

test('broker in process: stopped, it leaves no file, no handle and no port [broker 7.1]', async () => {
  const before = process.getActiveResourcesInfo().length;
  const broker = await startBroker();
  const wire = await Wire.open(broker);
  await wire.ask(createTopics, { topics, timeoutMs: 1000 });
  assert.ok(existsSync(join(broker.directory, 'broker.json')));
  // Its client is still there, and waits for nothing.
  await broker.stop();
  await broker.stop();
  assert.ok(!existsSync(broker.directory));
  await until('its handles are gone', ENDS_WITHIN_MS, async () => process.getActiveResourcesInfo().length <= before);
  const again = await startBroker({ port: broker.port });
  assert.equal(again.port, broker.port);
  await again.stop();
});

test('broker in process: a directory of its caller is kept, and held by one at a time [broker 7.1]', async (t) => {
  const first = await startBroker();
  t.after(() => first.stop());
  const { directory } = first;
  const port = first.port;
  await assert.rejects(startBroker({ port }), /EADDRINUSE/);
  const lives = await startBroker({ directory: join(directory, 'mine') });
  const { clusterId } = lives;
  await lives.stop();
  assert.ok(existsSync(join(directory, 'mine', 'broker.json')));
  const again = await startBroker({ directory: join(directory, 'mine') });
  assert.equal(again.clusterId, clusterId);
  await again.stop();
});

test('broker in process: clock, disk and network may all be somebody else’s [broker 7.1]', async () => {
  const world = new World(11);
  const { clock, random, network, disk } = world.host('kafka');
  const options = { clock, random, network, disk, host: 'kafka', port: 9092 };
  const finish = <T>(work: Promise<T>): Promise<T> => world.finish('the simulated broker', 60_000, work);
  const broker = await finish(startBroker({ ...options, directory: '/of-the-simulated-world' }));
  assert.equal(broker.bootstrap, 'kafka:9092');
  const wire = await finish(Wire.open(broker, world.host('client').network));
  await finish(wire.ask(createTopics, { topics, timeoutMs: 1000 }));
  world.kill('kafka');
  const again = await finish(startBroker({ ...options, ...world.host('kafka'), directory: broker.directory }));
  const reader = await finish(Wire.open(again, world.host('client').network));
  const found = await finish(reader.ask(metadata, { topics: null, allowAutoTopicCreation: false }));
  assert.deepEqual(
    found.topics.map(({ name, partitions }) => [name, partitions.length]),
    [['orders', 3]],
  );
  await finish(again.stop());
  for (const root of ['/', tmpdir()]) assert.ok(!existsSync(join(root, broker.directory)));
});

test('broker in process: the guide’s program runs, and ends by itself [broker 7.1]', async () => {
  const guide = readFileSync(join(packageRoot, 'docs', 'guides', 'small-kafka.md'), 'utf8');
  const text = /```js\n(.*?)```/s.exec(guide)?.[1] ?? '';
  assert.equal(await program(text), '1 record\n');
});

test('broker in process: it takes little more than Node itself to begin [broker 7.1]', async () => {
  const costs = await program(`
    const spent = () => { const { user, system } = process.cpuUsage(); return user + system; };
    const node = spent();
    const { startBroker } = await import('klink/broker');
    const broker = await startBroker();
    const all = spent();
    await broker.stop();
    process.stdout.write(JSON.stringify({ node, broker: all - node }));
  `);
  const { node, broker } = JSON.parse(costs) as { node: number; broker: number };
  assert.ok(broker < 4 * node, `${broker} µs of CPU time beside ${node} of Node's own`);
});
