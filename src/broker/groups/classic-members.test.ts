/** Groups with members of both protocols, without a network and without waiting. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Clock, Timer } from '../../base/clock.js';
import { consumerProtocolAssignment } from '../../protocol/api/consumer-protocol-assignment.js';
import { consumerProtocolSubscription } from '../../protocol/api/consumer-protocol-subscription.js';
import { decodeMessage, encodeMessage } from '../../protocol/codec.js';
import { errorCode } from '../../protocol/errors.js';
import { Configs } from '../config/configs.js';
import type { JoinRequest } from './answers.js';
import { ClassicMembers } from './classic-members.js';
import { ConsumerGroup, newMember } from './consumer-group.js';
import { decodeConsumerEntry, encodeConsumerEntry } from './consumer-journal.js';
import { ConsumerMembership } from './consumer-membership.js';
import { Group, type Member } from './group.js';
import { downgraded, upgraded } from './migration.js';
import { StoredOffsets } from './stored-offsets.js';

const TOPIC_ID = 'topicidtopicidtopicid0';
const topic = { id: TOPIC_ID, name: 't', partitions: [{}, {}] };
// Only what is asked of topics here: name, id and how many partitions.
const topics = {
  get: (name: string) => (name === 't' ? topic : undefined),
  byId: (id: string) => (id === TOPIC_ID ? topic : undefined),
  version: 1,
} as unknown as ConstructorParameters<typeof ConsumerMembership>[0]['topics'];

class HandClock implements Clock {
  #nowMs = 0;
  readonly #timers = new Set<{ atMs: number; fire: () => void }>();
  nowMs = () => this.#nowMs;
  monotonicMs = () => this.#nowMs;
  setTimer(delayMs: number, fire: () => void): Timer {
    const timer = { atMs: this.#nowMs + delayMs, fire };
    this.#timers.add(timer);
    return { cancel: () => this.#timers.delete(timer) };
  }
  pass(ms: number): void {
    this.#nowMs += ms;
    for (const timer of [...this.#timers]) {
      if (timer.atMs > this.#nowMs || !this.#timers.delete(timer)) continue;
      timer.fire();
    }
  }
}

const subscription = (owned: number[]) =>
  encodeMessage(consumerProtocolSubscription, 1, {
    topics: ['t'],
    ownedPartitions: [{ topic: 't', partitions: owned }],
  });
const assignment = (partitions: number[]) =>
  encodeMessage(consumerProtocolAssignment, 1, { assignedPartitions: [{ topic: 't', partitions }] });

function classicGroup(): Group {
  const group = new Group('g', 0);
  const member: Member = {
    id: 'C',
    instanceId: null,
    clientId: 'test',
    clientHost: '/127.0.0.1',
    sessionTimeoutMs: 6000,
    rebalanceTimeoutMs: 60_000,
    protocols: [{ name: 'range', metadata: subscription([]) }],
    assignment: assignment([0, 1]),
    awaitingJoin: undefined,
    awaitingSync: undefined,
    session: undefined,
  };
  Object.assign(group, {
    protocolType: 'consumer',
    protocolName: 'range',
    generation: 7,
    leader: 'C',
    state: 'Stable',
  });
  group.members.set('C', member);
  return group;
}

function mixed() {
  const clock = new HandClock();
  const group = new ConsumerGroup('g', new StoredOffsets());
  const around = {
    clock,
    configs: new Configs({ 'group.consumer.assignment.interval.ms': '0' }),
    topics,
    store: (of: ConsumerGroup, entries: readonly Parameters<ConsumerGroup['apply']>[0][]) => {
      for (const entry of entries) of.apply(entry);
      return errorCode.NONE;
    },
    downgrade: () => undefined,
  };
  const membership = new ConsumerMembership(around);
  const random = { bytes: (count: number) => Buffer.alloc(count, 1), next: () => 0.5 };
  const members = new ClassicMembers({ ...around, random, membership, timers: membership.timers });
  for (const entry of upgraded(classicGroup(), topics) ?? assert.fail('it is of the consumers’ own protocol')) {
    group.apply(entry);
  }
  membership.resume(group);
  const join = (owned: number[]) => {
    const request: JoinRequest = {
      memberId: 'C',
      instanceId: null,
      clientId: 'test',
      clientHost: '/127.0.0.1',
      sessionTimeoutMs: 6000,
      rebalanceTimeoutMs: 60_000,
      protocolType: 'consumer',
      protocols: [{ name: 'range', metadata: subscription(owned) }],
      mustKnowItsId: true,
      canSkipAssignment: true,
    };
    return members.join(group, request);
  };
  const sync = (generationId: number) =>
    members.sync(group, {
      memberId: 'C',
      instanceId: null,
      generationId,
      protocolType: 'consumer',
      protocolName: 'range',
      assignments: [],
    });
  const beat = (generationId: number) => members.heartbeat(group, { memberId: 'C', instanceId: null, generationId });
  const newer = (memberEpoch: number, partitions: number[] | undefined) =>
    membership.beat(group, {
      memberId: 'A',
      memberEpoch,
      instanceId: null,
      rackId: null,
      clientId: 'test',
      clientHost: '/127.0.0.1',
      rebalanceTimeoutMs: 60_000,
      topics: ['t'],
      regex: null,
      assignor: null,
      owned: partitions ? [{ topicId: TOPIC_ID, partitions }] : [],
      match: () => [],
    });
  return { clock, group, join, sync, beat, newer };
}

const partitionsIn = (bytes: Buffer) =>
  decodeMessage(consumerProtocolAssignment, bytes).body.assignedPartitions.flatMap(({ partitions }) => partitions);

test('migration: who was assigned by a leader has it, and keeps it until it has joined again without it [5.6]', () => {
  const { group, join, sync, beat, newer } = mixed();
  assert.equal(group.members.get('C')?.epoch, 7);
  assert.equal(beat(7), errorCode.NONE);
  const joined = newer(0, undefined);
  assert.ok(joined.kind === 'accepted');
  assert.equal(joined.assignment?.size, 0, 'all of it is held');
  assert.equal(beat(7), errorCode.REBALANCE_IN_PROGRESS);
  assert.equal(sync(7).errorCode, errorCode.REBALANCE_IN_PROGRESS, 'it has not joined for the new epoch');
  const first = join([0, 1]);
  assert.deepEqual([first.errorCode, first.generationId, first.leader], [0, 7, '']);
  const kept = partitionsIn(sync(7).assignment);
  assert.equal(kept.length, 1);
  assert.equal(group.holderOf(TOPIC_ID, 1 - (kept[0] ?? 0)), 'C', 'not given back yet');
  assert.equal(beat(7), errorCode.REBALANCE_IN_PROGRESS);
  const second = join(kept);
  assert.equal(second.generationId, 8);
  assert.deepEqual(partitionsIn(sync(8).assignment), kept);
  assert.equal(beat(8), errorCode.NONE);
  assert.equal(beat(7), errorCode.ILLEGAL_GENERATION);
  const given = newer(8, []);
  assert.ok(given.kind === 'accepted');
  assert.deepEqual([...(given.assignment?.get(TOPIC_ID)?.keys() ?? [])], [1 - (kept[0] ?? 0)]);
});

test('migration: a classic member has the session that it asked for, and its rebalance timeout to join and to sync [5.6]', () => {
  const silent = mixed();
  silent.clock.pass(5999);
  assert.ok(silent.group.members.has('C'));
  silent.clock.pass(1);
  assert.ok(!silent.group.members.has('C'), 'its own session, not the broker’s 45 s');
  for (const ask of ['join', 'sync'] as const) {
    const { clock, group, join, beat, newer } = mixed();
    newer(0, undefined);
    if (ask === 'join') assert.equal(beat(7), errorCode.REBALANCE_IN_PROGRESS);
    else join([0, 1]);
    for (let s = 0; s < 59; s++) {
      clock.pass(1000);
      beat(7);
    }
    assert.ok(group.members.has('C'));
    clock.pass(1000);
    assert.ok(!group.members.has('C'), `it did not ${ask}`);
  }
});

test('migration: a group that goes back has what the broker last assigned, in the members’ own words [5.6]', () => {
  const { group } = mixed();
  const classic = downgraded(group, [], { ms: 5, topics });
  assert.deepEqual([classic.generation, classic.protocolName, classic.leader], [7, 'range', 'C']);
  const member = classic.members.get('C');
  assert.deepEqual(partitionsIn(member?.assignment ?? Buffer.alloc(0)), [0, 1]);
  const other = classicGroup();
  for (const each of other.members.values()) each.protocols = [{ name: 'range', metadata: Buffer.from([1]) }];
  assert.equal(upgraded(other, topics), undefined, 'another dialect stays what it is');
});

test('migration: a group that has not agreed on a protocol yet goes over as well [5.6]', () => {
  const group = classicGroup();
  Object.assign(group, { protocolName: undefined, generation: 0, state: 'PreparingRebalance' });
  const facts = upgraded(group, topics);
  const said = facts?.find(({ kind }) => kind === 'member');
  assert.ok(said?.kind === 'member');
  assert.deepEqual(said.value?.topics, ['t']);
});

test('migration: what nobody had is given in the next epoch, also where the group was stable [5.6]', () => {
  const hashWith = (partitions: number[], state = 'Stable') => {
    const group = classicGroup();
    Object.assign(group, { state });
    for (const member of group.members.values()) member.assignment = assignment(partitions);
    const epoch = upgraded(group, topics)?.find(({ kind }) => kind === 'epoch');
    return epoch?.kind === 'epoch' ? epoch.value?.topicsHash : undefined;
  };
  assert.notEqual(hashWith([0, 1]), 0n);
  for (const partitions of [[0], [1], []]) assert.equal(hashWith(partitions), 0n, 'that of no topics: it has changed');
  assert.equal(hashWith([0, 1], 'PreparingRebalance'), 0n, 'who has not joined again may not know what it has');
});

test('migration: what a classic member said outlives a restart [5.6]', () => {
  const classic = { sessionTimeoutMs: 6000, protocols: [{ name: 'range', metadata: subscription([1]) }] };
  for (const side of [classic, null]) {
    const { id, ...about } = newMember('C');
    const entry = { group: 'g', kind: 'member', memberId: id, value: { ...about, classic: side } } as const;
    const record = encodeConsumerEntry(entry);
    const read = decodeConsumerEntry(record, record.key.readInt16BE(0));
    assert.ok(read?.kind === 'member');
    assert.deepEqual(read.value?.classic, side);
  }
});
