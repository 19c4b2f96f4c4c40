/**
 * klink, MirrorMaker 2 and the bare relay between the same kind of clusters, both loads, in both orders; prints the table and
 * writes it where it is published. How and why: docs/guides/bench.md.
 */
import { cpus } from 'node:os';
import { connect } from './broker.js';
import { startCluster } from './clusters.js';
import { digestTopic } from './compare.js';
import { TITLES } from './copier.js';
import { fill } from './fill.js';
import { measure } from './measure.js';
import { HELP, PACE_RECORDS_PER_SECOND, PARTITIONS, readOptions, WARM_UP_SHARE } from './options.js';
import { publish } from './publish.js';
import type { Result } from './result.js';
import { table } from './table.js';

async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2));
  if (options === 'help') {
    process.stdout.write(HELP);
    return 0;
  }
  const began = performance.now();
  const say = (text: string) =>
    process.stdout.write(`${((performance.now() - began) / 1000).toFixed(0).padStart(4)} s  ${text}\n`);
  const results: Result[] = [];
  const source = await startCluster();
  try {
    for (const load of options.loads) {
      const wire = await connect(source);
      const filled = await fill(wire, load, PARTITIONS, options.records * load.times);
      wire.close();
      const ground = { source, filled, digest: await digestTopic(source, filled.topic) };
      say(`${load.title}: ${filled.records} records, ${(filled.bytes / 1e6).toFixed(0)} MB`);
      for (let run = 0; run < options.runs; run++) {
        // Who comes first changes from run to run.
        const order = run % 2 === 0 ? options.copiers : options.copiers.toReversed();
        for (const copier of order) {
          const measured = await measure(copier, ground, {
            warmUpRecords: Math.round(filled.records * WARM_UP_SHARE),
            paceSeconds: options.paceSeconds,
            paceRecordsPerSecond: PACE_RECORDS_PER_SECOND,
            profile: options.profile,
          });
          results.push({ load: load.name, copier, run, ...measured });
          say(
            `  run ${run + 1} ${TITLES[copier].padEnd(14)} ${measured.megabytesPerSecond.toFixed(1)} MB/s, ` +
              `${measured.cpuSecondsPerGigabyte.toFixed(2)} CPU-s/GB (broker ${measured.brokerSecondsPerGigabyte.toFixed(2)}), ` +
              `${measured.peakMegabytes.toFixed(0)} MB, delay ${measured.delays.p50Ms.toFixed(1)} / ` +
              `${measured.delays.p99Ms.toFixed(1)} ms, ${measured.recordsCompared} records compared`,
          );
        }
      }
    }
  } finally {
    await source.stop();
  }
  process.stdout.write(`\n${table(results)}\n`);
  if (options.write) {
    publish(results, {
      ...options,
      processors: cpus().length,
      processor: cpus()[0]?.model ?? '',
      node: process.version,
    });
  }
  return 0;
}

process.exitCode = await main().catch((error: unknown) => {
  process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
  return 1;
});
