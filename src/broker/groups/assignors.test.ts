/** The two assignors: level, sticky, and in Kafka's order. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { randomInt, seededRandom } from '../../base/random.js';
import { assignors, type MemberToAssign } from './assignors.js';
import type { Target } from './consumer-group.js';

const counts: Readonly<Record<string, number>> = { t: 4, u: 3, w: 1 };
const partitionsOf = (topicId: string) => counts[topicId] ?? 0;

function member(
  id: string,
  topics: string[],
  before: Target = new Map(),
  instanceId: string | null = null,
): MemberToAssign {
  return { id, instanceId, topics: new Set(topics), before };
}

function assign(name: string, members: readonly MemberToAssign[]): Record<string, Record<string, number[]>> {
  const target = assignors.get(name)?.({ members, partitionsOf }) ?? new Map();
  const shown = (partitions: ReadonlySet<number>) => [...partitions].sort((one, other) => one - other);
  return Object.fromEntries(
    [...target].map(([id, topics]) => [
      id,
      Object.fromEntries([...topics].map(([topic, partitions]) => [topic, shown(partitions)])),
    ]),
  );
}

test('uniform: a newcomer gets its share, and the others keep what is left [5.4]', () => {
  const before = new Map([['t', new Set([0, 1, 2, 3])]]);
  assert.deepEqual(assign('uniform', [member('A', ['t'], before), member('B', ['t'])]), {
    A: { t: [0, 1] },
    B: { t: [2, 3] },
  });
});

test('uniform: what is no longer there or subscribed to is not kept [5.4]', () => {
  const before = new Map([
    ['t', new Set([0, 7])],
    ['gone', new Set([0])],
  ]);
  assert.deepEqual(assign('uniform', [member('A', ['t'], before)]), { A: { t: [0, 1, 2, 3] } });
  assert.deepEqual(assign('uniform', [member('A', ['w'], before)]), { A: { w: [0] } });
});

test('uniform: everything subscribed to is given once, as evenly as subscriptions let it, and a second time as the first [5.4]', () => {
  const random = seededRandom(848);
  for (let round = 0; round < 200; round++) {
    const names = ['t', 'u', 'w'];
    const members = Array.from({ length: 1 + randomInt(random, 6) }, (_, at) =>
      member(
        `m${at}`,
        names.filter(() => randomInt(random, 3) > 0),
      ),
    );
    const first = assignors.get('uniform')?.({ members, partitionsOf }) ?? new Map<string, Target>();
    const size = (id: string) => [...(first.get(id)?.values() ?? [])].reduce((sum, each) => sum + each.size, 0);
    for (const topic of names) {
      const subscribers = members.filter(({ topics }) => topics.has(topic));
      const given = subscribers.flatMap(({ id }) => [...(first.get(id)?.get(topic) ?? [])]).sort();
      const all = subscribers.length === 0 ? [] : Array.from({ length: partitionsOf(topic) }, (_, at) => at);
      assert.deepEqual(given, all, `round ${round}, ${topic}`);
      for (const owner of subscribers.filter(({ id }) => first.get(id)?.has(topic))) {
        for (const other of subscribers) {
          assert.ok(
            size(owner.id) - size(other.id) < 2,
            `round ${round}: ${owner.id} could give ${other.id} of ${topic}`,
          );
        }
      }
    }
    const known = members.map((each) => ({ ...each, before: first.get(each.id) ?? new Map() }));
    assert.deepEqual(assignors.get('uniform')?.({ members: known, partitionsOf }), first, `round ${round}`);
  }
});

test('range: neighbours go together, the first members have one more, static members come first [5.4]', () => {
  assert.deepEqual(assign('range', [member('B', ['t', 'u']), member('A', ['t', 'u'])]), {
    A: { t: [0, 1], u: [0, 1] },
    B: { t: [2, 3], u: [2] },
  });
  assert.deepEqual(assign('range', [member('A', ['u']), member('Z', ['u'], new Map(), 'i')]), {
    Z: { u: [0, 1] },
    A: { u: [2] },
  });
});
