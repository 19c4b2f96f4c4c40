/**
 * A whole link in a simulated world under faults from a seed: writers and transactions at the source, klinks that die,
 * stand still and come back, brokers that are killed or lose power, cut and slow networks, lost answers, retention, foreign
 * writes. At the end both logs are read: what is not failed must be the source's, byte for reader's byte, and what is failed
 * must be wrong at just the offset that was named.
 */
import { sleep } from '../../src/base/clock.js';
import { type Random, randomInt, seededRandom } from '../../src/base/random.js';
import { dataProducerId, markerProducerIds } from '../../src/engine/copy/identity.js';
import type { PartitionFailure, PartitionObservation } from '../../src/model/assignment.js';
import { fetch } from '../../src/protocol/api/fetch.js';
import { offsetForLeaderEpoch } from '../../src/protocol/api/offset-for-leader-epoch.js';
import { produce } from '../../src/protocol/api/produce.js';
import { writeTxnMarkers } from '../../src/protocol/api/write-txn-markers.js';
import type { CodecName } from '../../src/protocol/compression/codec.js';
import { TestLink } from '../harness/engine-link.js';
import { type Judgement, judge } from '../harness/engine-oracle.js';
import { Transactions, writePlain } from '../harness/engine-source.js';
import { type Fault, Faults } from '../harness/faulty-network.js';
import { Wire } from '../harness/wire.js';
import { batchOf, type WireTopic } from '../harness/wire-topic.js';
import { LeaseTable, SimLease } from './engine-lease.js';
import { EngineWorld, type Side } from './engine-world.js';

const PARTITIONS = 2;
const TROUBLE_MS = 25_000;
const CALM_WITHIN_MS = 240_000;
/** Longer than any transaction may take. */
const HANGS_MS = 90_000;
/** Guards find in that time what came last. */
const GUARDED_MS = 13_000;
const WEEK_MS = 7 * 86_400_000;
const LARGE_BYTES = 60_000;
const CODECS: readonly CodecName[] = ['none', 'none', 'gzip', 'lz4', 'snappy'];

/** What may happen in a run. Drawn from the seed. */
export interface Plan {
  readonly oldRecords: boolean;
  readonly lateRequests: boolean;
  readonly foreignWrites: boolean;
  readonly destinationLosesPower: boolean;
  readonly sourceLosesPower: boolean;
  readonly retention: boolean;
  readonly forgetfulJournal: boolean;
  /** Answers of the source are large enough for their memory to be read into again. */
  readonly largeRecords: boolean;
}

export interface Outcome {
  readonly plan: Plan;
  readonly happened: readonly string[];
  readonly partitions: readonly { readonly failure: PartitionFailure | undefined; readonly judgement: Judgement }[];
}

/** Throws where a promise is broken; the message names the seed. */
export async function chaos(seed: number): Promise<Outcome> {
  const world = await new EngineWorld(seed).open();
  return world.run(() => new Chaos(world, seed).run());
}

class Chaos {
  readonly #world: EngineWorld;
  readonly #seed: number;
  readonly #random: Random;
  readonly #plan: Plan;
  readonly #faults = new Faults();
  readonly #leases: LeaseTable;
  readonly #happened: string[] = [];
  #link: TestLink | undefined;
  #calm = false;
  #klinkUp = false;
  #foreignAt = new Map<number, bigint>();

  constructor(world: EngineWorld, seed: number) {
    this.#world = world;
    this.#seed = seed;
    this.#random = seededRandom(seed * 7 + 3);
    const likely = (chance: number) => this.#random.next() < chance;
    const retention = likely(0.4);
    this.#plan = {
      oldRecords: likely(0.5),
      lateRequests: likely(0.5),
      foreignWrites: likely(0.3),
      destinationLosesPower: !retention && likely(0.4),
      sourceLosesPower: likely(0.1),
      retention,
      forgetfulJournal: likely(0.3),
      largeRecords: likely(0.15),
    };
    this.#leases = new LeaseTable(world.clock);
    this.#faults.chance = (apiKey) => this.#faultFor(apiKey);
  }

  async run(): Promise<Outcome> {
    const link = await TestLink.make(this.#world, {
      topic: 'chaos',
      partitions: PARTITIONS,
      faults: this.#faults,
      engine: { switches: { windowExpiryFloorMs: 0 } },
    });
    this.#link = link;
    this.#startKlink();
    const actors = [this.#writes(0), this.#writes(1), this.#transacts('one'), this.#transacts('two'), this.#troubles()];
    await this.#sleep(TROUBLE_MS);
    this.#calm = true;
    await Promise.all(actors);
    await this.#becalm();
    await this.#arrive();
    await this.#sleep(GUARDED_MS);
    return this.#judge();
  }

  // ── klink ───────────────────────────────────────────────────────────────────────────────────────────────────────

  #startKlink(): void {
    const link = this.#given();
    const lease = new SimLease(this.#world.klink().clock, this.#leases);
    const { remembered } = link;
    link.start({
      lease,
      onEvent: (event) => {
        // What `_klink.seen` should have remembered may be lost.
        if (event.kind === 'memory' && this.#plan.forgetfulJournal && this.#random.next() < 0.5) {
          const kept = this.#kept.get(event.partition);
          if (kept) remembered.memory.set(event.partition, kept);
          else remembered.memory.delete(event.partition);
        } else if (event.kind === 'memory') this.#kept.set(event.partition, event.memory);
      },
    });
    this.#klinkUp = true;
  }

  readonly #kept = new Map<number, Parameters<TestLink['remembered']['memory']['set']>[1]>();

  #given(): TestLink {
    if (!this.#link) throw new Error('no link');
    return this.#link;
  }

  // ── writers ─────────────────────────────────────────────────────────────────────────────────────────────────────

  async #source(): Promise<WireTopic> {
    const { source } = this.#given();
    return source.over(await Wire.open(this.#world.source, this.#world.network));
  }

  #batch(partition: number) {
    const old = this.#plan.oldRecords && this.#random.next() < 0.5;
    const timestamp = BigInt(this.#world.clock.nowMs() - (old ? WEEK_MS : 0));
    const drawn = CODECS[randomInt(this.#random, CODECS.length)] ?? 'none';
    // Nothing is left of these records once they are compressed.
    if (this.#plan.largeRecords) {
      return { partition, codec: 'none' as const, timestamp, valueBytes: randomInt(this.#random, LARGE_BYTES) };
    }
    return { partition, codec: drawn, timestamp, valueBytes: randomInt(this.#random, 60) };
  }

  async #writes(partition: number): Promise<void> {
    await this.#insist(async (topic) => {
      await writePlain(topic, 1 + randomInt(this.#random, 8), this.#batch(partition));
      await this.#sleep(randomInt(this.#random, 400));
    });
  }

  async #transacts(name: string): Promise<void> {
    let transactions: Transactions | undefined;
    await this.#insist(async (topic, fresh) => {
      if (fresh || !transactions) transactions = await new Transactions(topic.wire, name, this.#world.clock).init();
      const batches = 1 + randomInt(this.#random, 3);
      for (let i = 0; i < batches; i++) {
        await transactions.write(
          topic,
          1 + randomInt(this.#random, 5),
          this.#batch(randomInt(this.#random, PARTITIONS)),
        );
      }
      await this.#sleep(randomInt(this.#random, 300));
      await transactions.end(this.#random.next() < 0.6);
      await this.#sleep(randomInt(this.#random, 1_500));
    });
  }

  /** Again and again until the calm, over a new connection when the old one is gone. */
  async #insist(work: (topic: WireTopic, fresh: boolean) => Promise<void>): Promise<void> {
    let topic: WireTopic | undefined;
    while (!this.#calm) {
      try {
        const fresh = topic === undefined || topic.wire.isEnded;
        if (topic === undefined || fresh) topic = await this.#source();
        await work(topic, fresh);
      } catch {
        topic?.wire.close();
        topic = undefined;
        await this.#sleep(200);
      }
    }
    topic?.wire.close();
  }

  // ── troubles ────────────────────────────────────────────────────────────────────────────────────────────────────

  #faultFor(apiKey: number): Fault | undefined {
    if (this.#calm) return undefined;
    const draw = this.#random.next();
    if (apiKey === produce.key || apiKey === writeTxnMarkers.key) {
      if (draw < 0.02) return { kind: 'lose-answer' };
      if (draw < 0.03) return { kind: 'lose-request' };
      if (draw < 0.05 && this.#plan.lateRequests) return { kind: 'deliver-late', ms: randomInt(this.#random, 700) };
      if (draw < 0.07) return { kind: 'hold', ms: randomInt(this.#random, 1_500) };
    } else if (apiKey === fetch.key || apiKey === offsetForLeaderEpoch.key) {
      if (draw < 0.005) return { kind: 'lose-answer' };
      if (draw < 0.01) return { kind: 'hold', ms: randomInt(this.#random, 500) };
    }
    return undefined;
  }

  async #troubles(): Promise<void> {
    const troubles: (() => Promise<void>)[] = [
      () => this.#killKlink(),
      () => this.#killKlink(),
      () => this.#stopKlink(),
      () => this.#pause('klink', 1_200 + randomInt(this.#random, 12_000)),
      () => this.#pause('destination', randomInt(this.#random, 9_000)),
      () => this.#pause('source', randomInt(this.#random, 5_000)),
      () => this.#cut('destination'),
      () => this.#cut('source'),
      () => this.#killBroker('destination'),
      () => this.#killBroker('source'),
      () => this.#pauseAndKill(),
      async () => {
        this.#note('no lease');
        this.#leases.closedUntilMs = this.#world.clock.monotonicMs() + randomInt(this.#random, 10_000);
      },
    ];
    if (this.#plan.retention)
      troubles.push(
        () => this.#retain(),
        () => this.#retain(),
      );
    if (this.#plan.foreignWrites) troubles.push(() => this.#write());
    while (!this.#calm) {
      await this.#sleep(randomInt(this.#random, 5_000));
      const trouble = troubles[randomInt(this.#random, troubles.length)];
      if (!this.#calm && trouble) await trouble();
    }
  }

  async #killKlink(): Promise<void> {
    if (!this.#klinkUp) return;
    this.#note('klink killed');
    this.#world.world.kill('klink');
    this.#given().abandonEngine();
    this.#klinkUp = false;
    await this.#sleep(randomInt(this.#random, 3_000));
    this.#startKlink();
  }

  async #stopKlink(): Promise<void> {
    if (!this.#klinkUp) return;
    this.#note('klink stopped');
    await this.#given().stopEngine();
    this.#world.world.kill('klink');
    this.#klinkUp = false;
    await this.#sleep(randomInt(this.#random, 3_000));
    this.#startKlink();
  }

  async #pause(host: string, ms: number): Promise<void> {
    this.#note(`${host} stands still for ${ms} ms`);
    this.#world.world.pause(host);
    await this.#sleep(ms);
    this.#world.world.resume(host);
  }

  /** What was under way to a broker that stands still is executed when nobody here remembers it. */
  async #pauseAndKill(): Promise<void> {
    this.#note('destination stands still, klink killed');
    this.#world.world.pause('destination');
    await this.#sleep(randomInt(this.#random, 1_000));
    const back = this.#killKlink();
    await this.#sleep(randomInt(this.#random, 9_000));
    this.#world.world.resume('destination');
    await back;
  }

  async #cut(side: Side): Promise<void> {
    const ms = randomInt(this.#random, 12_000);
    this.#note(`${side} cut off for ${ms} ms`);
    this.#world.world.net.cut('klink', side);
    await this.#sleep(ms);
    this.#world.world.net.heal('klink', side);
  }

  async #killBroker(side: Side): Promise<void> {
    const losesPower = side === 'source' ? this.#plan.sourceLosesPower : this.#plan.destinationLosesPower;
    const { world } = this.#world;
    this.#note(`${side} ${losesPower ? 'loses power' : 'killed'}`);
    if (losesPower) world.losePower(side);
    else world.kill(side);
    await this.#sleep(randomInt(this.#random, 4_000));
    await this.#world.restart(side);
  }

  async #retain(): Promise<void> {
    const partition = randomInt(this.#random, PARTITIONS);
    const topic = await this.#source();
    const end = await topic.known(-1n, { committed: true, partition });
    const offset = (end * BigInt(randomInt(this.#random, 100))) / 100n;
    await topic.deleteRecords(offset, partition);
    topic.wire.close();
    this.#note(`retention of ${partition} to ${offset}`);
  }

  async #write(): Promise<void> {
    const partition = randomInt(this.#random, PARTITIONS);
    const { mirror } = this.#given();
    const wire = await Wire.open(this.#world.destination, this.#world.network);
    const foreign = batchOf({ producerId: -1n, epoch: -1 }, 1_000_000, 1, {
      timestamp: BigInt(this.#world.clock.nowMs()),
      baseSequence: -1,
    });
    const [code, offset] = await mirror.over(wire).append(foreign, { partition });
    wire.close();
    if (code !== 0) return;
    this.#note(`foreign write to ${partition} at ${offset}`);
    if (!this.#foreignAt.has(partition)) this.#foreignAt.set(partition, offset);
  }

  #note(what: string): void {
    this.#happened.push(`${(this.#world.clock.monotonicMs() / 1_000).toFixed(1)} ${what}`);
  }

  // ── the end ─────────────────────────────────────────────────────────────────────────────────────────────────────

  async #becalm(): Promise<void> {
    if (!this.#klinkUp) this.#startKlink();
  }

  #observed(): readonly PartitionObservation[] {
    return this.#given().engine?.observations()[0]?.partitions ?? [];
  }

  async #arrive(): Promise<void> {
    const topic = await this.#source();
    const ends: bigint[] = [];
    // A transaction that nobody ends is aborted by its coordinator first; one that lost its end for good hangs for ever.
    const startMs = this.#world.clock.monotonicMs();
    for (let partition = 0; partition < PARTITIONS; partition++) {
      await this.#until('no transaction is open', async () => {
        const stable = await topic.known(-1n, { committed: true, partition });
        const end = await topic.known(-1n, { partition });
        ends[partition] = stable;
        const hangs = this.#plan.sourceLosesPower && this.#world.clock.monotonicMs() - startMs > HANGS_MS;
        return stable === end || hangs;
      });
    }
    topic.wire.close();
    await this.#until('every partition is at its end or failed', () => {
      const seen = this.#observed();
      const arrived = seen.filter((each) => each.activity.kind === 'failed' || each.mirrorEnd === ends[each.partition]);
      if (seen.length === PARTITIONS && arrived.length === PARTITIONS) return true;
      throw new Error(
        show(seen.map(({ activity, mirrorEnd, partition }) => ({ activity, mirrorEnd, to: ends[partition] }))),
      );
    });
  }

  async #judge(): Promise<Outcome> {
    const link = this.#given();
    const source = await this.#source();
    const wire = await Wire.open(this.#world.destination, this.#world.network);
    const mirror = link.mirror.over(wire);
    const markers = markerProducerIds('link-1', link.remembered.marker.number);
    const ids = { data: dataProducerId(link.assignment()), isMarker: (id: bigint) => markers.has(id) };
    const partitions = [];
    for (let partition = 0; partition < PARTITIONS; partition++) {
      const judgement = await judge(source, mirror, partition, ids);
      const { activity } = this.#observed()[partition] ?? { activity: { kind: 'starting' } };
      const failure = activity.kind === 'failed' ? activity.failure : undefined;
      this.#check(partition, failure, judgement);
      partitions.push({ failure, judgement });
    }
    return { plan: this.#plan, happened: this.#happened, partitions };
  }

  #check(partition: number, failure: PartitionFailure | undefined, judgement: Judgement): void {
    const { bad, mirrorEnd, sourceEnd, mirrorStart, sourceStart } = judgement;
    const say = (what: string) =>
      new Error(
        `seed ${this.#seed}, partition ${partition}: ${what}: ${show({ failure, judgement, plan: this.#plan })}\n${this.#happened.join('\n')}`,
      );
    if (failure === undefined) {
      if (bad) throw say('SILENT');
      if (mirrorEnd !== sourceEnd) throw say('the mirror is not at the end');
      if (mirrorStart > sourceStart) throw say('the mirror lost its front');
      return;
    }
    if (failure.reason === 'RANGE_LOST' && this.#plan.destinationLosesPower && this.#plan.retention) return;
    if (
      failure.reason === 'TRUNCATED' &&
      this.#plan.sourceLosesPower &&
      (bad === undefined || bad.offset >= failure.offset)
    )
      return;
    if (bad === undefined) throw say('failed, but nothing is wrong');
    if (bad.offset !== failure.offset) throw say('failed at another offset than the first bad one');
  }

  #sleep(ms: number): Promise<void> {
    return sleep(this.#world.clock, ms);
  }

  async #until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
    try {
      await this.#world.until(what, CALM_WITHIN_MS, condition);
    } catch (error) {
      throw new Error(`seed ${this.#seed}: ${String(error)} ${show(this.#plan)}\n${this.#happened.join('\n')}`);
    }
  }
}

function show(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) => (typeof each === 'bigint' ? String(each) : each));
}
