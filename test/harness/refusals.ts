/**
 * What a client is answered by each API that needs a right, as error codes by a name: asked once with no right at all it is the
 * list of Kafka's refusals. Nothing asked here changes a cluster when it is refused.
 */
import type { KafkaCluster } from '../../src/client/types.js';
import { addOffsetsToTxn } from '../../src/protocol/api/add-offsets-to-txn.js';
import { addPartitionsToTxn } from '../../src/protocol/api/add-partitions-to-txn.js';
import { alterClientQuotas } from '../../src/protocol/api/alter-client-quotas.js';
import { alterUserScramCredentials } from '../../src/protocol/api/alter-user-scram-credentials.js';
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

const [TOPIC, BROKER, SET] = [2, 4, 0];

export async function refusals(cluster: KafkaCluster, asked: Asked): Promise<Readonly<Record<string, unknown>>> {
  const { name, topicId, group: groupId, transactionalId } = asked;
  const channel = await cluster.channel('any', 'test');
  const ask = <Q, S>(api: Api<Q, S>, request: Draft<Q>, versionMax?: number) =>
    channel.send(api, request, versionMax === undefined ? {} : { versionMax });
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
  const describes = await ask(metadata, { topics: [{ name }], allowAutoTopicCreation: false });
  return {
    metadata: describes.topics[0]?.errorCode,
    produce: (
      await ask(produce, {
        transactionalId: null,
        acks: -1,
        timeoutMs: 5_000,
        topicData: [
          { name, topicId, partitionData: [{ index: 0, records: batchOf({ producerId: -1n, epoch: -1 }, -1, 1) }] },
        ],
      })
    ).responses[0]?.partitionResponses[0]?.errorCode,
    fetch: (
      await ask(fetch, {
        maxWaitMs: 0,
        minBytes: 0,
        maxBytes: 1000,
        sessionId: 0,
        sessionEpoch: -1,
        topics: [{ topic: name, topicId, partitions: [{ partition: 0, fetchOffset: 0n, partitionMaxBytes: 1000 }] }],
      })
    ).responses[0]?.partitions[0]?.errorCode,
    listOffsets: (
      await ask(listOffsets, { replicaId: -1, topics: [{ name, partitions: [{ partitionIndex: 0, timestamp: -1n }] }] })
    ).topics[0]?.partitions[0]?.errorCode,
    offsetForLeaderEpoch: (
      await ask(offsetForLeaderEpoch, { topics: [{ topic: name, partitions: [{ partition: 0, leaderEpoch: 0 }] }] })
    ).topics[0]?.partitions[0]?.errorCode,
    createTopics: (
      await ask(createTopics, {
        topics: [{ name: `${name}-new`, numPartitions: 1, replicationFactor: 1, configs: [] }],
        timeoutMs: 5_000,
        validateOnly: true,
      })
    ).topics[0]?.errorCode,
    deleteTopics: (
      await ask(deleteTopics, {
        topics: [{ name: `${name}-missing` }],
        topicNames: [`${name}-missing`],
        timeoutMs: 5_000,
      })
    ).responses[0]?.errorCode,
    createPartitions: (
      await ask(createPartitions, {
        topics: [{ name, count: 5, assignments: null }],
        timeoutMs: 5_000,
        validateOnly: true,
      })
    ).results[0]?.errorCode,
    deleteRecords: (
      await ask(deleteRecords, {
        topics: [{ name, partitions: [{ partitionIndex: 0, offset: 0n }] }],
        timeoutMs: 5_000,
      })
    ).topics[0]?.partitions[0]?.errorCode,
    describeProducers: (await ask(describeProducers, { topics: [{ name, partitionIndexes: [0] }] })).topics[0]
      ?.partitions[0]?.errorCode,
    alterConfigs: (
      await ask(incrementalAlterConfigs, {
        resources: both.map((each) => ({ ...each, ...setting })),
        validateOnly: true,
      })
    ).responses.map(({ errorCode }) => errorCode),
    describeConfigs: (
      await ask(describeConfigs, { resources: both.map((each) => ({ ...each, configurationKeys: null })) })
    ).results.map(({ errorCode }) => errorCode),
    coordinators: [await coordinatorOf(0, groupId), await coordinatorOf(1, transactionalId)],
    offsetFetch: (await ask(offsetFetch, { groups: [{ groupId, topics: null }] }, 9)).groups[0]?.errorCode,
    offsetCommit: (await ask(offsetCommit, { groupId, topics: committed }, 9)).topics[0]?.partitions[0]?.errorCode,
    offsetDelete: (await ask(offsetDelete, { groupId, topics: [{ name, partitions }] })).errorCode,
    joinGroup: (
      await ask(joinGroup, {
        groupId,
        sessionTimeoutMs: 10_000,
        rebalanceTimeoutMs: 10_000,
        memberId: '',
        protocolType: 'consumer',
        protocols: [{ name: 'range', metadata: Buffer.alloc(0) }],
      })
    ).errorCode,
    syncGroup: (
      await ask(syncGroup, {
        groupId,
        generationId: 1,
        memberId: 'm',
        protocolType: 'consumer',
        protocolName: 'range',
        assignments: [],
      })
    ).errorCode,
    heartbeat: (await ask(heartbeat, { groupId, generationId: 1, memberId: 'm' })).errorCode,
    leaveGroup: (await ask(leaveGroup, { groupId, memberId: 'm', members: [{ memberId: 'm' }] })).errorCode,
    describeGroups: (await ask(describeGroups, { groups: [groupId] })).groups[0]?.errorCode,
    deleteGroups: (await ask(deleteGroups, { groupsNames: [groupId] })).results[0]?.errorCode,
    initProducerId: (await ask(initProducerId, { transactionalId: null, transactionTimeoutMs: 1_000 }, 4)).errorCode,
    initTransactional: (await ask(initProducerId, { transactionalId, transactionTimeoutMs: 1_000 }, 4)).errorCode,
    addPartitionsToTxn: (
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
    addOffsetsToTxn: (await ask(addOffsetsToTxn, { transactionalId, ...producer, groupId }, 3)).errorCode,
    txnOffsetCommit: (await ask(txnOffsetCommit, { transactionalId, groupId, ...producer, topics: committed }, 3))
      .topics[0]?.partitions[0]?.errorCode,
    endTxn: (await ask(endTxn, { transactionalId, ...producer, committed: false }, 3)).errorCode,
    describeTransactions: (await ask(describeTransactions, { transactionalIds: [transactionalId] }))
      .transactionStates[0]?.errorCode,
    writeTxnMarkers: (
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
    describeAcls: (await ask(describeAcls, { ...filter, ...anything })).errorCode,
    createAcls: (await ask(createAcls, { creations: [{ ...acl, operation: 3, permissionType: 3 }] })).results[0]
      ?.errorCode,
    deleteAcls: (await ask(deleteAcls, { filters: [{ ...filter, ...anything, resourceNameFilter: 'nobody' }] }))
      .filterResults[0]?.errorCode,
    describeUsers: (await ask(describeUserScramCredentials, { users: [{ name: 'x' }] })).errorCode,
    alterUsers: (await ask(alterUserScramCredentials, { deletions: [{ name: 'x', mechanism: 1 }], upsertions: [] }))
      .results[0]?.errorCode,
    describeQuotas: (await ask(describeClientQuotas, { components: [], strict: false })).errorCode,
    alterQuotas: (await ask(alterClientQuotas, { entries: [{ entity, ops: [] }], validateOnly: true })).entries[0]
      ?.errorCode,
    describeLogDirs: (await ask(describeLogDirs, { topics: null })).errorCode,
  };
}
