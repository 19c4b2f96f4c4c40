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

type Word = Look | { readonly kind: 'unknown' };

const EMPTY = 'Empty';
const DEAD = 'Dead';

/** Rejects as the channel does. */
export async function lookAtGroup(channel: Channel, group: string, timeoutMs: number): Promise<Look> {
  const options = { timeoutMs };
  const [classic, newer] = await Promise.all([
    channel.send(describeGroups, { groups: [group] }, options),
    channel.versionOf(consumerGroupDescribe) === undefined
      ? undefined
      : channel.send(consumerGroupDescribe, { groupIds: [group] }, options),
  ]);
  const told = [judge('DescribeGroups', classic.groups[0])];
  if (newer) told.push(judge('ConsumerGroupDescribe', newer.groups[0]));
  // Neither kind: another one, or nobody at all. This answer names every group, so it is not asked for without need.
  if (told.every(({ kind }) => kind === 'unknown')) told.push(await lookInList(channel, group, timeoutMs));
  // The worst word counts: of two that disagree one is old.
  for (const worst of ['in-use', 'refused', 'again'] as const) {
    const found = told.find((word): word is Look => word.kind === worst);
    if (found) return found;
  }
  return { kind: 'idle' };
}

async function lookInList(channel: Channel, group: string, timeoutMs: number): Promise<Word> {
  const listed = await channel.send(listGroups, {}, { timeoutMs });
  if (listed.errorCode !== 0) return failed('ListGroups', listed.errorCode);
  const found = listed.groups.find(({ groupId }) => groupId === group);
  return found ? judgeState(found.groupState) : { kind: 'unknown' };
}

interface Described {
  readonly errorCode: number;
  readonly groupState: string;
  readonly members: readonly unknown[];
}

function judge(what: string, described: Described | undefined): Word {
  if (described === undefined) return again(`${what}: an answer without the group`);
  const { errorCode: code, groupState, members } = described;
  // 69: no group of this kind. 35: the broker knows the request, but the cluster does not use the newer protocol.
  if (code === errorCode.GROUP_ID_NOT_FOUND || code === errorCode.UNSUPPORTED_VERSION) return { kind: 'unknown' };
  if (code !== 0) return failed(what, code);
  return members.length > 0 ? { kind: 'in-use' } : judgeState(groupState);
}

function judgeState(state: string): Word {
  if (state === DEAD) return { kind: 'unknown' };
  return state === EMPTY ? { kind: 'idle' } : { kind: 'in-use' };
}

function failed(what: string, code: number): Look {
  const reason = inWords(what, code);
  return verdictOf(code) === 'again' ? again(reason) : { kind: 'refused', reason };
}
