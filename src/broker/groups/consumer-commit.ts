/** Who may commit offsets to a group of the newer protocol, and read them as a member of it (KIP-848, KIP-1251). */
import { errorCode } from '../../protocol/errors.js';
import type { ConsumerGroup, ConsumerMember } from './consumer-group.js';
import type { CommitRequest } from './coordinator.js';

/** 0 when all of the offsets may be. An older epoch will do for what the member has had since then, and has not given back. */
export function commitRefusal(group: ConsumerGroup, request: CommitRequest, idOf: (topic: string) => string): number {
  const { memberId, generationId: memberEpoch, instanceId, producer } = request;
  const transactional = producer !== undefined;
  if (memberEpoch < 0 && group.members.size === 0) return errorCode.NONE;
  // A transactional commit passes beside the members, as for classic groups.
  if (transactional && memberEpoch === -1 && memberId === '' && instanceId === null) return errorCode.NONE;
  const member = group.members.get(memberId);
  if (member === undefined) return errorCode.UNKNOWN_MEMBER_ID;
  if (!transactional && member.classic === null && !request.knowsEpochs) return errorCode.UNSUPPORTED_VERSION;
  if (memberEpoch === member.epoch) return errorCode.NONE;
  const isOwn = request.offsets.every(({ topic, partition }) => {
    const since = heldSince(member, idOf(topic), partition);
    return since !== undefined && since <= memberEpoch;
  });
  if (memberEpoch < member.epoch && isOwn) return errorCode.NONE;
  return transactional || member.classic ? errorCode.ILLEGAL_GENERATION : errorCode.STALE_MEMBER_EPOCH;
}

/** Readers that do not name themselves may read always. */
export function readRefusal(
  group: ConsumerGroup,
  who: { readonly memberId: string | null; readonly memberEpoch: number },
): number {
  if (who.memberId === null && who.memberEpoch < 0) return errorCode.NONE;
  const member = group.members.get(who.memberId ?? '');
  if (member === undefined) return errorCode.UNKNOWN_MEMBER_ID;
  if (who.memberEpoch === member.epoch) return errorCode.NONE;
  return member.classic ? errorCode.ILLEGAL_GENERATION : errorCode.STALE_MEMBER_EPOCH;
}

function heldSince({ assigned, revoking }: ConsumerMember, topicId: string, partition: number): number | undefined {
  return assigned.get(topicId)?.get(partition) ?? revoking.get(topicId)?.get(partition);
}
