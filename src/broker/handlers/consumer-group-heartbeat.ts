/** ConsumerGroupHeartbeat: the wire side of `groups/consumer-membership.ts`, and what can be checked without the group. */
import { randomUuid } from '../../base/random.js';
import type {
  ConsumerGroupHeartbeatRequest,
  ConsumerGroupHeartbeatResponse,
} from '../../protocol/api/consumer-group-heartbeat.js';
import { errorCode } from '../../protocol/errors.js';
import { listOf } from '../config/definition.js';
import { type BeatRefusal, refusal } from '../groups/beat.js';
import { LEAVES, LEAVES_FOR_A_WHILE } from '../groups/consumer-group.js';
import { topicPattern } from '../groups/topic-pattern.js';
import type { Rights } from '../security/rights.js';
import type { BrokerState, Handler, RequestContext } from '../state.js';
import { groupError } from './group-error.js';

/** Before it, the broker made up the id of a new member. */
const MEMBERS_NAME_THEMSELVES = 1;

export const answerConsumerGroupHeartbeat: Handler<ConsumerGroupHeartbeatRequest, ConsumerGroupHeartbeatResponse> = (
  broker,
  request,
  context,
) => {
  const refused = refusalOf(broker, request, context);
  if (refused) return { errorCode: refused.errorCode, errorMessage: refused.errorMessage };
  const { groupId, memberEpoch, instanceId, rackId, rebalanceTimeoutMs, subscribedTopicNames } = request;
  const outcome = broker.groups.beat(groupId, {
    memberId: request.memberId === '' ? randomUuid(broker.random) : request.memberId,
    memberEpoch,
    instanceId,
    rackId,
    clientId: context.clientId,
    clientHost: `/${context.clientHost}`,
    rebalanceTimeoutMs,
    topics: subscribedTopicNames,
    regex: request.subscribedTopicRegex,
    assignor: request.serverAssignor,
    owned: request.topicPartitions,
    match: (regex) => matchedTopics(broker, regex, context.rights),
  });
  if (outcome.kind === 'refused') return { errorCode: outcome.errorCode, errorMessage: outcome.errorMessage };
  const { assignment, kind, ...rest } = outcome;
  const topicPartitions = [...(assignment ?? [])].map(([topicId, partitions]) => ({
    topicId,
    partitions: [...partitions.keys()].sort((one, other) => one - other),
  }));
  return { ...rest, assignment: assignment ? { topicPartitions } : null };
};

/** Internal topics too, as in Kafka; those that the client may not describe are not there for it. */
function matchedTopics(broker: BrokerState, regex: string, rights: Rights): readonly string[] {
  const pattern = topicPattern(regex);
  if (pattern.kind === 'invalid') return [];
  const names = broker.topics.all.map(({ name }) => name);
  return names.filter((name) => pattern.matches(name) && rights.may('DESCRIBE', 'TOPIC', name));
}

export function refuseConsumerGroupHeartbeat(_: unknown, code: number) {
  return { errorCode: code };
}

function refusalOf(
  broker: BrokerState,
  request: ConsumerGroupHeartbeatRequest,
  context: RequestContext,
): BeatRefusal | undefined {
  const offered = listOf(broker.configs.string('group.coordinator.rebalance.protocols'));
  if (!offered.includes('consumer')) return refusal(errorCode.UNSUPPORTED_VERSION, null);
  const hidden = request.subscribedTopicNames?.some((name) => !context.rights.may('DESCRIBE', 'TOPIC', name));
  if (hidden) return refusal(errorCode.TOPIC_AUTHORIZATION_FAILED, null);
  const wrong = invalidity(request, context.version);
  if (wrong !== undefined) return refusal(errorCode.INVALID_REQUEST, wrong);
  const assignors = listOf(broker.configs.string('group.consumer.assignors'));
  const { serverAssignor } = request;
  if (serverAssignor !== null && !assignors.includes(serverAssignor)) {
    const said = `ServerAssignor ${serverAssignor} is not supported. Supported assignors: ${assignors.join(', ')}.`;
    return refusal(errorCode.UNSUPPORTED_ASSIGNOR, said);
  }
  const { subscribedTopicRegex } = request;
  const pattern = subscribedTopicRegex ? topicPattern(subscribedTopicRegex) : undefined;
  if (pattern?.kind === 'invalid') {
    const said = `SubscribedTopicRegex \`${subscribedTopicRegex}\` is not a valid regular expression: ${pattern.why}.`;
    return refusal(errorCode.INVALID_REGULAR_EXPRESSION, said);
  }
  const error = groupError(broker, request.groupId);
  return error === errorCode.NONE ? undefined : refusal(error, null);
}

function isBlank(text: string | null): boolean {
  return text?.trim() === '';
}

/** In Kafka's order and words. */
function invalidity(request: ConsumerGroupHeartbeatRequest, version: number): string | undefined {
  const { memberEpoch, memberId, instanceId } = request;
  if (isBlank(memberId) && (version >= MEMBERS_NAME_THEMSELVES || memberEpoch !== 0)) return "MemberId can't be empty.";
  if (isBlank(request.groupId)) return "GroupId can't be empty.";
  if (isBlank(instanceId)) return "InstanceId can't be empty.";
  if (isBlank(request.rackId)) return "RackId can't be empty.";
  if (memberEpoch === 0) {
    if (request.rebalanceTimeoutMs === -1) return 'RebalanceTimeoutMs must be provided in first request.';
    if (request.topicPartitions === null || request.topicPartitions.length > 0) {
      return 'TopicPartitions must be empty when (re-)joining.';
    }
    if (request.subscribedTopicNames === null && request.subscribedTopicRegex === null) {
      return 'Either SubscribedTopicNames or SubscribedTopicRegex must be non-null when (re-)joining.';
    }
    return undefined;
  }
  if (memberEpoch === LEAVES_FOR_A_WHILE) return instanceId === null ? "InstanceId can't be null." : undefined;
  return memberEpoch > 0 || memberEpoch === LEAVES ? undefined : 'MemberEpoch is invalid.';
}
