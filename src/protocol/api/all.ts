// Made by tools/import-messages.ts from the message definitions of Apache Kafka 4.3.0; do not edit.
import type { Api } from '../schema.js';
import { addOffsetsToTxn } from './add-offsets-to-txn.js';
import { addPartitionsToTxn } from './add-partitions-to-txn.js';
import { addRaftVoter } from './add-raft-voter.js';
import { alterClientQuotas } from './alter-client-quotas.js';
import { alterConfigs } from './alter-configs.js';
import { alterPartitionReassignments } from './alter-partition-reassignments.js';
import { alterReplicaLogDirs } from './alter-replica-log-dirs.js';
import { alterShareGroupOffsets } from './alter-share-group-offsets.js';
import { alterUserScramCredentials } from './alter-user-scram-credentials.js';
import { apiVersions } from './api-versions.js';
import { consumerGroupDescribe } from './consumer-group-describe.js';
import { consumerGroupHeartbeat } from './consumer-group-heartbeat.js';
import { createAcls } from './create-acls.js';
import { createDelegationToken } from './create-delegation-token.js';
import { createPartitions } from './create-partitions.js';
import { createTopics } from './create-topics.js';
import { deleteAcls } from './delete-acls.js';
import { deleteGroups } from './delete-groups.js';
import { deleteRecords } from './delete-records.js';
import { deleteShareGroupOffsets } from './delete-share-group-offsets.js';
import { deleteShareGroupState } from './delete-share-group-state.js';
import { deleteTopics } from './delete-topics.js';
import { describeAcls } from './describe-acls.js';
import { describeClientQuotas } from './describe-client-quotas.js';
import { describeCluster } from './describe-cluster.js';
import { describeConfigs } from './describe-configs.js';
import { describeDelegationToken } from './describe-delegation-token.js';
import { describeGroups } from './describe-groups.js';
import { describeLogDirs } from './describe-log-dirs.js';
import { describeProducers } from './describe-producers.js';
import { describeQuorum } from './describe-quorum.js';
import { describeShareGroupOffsets } from './describe-share-group-offsets.js';
import { describeTopicPartitions } from './describe-topic-partitions.js';
import { describeTransactions } from './describe-transactions.js';
import { describeUserScramCredentials } from './describe-user-scram-credentials.js';
import { electLeaders } from './elect-leaders.js';
import { endTxn } from './end-txn.js';
import { expireDelegationToken } from './expire-delegation-token.js';
import { fetch } from './fetch.js';
import { findCoordinator } from './find-coordinator.js';
import { getTelemetrySubscriptions } from './get-telemetry-subscriptions.js';
import { heartbeat } from './heartbeat.js';
import { incrementalAlterConfigs } from './incremental-alter-configs.js';
import { initProducerId } from './init-producer-id.js';
import { initializeShareGroupState } from './initialize-share-group-state.js';
import { joinGroup } from './join-group.js';
import { leaveGroup } from './leave-group.js';
import { listConfigResources } from './list-config-resources.js';
import { listGroups } from './list-groups.js';
import { listOffsets } from './list-offsets.js';
import { listPartitionReassignments } from './list-partition-reassignments.js';
import { listTransactions } from './list-transactions.js';
import { metadata } from './metadata.js';
import { offsetCommit } from './offset-commit.js';
import { offsetDelete } from './offset-delete.js';
import { offsetFetch } from './offset-fetch.js';
import { offsetForLeaderEpoch } from './offset-for-leader-epoch.js';
import { produce } from './produce.js';
import { pushTelemetry } from './push-telemetry.js';
import { readShareGroupState } from './read-share-group-state.js';
import { readShareGroupStateSummary } from './read-share-group-state-summary.js';
import { removeRaftVoter } from './remove-raft-voter.js';
import { renewDelegationToken } from './renew-delegation-token.js';
import { saslAuthenticate } from './sasl-authenticate.js';
import { saslHandshake } from './sasl-handshake.js';
import { shareAcknowledge } from './share-acknowledge.js';
import { shareFetch } from './share-fetch.js';
import { shareGroupDescribe } from './share-group-describe.js';
import { shareGroupHeartbeat } from './share-group-heartbeat.js';
import { streamsGroupDescribe } from './streams-group-describe.js';
import { streamsGroupHeartbeat } from './streams-group-heartbeat.js';
import { syncGroup } from './sync-group.js';
import { txnOffsetCommit } from './txn-offset-commit.js';
import { unregisterBroker } from './unregister-broker.js';
import { updateFeatures } from './update-features.js';
import { writeShareGroupState } from './write-share-group-state.js';
import { writeTxnMarkers } from './write-txn-markers.js';

export const allApis = [
  addOffsetsToTxn,
  addPartitionsToTxn,
  addRaftVoter,
  alterClientQuotas,
  alterConfigs,
  alterPartitionReassignments,
  alterReplicaLogDirs,
  alterShareGroupOffsets,
  alterUserScramCredentials,
  apiVersions,
  consumerGroupDescribe,
  consumerGroupHeartbeat,
  createAcls,
  createDelegationToken,
  createPartitions,
  createTopics,
  deleteAcls,
  deleteGroups,
  deleteRecords,
  deleteShareGroupOffsets,
  deleteShareGroupState,
  deleteTopics,
  describeAcls,
  describeClientQuotas,
  describeCluster,
  describeConfigs,
  describeDelegationToken,
  describeGroups,
  describeLogDirs,
  describeProducers,
  describeQuorum,
  describeShareGroupOffsets,
  describeTopicPartitions,
  describeTransactions,
  describeUserScramCredentials,
  electLeaders,
  endTxn,
  expireDelegationToken,
  fetch,
  findCoordinator,
  getTelemetrySubscriptions,
  heartbeat,
  incrementalAlterConfigs,
  initProducerId,
  initializeShareGroupState,
  joinGroup,
  leaveGroup,
  listConfigResources,
  listGroups,
  listOffsets,
  listPartitionReassignments,
  listTransactions,
  metadata,
  offsetCommit,
  offsetDelete,
  offsetFetch,
  offsetForLeaderEpoch,
  produce,
  pushTelemetry,
  readShareGroupState,
  readShareGroupStateSummary,
  removeRaftVoter,
  renewDelegationToken,
  saslAuthenticate,
  saslHandshake,
  shareAcknowledge,
  shareFetch,
  shareGroupDescribe,
  shareGroupHeartbeat,
  streamsGroupDescribe,
  streamsGroupHeartbeat,
  syncGroup,
  txnOffsetCommit,
  unregisterBroker,
  updateFeatures,
  writeShareGroupState,
  writeTxnMarkers,
] as unknown as readonly Api<unknown, unknown>[];
