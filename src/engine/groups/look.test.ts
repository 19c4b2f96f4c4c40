import assert from 'node:assert/strict';
import test from 'node:test';
import type { Channel } from '../../client/types.js';
import { consumerGroupDescribe } from '../../protocol/api/consumer-group-describe.js';
import { describeGroups } from '../../protocol/api/describe-groups.js';
import { listGroups } from '../../protocol/api/list-groups.js';
import { lookAtGroup } from './look.js';

interface Says {
  readonly code?: number;
  readonly state?: string;
  readonly members?: number;
}

const NOT_FOUND = { code: 69, state: 'Dead' };

/** A coordinator that says this of the group `g`. */
function coordinator(says: { readonly classic: Says; readonly newer?: Says; readonly list?: Says }) {
  const asked: string[] = [];
  const of = ({ code = 0, state = 'Dead', members = 0 }: Says) => [
    { groupId: 'g', errorCode: code, groupState: state, members: Array.from({ length: members }, () => ({})) },
  ];
  const answers = new Map<number, unknown>([
    [describeGroups.key, { groups: of(says.classic) }],
    [consumerGroupDescribe.key, says.newer && { groups: of(says.newer) }],
    [listGroups.key, { errorCode: 0, groups: says.list ? of(says.list) : [] }],
  ]);
  const channel = {
    versionOf: (api: { readonly key: number }) => (answers.get(api.key) === undefined ? undefined : 0),
    send: async (api: { readonly key: number; readonly name: string }) => {
      asked.push(api.name);
      return answers.get(api.key);
    },
  };
  // The cast: the three questions of a look and nothing else.
  return { channel: channel as unknown as Channel, asked };
}

async function look(says: Parameters<typeof coordinator>[0]): Promise<string> {
  return (await lookAtGroup(coordinator(says).channel, 'g', 1_000)).kind;
}

test('look: empty, dead and unknown groups are idle [7.1]', async () => {
  assert.equal(await look({ classic: { state: 'Empty' }, newer: NOT_FOUND }), 'idle');
  assert.equal(await look({ classic: { state: 'Dead' }, newer: { state: 'Empty' } }), 'idle');
  assert.equal(await look({ classic: NOT_FOUND, newer: NOT_FOUND }), 'idle');
  assert.equal(await look({ classic: { state: 'Empty' } }), 'idle');
});

test('look: any other state, and any member, is use [7.1]', async () => {
  for (const state of ['Stable', 'PreparingRebalance', 'CompletingRebalance', 'SomethingNew', '']) {
    assert.equal(await look({ classic: { state }, newer: NOT_FOUND }), 'in-use', state);
  }
  assert.equal(await look({ classic: { state: 'Empty', members: 1 } }), 'in-use');
});

test('look: a KIP-848 group that lives is in use, although DescribeGroups calls it dead (T18) [7.1]', async () => {
  for (const classic of [NOT_FOUND, { state: 'Dead' }]) {
    assert.equal(await look({ classic, newer: { state: 'Stable', members: 2 } }), 'in-use');
    assert.equal(await look({ classic, newer: { state: 'Reconciling' } }), 'in-use');
  }
});

test('look: a group of a kind that neither describes is found in the list [7.1]', async () => {
  assert.equal(await look({ classic: NOT_FOUND, newer: NOT_FOUND, list: { state: 'Stable' } }), 'in-use');
  assert.equal(await look({ classic: NOT_FOUND, newer: NOT_FOUND, list: { state: 'Empty' } }), 'idle');
  // Of a known one the long list is not asked for.
  const known = coordinator({ classic: { state: 'Empty' }, newer: NOT_FOUND });
  await lookAtGroup(known.channel, 'g', 1_000);
  assert.ok(!known.asked.includes('ListGroups'));
});

test('look: a coordinator that does not know yet is asked again, one that refuses is believed [7.1]', async () => {
  assert.equal(await look({ classic: { code: 14 }, newer: { state: 'Empty' } }), 'again');
  assert.equal(await look({ classic: { code: 30 }, newer: NOT_FOUND }), 'refused');
  assert.equal(await look({ classic: NOT_FOUND, newer: { code: 35 } }), 'idle');
});
