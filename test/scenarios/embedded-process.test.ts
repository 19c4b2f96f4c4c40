/** The embedded broker as a process: ready line, clean end, crash, lock, and what it says when it cannot start. */
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startEmbedded, useEmbedded } from '../harness/embedded.js';
import { until } from '../harness/until.js';
import { Wire } from '../harness/wire.js';
import { batchOf, WireTopic } from '../harness/wire-topic.js';

const entry = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'src', 'broker.js');
const PRODUCER = 2n ** 62n + 1n;

function run(args: readonly string[]): Promise<{ code: number | null; out: string; errors: string }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [entry, ...args], { stdio: ['pipe', 'pipe', 'pipe'] });
    let out = '';
    let errors = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      out += chunk.toString();
    });
    child.stderr?.on('data', (chunk: Buffer) => {
      errors += chunk.toString();
    });
    child.once('close', (code) => resolve({ code, out, errors }));
  });
}

test('a clean stop ends with 0 and keeps everything, in a directory with spaces', async (t) => {
  const dir = join(mkdtempSync(join(tmpdir(), 'klink broker ')), 'a b');
  t.after(() => rmSync(dirname(dir), { recursive: true, force: true }));
  const broker = await useEmbedded(t, { dir });
  let wire = await Wire.open(broker);
  const topic = await WireTopic.create(wire, 't');
  await topic.append(batchOf({ producerId: PRODUCER }, 0, 10));
  await broker.terminate();
  await broker.restart();
  wire = await Wire.open(broker);
  assert.equal(await (await WireTopic.find(wire, 't')).end(), 10n);
  await broker.terminate();
  assert.equal(broker.log(), '', 'nothing worth a warning has happened');
});

test('the process ends when its parent closes the pipe', async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'klink-broker-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  const child = spawn(process.execPath, [entry, '--dir', dir, '--port', '0', '--parent-pipe'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  t.after(() => child.kill('SIGKILL'));
  await new Promise((ready) => child.stdout?.once('data', ready));
  child.stdin?.end();
  await until('the end of the broker', 10_000, () => child.exitCode === 0);
});

test('two brokers cannot hold one directory, and a taken port is named', async (t) => {
  const broker = await useEmbedded(t);
  const second = await run(['--dir', broker.dir, '--port', '0']);
  assert.equal(second.code, 1);
  assert.match(second.errors, new RegExp(`in use by the process with id ${broker.pid}`));
  const other = mkdtempSync(join(tmpdir(), 'klink-broker-'));
  t.after(() => rmSync(other, { recursive: true, force: true }));
  const taken = await run(['--dir', other, '--port', String(broker.port)]);
  assert.equal(taken.code, 1);
  assert.match(
    taken.errors,
    /port \d+ of 127\.0\.0\.1 is taken: end what listens there, or choose another one.*EADDRINUSE/,
  );
});

test('who asks it to end while it begins is not left with half of a start [broker 7]', async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'klink-broker-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    // It waits in the middle of its start for what is in this pipe.
    const pipe = join(dir, `initial-${signal}`);
    await promisify(execFile)('mkfifo', [pipe]);
    const args = [entry, '--dir', join(dir, 'kafka'), '--port', '0', '--init', pipe];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
    t.after(() => child.kill('SIGKILL'));
    const ended = new Promise<unknown[]>((resolve) => child.once('exit', (...how) => resolve(how)));
    const initial = await open(pipe, 'w');
    child.kill(signal);
    await initial.writeFile('{}');
    await initial.close();
    assert.deepEqual(await ended, [0, null], signal);
    assert.ok(!existsSync(join(dir, 'kafka', 'lock')));
  }
});

test('with --parent-pipe it ends in good order when its parent is killed [broker 7]', async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'klink-broker-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  const args = [entry, '--dir', dir, '--port', '0', '--parent-pipe'];
  const text = `require('node:child_process').spawn(process.execPath, ${JSON.stringify(args)}, { stdio: ['pipe', 'inherit', 'ignore'] });`;
  const parent = spawn(process.execPath, ['--eval', text], { stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise((ready) => parent.stdout.once('data', ready));
  assert.ok(existsSync(join(dir, 'lock')));
  parent.kill('SIGKILL');
  await until('the end of the broker', 10_000, () => !existsSync(join(dir, 'lock')));
});

test('a child costs little more than Node itself to begin and to end [broker 7.1]', async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'klink-broker-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  // Its standard input is at its end.
  const args = JSON.stringify(['--dir', dir, '--port', '0', '--parent-pipe']);
  const text = `
    const spent = () => { const { user, system } = process.cpuUsage(); return user + system; };
    const node = spent();
    import(${JSON.stringify(entry)}).then(({ main }) => main(${args})).then((code) => {
      process.stdout.write(JSON.stringify({ code, node, broker: spent() - node }));
      process.exit();
    });`;
  const child = spawn(process.execPath, ['--eval', text], { stdio: ['ignore', 'pipe', 'inherit'] });
  let out = '';
  for await (const chunk of child.stdout) out += String(chunk);
  const [, told = ''] = out.split('\n');
  const { code, node, broker } = JSON.parse(told) as { code: number; node: number; broker: number };
  assert.equal(code, 0);
  assert.ok(broker < 4 * node, `${broker} µs of CPU time beside ${node} of Node's own`);
});

test('wrong arguments end with 2 and say what is wrong [broker 7]', async () => {
  const missing = await run([]);
  assert.equal(missing.code, 2);
  assert.match(missing.errors, /--dir is missing/);
  const unknown = await run(['--dir', '/nowhere', '--colour', 'red']);
  assert.equal(unknown.code, 2);
  const level = await run(['--dir', '/nowhere', '--log-level', 'loud']);
  assert.equal(level.code, 2);
  assert.match(level.errors, /--log-level loud is none: take one of debug, info, warn, error, silent/);
  // Where a number is taken all the same, the setting ends the start.
  for (const [flag, value] of [
    ['--port', ''],
    ['--port', '1e3'],
    ['--node-id', ''],
  ] as const) {
    const number = await run(['--dir', '/nowhere', flag, value, '--config', 'none=1']);
    assert.equal(number.code, 2, number.errors);
    assert.match(number.errors, new RegExp(`^klink broker: ${flag} ${value} is no (port|node id): give a`));
  }
  const initial = await run(['--dir', '/nowhere', '--init', '/nowhere.json']);
  assert.equal(initial.code, 1);
  assert.match(initial.errors, /^klink broker: --init \/nowhere\.json: ENOENT/);
});

test('kill -9 under load, again and again: everything acknowledged is there, once, in order', async (t) => {
  const broker = await startEmbedded({ config: { 'log.segment.bytes': '200000' } });
  t.after(() => broker.stop());
  let wire = await Wire.open(broker);
  let topic = await WireTopic.create(wire, 't');
  let acknowledged = 0n;
  const perBatch = 7;
  for (let round = 0; round < 5; round++) {
    // A lost answer is settled by reading: the log end says where to go on.
    let sequence = Number(await topic.end());
    assert.ok(BigInt(sequence) >= acknowledged, `round ${round}: ${sequence} < ${acknowledged}`);
    let killed = false;
    const inFlight = new Set<Promise<void>>();
    setTimeout(
      () => {
        killed = true;
        broker.kill9();
      },
      150 + 50 * round,
    );
    while (!killed) {
      const expected = BigInt(sequence);
      const one = topic.append(batchOf({ producerId: PRODUCER }, sequence, perBatch)).then(
        ([code, base]) => {
          assert.deepEqual([code, base], [0, expected]);
          acknowledged = expected + BigInt(perBatch);
        },
        () => undefined,
      );
      sequence += perBatch;
      const tracked = one.finally(() => inFlight.delete(tracked));
      inFlight.add(tracked);
      if (inFlight.size >= 5) await Promise.race(inFlight);
    }
    await Promise.all(inFlight);
    await broker.restart();
    wire = await Wire.open(broker);
    topic = await WireTopic.find(wire, 't');
  }
  assert.ok(acknowledged > 1000n, `only ${acknowledged} records were acknowledged`);
  let next = 0n;
  for (const batch of await topic.batches()) {
    assert.equal(batch.baseOffset, next);
    assert.equal(BigInt(batch.baseSequence), next, 'sequence = offset: nothing is missing and nothing twice');
    assert.ok(batch.crcMatches());
    next = batch.nextOffset;
  }
  assert.ok(next >= acknowledged);
});

test('--help explains every option on standard output and ends with 0 [P10]', async () => {
  for (const flag of ['--help', '-h']) {
    const { code, out, errors } = await run([flag]);
    assert.deepEqual([code, errors], [0, '']);
    for (const name of ['dir', 'port', 'host', 'cluster-id', 'node-id', 'config', 'log-level', 'parent-pipe']) {
      assert.match(out, new RegExp(`^ {2}.*--${name}\\b`, 'm'), name);
    }
  }
});
