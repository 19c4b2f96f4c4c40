/**
 * A question to each API that needs a right, answered with its error code. Asked with no right at all they are the list of
 * Kafka's refusals. None changes what another one is answered, be it refused or not.
 */
import type { KafkaCluster } from '../../src/client/types.js';
import { addOffsetsToTxn } from '../../src/protocol/api/add-offsets-to-txn.js';
import { addPartitionsToTxn } from '../../src/protocol/api/add-partitions-to-txn.js';
import { alterClientQuotas } from '../../src/protocol/api/alter-client-quotas.js';
import { alterConfigs } from '../../src/protocol/api/alter-configs.js';
import { alterUserScramCredentials } from '../../src/protocol/api/alter-user-scram-credentials.js';
import { consumerGroupDescribe } from '../../src/protocol/api/consumer-group-describe.js';
import { consumerGroupHeartbeat } from '../../src/protocol/api/consumer-group-heartbeat.js';
import { createAcls } from '../../src/protocol/api/create-acls.js';
import { createPartitions } from '../../src/protocol/api/create-partitions.js';
import { createTopics } from '../../src/protocol/api/create-topics.js';
import { deleteAcls } from '../../src/protocol/api/delete-acls.js';
import { deleteGroups } from '../../src/protocol/api/delete-groups.js';
import { deleteRecords } from '../../src/protocol/api/delete-records.js';
import { deleteTopics } from '../../src/protocol/api/delete-topics.js';
import { describeAcls } from '../../src/protocol/api/describe-acls.js';
import { describeClientQuotas } from '../../src/protocol/api/describe-client-quotas.js';
import { describeConfigs } from '../../src/protocol/api/describe-configs.js';
import { describeGroups } from '../../src/protocol/api/describe-groups.js';
import { describeLogDirs } from '../../src/protocol/api/describe-log-dirs.js';
import { describeProducers } from '../../src/protocol/api/describe-producers.js';
import { describeTopicPartitions } from '../../src/protocol/api/describe-topic-partitions.js';
import { describeTransactions } from '../../src/protocol/api/describe-transactions.js';
import { describeUserScramCredentials } from '../../src/protocol/api/describe-user-scram-credentials.js';
import { endTxn } from '../../src/protocol/api/end-txn.js';
import { fetch } from '../../src/protocol/api/fetch.js';
import { findCoordinator } from '../../src/protocol/api/find-coordinator.js';
import { heartbeat } from '../../src/protocol/api/heartbeat.js';
import { incrementalAlterConfigs } from '../../src/protocol/api/incremental-alter-configs.js';
import { initProducerId } from '../../src/protocol/api/init-producer-id.js';
import { joinGroup } from '../../src/protocol/api/join-group.js';
import { leaveGroup } from '../../src/protocol/api/leave-group.js';
import { listConfigResources } from '../../src/protocol/api/list-config-resources.js';
import { listOffsets } from '../../src/protocol/api/list-offsets.js';
import { metadata } from '../../src/protocol/api/metadata.js';
import { offsetCommit } from '../../src/protocol/api/offset-commit.js';
import { offsetDelete } from '../../src/protocol/api/offset-delete.js';
import { offsetFetch } from '../../src/protocol/api/offset-fetch.js';
import { offsetForLeaderEpoch } from '../../src/protocol/api/offset-for-leader-epoch.js';
import { produce } from '../../src/protocol/api/produce.js';
import { syncGroup } from '../../src/protocol/api/sync-group.js';
import { txnOffsetCommit } from '../../src/protocol/api/txn-offset-commit.js';
import { writeTxnMarkers } from '../../src/protocol/api/write-txn-markers.js';
import type { Api, Draft } from '../../src/protocol/schema.js';
import { batchOf } from './wire-topic.js';

export interface Asked {
  readonly name: string;
  readonly topicId: string;
  readonly group: string;
  readonly transactionalId: string;
}

type Code = number | undefined;
export type Question = () => Promise<Code | readonly Code[]>;

const [TOPIC, BROKER, SET] = [2, 4, 0];

/** By a name. `onAsk` is told the key of each API that is asked. */
export function questions(cluster: KafkaCluster, asked: Asked, onAsk?: (apiKey: number) => void) {
  const { name, topicId, group: groupId, transactionalId } = asked;
  const ask = async <Q, S>(api: Api<Q, S>, request: Draft<Q>, versionMax?: number): Promise<S> => {
    onAsk?.(api.key);
    const channel = await cluster.channel('any', 'test');
    return channel.send(api, request, versionMax === undefined ? {} : { versionMax });
  };
  const producer = { producerId: 1n, producerEpoch: 0 };
  const partitions = [{ partitionIndex: 0, currentLeaderEpoch: -1 }];
  const committed = [{ name, topicId, partitions: [{ partitionIndex: 0, committedOffset: 1n }] }];
  const acl = { resourceType: TOPIC, resourceName: name, resourcePatternType: 3, principal: 'User:x', host: '*' };
  const filter = { resourceTypeFilter: 1, patternTypeFilter: 1, operation: 1, permissionType: 1 };
  const anything = { resourceNameFilter: null, principalFilter: null, hostFilter: null };
  const entity = [{ entityType: 'user', entityName: 'x' }];
  const configsOf = (resourceType: number, resourceName: string) => ({ resourceType, resourceName });
  const setting = { configs: [{ name: 'retention.ms', configOperation: SET, value: '1000' }] };
  const both = [configsOf(TOPIC, name), configsOf(BROKER, '1')];
  const coordinatorOf = async (keyType: number, key: string) =>
    (await ask(findCoordinator, { keyType, key, coordinatorKeys: [key] }, 4)).coordinators[0]?.errorCode;
  const produced = async (transactional: boolean) => {
    const writer = transactional ? { producerId: 1n, epoch: 0 } : { producerId: -1n, epoch: -1 };
    const records = batchOf(writer, transactional ? 0 : -1, 1, { transactional });
    const topicData = [{ name, topicId, partitionData: [{ index: 0, records }] }];
    const request = { transactionalId: transactional ? transactionalId : null, acks: -1, timeoutMs: 5_000, topicData };
    return (await ask(produce, request)).responses[0]?.partitionResponses[0]?.errorCode;
  };
  return {
    metadata: async () =>
      (await ask(metadata, { topics: [{ name }], allowAutoTopicCreation: false })).topics[0]?.errorCode,
    describeTopicPartitions: async () =>
      (await ask(describeTopicPartitions, { topics: [{ name }], responsePartitionLimit: 10 })).topics[0]?.errorCode,
    produce: async () => produced(false),
    produceTransactional: async () => produced(true),
    fetch: async () =>
      (
        await ask(fetch, {
          maxWaitMs: 0,
          minBytes: 0,
          maxBytes: 1000,
          sessionId: 0,
          sessionEpoch: -1,
          topics: [{ topic: name, topicId, partitions: [{ partition: 0, fetchOffset: 0n, partitionMaxBytes: 1000 }] }],
        })
      ).responses[0]?.partitions[0]?.errorCode,
    listOffsets: async () =>
      (
        await ask(listOffsets, {
          replicaId: -1,
          topics: [{ name, partitions: [{ partitionIndex: 0, timestamp: -1n }] }],
        })
      ).topics[0]?.partitions[0]?.errorCode,
    offsetForLeaderEpoch: async () =>
      (await ask(offsetForLeaderEpoch, { topics: [{ topic: name, partitions: [{ partition: 0, leaderEpoch: 0 }] }] }))
        .topics[0]?.partitions[0]?.errorCode,
    createTopics: async () =>
      (
        await ask(createTopics, {
          topics: [{ name: `${name}-new`, numPartitions: 1, replicationFactor: 1, configs: [] }],
          timeoutMs: 5_000,
          validateOnly: true,
        })
      ).topics[0]?.errorCode,
    deleteTopics: async () =>
      (
        await ask(deleteTopics, {
          topics: [{ name: `${name}-missing` }],
          topicNames: [`${name}-missing`],
          timeoutMs: 5_000,
        })
      ).responses[0]?.errorCode,
    createPartitions: async () =>
      (
        await ask(createPartitions, {
          topics: [{ name, count: 5, assignments: null }],
          timeoutMs: 5_000,
          validateOnly: true,
        })
      ).results[0]?.errorCode,
    deleteRecords: async () =>
      (
        await ask(deleteRecords, {
          topics: [{ name, partitions: [{ partitionIndex: 0, offset: 0n }] }],
          timeoutMs: 5_000,
        })
      ).topics[0]?.partitions[0]?.errorCode,
    describeProducers: async () =>
      (await ask(describeProducers, { topics: [{ name, partitionIndexes: [0] }] })).topics[0]?.partitions[0]?.errorCode,
    alterConfigs: async () =>
      (
        await ask(incrementalAlterConfigs, {
          resources: both.map((each) => ({ ...each, ...setting })),
          validateOnly: true,
        })
      ).responses.map(({ errorCode }) => errorCode),
    alterConfigsOld: async () =>
      (
        await ask(alterConfigs, {
          resources: both.map((each) => ({ ...each, configs: setting.configs })),
          validateOnly: true,
        })
      ).responses.map(({ errorCode }) => errorCode),
    describeConfigs: async () =>
      (
        await ask(describeConfigs, { resources: both.map((each) => ({ ...each, configurationKeys: null })) })
      ).results.map(({ errorCode }) => errorCode),
    coordinators: async () => [await coordinatorOf(0, groupId), await coordinatorOf(1, transactionalId)],
    offsetFetch: async () => (await ask(offsetFetch, { groups: [{ groupId, topics: null }] }, 9)).groups[0]?.errorCode,
    offsetCommit: async () =>
      (await ask(offsetCommit, { groupId, topics: committed }, 9)).topics[0]?.partitions[0]?.errorCode,
    offsetDelete: async () => (await ask(offsetDelete, { groupId, topics: [{ name, partitions }] })).errorCode,
    joinGroup: async () =>
      (
        await ask(joinGroup, {
          groupId,
          sessionTimeoutMs: 10_000,
          rebalanceTimeoutMs: 10_000,
          memberId: '',
          protocolType: 'consumer',
          protocols: [{ name: 'range', metadata: Buffer.alloc(0) }],
        })
      ).errorCode,
    syncGroup: async () =>
      (
        await ask(syncGroup, {
          groupId,
          generationId: 1,
          memberId: 'm',
          protocolType: 'consumer',
          protocolName: 'range',
          assignments: [],
        })
      ).errorCode,
    heartbeat: async () => (await ask(heartbeat, { groupId, generationId: 1, memberId: 'm' })).errorCode,
    leaveGroup: async () => (await ask(leaveGroup, { groupId, memberId: 'm', members: [{ memberId: 'm' }] })).errorCode,
    describeGroups: async () => (await ask(describeGroups, { groups: [groupId] })).groups[0]?.errorCode,
    // Of nobody: it is asked for the rights and makes nothing.
    consumerGroupHeartbeat: async () =>
      (await ask(consumerGroupHeartbeat, { groupId, memberId: 'm', memberEpoch: 1, subscribedTopicNames: [name] }))
        .errorCode,
    consumerGroupDescribe: async () => (await ask(consumerGroupDescribe, { groupIds: [groupId] })).groups[0]?.errorCode,
    deleteGroups: async () => (await ask(deleteGroups, { groupsNames: [groupId] })).results[0]?.errorCode,
    initProducerId: async () =>
      (await ask(initProducerId, { transactionalId: null, transactionTimeoutMs: 1_000 }, 4)).errorCode,
    initTransactional: async () =>
      (await ask(initProducerId, { transactionalId, transactionTimeoutMs: 1_000 }, 4)).errorCode,
    addPartitionsToTxn: async () =>
      (
        await ask(
          addPartitionsToTxn,
          {
            v3AndBelowTransactionalId: transactionalId,
            v3AndBelowProducerId: 1n,
            v3AndBelowProducerEpoch: 0,
            v3AndBelowTopics: [{ name, partitions: [0] }],
          },
          3,
        )
      ).resultsByTopicV3AndBelow[0]?.resultsByPartition[0]?.partitionErrorCode,
    addOffsetsToTxn: async () => (await ask(addOffsetsToTxn, { transactionalId, ...producer, groupId }, 3)).errorCode,
    txnOffsetCommit: async () =>
      (await ask(txnOffsetCommit, { transactionalId, groupId, ...producer, topics: committed }, 3)).topics[0]
        ?.partitions[0]?.errorCode,
    endTxn: async () => (await ask(endTxn, { transactionalId, ...producer, committed: false }, 3)).errorCode,
    describeTransactions: async () =>
      (await ask(describeTransactions, { transactionalIds: [transactionalId] })).transactionStates[0]?.errorCode,
    writeTxnMarkers: async () =>
      (
        await ask(
          writeTxnMarkers,
          {
            markers: [
              { ...producer, transactionResult: false, topics: [{ name, partitionIndexes: [0] }], coordinatorEpoch: 0 },
            ],
          },
          1,
        )
      ).markers[0]?.topics[0]?.partitions[0]?.errorCode,
    describeAcls: async () => (await ask(describeAcls, { ...filter, ...anything })).errorCode,
    createAcls: async () =>
      (await ask(createAcls, { creations: [{ ...acl, operation: 3, permissionType: 3 }] })).results[0]?.errorCode,
    deleteAcls: async () =>
      (await ask(deleteAcls, { filters: [{ ...filter, ...anything, resourceNameFilter: 'nobody' }] })).filterResults[0]
        ?.errorCode,
    describeUsers: async () => (await ask(describeUserScramCredentials, { users: [{ name: 'x' }] })).errorCode,
    alterUsers: async () =>
      (await ask(alterUserScramCredentials, { deletions: [{ name: 'x', mechanism: 1 }], upsertions: [] })).results[0]
        ?.errorCode,
    describeQuotas: async () => (await ask(describeClientQuotas, { components: [], strict: false })).errorCode,
    alterQuotas: async () =>
      (await ask(alterClientQuotas, { entries: [{ entity, ops: [] }], validateOnly: true })).entries[0]?.errorCode,
    // Which a broker of any release knows.
    listConfigResources: async () => (await ask(listConfigResources, {})).errorCode,
    describeLogDirs: async () => (await ask(describeLogDirs, { topics: null })).errorCode,
  } satisfies Readonly<Record<string, Question>>;
}
