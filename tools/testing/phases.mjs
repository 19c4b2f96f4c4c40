/**
 * What `npm run ok` and `npm test` consist of: one table. A phase gives `{ passed, failed, output }`. Test files are found
 * by their folder: whoever adds a test adds a file.
 *   load    how much of two processors it takes, as measured; phases run side by side while their loads fit
 *   seconds about how long it takes, where that is long: long ones begin before short ones
 *   needs   'kafka' (Java, and Maven for the first time), 'javac', 'go', 'python' and 'mount': without it the phase is left out
 *   when    'ok' (also in `npm run ok`, before all others and in order), 'test', or 'nightly'
 */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { fetchKafka, KAFKA_VERSIONS, kafkaFolder } from '../fetch-kafka.mjs';
import { runTests, testsIn } from './node-tests.mjs';
import { root, runProcess } from './processes.mjs';

const MINUTE_MS = 60_000;
const bin = (name) => join(root, 'node_modules', '.bin', name);
const [newest] = KAFKA_VERSIONS;

/** One command that counts as one test, or as nothing. */
async function command(line, { counts = 0, ...options } = {}) {
  const [program, ...args] = line;
  const { code, output } = await runProcess(program, args, options);
  return { passed: code === 0 ? counts : 0, failed: code === 0 ? 0 : 1, output };
}

const node = (script, ...args) => [process.execPath, join(root, script), ...args];

export const phases = [
  {
    name: 'format and lint',
    when: 'ok',
    load: 2,
    run: () => command([bin('biome'), 'check', '--error-on-warnings']),
  },
  { name: 'types', when: 'ok', load: 2, run: () => command([bin('tsc'), '-p', 'tsconfig.json']) },
  { name: 'layers', when: 'ok', load: 2, run: () => command(node('dist/tools/check-layers.js')) },
  { name: 'texts of the mutations', when: 'ok', load: 2, run: () => command(node('dist/tools/mutate.js', '--texts')) },
  {
    name: 'units and simulation',
    when: 'ok',
    load: 2,
    run: () =>
      runTests([...testsIn('src'), ...testsIn('bench'), ...testsIn('test/sim')], { timeoutMs: 15 * MINUTE_MS }),
  },

  ...KAFKA_VERSIONS.map((version) => suites(version)),
  suites('embedded'),
  {
    name: 'scenarios on embedded clusters',
    when: 'test',
    load: 1,
    seconds: 60,
    run: () => runTests(testsIn('test/scenarios'), { timeoutMs: 10 * MINUTE_MS }),
  },
  {
    name: 'fuzzer',
    when: 'test',
    load: 1,
    seconds: 60,
    // About a minute of one processor.
    run: () => runTests(testsIn('test/fuzz'), { env: { KLINK_FUZZ_TIMES: '6' }, timeoutMs: 10 * MINUTE_MS }),
  },
  {
    name: 'fuzzer for an hour',
    when: 'nightly',
    load: 2,
    // For each of its tests, at most three in a file, and two files at a time.
    run: () => runTests(testsIn('test/fuzz'), { env: { KLINK_FUZZ_MINUTES: '20' }, timeoutMs: 120 * MINUTE_MS }),
  },
  {
    name: 'checker',
    when: 'test',
    load: 1,
    needs: ['python', 'kafka'],
    run: () => runTests(testsIn('test/checker'), { timeoutMs: 5 * MINUTE_MS }),
  },
  {
    name: 'imported messages',
    when: 'test',
    load: 1,
    needs: ['kafka'],
    run: async () => {
      await fetchKafka(newest);
      const jar = join(kafkaFolder(newest), 'libs', `kafka-clients-${newest}.jar`);
      return command(node('dist/tools/import-messages.js', '--check', jar, newest), { counts: 1 });
    },
  },
  ...KAFKA_VERSIONS.map((version) => ({
    name: `messages of ${version} covered`,
    when: 'test',
    load: 1,
    needs: ['kafka'],
    run: async () => {
      await fetchKafka(version);
      const jar = join(kafkaFolder(version), 'libs', `kafka-clients-${version}.jar`);
      return command(node('dist/tools/import-messages.js', '--covers', jar, version), { counts: 1 });
    },
  })),
  clients('kafkajs', []),
  clients('platformatic', []),
  clients('confluent-kafka', ['python']),
  clients('kafka-python', ['python']),
  clients('java', ['kafka', 'javac']),
  clients('go', ['go']),
  ...KAFKA_VERSIONS.flatMap((version) => [
    clients('kafkajs', [], version),
    clients('platformatic', [], version),
    clients('confluent-kafka', ['python'], version),
    clients('kafka-python', ['python'], version),
    clients('java', ['kafka', 'javac'], version),
    clients('go', ['go'], version),
  ]),
  {
    name: 'mutations',
    when: 'test',
    load: 1,
    seconds: 450,
    // Their tests pass without a mutation, as the other phases say.
    run: () => mutations(['--tests-pass']),
  },
  tutorial('embedded'),
  ...KAFKA_VERSIONS.map((version) => tutorial(version)),
  // Whole klink processes on Apache Kafka that are killed and paused: a phase per file.
  ...testsIn('test/system').map((file) => processes(file, { when: 'test', timeoutMs: 25 * MINUTE_MS })),
  ...testsIn('test/nightly').map((file) => processes(file, { when: 'nightly', timeoutMs: 180 * MINUTE_MS })),
];

/** The suites that hold on every kind of broker, with one pair of brokers for all files. */
function suites(kind) {
  return {
    name: `suites on ${kind === 'embedded' ? 'embedded clusters' : kind}`,
    when: 'test',
    // On Kafka each of them takes a whole processor, half of it for brokers.
    load: kind === 'embedded' ? 0.5 : 1,
    seconds: kind === 'embedded' ? 170 : 450,
    needs: kind === 'embedded' ? [] : ['kafka'],
    run: async () => {
      const { startPair } = await import(
        pathToFileURL(join(root, 'dist', 'test', 'harness', 'engine-brokers.js')).href
      );
      const pair = await startPair(kind);
      try {
        const { source, destination } = pair.addresses;
        const at = [source, destination].map(({ host, port }) => `${host}:${port}`).join(',');
        const env = { KLINK_BROKERS: kind, KLINK_BROKERS_AT: at };
        return await runTests(testsIn('test/kafka'), { env, timeoutMs: 15 * MINUTE_MS, concurrency: 3 });
      } finally {
        await pair.stop();
      }
    },
  };
}

/** The rows of the client matrix that begin with that name; every night on Apache Kafka too. */
function clients(name, needs, kind = 'embedded') {
  return {
    name: `clients: ${name} on ${kind === 'embedded' ? 'embedded brokers' : kind}`,
    when: kind === 'embedded' ? 'test' : 'nightly',
    load: 1,
    seconds: 50,
    needs: kind === 'embedded' ? needs : [...new Set(['kafka', ...needs])],
    run: () => {
      const files = testsIn('test/clients').filter((file) => file.startsWith(`test/clients/${name}`));
      return runTests(files, { env: { KLINK_BROKERS: kind }, timeoutMs: 10 * MINUTE_MS });
    },
  };
}

function processes(file, { when, timeoutMs }) {
  return {
    name: file.replace(/^test\//, '').replace(/\.test\.ts$/, ''),
    when,
    // They wait for elections and leases, most of them more than half of the time.
    load: when === 'test' && !/\/kill-/.test(file) ? 0.5 : 1,
    seconds: /\/kill-/.test(file) ? 300 : 200,
    needs: file.endsWith('small-disk.test.ts') ? ['mount'] : ['kafka', 'python'],
    run: () => runTests([file], { timeoutMs }),
  };
}

function tutorial(kind) {
  const args = ['--quiet', ...(kind === 'embedded' ? [] : ['--kafka', kind])];
  return {
    name: `tutorial on ${kind === 'embedded' ? 'embedded clusters' : kind}`,
    when: 'test',
    load: 0.5,
    seconds: kind === 'embedded' ? 150 : 60,
    needs: kind === 'embedded' ? [] : ['kafka'],
    run: () => command(node('dist/test/acceptance/tutorial.js', ...args), { counts: 1, timeoutMs: 10 * MINUTE_MS }),
  };
}

async function mutations(args) {
  const { code, output } = await runProcess(...split(node('dist/tools/mutate.js', ...args)), {
    timeoutMs: 60 * MINUTE_MS,
  });
  const [, noticed, unnoticed] = output.match(/^mutations noticed: (\d+), not noticed: (\d+)$/m) ?? [];
  const failed = Number(unnoticed ?? 1);
  return { passed: Number(noticed ?? 0), failed: code !== 0 && failed === 0 ? 1 : failed, output };
}

function split([program, ...args]) {
  return [program, args];
}
