/**
 * Does anybody live in this group right now? Asked of the very broker that has just taken its offsets, over the same
 * connection: it has then done a replicated write for this group, which a coordinator that was replaced could not. Every kind
 * of group is looked for: DescribeGroups alone calls a KIP-848 group Dead, and both call other kinds unknown. Spec:
 * docs/spec/groups.md 7.1.
 */
import type { Channel } from '../../client/types.js';
import { consumerGroupDescribe } from '../../protocol/api/consumer-group-describe.js';
import { describeGroups } from '../../protocol/api/describe-groups.js';
import { listGroups } from '../../protocol/api/list-groups.js';
import { errorCode } from '../../protocol/errors.js';
import { inWords, verdictOf } from '../transactions/answers.js';
import { type Again, again, type Refused } from '../transactions/persist.js';

export type Look = { readonly kind: 'idle' } | { readonly kind: 'in-use' } | Refused | Again;

const EMPTY = 'Empty';
const DEAD = 'Dead';

/** Rejects as the channel does. */
export async function lookAtGroup(channel: Channel, group: string, timeoutMs: number): Promise<Look> {
  const options = { timeoutMs };
  const [classic, newer, listed] = await Promise.all([
    channel.send(describeGroups, { groups: [group] }, options),
    channel.versionOf(consumerGroupDescribe) === undefined
      ? undefined
      : channel.send(consumerGroupDescribe, { groupIds: [group] }, options),
    channel.send(listGroups, {}, options),
  ]);
  const told = [
    ...classic.groups.map(({ errorCode, groupState, members }) =>
      judge('DescribeGroups', errorCode, groupState, members),
    ),
    ...(newer?.groups ?? []).map(({ errorCode, groupState, members }) =>
      judge('ConsumerGroupDescribe', errorCode, groupState, members),
    ),
    ...(listed.errorCode === 0 ? [] : [failed('ListGroups', listed.errorCode)]),
    ...listed.groups.filter((each) => each.groupId === group).map((each) => judgeState(each.groupState)),
  ];
  // The worst word counts: of two that disagree one is old.
  return (
    told.find(({ kind }) => kind === 'in-use') ??
    told.find(({ kind }) => kind === 'again' || kind === 'refused') ?? { kind: 'idle' }
  );
}

function judge(what: string, code: number, state: string, members: readonly unknown[]): Look {
  // 69: no group of this kind. 35: the broker knows the request, but the cluster does not use the newer protocol.
  if (code === errorCode.GROUP_ID_NOT_FOUND || code === errorCode.UNSUPPORTED_VERSION) return { kind: 'idle' };
  if (code !== 0) return failed(what, code);
  return members.length > 0 ? { kind: 'in-use' } : judgeState(state);
}

/** '' comes from brokers that are too old to tell here; they have told before. */
function judgeState(state: string): Look {
  return state === EMPTY || state === DEAD || state === '' ? { kind: 'idle' } : { kind: 'in-use' };
}

function failed(what: string, code: number): Look {
  const reason = inWords(what, code);
  return verdictOf(code) === 'again' ? again(reason) : { kind: 'refused', reason };
}
