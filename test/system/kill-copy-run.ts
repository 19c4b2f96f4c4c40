/**
 * The kill run: writers of all kinds go on at the source while klink is killed with -9 ten times, each time at a chosen
 * moment, and every broker three times. Afterwards everything catches up, and the independent checker finds no
 * difference at any offset; then it finds each of six changes planted in the same data.
 */
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import {
  type PartitionReport,
  plant,
  plantKinds,
  runCheck,
  type SourceWriter,
  startWriter,
} from '../checker/run-checker.js';
import type { KafkaProxy } from '../harness/proxy.js';
import { until } from '../harness/until.js';
import { readEnds, type TestCluster, type TopicOf } from './kill-copy-clusters.js';
import { KillWatch, type Moment, type Proof } from './kill-watch.js';

/** Whatever copies: klink's server, or its engine alone. */
export interface Copier {
  /** Resolves when the process has been started. */
  start(switches: { readonly windowExpiryFloorMs: number | undefined }): Promise<void>;
  killNow(): void;
  ended(): Promise<unknown>;
  /** SIGTERM, and a clean end. */
  stop(): Promise<void>;
}

type Side = 'source' | 'destination';

interface Step {
  readonly kill: Moment;
  /** Brokers killed together once klink appends again. */
  readonly brokers?: readonly Side[];
}

const plan: readonly Step[] = [
  { kill: 'data-sent', brokers: ['destination'] },
  { kill: 'marker-sent' },
  { kill: 'data-answered', brokers: ['source'] },
  { kill: 'between' },
  { kill: 'marker-answered', brokers: ['destination', 'source'] },
  { kill: 'settling' },
  { kill: 'data-sent' },
  { kill: 'marker-sent', brokers: ['source'] },
  { kill: 'between', brokers: ['destination'] },
  { kill: 'data-answered' },
];
/** From this step on the window is open whatever the broker's expiry. */
const OPEN_WINDOW_FROM = 5;

/** Of the bytes that are written; the codecs make fewer of them. */
const COPIED_BEFORE_LAST_KILL = 0.6;

const COPIED_WITHIN_MS = 300_000;
const MOMENT_WITHIN_MS = 120_000;
const APPEND_WITHIN_MS = 120_000;
/** Gaps cost round trips, not bytes: six brokers on a busy machine answer slowly. */
const CAUGHT_UP_WITHIN_MS = 600_000;
const WRITTEN_WITHIN_MS = 600_000;

export interface KillRun {
  readonly source: TestCluster;
  readonly destination: TestCluster;
  readonly proxy: KafkaProxy;
  readonly topic: TopicOf;
  /** As klink made it, or as it was made for the engine. */
  readonly mirror: TopicOf;
  readonly copier: Copier;
  readonly partitions: number;
  readonly bytes: number;
  readonly rate: number;
  /** 'both': from the sixth kill on 0. */
  readonly windowFloor: 'default' | 0 | 'both';
}

export async function runKills(t: TestContext, run: KillRun): Promise<void> {
  const began = performance.now();
  const say = (what: string) => t.diagnostic(`${((performance.now() - began) / 1000).toFixed(1)} s: ${what}`);
  const watch = new KillWatch(run.proxy, run.mirror);
  const writer = await startWriter({
    bootstrap: run.source.bootstrap,
    topic: run.topic.name,
    partitions: run.partitions,
    bytes: run.bytes,
    rate: run.rate,
    // Slow enough that what comes in during a long run does not outgrow what was asked for.
    thenRate: run.rate / 10,
  });
  t.after(() => writer.kill());
  say(`seed ${writer.seed}`);
  const proofs: Proof[] = [];
  const waits: number[] = [];
  const floorOf = (step: number) =>
    run.windowFloor === 'default' ? undefined : run.windowFloor === 0 || step >= OPEN_WINDOW_FROM ? 0 : undefined;
  await run.copier.start({ windowExpiryFloorMs: floorOf(0) });
  await appendsAgain(watch, 0);
  for (const [number, step] of plan.entries()) {
    // Kills are spread over the data; what settles is over soon after a start, that kill meets it at once.
    const due = ((number + 1) * COPIED_BEFORE_LAST_KILL * run.bytes) / plan.length;
    if (step.kill !== 'settling') {
      await until(`${Math.round(due)} bytes are copied`, COPIED_WITHIN_MS, () => watch.bytes >= due);
    }
    const kill = () => run.copier.killNow();
    const met = await watch.meetAt(step.kill, 'kill', kill, MOMENT_WITHIN_MS);
    await run.copier.ended();
    const killedAt = performance.now();
    const proof = await watch.proof(step.kill, met, run);
    proofs.push(proof);
    const appends = watch.appends;
    await run.copier.start({ windowExpiryFloorMs: floorOf(number + 1) });
    const executed = proof.executed === undefined ? '' : `, executed ${proof.executed}`;
    if (plan[number + 1]?.kill !== 'settling') {
      await appendsAgain(watch, appends);
      waits.push(performance.now() - killedAt);
      say(`kill ${number + 1} ${step.kill}${executed}, appended again after ${Math.round(waits.at(-1) ?? 0)} ms`);
    } else say(`kill ${number + 1} ${step.kill}${executed}`);
    if (step.brokers) await killBrokers(run, watch, step.brokers, say);
  }
  checkProofs(proofs);
  say(`first append after a kill: ${Math.round(Math.max(...waits))} ms at the latest`);
  await writer.reached(WRITTEN_WITHIN_MS);
  await catchUpAndCompare(t, run, writer, say);
}

async function appendsAgain(watch: KillWatch, before: number): Promise<void> {
  await until('klink appends', APPEND_WITHIN_MS, () => watch.appends > before);
}

/** One broker of each side after the other; those of two sides go at the same moment. */
async function killBrokers(
  run: KillRun,
  watch: KillWatch,
  sides: readonly Side[],
  say: (what: string) => void,
): Promise<void> {
  for (let index = 0; index < run.source.brokers.length; index++) {
    const brokers = sides.map((side) => run[side].brokers[index]).filter((broker) => broker !== undefined);
    await Promise.all(brokers.map((broker) => broker.kill9()));
    const began = performance.now();
    await Promise.all(brokers.map((broker) => broker.start()));
    const back = performance.now();
    const appends = watch.appends;
    await appendsAgain(watch, appends);
    const [up, append] = [back - began, performance.now() - back].map(Math.round);
    say(`killed broker ${index + 1} of ${sides.join(' and ')}: up after ${up} ms, appended again ${append} ms later`);
  }
}

/** What the run must have met, or it proves nothing. */
function checkProofs(proofs: readonly Proof[]): void {
  assert.equal(proofs.length, 10);
  const count = (prefix: string) => proofs.filter(({ moment }) => moment.startsWith(prefix)).length;
  assert.ok(count('data') >= 3, 'kills that met data in flight');
  assert.ok(count('marker') >= 3, 'kills that met a marker in flight');
  assert.ok(count('between') >= 1, 'kills between gap and data');
  for (const kind of ['data', 'marker']) {
    const executed = proofs.filter((proof) => proof.moment.startsWith(kind) && proof.executed === true);
    assert.ok(executed.length >= 1, `${kind} in flight that landed after klink was dead`);
  }
}

async function catchUpAndCompare(
  t: TestContext,
  run: KillRun,
  writer: SourceWriter,
  say: (what: string) => void,
): Promise<void> {
  const written = await writer.stop();
  say(`written: ${JSON.stringify(written)}`);
  assert.ok(written.bytes >= run.bytes);
  assert.ok(written.committed > 0 && written.aborted > 0);
  const ends = await readEnds(run.source, run.topic.name, 'committed');
  const behind = async () => {
    const mirror = await readEnds(run.destination, run.mirror.name, 'uncommitted');
    return ends.map((end, partition) => Number(end - (mirror[partition] ?? 0n)));
  };
  const sum = (await behind()).reduce((whole, each) => whole + each, 0);
  say(`${sum} offsets behind`);
  await until('the mirror ends where the source ends', CAUGHT_UP_WITHIN_MS, async () => {
    const now = await behind();
    if (now.some((each) => each > 0)) throw new Error(`behind by ${now.join(', ')}`);
    return true;
  });
  say('caught up');
  await run.copier.stop();
  const clusters = { source: run.source.bootstrap, destination: run.destination.bootstrap, topic: run.topic.name };
  const report = await runCheck({ ...clusters, jobs: 2 });
  say(`compared ${report.records} records in ${report.seconds} s`);
  assert.ok(report.equal, report.words);
  assert.equal(report.partitions.length, run.partitions);
  assert.ok(report.records >= written.acknowledged, 'everything acknowledged was seen');
  assert.ok(
    report.partitions.every(({ invisible }) => invisible > 0),
    'every partition has gaps',
  );
  await findPlantedChanges(t, run, clusters);
  say('planted changes found');
}

/** One change per partition; those beside them must still be equal. */
async function findPlantedChanges(
  t: TestContext,
  run: KillRun,
  clusters: { readonly source: string; readonly destination: string; readonly topic: string },
): Promise<void> {
  await Promise.all(run.destination.brokers.map((broker) => broker.terminate()));
  const planted = new Map<number, number>();
  for (const [partition, kind] of plantKinds.entries()) {
    // The same change on every replica: whichever leads later shows it.
    const offsets = new Set<number>();
    for (const directory of run.destination.directories(run.mirror, partition)) {
      offsets.add(await plant(kind, directory));
    }
    assert.equal(offsets.size, 1, 'replicas hold the same');
    planted.set(partition, [...offsets][0] ?? -1);
  }
  await Promise.all(run.destination.brokers.map((broker) => broker.start()));
  const looked = [...planted.keys(), plantKinds.length, plantKinds.length + 1];
  const report = await runCheck({ ...clusters, partitions: looked, jobs: 2 });
  assert.equal(report.equal, false);
  t.diagnostic(report.words);
  const found = new Map(report.partitions.map((each: PartitionReport) => [each.partition, each.difference?.offset]));
  for (const partition of looked) {
    assert.equal(found.get(partition), planted.get(partition), `${plantKinds[partition] ?? 'nothing'} in ${partition}`);
  }
}
