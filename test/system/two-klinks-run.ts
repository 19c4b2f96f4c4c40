/** Two klink servers beside one destination, on a source that is written to in transactions. */
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { runCheck, type SourceWriter, startWriter } from '../checker/run-checker.js';
import type { KlinkProcess, KlinkSwitches } from '../harness/klink-process.js';
import { KafkaProxy } from '../harness/proxy.js';
import { until } from '../harness/until.js';
import { judgeDamage, type SaidFailure } from './damage.js';
import {
  type ClusterKind,
  createTopic,
  findTopic,
  readEnds,
  type TestCluster,
  type TopicOf,
} from './kill-copy-clusters.js';
import { LINK, makeMirror, TOPIC, useClusters, useKlink } from './kill-copy-server.js';
import { KillWatch, type Moment } from './kill-watch.js';
import { firstVisible } from './visible.js';

const PARTITIONS = 12;
/** Six brokers on one small machine acknowledge more slowly. */
const RATES = { 1: 1_500_000, 3: 500_000 } as const;
const STOPPED_FOR_MS = 20_000;
const STATE_WITHIN_MS = 60_000;
/** [4.1] The first append of a new owner after the old one's death. */
const TAKEOVER_WITHIN_MS = 15_000;
const CAUGHT_UP_WITHIN_MS = 600_000;
const MOMENT_WITHIN_MS = 60_000;
const COLLIDED_WITHIN_MS = 600_000;

interface Klink {
  readonly name: string;
  readonly process: KlinkProcess;
  readonly watch: KillWatch;
}

interface Pair {
  readonly source: TestCluster;
  readonly destination: TestCluster;
  readonly topic: TopicOf;
  readonly klinks: readonly [Klink, Klink];
  readonly writer: SourceWriter;
  readonly say: (what: string) => void;
}

/** Each klink reaches the destination by a proxy of its own, so that it is stopped at the right moment. */
async function usePair(t: TestContext, kind: ClusterKind, nodes: 1 | 3, switches: KlinkSwitches): Promise<Pair> {
  const [source, destination] = await useClusters(t, kind, nodes);
  const topic = await createTopic(source, TOPIC, PARTITIONS, { 'retention.ms': '-1' });
  const beside = async () => {
    const proxy = await KafkaProxy.start(destination.targets);
    t.after(() => proxy.stop());
    return { proxy, process: useKlink(t, destination, proxy.bootstrap) };
  };
  const [first, second] = [await beside(), await beside()];
  await first.process.start(switches);
  await makeMirror(first.process, source, destination);
  await second.process.start(switches);
  const mirror = await findTopic(destination, TOPIC);
  const writer = await startWriter({
    bootstrap: source.bootstrap,
    topic: TOPIC,
    partitions: PARTITIONS,
    bytes: Number.MAX_SAFE_INTEGER,
    rate: RATES[nodes],
  });
  t.after(() => writer.kill());
  const began = performance.now();
  const say = (what: string) => t.diagnostic(`${((performance.now() - began) / 1000).toFixed(1)} s: ${what}`);
  say(`seed ${writer.seed}`);
  const watched = (name: string, { proxy, process }: typeof first) => ({
    name,
    process,
    watch: new KillWatch(proxy, mirror),
  });
  return { source, destination, topic, klinks: [watched('first', first), watched('second', second)], writer, say };
}

export interface StopRun {
  readonly kind: ClusterKind;
  readonly nodes: 1 | 3;
  readonly seconds: number;
  /** The owner is stopped for 20 s each time, just then. */
  readonly stops: readonly Moment[];
}

/** [4.1] Whoever wakes up with a lease that has run out does no harm. */
export async function runStops(t: TestContext, run: StopRun): Promise<void> {
  const pair = await usePair(t, run.kind, run.nodes, {});
  const { klinks, say } = pair;
  const began = performance.now();
  try {
    await appends(klinks[0]);
    await until('the second one stands by', STATE_WITHIN_MS, async () => (await ownership(klinks[1])) === 'standby');
    let [owner, other] = klinks;
    for (const [index, moment] of run.stops.entries()) {
      // Spread over the run, with time to calm down between two.
      const due = (run.seconds * 1_000 * (index + 0.5)) / run.stops.length - STOPPED_FOR_MS / 2;
      await until(`stop ${index + 1}`, run.seconds * 1_000, () => performance.now() - began >= due);
      const before = other.watch.appends;
      await owner.watch.meetAt(moment, 'pause', () => owner.process.pause(), MOMENT_WITHIN_MS);
      const stoppedAt = performance.now();
      await until('the other one appends', STATE_WITHIN_MS, () => other.watch.appends > before);
      const tookMs = performance.now() - stoppedAt;
      say(`stopped the ${owner.name} at ${moment}; the ${other.name} appended after ${Math.round(tookMs)} ms`);
      assert.ok(tookMs <= TAKEOVER_WITHIN_MS, `the new owner's first append took ${Math.round(tookMs)} ms`);
      await until('20 s are over', STOPPED_FOR_MS, () => performance.now() - stoppedAt >= STOPPED_FOR_MS - 100);
      owner.process.resume();
      const woken = owner;
      await until(
        'the woken one knows that it lost',
        STATE_WITHIN_MS,
        async () => (await ownership(woken)) === 'standby',
      );
      assert.equal(await ownership(other), 'owner');
      say(`the ${woken.name} stands by`);
      [owner, other] = [other, owner];
    }
    await until('the time is over', run.seconds * 1_000, () => performance.now() - began >= run.seconds * 1_000);
    await stopWriting(pair);
    await until('caught up', CAUGHT_UP_WITHIN_MS, () => caughtUp(pair));
    assert.deepEqual(await failures(pair, owner), []);
    // The standby first, so that nobody takes over; both end in good order.
    await other.process.terminate();
    await owner.process.terminate();
    const report = await compare(pair, false);
    assert.ok(report.equal, report.words);
    say(`compared ${report.records} records`);
  } catch (error) {
    for (const { name, process: klink } of klinks) process.stderr.write(`--- ${name} klink\n${klink.lastWords}\n`);
    throw error;
  }
}

export interface ForcedRun {
  readonly kind: ClusterKind;
  readonly nodes: 1 | 3;
  readonly seconds: number;
  /** Markers wait so long on their way: those of two owners cross. */
  readonly markersDelayedMs: number;
}

/** [P3] Without the lease markers collide: whatever is damaged by that is found, at its offset. */
export async function runForced(t: TestContext, run: ForcedRun): Promise<void> {
  const pair = await usePair(t, run.kind, run.nodes, { forceOwner: true, guardEveryMs: 1_000 });
  const { klinks, say } = pair;
  const began = performance.now();
  try {
    for (const { watch } of klinks) watch.markersDelayedMs = run.markersDelayedMs;
    const saidNow = async () => (await Promise.all(klinks.map((klink) => failures(pair, klink)))).flat();
    await until('the time is over, and markers have collided', COLLIDED_WITHIN_MS, async () => {
      return performance.now() - began >= run.seconds * 1_000 && (await saidNow()).length > 0;
    });
    for (const { watch } of klinks) watch.markersDelayedMs = 0;
    await stopWriting(pair);
    // Every partition is either done or said to have failed: then nothing is silent any more.
    let said: readonly SaidFailure[] = [];
    await until('every partition is done or has failed', CAUGHT_UP_WITHIN_MS, async () => {
      said = await saidNow();
      const failed = new Set(said.map(({ partition }) => partition));
      return caughtUp(pair, failed);
    });
    const report = await compare(pair, true);
    const { damaged, invisible } = await judgeDamage(report.partitions, said, (partition, offset) =>
      firstVisible(pair.source, pair.topic, partition, offset),
    );
    say(`damaged ${damaged.length}, failed without visible damage ${invisible.length}: ${JSON.stringify(said)}`);
    say(report.words);
    assert.ok(damaged.length > 0, 'two owners without a lease damage something, or this proves nothing');
  } catch (error) {
    for (const { name, process: klink } of klinks) process.stderr.write(`--- ${name} klink\n${klink.lastWords}\n`);
    throw error;
  }
}

async function appends({ watch }: Klink): Promise<void> {
  await until('klink appends', STATE_WITHIN_MS, () => watch.appends > 0);
}

async function ownership({ process }: Klink): Promise<string> {
  const { data } = await process.ask<{ data: readonly { ownership: string }[] }>('GET', '/klink/v1/clusters');
  // A standby also says who owns.
  return data[0]?.ownership.split(';')[0] ?? '';
}

interface MirrorDetail {
  readonly partitions: readonly {
    readonly partition: number;
    readonly failure: { readonly reason: string; readonly offset: number } | null;
  }[];
}

async function failures(pair: Pair, { process }: Klink): Promise<SaidFailure[]> {
  const path = `/klink/v1/clusters/${pair.destination.clusterId}/links/${LINK}/mirrors/${TOPIC}`;
  const { partitions } = await process.ask<MirrorDetail>('GET', path);
  return partitions.flatMap(({ partition, failure }) => (failure ? [{ partition, ...failure }] : []));
}

async function stopWriting({ writer, say }: Pair): Promise<void> {
  const written = await writer.stop();
  say(`written: ${JSON.stringify(written)}`);
  assert.ok(written.committed > 0 && written.aborted > 0);
}

/** Throws what is missing. */
async function caughtUp({ source, destination }: Pair, except: ReadonlySet<number> = new Set()): Promise<boolean> {
  const ends = await readEnds(source, TOPIC, 'committed');
  const mirror = await readEnds(destination, TOPIC, 'uncommitted');
  const behind = ends.map((end, partition) => (except.has(partition) ? 0n : end - (mirror[partition] ?? 0n)));
  if (behind.some((each) => each > 0n)) throw new Error(`behind by ${behind.join(', ')}`);
  return true;
}

function compare({ source, destination }: Pair, allowBehind: boolean) {
  const clusters = { source: source.bootstrap, destination: destination.bootstrap, topic: TOPIC };
  return runCheck({ ...clusters, allowBehind, jobs: 2 });
}
