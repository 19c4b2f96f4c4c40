/**
 * One run: a copier between the source and a fresh destination. The window opens when the warm-up's records have been
 * copied, so that neither a start nor a just-in-time compiler's first seconds count, and closes at the last record. Then
 * records are produced at a steady pace and timed on their way through; at the end both logs are compared.
 */
import { sleep } from '../src/base/clock.js';
import { systemClock } from '../src/base/node/clock.js';
import type { TestKafka } from '../test/harness/kafka.js';
import type { Wire } from '../test/harness/wire.js';
import { awaitTopic, connect, createTopic, readEnds, total } from './broker.js';
import { startCluster } from './clusters.js';
import { compare, type Digest, digestTopic } from './compare.js';
import type { CopierName, Running, StartCopier } from './copier.js';
import { startKlink } from './copier-klink.js';
import { startMirrorMaker } from './copier-mirror-maker.js';
import { startRelay } from './copier-relay.js';
import { type Delays, timeRecords } from './delay.js';
import type { Filled } from './fill.js';
import { cpuSeconds, peakMegabytes } from './process-cost.js';

export interface Measured {
  readonly megabytesPerSecond: number;
  readonly cpuSecondsPerGigabyte: number;
  readonly brokerSecondsPerGigabyte: number;
  readonly peakMegabytes: number;
  readonly delays: Delays;
  readonly recordsCompared: number;
}

export interface RunOptions {
  readonly warmUpRecords: number;
  readonly paceSeconds: number;
  readonly paceRecordsPerSecond: number;
  readonly profile: string | undefined;
}

const LOOK_EVERY_MS = 20;
/** No copier is silent for so long. */
const STALLED_MS = 120_000;

const START: Readonly<Record<CopierName, StartCopier>> = {
  klink: startKlink,
  relay: startRelay,
  'mirror-maker': startMirrorMaker,
};

export interface Ground {
  readonly source: TestKafka;
  readonly filled: Filled;
  readonly digest: readonly Digest[];
}

export async function measure(copier: CopierName, ground: Ground, options: RunOptions): Promise<Measured> {
  const { source, filled } = ground;
  const destination = await startCluster();
  let running: Running | undefined;
  const wires: Wire[] = [];
  try {
    const from = await connect(source);
    wires.push(from);
    const paced = await createTopic(from, `${filled.topic.name}-paced-${++runs}`, filled.topic.partitions);
    running = await START[copier]({
      source,
      destination,
      topic: filled.topic,
      paced,
      load: filled.load,
      profile: options.profile,
    });
    const { pid } = running;
    const to = await connect(destination);
    wires.push(to);
    const copy = await awaitTopic(to, filled.topic.name);
    const brokerPid = destination.brokers[0]?.pid ?? -1;
    const costs = () => ({ atMs: performance.now(), cpu: cpuSeconds(pid), broker: cpuSeconds(brokerPid) });
    const copied = async () => total(await readEnds(to, copy));

    const first = await reach(copied, options.warmUpRecords);
    const begin = costs();
    await reach(copied, filled.records);
    const end = costs();
    const peak = peakMegabytes(pid);
    const gigabytes = (((filled.records - first) / filled.records) * filled.bytes) / 1e9;

    const pacedCopy = await awaitTopic(to, paced.name);
    const pace = { source, destination, topic: paced, copy: pacedCopy, load: filled.load, ...options };
    const delays = await timeRecords(pace);
    const recordsCompared =
      compare(ground.digest, await digestTopic(destination, copy)) +
      compare(await digestTopic(source, paced), await digestTopic(destination, pacedCopy));
    return {
      megabytesPerSecond: (gigabytes * 1e6) / (end.atMs - begin.atMs),
      cpuSecondsPerGigabyte: (end.cpu - begin.cpu) / gigabytes,
      brokerSecondsPerGigabyte: (end.broker - begin.broker) / gigabytes,
      peakMegabytes: peak,
      delays,
      recordsCompared,
    };
  } catch (error) {
    throw new Error(`${copier}: ${String(error)}\n${running?.log() ?? ''}`, { cause: error });
  } finally {
    for (const wire of wires) wire.close();
    await running?.stop();
    await destination.stop();
  }
}

let runs = 0;

/** How many there were when at least `wanted` were there. Rejects when nothing comes any more. */
async function reach(count: () => Promise<number>, wanted: number): Promise<number> {
  let last = -1;
  let changedMs = performance.now();
  for (;;) {
    const now = await count();
    if (now >= wanted) return now;
    if (now !== last) changedMs = performance.now();
    else if (performance.now() - changedMs > STALLED_MS) throw new Error(`stands at ${now} of ${wanted} records`);
    last = now;
    await sleep(systemClock, LOOK_EVERY_MS);
  }
}
