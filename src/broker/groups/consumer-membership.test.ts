/** Members of groups of the newer protocol, one heartbeat at a time. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Clock, Timer } from '../../base/clock.js';
import { errorCode } from '../../protocol/errors.js';
import { Configs } from '../config/configs.js';
import type { Topic } from '../topics/topics.js';
import type { BeatRequest } from './beat.js';
import { ConsumerGroup } from './consumer-group.js';
import { ConsumerMembership } from './consumer-membership.js';
import { StoredOffsets } from './stored-offsets.js';

class CountingClock implements Clock {
  readonly running = new Set<() => void>();
  nowMs = () => 0;
  monotonicMs = () => 0;
  setTimer(_: number, fire: () => void): Timer {
    const timer = () => fire();
    this.running.add(timer);
    return { cancel: () => this.running.delete(timer) };
  }
}

const first: BeatRequest = {
  memberId: 'A',
  memberEpoch: 0,
  instanceId: null,
  rackId: null,
  clientId: 'test',
  clientHost: '/127.0.0.1',
  rebalanceTimeoutMs: 1000,
  topics: ['t'],
  regex: null,
  assignor: null,
  owned: [],
  match: () => [],
};

function bench(topics: Partial<Record<string, number>> = {}) {
  const found = (name: string) => {
    const count = topics[name];
    return count === undefined
      ? undefined
      : ({ id: name, name, partitions: Array(count).fill({}) } as unknown as Topic);
  };
  const clock = new CountingClock();
  const group = new ConsumerGroup('g', new StoredOffsets());
  const membership = new ConsumerMembership({
    clock,
    configs: new Configs({ 'group.consumer.assignment.interval.ms': '0' }),
    topics: { get: found, byId: found, version: 1 },
    downgrade: () => undefined,
    store: (of, entries) => {
      for (const entry of entries) of.apply(entry);
      return errorCode.NONE;
    },
  });
  return { clock, group, membership };
}

test('consumer membership: a static member that comes back again and again leaves no timer of its former selves [5.4]', () => {
  const { clock, group, membership } = bench();
  for (const memberId of ['A', 'B', 'C']) {
    const joined = membership.beat(group, { ...first, memberId, instanceId: 'i' });
    assert.equal(joined.kind, 'accepted');
    const left = membership.leave(group, { ...first, memberId, instanceId: 'i', memberEpoch: -2 });
    assert.equal(left.kind, 'accepted');
  }
  assert.deepEqual([...group.timers.keys()], ['C']);
  assert.equal(clock.running.size, 1);
});

test('consumer membership: a heartbeat that says nothing new matches no regular expression [5.4]', () => {
  const { group, membership } = bench();
  let matched = 0;
  const match = () => {
    matched++;
    return [];
  };
  const joined = membership.beat(group, { ...first, topics: null, regex: 'a.*', match });
  assert.ok(joined.kind === 'accepted');
  assert.equal(matched, 1);
  const next = { ...first, memberEpoch: joined.memberEpoch, topics: null, owned: null, match };
  assert.equal(membership.beat(group, next).kind, 'accepted');
  assert.equal(matched, 1);
  assert.equal(membership.beat(group, { ...next, regex: '' }).kind, 'accepted');
  assert.equal(group.regexes.size, 0, 'what nobody asks for any more is forgotten');
});

test('consumer membership: what a member has just given back it has again at once [5.4]', () => {
  const { group, membership } = bench({ t: 2, u: 1 });
  const beat = (memberEpoch: number, topics: string[], owned: BeatRequest['owned']) => {
    const outcome = membership.beat(group, { ...first, memberEpoch, topics, owned });
    assert.ok(outcome.kind === 'accepted');
    return outcome;
  };
  const joined = beat(0, ['t'], []);
  const all = [{ topicId: 't', partitions: [0, 1] }];
  const other = beat(joined.memberEpoch, ['u'], all);
  assert.equal(other.memberEpoch, joined.memberEpoch, 'it has to give back first');
  const again = beat(other.memberEpoch, ['t', 'u'], []);
  assert.deepEqual(
    [...(again.assignment ?? [])].map(([topicId, partitions]) => [topicId, [...partitions.keys()]]).sort(),
    [
      ['t', [0, 1]],
      ['u', [0]],
    ],
  );
});
