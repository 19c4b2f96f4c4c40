/**
 * The replicated lease (4.1) where heartbeats alone failed (R5d): three brokers of Apache Kafka 4.3.0, and the coordinator of
 * klink's group cut off from the other two, as broker and as controller, while clients reach all three. The cut coordinator
 * goes on answering heartbeats from memory; the write that extends a lease it cannot finish.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { beat, commit, coordinatorChannel, join as joinGroup, sync } from '../../src/engine/ownership/member.js';
import { OWNERSHIP_GROUP } from '../../src/engine/ownership/ownership.js';
import { plain, useCluster } from '../harness/client-broker.js';
import { CutProxy } from '../harness/cut-proxy.js';
import { newClusterId } from '../harness/kafka.js';
import { kafkaHome } from '../harness/kafka-home.js';
import { KafkaNode } from '../harness/kafka-node.js';
import { type OwnershipWatch, useOwnershipWatch } from '../harness/ownership-watch.js';
import { leasePort } from '../harness/ports.js';
import { until } from '../harness/until.js';

const VERSION = '4.3.0';
const IDS = [1, 2, 3];
const CUT_MS = 30_000;
const SERVING_WITHIN_MS = 120_000;

interface Scope {
  after(end: () => Promise<void>): void;
}

/** Three nodes whose links among each other all pass a proxy; their SASL listeners are reached directly. */
class CutCluster {
  readonly nodes: KafkaNode[] = [];
  readonly saslPorts: number[] = [];
  /** By node: what leads to it from the others. */
  readonly #into = new Map<number, CutProxy[]>();
  /** By node: what leads from it to the others' controllers. */
  readonly #outOf = new Map<number, CutProxy[]>();
  readonly #endings: (() => Promise<void> | void)[] = [];

  static async start(scope: Scope, config: Readonly<Record<string, string>>): Promise<CutCluster> {
    const cluster = new CutCluster();
    scope.after(() => cluster.#end());
    await cluster.#begin(config);
    return cluster;
  }

  get sasl(): string {
    return this.saslPorts.map((port) => `127.0.0.1:${port}`).join(',');
  }

  cut(id: number): void {
    for (const proxy of this.#linksOf(id)) proxy.cut();
  }

  heal(id: number): void {
    for (const proxy of this.#linksOf(id)) proxy.heal();
  }

  #linksOf(id: number): CutProxy[] {
    return [...(this.#into.get(id) ?? []), ...(this.#outOf.get(id) ?? [])];
  }

  async #begin(config: Readonly<Record<string, string>>): Promise<void> {
    const { libs, flags } = await kafkaHome(VERSION);
    const dir = mkdtempSync(join(tmpdir(), 'klink-kafka-cut-'));
    this.#endings.push(() => rmSync(dir, { recursive: true, force: true }));
    const all = [];
    for (const id of IDS) {
      all.push({ id, sasl: await this.#port(), plaintext: await this.#port(), controller: await this.#port() });
    }
    for (const own of all) {
      const voters: string[] = [];
      for (const other of all) {
        const port = other.id === own.id ? other.controller : await this.#link(other.controller, own.id, other.id);
        voters.push(`${other.id}@127.0.0.1:${port}`);
      }
      const advertised = await this.#link(own.plaintext, undefined, own.id);
      const links = {
        'controller.quorum.voters': voters.join(','),
        'advertised.listeners': `SASL_PLAINTEXT://127.0.0.1:${own.sasl},PLAINTEXT://127.0.0.1:${advertised}`,
      };
      this.nodes.push(new KafkaNode({ version: VERSION, own, all, dir, libs, flags, config: { ...config, ...links } }));
      this.saslPorts.push(own.sasl);
    }
    const clusterId = newClusterId();
    await Promise.all(this.nodes.map((node) => node.format(clusterId)));
    for (const node of this.nodes) this.#endings.push(() => node.kill9());
    await Promise.all(this.nodes.map((node) => node.start()));
  }

  async #link(port: number, from: number | undefined, to: number): Promise<number> {
    const own = await this.#port();
    const proxy = await CutProxy.listen(own, port);
    this.#endings.push(() => proxy.close());
    this.#into.set(to, [...(this.#into.get(to) ?? []), proxy]);
    if (from !== undefined) this.#outOf.set(from, [...(this.#outOf.get(from) ?? []), proxy]);
    return own;
  }

  async #port(): Promise<number> {
    const lease = await leasePort();
    this.#endings.push(() => lease.release());
    return lease.port;
  }

  async #end(): Promise<void> {
    for (const end of this.#endings.reverse()) await end();
  }
}

/** With both rules of 4.1 for the offsets topic: two replicas that must hold a commit, and one where no unclean leader may follow. */
for (const minInSync of ['2', '1']) {
  test(`ownership: a coordinator cut off from its cluster extends no lease, min.insync ${minInSync} (R5d) [4.1]`, async (scope) => {
    const cluster = await CutCluster.start(scope, { 'min.insync.replicas': minInSync });
    const klink = useCluster(scope, {
      address: { host: '127.0.0.1', port: cluster.saslPorts[0] ?? 0 },
      sasl: plain('klink'),
    });
    const coordinatorId = () => klink.coordinator('group', OWNERSHIP_GROUP);
    const watch = useOwnershipWatch(scope, cluster.sasl, 'klink');
    for (const name of ['a', 'b']) watch.start(name);
    const owner = await watch.untilOwned(SERVING_WITHIN_MS);
    assert.ok(
      watch.sightings.some((each) => each.name === owner && each.exclusive === true),
      'provable as configured',
    );

    const first = await coordinatorId();
    const cutMs = performance.timeOrigin + performance.now();
    cluster.cut(first);
    await until('nobody holds', 20_000, () => ['a', 'b'].every((name) => !watch.last(name)?.holds)).catch((e) => {
      tell(scope, watch, 0);
      scope.diagnostic(`cut ${first} at ${cutMs}`);
      throw e;
    });
    const ended = watch.sightings.findLast((each) => each.name === owner && !each.holds);
    scope.diagnostic(`the owner's lease ended ${Math.round((ended?.atMs ?? 0) - cutMs)} ms after the cut`);
    await until('the cut has lasted', 2 * CUT_MS, () => performance.timeOrigin + performance.now() - cutMs >= CUT_MS);
    tell(scope, watch, cutMs);
    cluster.heal(first);
    await watch.untilOwned(SERVING_WITHIN_MS);
    assert.deepEqual(watch.overlaps(), []);
  });
}

test('a coordinator cut off from its cluster answers heartbeats from memory, and no commit (R5d) [4.1]', async (scope) => {
  const cluster = await CutCluster.start(scope, {});
  const klink = useCluster(scope, {
    address: { host: '127.0.0.1', port: cluster.saslPorts[0] ?? 0 },
    sasl: plain('klink'),
  });
  const group = 'klink-cut-probe';
  const calls = { group, answerTimeoutMs: 1_500, signal: AbortSignal.any([]) };
  const id = await klink.coordinator('group', group);
  const channel = await coordinatorChannel(klink, calls);
  const joined = await joinGroup(channel, calls, {
    memberId: '',
    metadata: Buffer.alloc(0),
    sessionTimeoutMs: 30_000,
    rebalanceTimeoutMs: 30_000,
  });
  const { memberId, generation } = joined;
  const assignments = [{ memberId, assignment: Buffer.alloc(0) }];
  await sync(channel, calls, { memberId, generation, assignments, timeoutMs: 30_000 });
  scope.diagnostic(`coordinator ${id}, generation ${generation}, now ${await klink.coordinator('group', group)}`);
  const write = { memberId, generation, topic: '__consumer_offsets', note: 'n' };
  assert.equal(await commit(channel, calls, write), 0);

  cluster.cut(id);
  const cutMs = performance.now();
  let beats = 0;
  let lastBeatMs = 0;
  while (performance.now() - cutMs < CUT_MS) {
    const code = await beat(channel, calls, memberId, generation).catch(() => -1);
    if (code !== 0) break;
    beats++;
    lastBeatMs = performance.now() - cutMs;
    await until('a moment', 1_000, () => performance.now() - cutMs - lastBeatMs >= 200);
  }
  scope.diagnostic(`${beats} heartbeats answered 0 until ${Math.round(lastBeatMs)} ms after the cut`);
  const code = channel.open ? await commit(channel, calls, write).catch((error: unknown) => String(error)) : 'closed';
  scope.diagnostic(`a commit in the cut: ${code}`);
  assert.notEqual(code, 0);
  cluster.heal(id);
});

function tell(scope: { diagnostic(message: string): void }, watch: OwnershipWatch, cutMs: number): void {
  for (const { name, atMs, kind, holds, markers, reason } of watch.sightings.filter((each) => each.atMs >= cutMs)) {
    const what = `${kind}${holds ? ' holds' : ''}${markers ? ' markers' : ''}${reason ? ` (${reason})` : ''}`;
    scope.diagnostic(`${Math.round(atMs - cutMs)} ms: ${name} ${what}`);
  }
}
