/** OffsetCommit: by members, or from outside (generation −1) while the group is empty. Offsets are not checked against logs. */

import type { OffsetCommitRequest, OffsetCommitResponse } from '../../protocol/api/offset-commit.js';
import { errorCode } from '../../protocol/errors.js';
import type { OffsetToCommit } from '../groups/coordinator.js';
import type { BrokerState, Handler, RequestContext } from '../state.js';
import { coordinatorError } from './group-error.js';

const BY_TOPIC_ID = 10;
const NAMES_MISSING_GROUP = 9;
const KNOWS_EPOCHS = 9;
const TOO_LARGE = errorCode.OFFSET_METADATA_TOO_LARGE;
/** Of `retentionTimeMs`, which versions 2 to 4 have. */
const AS_LONG_AS_THE_BROKER = -1n;

export const answerOffsetCommit: Handler<OffsetCommitRequest, OffsetCommitResponse> = (broker, request, context) => {
  const byId = context.version >= BY_TOPIC_ID;
  const offsets: OffsetToCommit[] = [];
  const expiresMs = expiryOf(request.retentionTimeMs, context.nowMs);
  const refusals = request.topics.map((wanted) => {
    const topic = byId ? broker.topics.byId(wanted.topicId) : broker.topics.get(wanted.name);
    const name = byId ? topic?.name : wanted.name;
    const refused = name !== undefined && !context.rights.may('READ', 'TOPIC', name);
    return wanted.partitions.map((each): number => {
      if (refused) return errorCode.TOPIC_AUTHORIZATION_FAILED;
      if (topic === undefined) return byId ? errorCode.UNKNOWN_TOPIC_ID : errorCode.UNKNOWN_TOPIC_OR_PARTITION;
      if (topic.partitions[each.partitionIndex] === undefined) return errorCode.UNKNOWN_TOPIC_OR_PARTITION;
      if (isMetadataTooLarge(broker, each.committedMetadata)) return TOO_LARGE;
      const metadata = each.committedMetadata ?? '';
      const { committedOffset: offset, committedLeaderEpoch: leaderEpoch } = each;
      const committed = { offset, leaderEpoch, metadata, committedMs: context.nowMs, expiresMs };
      offsets.push({ topic: topic.name, partition: each.partitionIndex, committed });
      return errorCode.NONE;
    });
  });
  const code = commit(broker, request, context, offsets);
  return {
    topics: request.topics.map(({ name, topicId, partitions }, topicAt) => ({
      name,
      topicId,
      partitions: partitions.map(({ partitionIndex }, at) => {
        const refusal = refusals[topicAt]?.[at] ?? errorCode.NONE;
        // What the group refuses it refuses whatever is noted.
        const isNoted = refusal === errorCode.NONE || (code !== errorCode.NONE && refusal === TOO_LARGE);
        return { partitionIndex, errorCode: isNoted ? code : refusal };
      }),
    })),
  };
};

/** The setting speaks of bytes, and means characters. */
export function isMetadataTooLarge(broker: BrokerState, metadata: string | null): boolean {
  return (metadata ?? '').length > broker.configs.number('offset.metadata.max.bytes');
}

export function refuseOffsetCommit(request: OffsetCommitRequest, code: number) {
  return {
    topics: request.topics.map(({ name, topicId, partitions }) => ({
      name,
      topicId,
      partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode: code })),
    })),
  };
}

function commit(
  broker: BrokerState,
  request: OffsetCommitRequest,
  context: RequestContext,
  offsets: readonly OffsetToCommit[],
): number {
  const { groupId, memberId, generationIdOrMemberEpoch: generationId, groupInstanceId: instanceId } = request;
  const error = coordinatorError(broker, groupId);
  if (error !== errorCode.NONE) return error;
  const group = broker.groups.get(groupId);
  if (group === undefined && generationId >= 0 && context.version >= NAMES_MISSING_GROUP) {
    return errorCode.GROUP_ID_NOT_FOUND;
  }
  const asked = { memberId, generationId, instanceId, knowsEpochs: context.version >= KNOWS_EPOCHS, offsets };
  const refused = broker.groups.commitError(group, asked);
  return refused === errorCode.NONE ? broker.groups.commit(groupId, asked) : refused;
}

/** Undefined: as long as the broker keeps them. Beyond what can be written down is for ever; in Kafka it is long ago. */
function expiryOf(retentionTimeMs: bigint, nowMs: number): number | undefined {
  if (retentionTimeMs === AS_LONG_AS_THE_BROKER) return undefined;
  return Math.min(nowMs + Number(retentionTimeMs), Number.MAX_SAFE_INTEGER);
}
