/**
 * The offsets of one group in one transaction of `klink-groups`, so that the next controller's InitProducerId fences a late
 * one (T15, T17). A transactional commit passes beside living members and overwrites what they stored (T18); therefore the
 * group is looked at right before the end, and the transaction aborted unless nobody lives there. Leader epoch −1: a consumer
 * that finds an epoch it cannot know reads nothing (E16). Spec: docs/spec/groups.md 7.1.
 */
import type { Channel } from '../../client/types.js';
import { type TxnOffsetCommitResponse, txnOffsetCommit } from '../../protocol/api/txn-offset-commit.js';
import { errorCode } from '../../protocol/errors.js';
import { inWords, verdictOf } from '../transactions/answers.js';
import {
  type Again,
  again,
  bounded,
  type Patience,
  patience,
  persist,
  type Refused,
  requestMs,
  type Unavailable,
} from '../transactions/persist.js';
import type { Transaction } from '../transactions/transaction.js';
import type { Fenced, TransactionalProducer } from '../transactions/transactional-producer.js';
import { lookAtGroup } from './look.js';

/** For everything up to the request that decides. */
const WRITE_MS = 15_000;
/** For that request. */
const END_MS = 5_000;
/** For saying that nothing is to be decided: the next transaction says it again. */
const ABORT_MS = 1_000;
/** From 5 on partitions join by themselves and an end raises the epoch. */
const VERSION_MAX = 3;
const OFFSETS_PER_REQUEST = 1_000;
const NOBODY = { generationId: -1, memberId: '', groupInstanceId: null };
const PURPOSE = 'group-offsets';

export interface OffsetToCommit {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
  /** What the group keeps beside it; Streams keeps times there. */
  readonly metadata?: string;
}

export type GroupCommit =
  | { readonly kind: 'done' }
  /** It has live members: nothing was written. */
  | { readonly kind: 'in-use' }
  | Fenced
  | Refused
  | Unavailable;

/** What was to be written is not right any more: nothing was. */
export interface Overtaken {
  readonly kind: 'overtaken';
}

/** `stillDue` is asked at the very end as well, right before the decision; false aborts. */
export async function commitOffsets(
  producer: TransactionalProducer,
  group: string,
  offsets: readonly OffsetToCommit[],
  signal: AbortSignal,
  stillDue: (channel: Channel, timeoutMs: number) => Promise<boolean> = async () => true,
): Promise<GroupCommit | Overtaken> {
  const { around } = producer;
  const within = patience(around, WRITE_MS, signal);
  const coordinator = (): Promise<Channel> => coordinatorOf(producer, within, group);
  // Before anything is begun, so that a living group costs no transaction.
  const { outcome: first } = await persist<GroupCommit>(within, async () =>
    lookAtGroup(await coordinator(), group, requestMs(within)).then(asCommit),
  );
  if (first.kind !== 'done') return first;
  const begun = await producer.begin(within);
  if (begun.kind !== 'begun') return begun;
  const { transaction } = begun;
  const added = await transaction.addOffsets(within, group);
  if (added.kind !== 'done') return added.kind === 'broken' ? { ...added, kind: 'unavailable' } : added;
  const { outcome, unanswered } = await persist<GroupCommit | Overtaken>(within, async () => {
    const channel = await coordinator();
    const sent = await sendOffsets(channel, transaction, group, offsets, within);
    if (sent.kind !== 'done') return sent;
    // [7.1] On the same connection, as the last thing before the end.
    const looked = asCommit(await lookAtGroup(channel, group, requestMs(within)));
    if (looked.kind !== 'done') return looked;
    return (await stillDue(channel, requestMs(within))) ? looked : { kind: 'overtaken' };
  });
  // [7.1] Late offsets in the middle of the next transaction would be committed with it, over its own.
  if (unanswered > 0) transaction.doubt();
  if (outcome.kind === 'done') return decide(transaction, patience(around, END_MS, signal));
  if (outcome.kind !== 'fenced') await transaction.abort(patience(around, ABORT_MS, signal));
  return outcome;
}

/** An end that is not known is settled before the next transaction: it begins with an epoch that this one lacks. */
async function decide(transaction: Transaction, within: Patience): Promise<GroupCommit> {
  const ended = await transaction.commit(within);
  switch (ended.kind) {
    case 'ended':
      return { kind: 'done' };
    case 'unknown':
    case 'broken':
      return { kind: 'unavailable', reason: ended.reason };
    case 'fenced':
    case 'refused':
    case 'unavailable':
      return ended;
  }
}

/** Whoever coordinates this group now. */
export function coordinatorOf(producer: TransactionalProducer, within: Patience, group: string): Promise<Channel> {
  const { cluster } = producer.around;
  return bounded(
    within,
    cluster.coordinator('group', group).then((broker) => cluster.channel(broker, PURPOSE)),
  );
}

async function sendOffsets(
  channel: Channel,
  transaction: Transaction,
  groupId: string,
  offsets: readonly OffsetToCommit[],
  within: Patience,
): Promise<GroupCommit | Again> {
  for (let from = 0; from < offsets.length; from += OFFSETS_PER_REQUEST) {
    const topics = byTopic(offsets.slice(from, from + OFFSETS_PER_REQUEST));
    const request = { ...transaction.identity, groupId, ...NOBODY, topics };
    const answer = await channel.send(txnOffsetCommit, request, {
      timeoutMs: requestMs(within),
      versionMax: VERSION_MAX,
    });
    const code = firstRefusal(answer);
    if (code === 0) continue;
    const reason = inWords(`TxnOffsetCommit of group ${groupId}`, code);
    // 22, 25, 27: the coordinator itself has seen a member.
    if (MEMBERS.has(code)) return { kind: 'in-use' };
    // 3: a mirror that is gone is no reason to wait.
    if (code === errorCode.UNKNOWN_TOPIC_OR_PARTITION) return { kind: 'unavailable', reason };
    const verdict = verdictOf(code);
    if (verdict === 'again' || verdict === 'done') return again(reason);
    return { kind: verdict === 'broken' ? 'unavailable' : verdict, reason };
  }
  return { kind: 'done' };
}

const MEMBERS: ReadonlySet<number> = new Set([
  errorCode.ILLEGAL_GENERATION,
  errorCode.UNKNOWN_MEMBER_ID,
  errorCode.REBALANCE_IN_PROGRESS,
  errorCode.STALE_MEMBER_EPOCH,
]);

function byTopic(offsets: readonly OffsetToCommit[]) {
  const topics = new Map<
    string,
    {
      readonly partitionIndex: number;
      readonly committedOffset: bigint;
      readonly committedLeaderEpoch: number;
      readonly committedMetadata: string;
    }[]
  >();
  for (const { topic, partition, offset, metadata = '' } of offsets) {
    const partitions = topics.get(topic) ?? [];
    topics.set(topic, partitions);
    partitions.push({
      partitionIndex: partition,
      committedOffset: offset,
      committedLeaderEpoch: -1,
      committedMetadata: metadata,
    });
  }
  return [...topics].map(([name, partitions]) => ({ name, partitions }));
}

function firstRefusal({ topics }: TxnOffsetCommitResponse): number {
  const codes = topics.flatMap(({ partitions }) => partitions.map((each) => each.errorCode));
  if (codes.length === 0) return errorCode.UNKNOWN_SERVER_ERROR;
  return codes.find((code) => code !== 0) ?? 0;
}

function asCommit(look: Awaited<ReturnType<typeof lookAtGroup>>): GroupCommit | Again {
  return look.kind === 'idle' ? { kind: 'done' } : look;
}
