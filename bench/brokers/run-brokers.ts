/**
 * The embedded broker beside Apache Kafka: acknowledged produce and fetch, each row on its own; prints the table and writes it
 * where it is published. How and why: docs/guides/bench.md.
 */
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { packageRoot } from '../../test/harness/package-root.js';
import { measureRow, prepare, remove } from './measure-row.js';
import { publishBrokers, publishStarts } from './publish-brokers.js';
import { brokerSentence, brokerTable, cost, type Measurement, speed } from './report-brokers.js';
import { startTable } from './report-starts.js';
import { nameOf, type Row, rows, shapeOf } from './rows.js';
import { SIDE_TITLES, SIDES, type Side, type SideName, startSide } from './sides.js';
import { measureStarts } from './starts.js';

const HELP = `npm run bench:broker -- [options]
  --megabytes N   of the rows with small batches, behind the warm-up (default 400)
  --rounds N      rounds (default 3)
  --only NAME     embedded or kafka; 16/1, 16/100, 256/1 or 256/100 (batch KiB / partitions), 16/1/flushed or 256/1/flushed;
                  again for more; or start: how long a broker takes to begin
  --dir PATH      where both keep their logs (default /dev/shm: the brokers are measured, not a disk)
  --disk PATH     and where for what is flushed (default ./.build: a disk)
  --quick         one round of 100 MB
  --profile DIR   a CPU profile of the embedded broker, for Chrome's developer tools
  --no-write      print only; also when anything was left out or profiled
`;

/** Among what `--only` names. */
const START = 'start';

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      megabytes: { type: 'string' },
      rounds: { type: 'string' },
      only: { type: 'string', multiple: true, default: [] },
      dir: { type: 'string', default: '/dev/shm' },
      disk: { type: 'string', default: join(packageRoot, '.build') },
      quick: { type: 'boolean', default: false },
      profile: { type: 'string' },
      'no-write': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const all = rows(count('--megabytes', values.megabytes ?? (values.quick ? '100' : '400')));
  const rounds = count('--rounds', values.rounds ?? (values.quick ? '1' : '3'));
  for (const name of values.only) {
    if (![START, ...SIDES, ...all.map(nameOf)].includes(name))
      throw new Error(`--only ${name}: there is no such broker or row`);
  }
  const began = performance.now();
  const say = (text: string) =>
    process.stdout.write(`${((performance.now() - began) / 1000).toFixed(0).padStart(4)} s  ${text}\n`);
  const { model = '' } = cpus()[0] ?? {};
  const machine = { processor: model, node: process.version, rounds, directory: values.dir };
  const measuresStarts = values.only.length === 0 || values.only.includes(START);
  if (measuresStarts) {
    const [load = 0] = loadavg();
    const starts = await measureStarts(rounds, values.dir, say);
    if (!values.quick && !values['no-write']) publishStarts(starts, { ...machine, load });
    process.stdout.write(`\n${startTable(starts)}\n\n`);
    if (values.only.length === 1) return 0;
  }
  const chosenSides = SIDES.filter((name) => values.only.includes(name));
  const chosenRows = all.filter((row) => values.only.includes(nameOf(row)));
  const names = chosenSides.length > 0 ? chosenSides : SIDES;
  const asked = chosenRows.length > 0 ? chosenRows : all;

  const measured: Measurement[] = [];
  for (const isFlushed of [false, true]) {
    const same = asked.filter((row) => row.isFlushed === isFlushed);
    if (same.length === 0) continue;
    const directory = isFlushed ? values.disk : values.dir;
    const warms = !isFlushed && !values.quick && values.profile === undefined;
    measured.push(...(await measure({ names, rows: same, rounds, directory, warms, profile: values.profile, say })));
  }
  const isWhole = values.only.length === 0 && !values.quick && values.profile === undefined;
  if (isWhole && !values['no-write']) {
    publishBrokers(asked, measured, { ...machine, disk: values.disk });
  }
  process.stdout.write(`\n${brokerTable(asked, measured)}\n\n${brokerSentence(asked, measured)}\n`);
  return 0;
}

interface Plan {
  readonly names: readonly SideName[];
  readonly rows: readonly Row[];
  readonly rounds: number;
  readonly directory: string;
  readonly warms: boolean;
  readonly profile: string | undefined;
  readonly say: (text: string) => void;
}

/** Starts the brokers, lets each do every row in each round, and ends them. */
async function measure({ names, rows: asked, rounds, directory, warms, profile, say }: Plan): Promise<Measurement[]> {
  const sides: Side[] = [];
  const measured: Measurement[] = [];
  try {
    for (const name of names) sides.push(await startSide(name, directory, profile));
    say(`${names.map((name) => SIDE_TITLES[name]).join(' and ')} run below ${directory}`);
    if (warms) await warmUp(sides, asked, say);
    for (let round = 0; round < rounds; round++) {
      // Who comes first changes from round to round.
      const order = round % 2 === 0 ? sides : sides.toReversed();
      for (const produced of asked.filter(({ operation }) => operation === 'produce')) {
        const same = asked.filter((row) => nameOf(row) === nameOf(produced));
        for (const side of order) {
          const topic = await prepare(side, `bench-${nameOf(produced).replaceAll('/', '-')}-${round}`, produced);
          for (const row of same) {
            const outcome = await measureRow(side, topic, row);
            measured.push({ row, side: side.name, round, outcome });
            say(
              `round ${round + 1}  ${row.operation.padEnd(7)} ${shapeOf(row).padEnd(32)} ${SIDE_TITLES[side.name].padEnd(18)} ` +
                `${speed(outcome).toFixed(0).padStart(5)} MB/s, ${cost(outcome).toFixed(2)} CPU-s/GB, generator ` +
                `${((100 * outcome.generatorCpuSeconds) / outcome.seconds).toFixed(0)} %`,
            );
          }
          await remove(side, topic);
        }
      }
    }
  } finally {
    for (const side of sides) await side.stop();
  }
  return measured;
}

/** Java's just-in-time compiler, on one processor, is not done for some gigabytes. Nothing of this counts. */
async function warmUp(sides: readonly Side[], all: readonly Row[], say: (text: string) => void): Promise<void> {
  for (const side of sides) {
    for (const produced of all.filter(({ operation }) => operation === 'produce')) {
      const topic = await prepare(side, `warm-up-${produced.batchBytes}-${produced.partitions}`, produced);
      await measureRow(side, topic, produced);
      for (let time = 0; time < 2; time++) await measureRow(side, topic, { ...produced, operation: 'fetch' });
      await remove(side, topic);
    }
  }
  say('warm');
}

function count(option: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new Error(`${option} ${text}: a positive whole number is wanted`);
  return value;
}

process.exitCode = await main().catch((error: unknown) => {
  process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
  return 1;
});
