/** `topic produce` and `topic consume` against an embedded broker: what is printed is what is committed. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { systemClock } from '../../src/base/node/clock.js';
import { main } from '../../src/cli/main.js';
import { committedOffsets } from '../../src/client/admin/group-offsets.js';
import { clusterAdmin } from '../../src/serve/cluster-admin.js';
import { listenHttp } from '../../src/serve/http.js';
import { useCluster } from '../harness/client-broker.js';
import { documentedApp } from '../harness/documented-app.js';
import { useEmbedded } from '../harness/embedded.js';
import { FAKE_TOKEN, fakeCluster, fakeSurroundings } from '../harness/fake-clusters.js';
import { until } from '../harness/until.js';

const broker = await useEmbedded(test);
const cluster = useCluster(test, { address: broker, sasl: undefined });
const admin = clusterAdmin(cluster);

async function useTerminal(t: TestContext, bootstrap = broker.bootstrap) {
  const home = mkdtempSync(join(tmpdir(), 'klink cli '));
  const managed = { ...fakeCluster('one', 'one-id'), bootstrap, admin };
  const app = documentedApp(fakeSurroundings([managed]));
  const listener = await listenHttp(app, { host: '127.0.0.1', port: 0 }, systemClock);
  t.after(async () => {
    await listener.close();
    rmSync(home, { recursive: true, force: true });
  });
  const url = `http://127.0.0.1:${listener.address.port}`;
  const env = { KLINK_HOME: home, KLINK_URL: url, KLINK_TOKEN: FAKE_TOKEN };
  const run = (
    line: string,
    input = '',
    onLine: (printed: readonly string[], interrupt: () => void) => void = () => {},
  ) => {
    const printed: string[] = [];
    let err = '';
    let interrupt: () => void = () => undefined;
    const ended = main(line.split(' '), {
      env,
      workingDirectory: home,
      input: (async function* () {
        yield input;
      })(),
      inputIsTerminal: false,
      hideInput: () => undefined,
      async out(text) {
        printed.push(text.trimEnd());
        onLine(printed, () => interrupt());
      },
      err(text) {
        err += text;
      },
      onInterrupt(fire) {
        interrupt = fire;
        return () => undefined;
      },
    });
    return { printed, err: () => err, interrupt: () => interrupt(), code: ended };
  };
  return Object.assign(run, { env });
}

const seq = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => String(from + i));
const lines = (values: readonly string[]) => `${values.join('\n')}\n`;

async function newTopic(name: string, partitions: number): Promise<void> {
  await admin.createTopic({ name, partitions, replicationFactor: 1, configs: new Map() }, false);
}

/** The sum of what a group has committed in a topic. */
async function committed(group: string): Promise<bigint> {
  const found = (await committedOffsets(cluster, [group])).get(group) ?? [];
  return found.reduce((sum, { offset }) => sum + offset, 0n);
}

test('Ctrl-C after any line commits exactly the lines that were printed [cli 4.3]', async (t) => {
  const klink = await useTerminal(t);
  await newTopic('orders', 3);
  assert.equal(await klink('topic produce orders', lines(seq(1, 40))).code, 0);
  const all: string[] = [];
  for (const [at, count] of [1, 7, 2, 15].entries()) {
    const begin = at === 0 ? ' --from-beginning' : '';
    const run = klink(`topic consume orders --group shipping${begin}`, '', (printed, interrupt) => {
      if (printed.length === count) interrupt();
    });
    assert.equal(await run.code, 0, run.err());
    assert.equal(run.printed.length, count);
    all.push(...run.printed);
    assert.equal(await committed('shipping'), BigInt(all.length));
  }
  const last = klink('topic consume orders --group shipping', '', (printed, interrupt) => {
    if (printed.length === 15) interrupt();
  });
  assert.equal(await last.code, 0, last.err());
  all.push(...last.printed);
  assert.deepEqual(
    all.sort((one, other) => Number(one) - Number(other)),
    seq(1, 40),
  );
});

test('a broker that restarts between two lines costs no line and repeats none', async (t) => {
  const klink = await useTerminal(t);
  await newTopic('restarted', 1);
  assert.equal(await klink('topic produce restarted', lines(seq(1, 5))).code, 0);
  const reading = klink('topic consume restarted --group g --from-beginning');
  await until('five lines', 20_000, () => reading.printed.length === 5);
  await broker.kill9();
  await broker.restart();
  assert.equal(await klink('topic produce restarted', lines(seq(6, 10))).code, 0);
  await until('the rest', 20_000, () => reading.printed.length >= 10);
  reading.interrupt();
  assert.equal(await reading.code, 0, reading.err());
  assert.deepEqual(reading.printed, seq(1, 10));
  assert.equal(await committed('g'), 10n);
});

test('a reader that goes away ends the command, which commits what was taken before', async (t) => {
  const klink = await useTerminal(t);
  await newTopic('piped', 1);
  assert.equal(await klink('topic produce piped', lines(seq(1, 20_000))).code, 0);
  const entry = join(import.meta.dirname, '..', '..', 'src', 'cli', 'main.js');
  const args = [entry, ...'topic consume piped --group head --from-beginning'.split(' ')];
  const child = spawn(process.execPath, args, {
    env: { ...process.env, ...klink.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let err = '';
  child.stderr.on('data', (chunk: Buffer) => {
    err += chunk.toString();
  });
  child.stdout.once('data', () => child.stdout.destroy());
  const code = await new Promise((resolve) => child.once('exit', resolve));
  assert.deepEqual([code, err], [0, 'Starting Kafka Consumer. Use Ctrl-C to exit.\n']);
  const taken = await committed('head');
  assert.ok(taken > 0n && taken < 20_000n, `${taken}`);
});

test('without a group nothing is left behind; keys and offsets are printed', async (t) => {
  const klink = await useTerminal(t);
  await newTopic('keyed', 1);
  assert.equal(await klink('topic produce keyed --parse-key', 'a:1\nb:2\n').code, 0);
  const before = (await admin.groups()).length;
  const run = klink('topic consume keyed --from-beginning --print-key --print-offset', '', (printed, interrupt) => {
    if (printed.length === 2) interrupt();
  });
  assert.equal(await run.code, 0, run.err());
  assert.deepEqual(run.printed, ['Partition:0\tOffset:0\ta\t1', 'Partition:0\tOffset:1\tb\t2']);
  assert.equal((await admin.groups()).length, before);
});

/** What is not printed would be waited for. */
const ENDS = { timeout: 20_000 };

test(
  'one partition is read from an offset on, alone; headers and times are printed in front [cli 4.1]',
  ENDS,
  async (t) => {
    const klink = await useTerminal(t);
    await newTopic('placed', 2);
    const input = lines(seq(1, 20).map((value) => `${value}:v${value}`));
    const produced = klink('topic produce placed --parse-key --headers trace:a:b,from:shop', input);
    assert.equal(await produced.code, 0, produced.err());
    const upTo = (count: number) => (printed: readonly string[], interrupt: () => void) => {
      if (printed.length === count) interrupt();
    };
    const all = klink('topic consume placed --from-beginning --print-offset', '', upTo(20));
    assert.equal(await all.code, 0, all.err());
    // Both, because whichever is handed out first would pass alone.
    for (const partition of [0, 1]) {
      const wanted = all.printed.filter((line) =>
        new RegExp(`^Partition:${partition}\tOffset:([2-9]|1\\d)\t`).test(line),
      );
      assert.ok(wanted.length > 1, all.printed.join('\n'));
      const flags = `--partition ${partition} --offset 2 --print-offset --timestamp --full-header`;
      const some = klink(`topic consume placed ${flags}`, '', upTo(wanted.length));
      assert.equal(await some.code, 0, some.err());
      const shape = /^Timestamp:(\d{13})\t(Partition:\d\tOffset:\d+\t)Headers:\[trace="a:b", from="shop"\]\t(v\d+)$/;
      assert.deepEqual(
        some.printed.map((line) => line.replace(shape, '$2$3')),
        wanted,
      );
    }
    for (const [wrong, why] of [
      ['--partition 2', /^Error: topic "placed" has 2 partitions, and none of number 2\n/],
      ['--offset 1 --group g', /^Error: `--offset` and `--partition` read without a group\n/],
      ['--offset 1 --from-beginning', /^Error: .* exclude each other\n/],
      ['--value-format avro', /^Error: .*Allowed choices are string\./],
    ] as const) {
      const refused = klink(`topic consume placed ${wrong}`);
      assert.equal(await refused.code, 1, wrong);
      assert.match(refused.err(), why);
    }
  },
);

test('--bootstrap is where the client goes, with or without a protocol in front', async (t) => {
  const klink = await useTerminal(t, '127.0.0.1:1');
  await newTopic('elsewhere', 1);
  const written = klink(`topic produce elsewhere --bootstrap PLAINTEXT://${broker.bootstrap}`, 'x\n');
  assert.equal(await written.code, 0, written.err());
  assert.match(written.err(), /^Note: a bootstrap server as `PLAINTEXT:\/\/host:port` is accepted/);
});

test('an unreachable cluster and an unknown topic are told in sentences [P10]', async (t) => {
  const klink = await useTerminal(t, '127.0.0.1:1');
  await newTopic('unreachable', 1);
  const refused = klink('topic produce unreachable', 'x\n');
  assert.equal(await refused.code, 1);
  assert.match(refused.err(), /^Error: Metadata: no broker of one answers: .*ECONNREFUSED/);
  assert.match(refused.err(), /Check that a broker answers at 127\.0\.0\.1:1\./);
  const unknown = klink('topic consume no-such-topic');
  assert.equal(await unknown.code, 1);
  assert.match(unknown.err(), /no-such-topic/);
});
