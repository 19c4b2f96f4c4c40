/** ConsumerGroupDescribe: groups of the newer protocol alone. What topics a client may not know of hides the members. */
import type {
  ConsumerGroupDescribeRequest,
  ConsumerGroupDescribeResponse,
} from '../../protocol/api/consumer-group-describe.js';
import { errorCode } from '../../protocol/errors.js';
import type { Draft } from '../../protocol/schema.js';
import { listOf } from '../config/definition.js';
import type { ConsumerGroup, ConsumerMember, Held, Target } from '../groups/consumer-group.js';
import { type BrokerState, type Handler, NO_OPERATIONS } from '../state.js';
import type { Topics } from '../topics/topics.js';

type DescribedGroup = ConsumerGroupDescribeResponse['groups'][number];

const memberType = { classic: 0, consumer: 1 };
const HIDDEN = 'The group has described topic(s) that the client is not authorized to describe.';

export const answerConsumerGroupDescribe: Handler<ConsumerGroupDescribeRequest, ConsumerGroupDescribeResponse> = (
  broker,
  request,
  { rights },
) => ({
  groups: request.groupIds.map((groupId): Draft<DescribedGroup> => {
    const untold = { groupId, authorizedOperations: NO_OPERATIONS };
    if (!rights.may('DESCRIBE', 'GROUP', groupId)) {
      return { ...untold, errorCode: errorCode.GROUP_AUTHORIZATION_FAILED };
    }
    if (broker.groups.isOffline(groupId)) return { ...untold, errorCode: errorCode.NOT_COORDINATOR };
    const group = broker.groups.get(groupId);
    if (group?.kind !== 'consumer') {
      const errorMessage = group ? `Group ${groupId} is not a consumer group.` : `Group ${groupId} not found.`;
      return { ...untold, errorCode: errorCode.GROUP_ID_NOT_FOUND, errorMessage };
    }
    const said = described(broker, group);
    const named = said.members.flatMap(({ assignment, targetAssignment }) =>
      [...assignment.topicPartitions, ...targetAssignment.topicPartitions].map(({ topicName }) => topicName),
    );
    if (named.some((name) => !rights.may('DESCRIBE', 'TOPIC', name))) {
      return { ...untold, errorCode: errorCode.TOPIC_AUTHORIZATION_FAILED, errorMessage: HIDDEN };
    }
    const asked = request.includeAuthorizedOperations;
    return { ...said, authorizedOperations: asked ? rights.operations('GROUP', groupId) : NO_OPERATIONS };
  }),
});

function described(broker: BrokerState, group: ConsumerGroup) {
  return {
    groupId: group.id,
    groupState: group.state,
    groupEpoch: group.epoch,
    assignmentEpoch: group.assignmentEpoch,
    assignorName: group.preferredAssignor ?? listOf(broker.configs.string('group.consumer.assignors'))[0] ?? '',
    members: [...group.members.values()].map((member) => ({
      memberId: member.id,
      instanceId: member.instanceId,
      rackId: member.rackId,
      memberEpoch: member.epoch,
      clientId: member.clientId,
      clientHost: member.clientHost,
      subscribedTopicNames: [...member.topics],
      subscribedTopicRegex: member.regex,
      assignment: { topicPartitions: listed(broker.topics, heldBy(member)) },
      targetAssignment: { topicPartitions: listed(broker.topics, group.targets.get(member.id) ?? new Map()) },
      memberType: member.classic ? memberType.classic : memberType.consumer,
    })),
  };
}

/** Also what it has been told to give back, and has not. */
function heldBy({ assigned, revoking }: ConsumerMember): Target {
  const all = new Map<string, Set<number>>();
  const add = (held: Held) => {
    for (const [topicId, partitions] of held) {
      all.set(topicId, new Set([...(all.get(topicId) ?? []), ...partitions.keys()]));
    }
  };
  add(assigned);
  add(revoking);
  return all;
}

/** A topic that is gone has no name, and is left out. */
function listed(topics: Topics, target: Target) {
  return [...target].flatMap(([topicId, partitions]) => {
    const topicName = topics.byId(topicId)?.name;
    const sorted = [...partitions].sort((one, other) => one - other);
    return topicName === undefined ? [] : [{ topicId, topicName, partitions: sorted }];
  });
}
