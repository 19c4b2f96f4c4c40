/**
 * Which APIs are served, in which versions, by which handler. A key without a line here is not advertised.
 * Serves docs/spec/broker.md §1.
 */
import { addOffsetsToTxn } from '../protocol/api/add-offsets-to-txn.js';
import { addPartitionsToTxn } from '../protocol/api/add-partitions-to-txn.js';
import { alterConfigs } from '../protocol/api/alter-configs.js';
import { apiVersions } from '../protocol/api/api-versions.js';
import { consumerGroupDescribe } from '../protocol/api/consumer-group-describe.js';
import { createAcls } from '../protocol/api/create-acls.js';
import { createPartitions } from '../protocol/api/create-partitions.js';
import { createTopics } from '../protocol/api/create-topics.js';
import { deleteAcls } from '../protocol/api/delete-acls.js';
import { deleteGroups } from '../protocol/api/delete-groups.js';
import { deleteRecords } from '../protocol/api/delete-records.js';
import { deleteTopics } from '../protocol/api/delete-topics.js';
import { describeAcls } from '../protocol/api/describe-acls.js';
import { describeCluster } from '../protocol/api/describe-cluster.js';
import { describeConfigs } from '../protocol/api/describe-configs.js';
import { describeGroups } from '../protocol/api/describe-groups.js';
import { describeLogDirs } from '../protocol/api/describe-log-dirs.js';
import { describeProducers } from '../protocol/api/describe-producers.js';
import { describeTopicPartitions } from '../protocol/api/describe-topic-partitions.js';
import { describeTransactions } from '../protocol/api/describe-transactions.js';
import { endTxn } from '../protocol/api/end-txn.js';
import { fetch } from '../protocol/api/fetch.js';
import { findCoordinator } from '../protocol/api/find-coordinator.js';
import { heartbeat } from '../protocol/api/heartbeat.js';
import { incrementalAlterConfigs } from '../protocol/api/incremental-alter-configs.js';
import { initProducerId } from '../protocol/api/init-producer-id.js';
import { joinGroup } from '../protocol/api/join-group.js';
import { leaveGroup } from '../protocol/api/leave-group.js';
import { listGroups } from '../protocol/api/list-groups.js';
import { listOffsets } from '../protocol/api/list-offsets.js';
import { listTransactions } from '../protocol/api/list-transactions.js';
import { metadata } from '../protocol/api/metadata.js';
import { offsetCommit } from '../protocol/api/offset-commit.js';
import { offsetDelete } from '../protocol/api/offset-delete.js';
import { offsetFetch } from '../protocol/api/offset-fetch.js';
import { offsetForLeaderEpoch } from '../protocol/api/offset-for-leader-epoch.js';
import { produce } from '../protocol/api/produce.js';
import { syncGroup } from '../protocol/api/sync-group.js';
import { txnOffsetCommit } from '../protocol/api/txn-offset-commit.js';
import { writeTxnMarkers } from '../protocol/api/write-txn-markers.js';
import { type ServedApi, serve } from './dispatch.js';
import { answerCreateAcls, answerDeleteAcls, answerDescribeAcls } from './handlers/acls.js';
import { answerAddOffsetsToTxn } from './handlers/add-offsets-to-txn.js';
import { answerAddPartitionsToTxn } from './handlers/add-partitions-to-txn.js';
import { answerAlterConfigs, answerIncrementalAlterConfigs } from './handlers/alter-configs.js';
import { answerApiVersions } from './handlers/api-versions.js';
import { answerCreatePartitions } from './handlers/create-partitions.js';
import { answerCreateTopics } from './handlers/create-topics.js';
import { answerDeleteRecords } from './handlers/delete-records.js';
import { answerDeleteTopics } from './handlers/delete-topics.js';
import { answerDescribeCluster } from './handlers/describe-cluster.js';
import { answerDescribeConfigs } from './handlers/describe-configs.js';
import {
  answerConsumerGroupDescribe,
  answerDeleteGroups,
  answerDescribeGroups,
  answerListGroups,
} from './handlers/describe-groups.js';
import { answerDescribeLogDirs } from './handlers/describe-log-dirs.js';
import { answerDescribeProducers } from './handlers/describe-producers.js';
import { answerDescribeTopicPartitions } from './handlers/describe-topic-partitions.js';
import { answerDescribeTransactions, answerListTransactions } from './handlers/describe-transactions.js';
import { answerEndTxn } from './handlers/end-txn.js';
import { answerFetch } from './handlers/fetch.js';
import { answerFindCoordinator } from './handlers/find-coordinator.js';
import { answerHeartbeat, answerJoinGroup, answerLeaveGroup, answerSyncGroup } from './handlers/group-membership.js';
import { answerInitProducerId } from './handlers/init-producer-id.js';
import { answerListOffsets } from './handlers/list-offsets.js';
import { answerMetadata } from './handlers/metadata.js';
import { answerOffsetCommit } from './handlers/offset-commit.js';
import { answerOffsetDelete } from './handlers/offset-delete.js';
import { answerOffsetFetch } from './handlers/offset-fetch.js';
import { answerOffsetForLeaderEpoch } from './handlers/offset-for-leader-epoch.js';
import { answerProduce } from './handlers/produce.js';
import { answerTxnOffsetCommit } from './handlers/txn-offset-commit.js';
import { answerWriteTxnMarkers } from './handlers/write-txn-markers.js';

const all = {};
/** Versions above belong to transactions of version 2, where an end raises the producer's epoch; not built. */
const firstTransactions = {
  addPartitionsToTxn: { max: 3 },
  endTxn: { max: 4 },
  txnOffsetCommit: { max: 4 },
  initProducerId: { max: 5 },
  writeTxnMarkers: { max: 1 },
};

export const servedApis: readonly ServedApi[] = [
  serve(produce, all, answerProduce),
  serve(fetch, all, answerFetch),
  serve(listOffsets, all, answerListOffsets),
  serve(metadata, all, answerMetadata),
  serve(offsetCommit, all, answerOffsetCommit),
  serve(offsetFetch, all, answerOffsetFetch),
  serve(findCoordinator, { max: 5 }, answerFindCoordinator),
  serve(joinGroup, all, answerJoinGroup),
  serve(heartbeat, all, answerHeartbeat),
  serve(leaveGroup, all, answerLeaveGroup),
  serve(syncGroup, all, answerSyncGroup),
  serve(describeGroups, all, answerDescribeGroups),
  serve(listGroups, all, answerListGroups),
  serve(apiVersions, all, answerApiVersions),
  serve(createTopics, all, answerCreateTopics),
  serve(deleteTopics, all, answerDeleteTopics),
  serve(deleteRecords, all, answerDeleteRecords),
  serve(initProducerId, firstTransactions.initProducerId, answerInitProducerId),
  serve(offsetForLeaderEpoch, all, answerOffsetForLeaderEpoch),
  serve(addPartitionsToTxn, firstTransactions.addPartitionsToTxn, answerAddPartitionsToTxn),
  serve(addOffsetsToTxn, all, answerAddOffsetsToTxn),
  serve(endTxn, firstTransactions.endTxn, answerEndTxn),
  serve(writeTxnMarkers, firstTransactions.writeTxnMarkers, answerWriteTxnMarkers),
  serve(txnOffsetCommit, firstTransactions.txnOffsetCommit, answerTxnOffsetCommit),
  serve(describeAcls, all, answerDescribeAcls),
  serve(createAcls, all, answerCreateAcls),
  serve(deleteAcls, all, answerDeleteAcls),
  serve(describeConfigs, all, answerDescribeConfigs),
  serve(alterConfigs, all, answerAlterConfigs),
  serve(describeLogDirs, all, answerDescribeLogDirs),
  serve(createPartitions, all, answerCreatePartitions),
  serve(deleteGroups, all, answerDeleteGroups),
  serve(incrementalAlterConfigs, all, answerIncrementalAlterConfigs),
  serve(offsetDelete, all, answerOffsetDelete),
  serve(describeCluster, all, answerDescribeCluster),
  serve(describeProducers, all, answerDescribeProducers),
  serve(describeTransactions, all, answerDescribeTransactions),
  serve(listTransactions, all, answerListTransactions),
  serve(consumerGroupDescribe, all, answerConsumerGroupDescribe),
  serve(describeTopicPartitions, all, answerDescribeTopicPartitions),
];
