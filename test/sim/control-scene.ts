/** Klinks, clusters and a clock for the tests of control: what a test says in one line, and what must hold at its end. */
import assert from 'node:assert/strict';
import { type Log, silentLog } from '../../src/base/log.js';
import type { Answer, LinkControl, LinkNotes, MirrorView } from '../../src/control/commands.js';
import { createControl } from '../../src/control/controller.js';
import { endOf, FakeDestination, FakeSource } from '../harness/fake-control-cluster.js';
import { type Call, FakeKlink, type Fault } from '../harness/fake-control-ports.js';
import { World } from './world.js';

export type FaultHook = (call: Call) => Fault | undefined;

export class Klink {
  readonly name: string;
  readonly ports: FakeKlink;
  readonly control: ReturnType<typeof createControl>;
  killed = false;

  constructor(name: string, ports: FakeKlink) {
    this.name = name;
    this.ports = ports;
    this.control = createControl(ports);
  }
}

export const SYNC = { 'consumer.offset.sync.enable': 'true', 'consumer.offset.sync.ms': '1000' };
export const ALL_GROUPS = '{"groupFilters":[{"name":"*","patternType":"LITERAL","filterType":"INCLUDE"}]}';

export class Scene {
  readonly world: World;
  readonly source: FakeSource;
  readonly destination: FakeDestination;
  /** All wall clocks have jumped so far. */
  aheadMs = 0;
  /** Of every klink that is started from now on. */
  log: Log = silentLog;
  /** Holds a barrier up, between its reading and its writing. */
  amidBarrier: () => Promise<void> = async () => undefined;
  #terms = 0;

  constructor(seed: number) {
    this.world = new World(seed);
    this.source = new FakeSource(this.world.random);
    this.destination = new FakeDestination(this.world.random);
  }

  /** A klink process on a host of this name; a killed one can be started again. It owns nothing yet. */
  start(name: string, fault?: FaultHook): Klink {
    const { source, destination } = this;
    const kill = () => {
      klink.killed = true;
      this.world.kill(name);
    };
    const aheadMs = () => this.aheadMs;
    const amidBarrier = () => this.amidBarrier();
    const options = { source, destination, kill, aheadMs, amidBarrier, log: this.log, ...(fault ? { fault } : {}) };
    const ports = new FakeKlink(this.world.host(name), options);
    const klink: Klink = new Klink(name, ports);
    klink.control.start();
    return klink;
  }

  own(klink: Klink): Klink {
    klink.ports.ownership.set({ kind: 'owner', term: ++this.#terms });
    return klink;
  }

  lose(klink: Klink): void {
    klink.ports.ownership.set({ kind: 'joining', reason: 'the lease has run out' });
  }

  kill(klink: Klink): void {
    klink.killed = true;
    this.world.kill(klink.name);
  }

  /** One klink that owns, one link `lk`. */
  async begin(settings: Readonly<Record<string, string>> = {}, fault?: FaultHook): Promise<Klink> {
    const klink = this.own(this.start('a', fault));
    await this.serves(klink);
    await this.accepted(this.createLink(klink, 'lk', settings));
    return klink;
  }

  serves(klink: Klink): Promise<void> {
    return this.world.until(`${klink.name} serves`, 60_000, () => klink.control.ownership() === 'owner');
  }

  createLink(klink: Klink, name: string, settings: Readonly<Record<string, string>> = {}): Promise<Answer<LinkNotes>> {
    const given = new Map(Object.entries({ 'bootstrap.servers': 'source:9092', ...settings }));
    const request = { name, sourceClusterId: undefined, linkId: undefined, settings: given };
    return klink.control.createLink(request, { validateOnly: false, validateLink: true });
  }

  /** A source topic with so many records on each partition, mirrored to the end. */
  async mirror(klink: Klink, topic: string, ends: readonly bigint[], link = 'lk'): Promise<void> {
    this.source.make(topic, ends);
    await this.accepted(klink.control.createMirror(link, newMirror(topic)));
    await this.copied(topic);
  }

  /** Every record of the source stands at the mirror. */
  copied(topic: string): Promise<void> {
    return this.world.until(`${topic} is copied`, 60_000, () =>
      (this.source.topics.get(topic)?.partitions ?? []).every(
        ({ end }, partition) => this.destination.topic(topic).partitions[partition]?.end === end,
      ),
    );
  }

  finish<T>(work: Promise<T>): Promise<T> {
    return this.world.finish('an answer', 120_000, work);
  }

  async accepted<T>(work: Promise<Answer<T>>): Promise<T> {
    const answer = await this.finish(work);
    assert.ok(answer.ok, answer.ok ? '' : answer.error.message);
    return answer.value;
  }

  async refused<T>(work: Promise<Answer<T>>): Promise<string> {
    const answer = await this.finish(work);
    assert.ok(!answer.ok, 'it was accepted');
    assert.ok(answer.error.message.length > 0);
    return answer.error.reason;
  }

  async alter(
    klink: Klink,
    verb: Parameters<LinkControl['alterMirrors']>[1],
    topics: readonly string[],
    options: { readonly dryRun?: boolean; readonly link?: string; readonly retention?: 'now' } = {},
  ): Promise<(string | undefined)[]> {
    const { dryRun = false, link = 'lk', ...rest } = options;
    const rows = await this.accepted(klink.control.alterMirrors(link, verb, topics, dryRun, rest));
    return rows.map((row) => row.refusal?.message);
  }

  async view(klink: Klink, topic: string, link = 'lk'): Promise<MirrorView> {
    return this.accepted(klink.control.mirror(link, topic));
  }

  async status(klink: Klink, topic: string, link = 'lk'): Promise<string> {
    const answer = await this.finish(klink.control.mirror(link, topic));
    return answer.ok ? answer.value.status : answer.error.reason;
  }

  /** Asks again and again, in virtual time. */
  async untilStatus(klink: Klink, topics: readonly string[], status: string, withinMs = 120_000): Promise<void> {
    const endMs = this.world.nowMs + withinMs;
    for (const topic of topics) {
      for (let found = ''; found !== status; ) {
        found = await this.status(klink, topic);
        if (found === status) break;
        const why = () => `seed ${this.world.seed}: ${topic} is ${found}, not ${status}, after ${withinMs} virtual ms`;
        assert.ok(this.world.nowMs < endMs, why());
        await this.world.run(100);
      }
    }
  }

  /** [8] What has ended has one barrier on each partition, no group above its end, and no fence. */
  assertEnded(topics: readonly string[]): void {
    for (const name of topics) {
      for (const [number, partition] of this.destination.topic(name).partitions.entries()) {
        assert.equal(partition.barriers, 1, `seed ${this.world.seed}: barriers of ${name}-${number}`);
        for (const [group, { offsets }] of this.destination.groups) {
          const offset = offsets.get(`${name}/${number}`) ?? 0n;
          assert.ok(offset <= endOf(partition), `seed ${this.world.seed}: ${group} at ${offset} of ${name}-${number}`);
        }
      }
      assert.equal(this.destination.isFenced(name), false, `seed ${this.world.seed}: ${name} is still fenced`);
    }
    this.assertNothingBroken();
  }

  assertNothingBroken(): void {
    assert.deepEqual(this.destination.broken, [], `seed ${this.world.seed}`);
  }
}

export function newMirror(topic: string) {
  return { sourceTopic: topic, mirrorTopic: topic, replicationFactor: undefined, settings: new Map<string, string>() };
}

/** The seed of this run: printed, so that a failure can be repeated with KLINK_SEED. */
export function seedOfRun(): number {
  const seed = Number(process.env.KLINK_SEED ?? Math.floor(Date.now() % 2 ** 31));
  console.log(`# seed ${seed}`);
  return seed;
}
