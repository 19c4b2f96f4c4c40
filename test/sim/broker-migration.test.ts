/** Groups of both protocols over a start of the embedded broker. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findCoordinator } from '../../src/protocol/api/find-coordinator.js';
import { listGroups } from '../../src/protocol/api/list-groups.js';
import { ClassicMember } from '../harness/classic-member.js';
import { ConsumerMember } from '../harness/consumer-member.js';
import type { Wire } from '../harness/wire.js';
import { WireTopic } from '../harness/wire-topic.js';
import { openSimWire, startSimBroker } from './sim-broker.js';
import { World } from './world.js';

const HOST = 'b';
const WITHIN_MS = 60_000;
const [ILLEGAL_GENERATION, REBALANCING] = [22, 27];

test('a newer group of classic members alone is a classic one after a start, and they join again [5.6]', async () => {
  const world = new World(41);
  const { clock } = world.host('client');
  let wire: Wire | undefined;
  const connection = () => wire ?? assert.fail('not started');
  const start = async (policy: string) => {
    const config = { 'group.consumer.migration.policy': policy, 'group.consumer.assignment.interval.ms': '0' };
    wire = await openSimWire(world, await startSimBroker(world, HOST, { config }));
  };
  const done = <T>(what: Promise<T>) => world.finish('an answer', WITHIN_MS, what);
  const kind = async () => (await done(connection().ask(listGroups, {}))).groups.map(({ groupType }) => groupType);

  // As a crash leaves it behind the first of the two writes: with this policy there is no second one.
  await start('upgrade');
  await done(connection().ask(findCoordinator, { keyType: 0, coordinatorKeys: ['g'] }));
  const topic = await done(WireTopic.create(connection(), 't', { partitions: 2, clock }));
  const newer = new ConsumerMember(connection, 'g', 'A', 'i', clock);
  assert.equal(await done(newer.join([topic])), 0);
  const classic = new ClassicMember(connection, 'g', topic, 'i');
  assert.equal((await done(classic.join())).errorCode, 0);
  assert.equal(await done(classic.sync()), 0);
  assert.deepEqual(classic.partitions, [0, 1]);
  assert.deepEqual(await kind(), ['consumer']);

  world.kill(HOST);
  await start('bidirectional');
  assert.deepEqual(await kind(), ['classic']);
  assert.equal(await done(classic.beat()), REBALANCING);
  const joined = await done(classic.join());
  assert.deepEqual([joined.errorCode, joined.leader], [0, classic.id]);
  assert.equal(await done(classic.sync({ [classic.id]: [0, 1] })), 0);

  world.kill(HOST);
  await start('bidirectional');
  assert.deepEqual(await kind(), ['classic']);
  assert.equal(await done(classic.beat()), 0);
});

test('the last newer member leaves and the broker ends before the others have joined again: after a start they are told to [5.6]', async () => {
  const world = new World(42);
  const { clock } = world.host('client');
  let wire: Wire | undefined;
  const connection = () => wire ?? assert.fail('not started');
  const start = async () => {
    const config = { 'group.consumer.assignment.interval.ms': '0' };
    wire = await openSimWire(world, await startSimBroker(world, HOST, { config }));
  };
  const done = <T>(what: Promise<T>) => world.finish('an answer', WITHIN_MS, what);

  await start();
  await done(connection().ask(findCoordinator, { keyType: 0, coordinatorKeys: ['g'] }));
  const topic = await done(WireTopic.create(connection(), 't', { partitions: 2, clock }));
  const newer = new ConsumerMember(connection, 'g', 'A', null, clock);
  assert.equal(await done(newer.join([topic])), 0);
  const classic = new ClassicMember(connection, 'g', topic);
  await done(classic.join());
  assert.equal(await done(classic.sync()), 0);
  // It is told to give one back, does so, and that is the other's then.
  for (let times = 0; times < 2; times++) assert.equal(await done(newer.own()), 0);
  await done(classic.follow());
  assert.equal(classic.partitions.length, 1, 'the other one is the newer member’s');
  assert.equal(await done(newer.leave()), 0);

  for (let times = 0; times < 2; times++) {
    world.kill(HOST);
    await start();
    assert.equal(await done(classic.beat()), REBALANCING);
  }
  const joined = await done(classic.join());
  assert.deepEqual([joined.errorCode, joined.leader], [0, classic.id]);
  assert.equal(await done(classic.sync({ [classic.id]: [0, 1] })), 0);

  world.kill(HOST);
  await start();
  assert.equal(await done(classic.beat()), 0, 'once');
});

for (const [what, comesFirst, refusal] of [
  ['has not been told yet', 'newer', REBALANCING],
  // It is at an older epoch.
  ['has not given back yet', 'classic', ILLEGAL_GENERATION],
] as const) {
  test(`a classic member takes the place of the last newer one while another ${what}: both join again, and nothing has two owners [5.6]`, async () => {
    const world = new World(43);
    const { clock } = world.host('client');
    const config = { 'group.consumer.assignment.interval.ms': '0' };
    const broker = await startSimBroker(world, HOST, { config });
    // Who waits for others to join holds up a connection.
    const [wire, ofClassic] = [await openSimWire(world, broker), await openSimWire(world, broker)];
    const done = <T>(answer: Promise<T>) => world.finish('an answer', WITHIN_MS, answer);
    const connection = () => wire;
    await done(wire.ask(findCoordinator, { keyType: 0, coordinatorKeys: ['g'] }));
    const topic = await done(WireTopic.create(wire, 't', { partitions: 2, clock }));
    const newer = new ConsumerMember(connection, 'g', 'A', 'i', clock);
    const classic = new ClassicMember(() => ofClassic, 'g', topic, 'j');
    const joinClassic = async () => {
      assert.equal((await done(classic.join())).errorCode, 0);
      assert.equal(await done(classic.sync({ [classic.id]: [0, 1] })), 0);
    };
    if (comesFirst === 'classic') await joinClassic();
    assert.equal(await done(newer.join([topic])), 0);
    if (comesFirst === 'newer') await joinClassic();
    const held = comesFirst === 'newer' ? [] : [0, 1];
    assert.deepEqual(classic.partitions, held, 'what is the other one’s is not given, what it has is not taken');

    const heir = new ClassicMember(connection, 'g', topic, 'i');
    assert.equal((await done(heir.join())).errorCode, 0);
    assert.deepEqual([await done(heir.sync()), await done(classic.beat())], [REBALANCING, refusal]);
    const [one, other] = await done(Promise.all([heir.join(), classic.join()]));
    assert.deepEqual([one.errorCode, other.errorCode], [0, 0]);
    const shares = { [heir.id]: [0], [classic.id]: [1] };
    const [leader, follower] = one.leader === heir.id ? [heir, classic] : [classic, heir];
    assert.deepEqual(await done(Promise.all([leader.sync(shares), follower.sync()])), [0, 0]);
    assert.deepEqual([heir.partitions, classic.partitions], [[0], [1]]);
  });
}

for (const isTold of [false, true])
  test(`a group goes back and forth while a classic member ${isTold ? 'was told to give back' : 'was not heard of'}: nobody gets what that one still has [5.6]`, async () => {
    const world = new World(44);
    const { clock } = world.host('client');
    const config = { 'group.consumer.assignment.interval.ms': '0' };
    const wire = await openSimWire(world, await startSimBroker(world, HOST, { config }));
    const done = <T>(answer: Promise<T>) => world.finish('an answer', WITHIN_MS, answer);
    const connection = () => wire;
    await done(wire.ask(findCoordinator, { keyType: 0, coordinatorKeys: ['g'] }));
    const topic = await done(WireTopic.create(wire, 't', { partitions: 2, clock }));
    const classic = new ClassicMember(connection, 'g', topic);
    assert.equal((await done(classic.join())).errorCode, 0);
    assert.equal(await done(classic.sync({ [classic.id]: [0, 1] })), 0);
    const first = new ConsumerMember(connection, 'g', 'A', null, clock);
    assert.equal(await done(first.join([topic])), 0);
    if (isTold) {
      await done(classic.follow());
      assert.deepEqual(classic.partitions, [0], 'it gives the other one back before it joins again');
    }
    assert.equal(await done(first.leave()), 0);

    const second = new ConsumerMember(connection, 'g', 'B', null, clock);
    assert.equal(await done(second.join([topic])), 0);
    assert.deepEqual(second.of(topic), [], 'the classic member has not joined without one');
    // It is told, joins without anything, and one is the other's then.
    assert.equal(await done(classic.beat()), ILLEGAL_GENERATION);
    classic.partitions = [];
    assert.equal((await done(classic.join())).errorCode, 0);
    assert.equal(await done(classic.sync()), 0);
    for (let times = 0; times < 2; times++) assert.equal(await done(second.own()), 0);
    await done(classic.follow());
    assert.deepEqual([...classic.partitions, ...second.of(topic)].sort(), [0, 1]);
  });
