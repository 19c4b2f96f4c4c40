/**
 * The replicated lease (4.1) where heartbeats alone failed (R5d): three brokers of Apache Kafka, and the coordinator of
 * klink's group cut off from the other two. The cut coordinator goes on answering heartbeats from memory; the write that
 * extends a lease it cannot finish.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Channel } from '../../src/client/types.js';
import { leaseRules as rules } from '../../src/engine/ownership/lease.js';
import { beat, type Calls, commit, coordinatorChannel, join, sync } from '../../src/engine/ownership/member.js';
import { OWNERSHIP_GROUP } from '../../src/engine/ownership/ownership-state.js';
import { createTopics } from '../../src/protocol/api/create-topics.js';
import { findCoordinator } from '../../src/protocol/api/find-coordinator.js';
import { metadata } from '../../src/protocol/api/metadata.js';
import { plain, useCluster } from '../harness/client-broker.js';
import { type CutCluster, useCutCluster } from '../harness/cut-cluster.js';
import type { KafkaVersion } from '../harness/kafka.js';
import { type OwnershipWatch, useOwnershipWatch } from '../harness/ownership-watch.js';
import { sharedClockMs } from '../harness/shared-clock.js';
import { until } from '../harness/until.js';
import { Wire } from '../harness/wire.js';

/** Kafka's own default: with the harness's shorter one the next coordinator leads before the lease has ended. */
const BROKER_SESSION_MS = 9_000;
/** Longer than a broker's session, a member's and the wait of a new owner together. */
const CUT_MS = 30_000;
const WITHIN_MS = 120_000;

interface Scope {
  after(end: () => Promise<void>): void;
  diagnostic(message: string): void;
}

interface Scene {
  readonly cluster: CutCluster;
  readonly watch: OwnershipWatch;
  /** The coordinator of klink's group. */
  readonly first: number;
}

/** Klinks a, which owns, and b, which stands by: clients of two sides, which reach all brokers until a test says otherwise. */
async function scene(scope: Scope, version: KafkaVersion, config: Readonly<Record<string, string>>): Promise<Scene> {
  return begin(scope, await cutCluster(scope, version, config));
}

function cutCluster(
  scope: Scope,
  version: KafkaVersion,
  config: Readonly<Record<string, string>>,
  controllers?: readonly number[],
): Promise<CutCluster> {
  const session = { 'broker.session.timeout.ms': String(BROKER_SESSION_MS) };
  return useCutCluster(scope, version, { ...session, ...config }, controllers);
}

async function begin(scope: Scope, cluster: CutCluster): Promise<Scene> {
  const watch = useOwnershipWatch(scope, cluster.clients('far'), undefined);
  watch.start('a', cluster.clients('near'));
  await watch.untilOwned(WITHIN_MS);
  watch.start('b');
  await until('b stands by', WITHIN_MS, () => watch.last('b')?.kind === 'standby');
  await until('a owns', WITHIN_MS, () => watch.owner === 'a');
  return { cluster, watch, first: await coordinatorAt(cluster, 1) };
}

async function ask<T>(cluster: CutCluster, id: number, question: (wire: Wire) => Promise<T>): Promise<T> {
  const wire = await Wire.open({ host: '127.0.0.1', port: nodeOf(cluster, id).plaintextPort });
  try {
    return await question(wire);
  } finally {
    wire.close();
  }
}

/** Who coordinates this group, by the word of this broker; -1 when nobody does. */
function coordinatorAt(cluster: CutCluster, id: number, group = OWNERSHIP_GROUP): Promise<number> {
  return ask(cluster, id, async (wire) => {
    const answer = await wire.ask(findCoordinator, { key: group, keyType: 0, coordinatorKeys: [group] });
    return (answer.coordinators[0] ?? answer).nodeId;
  });
}

/**
 * Of the partitions of the offsets topic that this broker leads: the fewest replicas in sync, by its own word. Followers fall
 * out of sync where something is written, and that is klink's partition alone.
 */
function inSyncAt(cluster: CutCluster, id: number): Promise<number> {
  return ask(cluster, id, async (wire) => {
    const { topics } = await wire.ask(metadata, { topics: [{ name: '__consumer_offsets' }] });
    const led = (topics[0]?.partitions ?? []).filter(({ leaderId }) => leaderId === id);
    return Math.min(...led.map(({ isrNodes }) => isrNodes.length));
  });
}

const others = (id: number): number[] => [1, 2, 3].filter((each) => each !== id);

function nodeOf(cluster: CutCluster, id: number) {
  const node = cluster.nodes.find((each) => each.id === id);
  assert.ok(node !== undefined, `node ${id}`);
  return node;
}

/** By when this klink last held, of all that it said since. */
function endedAfter(watch: OwnershipWatch, name: string, atMs: number): number {
  return (
    (watch.sightings.find((each) => each.name === name && each.atMs >= atMs && !each.holds)?.atMs ?? Number.NaN) - atMs
  );
}

function tell(scope: Scope, watch: OwnershipWatch, cutMs: number): void {
  for (const { name, atMs, kind, holds, markers, reason } of watch.sightings.filter((each) => each.atMs >= cutMs)) {
    const what = `${kind}${holds ? ' holds' : ''}${markers ? ' markers' : ''}${reason ? ` (${reason})` : ''}`;
    scope.diagnostic(`${Math.round(atMs - cutMs)} ms: ${name} ${what}`);
  }
}

/** After the heal. Who owns by then is open: on a loaded machine b may have lost its turn. */
async function untilBack(scope: Scope, watch: OwnershipWatch, cutMs: number): Promise<void> {
  const kinds: readonly (string | undefined)[] = ['standby', 'owner'];
  await until('a is a member again', WITHIN_MS, () => kinds.includes(watch.last('a')?.kind)).catch((error: unknown) => {
    tell(scope, watch, cutMs);
    throw error;
  });
}

for (const [version, minInSync] of [
  ['4.3.0', '2'],
  ['4.3.0', '1'],
  ['3.9.1', '2'],
] satisfies [KafkaVersion, string][]) {
  test(`ownership on ${version}, min.insync ${minInSync}: a coordinator cut off with its owner extends no lease, and another klink owns elsewhere (R5d) [4.1]`, async (scope) => {
    const { cluster, watch, first } = await scene(scope, version, { 'min.insync.replicas': minInSync });
    assert.equal(watch.last('a')?.exclusive, true, 'provable as configured');

    const cutMs = sharedClockMs();
    cluster.isolate(first);
    cluster.leaveClients('near', [first]);
    await until('b may write markers', WITHIN_MS, () => watch.owner === 'b').finally(() => tell(scope, watch, cutMs));
    assert.ok(endedAfter(watch, 'a', cutMs) < rules.sessionTimeoutMs + rules.stallMs);
    assert.notEqual(await coordinatorAt(cluster, (first % 3) + 1), first);
    assert.equal(await coordinatorAt(cluster, first), first, 'the cut one knows of nothing');
    cluster.heal();
    await untilBack(scope, watch, cutMs);
    assert.deepEqual(watch.overlaps(), []);
  });
}

for (const [version, minInSync] of [
  ['4.3.0', '2'],
  ['3.9.1', '1'],
] satisfies [KafkaVersion, string][]) {
  test(`ownership on ${version}, min.insync ${minInSync}: where clients reach all brokers, the lease ends with the cut and ownership goes on at another coordinator before it heals [4.1]`, async (scope) => {
    const { cluster, watch, first } = await scene(scope, version, { 'min.insync.replicas': minInSync });
    const cutMs = sharedClockMs();
    cluster.isolate(first);
    await until('nobody owns', WITHIN_MS, () => watch.owner === undefined);
    await watch.untilOwned(WITHIN_MS).finally(() => tell(scope, watch, cutMs));
    assert.ok(endedAfter(watch, 'a', cutMs) < rules.sessionTimeoutMs + rules.stallMs);
    assert.notEqual(await coordinatorAt(cluster, (first % 3) + 1), first);
    cluster.heal();
    assert.deepEqual(watch.overlaps(), []);
  });
}

for (const [version, minInSync] of [
  ['4.3.0', '1'],
  ['3.9.1', '2'],
] satisfies [KafkaVersion, string][]) {
  test(`ownership on ${version}, min.insync ${minInSync}: a coordinator cut off from its controller only, with its owner, extends no lease once another one leads (R5d) [4.1]`, async (scope) => {
    const { cluster, watch, first } = await scene(scope, version, { 'min.insync.replicas': minInSync });
    const cutMs = sharedClockMs();
    cluster.cut(({ from, to, kind }) => kind === 'controller' && (from === first || to === first));
    cluster.leaveClients('near', [first]);
    await until('b may write markers', WITHIN_MS, () => watch.owner === 'b').finally(() => tell(scope, watch, cutMs));
    cluster.heal();
    await untilBack(scope, watch, cutMs);
    assert.deepEqual(watch.overlaps(), []);
  });
}

for (const unclean of [false, true]) {
  const what = unclean
    ? 'a replica without the commits leads, and two hold: not provable'
    : 'no other can lead, and only its owner holds';
  test(`ownership on 4.3.0, min.insync 1, unclean election ${unclean}: of a coordinator alone in sync that is cut off, ${what} [4.1]`, async (scope) => {
    const { cluster, watch, first } = await scene(scope, '4.3.0', {
      'min.insync.replicas': '1',
      'unclean.leader.election.enable': String(unclean),
      'replica.lag.time.max.ms': '3000',
    });
    assert.equal(watch.last('a')?.exclusive, !unclean);
    // Its followers are lost first, and it says so to its controller; then the controller is lost.
    cluster.cut(({ to, kind }) => kind === 'broker' && to === first);
    await until('the coordinator is alone in sync', WITHIN_MS, async () => (await inSyncAt(cluster, first)) === 1);
    await until('a owns', WITHIN_MS, () => watch.owner === 'a');
    const cutMs = sharedClockMs();
    cluster.isolate(first);
    cluster.leaveClients('near', [first]);
    cluster.leaveClients('far', others(first));
    const seen = () => (unclean ? watch.overlaps().length > 0 : sharedClockMs() - cutMs > CUT_MS);
    await until('the cut has shown what it does', WITHIN_MS, seen).finally(() => tell(scope, watch, cutMs));
    // A process that had to wait for its turn may have lost the lease: it has it again, from the same coordinator.
    await until('a still owns', WITHIN_MS, () => watch.last('a')?.holds === true);
    if (!unclean) {
      assert.deepEqual(watch.overlaps(), []);
      assert.equal(watch.last('b')?.kind, 'joining', 'where b is nobody coordinates');
    }
    cluster.heal();
    await watch.untilOwned(WITHIN_MS);
  });
}

test('ownership on 4.3.0, min.insync 2 of 3, unclean election: a third that leads while two in sync are cut off together makes no owner until one of them follows it [4.1]', async (scope) => {
  const unclean = {
    'unclean.leader.election.enable': 'true',
    'replica.lag.time.max.ms': '3000',
    'offsets.topic.num.partitions': '1',
  };
  const [first, follower, third] = [1, 2, 3];
  const cluster = await cutCluster(scope, '4.3.0', { 'min.insync.replicas': '2', ...unclean }, [third]);
  await ask(cluster, third, async (wire) => {
    const assignments = [{ partitionIndex: 0, brokerIds: [first, follower, third] }];
    const configs = [{ name: 'cleanup.policy', value: 'compact' }];
    const topic = { name: '__consumer_offsets', numPartitions: -1, replicationFactor: -1, assignments, configs };
    const made = await wire.ask(createTopics, { topics: [topic], timeoutMs: WITHIN_MS });
    assert.equal(made.topics[0]?.errorCode, 0, made.topics[0]?.errorMessage ?? '');
  });
  const { watch, first: coordinator } = await begin(scope, cluster);
  assert.equal(coordinator, first);
  assert.equal(watch.last('a')?.exclusive, false);
  cluster.cut(({ from, to, kind }) => kind === 'broker' && from === third && to === first);
  await until('the third is out of sync', WITHIN_MS, async () => (await inSyncAt(cluster, first)) === 2);
  await until('a owns', WITHIN_MS, () => watch.owner === 'a');
  const cutMs = sharedClockMs();
  cluster.isolate(third);
  cluster.leaveClients('near', [first, follower]);
  cluster.leaveClients('far', [third]);
  await until('the third leads', WITHIN_MS, async () => (await coordinatorAt(cluster, third)) === third);
  await until('the cut has shown what it does', WITHIN_MS, () => sharedClockMs() - cutMs > CUT_MS);
  await until('a still owns', WITHIN_MS, () => watch.last('a')?.holds === true);
  assert.equal(await coordinatorAt(cluster, first), first);
  assert.deepEqual(watch.overlaps(), []);
  // b still reaches nobody but the third.
  for (const { from, to, proxy } of cluster.links) if (from !== first && to !== first) proxy.heal();
  await until('b holds', WITHIN_MS, () => watch.last('b')?.holds === true).finally(() => tell(scope, watch, cutMs));
});

for (const version of ['4.3.0', '3.9.1'] as const) {
  test(`a coordinator of ${version} that is cut off answers heartbeats from memory while another leads, and no commit (R5d) [4.1]`, async (scope) => {
    const cluster = await cutCluster(scope, version, {});
    const klink = useCluster(scope, {
      address: { host: '127.0.0.1', port: cluster.nodes[0]?.saslPort ?? 0 },
      sasl: plain('klink'),
    });
    const calls: Calls = { group: 'klink-cut-probe', answerTimeoutMs: 8_000, signal: AbortSignal.any([]) };
    const member = { sessionTimeoutMs: 60_000, rebalanceTimeoutMs: 60_000, metadata: Buffer.alloc(0) };
    // Right after its topic was made a coordinator may not know yet that it is one.
    let channel: Channel | undefined;
    let write = { memberId: '', generation: -1, topic: '__consumer_offsets', note: 'n' };
    await until('a commit is answered 0', WITHIN_MS, async () => {
      channel = await coordinatorChannel(klink, calls);
      const { code, memberId, generation } = await join(channel, calls, { memberId: write.memberId, ...member });
      if (code !== 0) return false;
      const assignments = [{ memberId, assignment: Buffer.alloc(0) }];
      await sync(channel, calls, { memberId, generation, assignments, timeoutMs: member.sessionTimeoutMs });
      write = { ...write, memberId, generation };
      return (await commit(channel, calls, write)) === 0;
    });
    assert.ok(channel !== undefined);
    const first = channel.brokerId;
    const other = (first % 3) + 1;

    cluster.isolate(first);
    const cutMs = sharedClockMs();
    const beats: number[] = [];
    await until('another broker coordinates', WITHIN_MS, async () => {
      assert.ok(channel !== undefined);
      beats.push(await beat(channel, calls, write.memberId, write.generation));
      return ![first, -1].includes(await coordinatorAt(cluster, other, calls.group));
    });
    beats.push(await beat(channel, calls, write.memberId, write.generation));
    assert.deepEqual([...new Set(beats)], [0]);
    const lastedMs = Math.round(sharedClockMs() - cutMs);
    scope.diagnostic(`${beats.length} heartbeats answered 0 in ${lastedMs} ms, the last when another coordinator led`);
    const commitMs = sharedClockMs();
    const code = await commit(channel, calls, write).catch((error: unknown) => String(error));
    scope.diagnostic(`a commit: ${code} after ${Math.round(sharedClockMs() - commitMs)} ms`);
    assert.notEqual(code, 0);
  });
}
