/**
 * Which APIs are served, in which versions, by which handler. A key without a line here is not advertised.
 * Serves docs/spec/broker.md §1.
 */
import { addOffsetsToTxn } from '../protocol/api/add-offsets-to-txn.js';
import { addPartitionsToTxn } from '../protocol/api/add-partitions-to-txn.js';
import { alterClientQuotas } from '../protocol/api/alter-client-quotas.js';
import { alterConfigs } from '../protocol/api/alter-configs.js';
import { alterUserScramCredentials } from '../protocol/api/alter-user-scram-credentials.js';
import { apiVersions } from '../protocol/api/api-versions.js';
import { consumerGroupDescribe } from '../protocol/api/consumer-group-describe.js';
import { consumerGroupHeartbeat } from '../protocol/api/consumer-group-heartbeat.js';
import { createAcls } from '../protocol/api/create-acls.js';
import { createPartitions } from '../protocol/api/create-partitions.js';
import { createTopics } from '../protocol/api/create-topics.js';
import { deleteAcls } from '../protocol/api/delete-acls.js';
import { deleteGroups } from '../protocol/api/delete-groups.js';
import { deleteRecords } from '../protocol/api/delete-records.js';
import { deleteTopics } from '../protocol/api/delete-topics.js';
import { describeAcls } from '../protocol/api/describe-acls.js';
import { describeClientQuotas } from '../protocol/api/describe-client-quotas.js';
import { describeCluster } from '../protocol/api/describe-cluster.js';
import { describeConfigs } from '../protocol/api/describe-configs.js';
import { describeGroups } from '../protocol/api/describe-groups.js';
import { describeLogDirs } from '../protocol/api/describe-log-dirs.js';
import { describeProducers } from '../protocol/api/describe-producers.js';
import { describeTopicPartitions } from '../protocol/api/describe-topic-partitions.js';
import { describeTransactions } from '../protocol/api/describe-transactions.js';
import { describeUserScramCredentials } from '../protocol/api/describe-user-scram-credentials.js';
import { endTxn } from '../protocol/api/end-txn.js';
import { fetch } from '../protocol/api/fetch.js';
import { findCoordinator } from '../protocol/api/find-coordinator.js';
import { heartbeat } from '../protocol/api/heartbeat.js';
import { incrementalAlterConfigs } from '../protocol/api/incremental-alter-configs.js';
import { initProducerId } from '../protocol/api/init-producer-id.js';
import { joinGroup } from '../protocol/api/join-group.js';
import { leaveGroup } from '../protocol/api/leave-group.js';
import { listConfigResources } from '../protocol/api/list-config-resources.js';
import { listGroups } from '../protocol/api/list-groups.js';
import { listOffsets } from '../protocol/api/list-offsets.js';
import { listTransactions } from '../protocol/api/list-transactions.js';
import { metadata } from '../protocol/api/metadata.js';
import { offsetCommit } from '../protocol/api/offset-commit.js';
import { offsetDelete } from '../protocol/api/offset-delete.js';
import { offsetFetch } from '../protocol/api/offset-fetch.js';
import { offsetForLeaderEpoch } from '../protocol/api/offset-for-leader-epoch.js';
import { produce } from '../protocol/api/produce.js';
import { saslAuthenticate } from '../protocol/api/sasl-authenticate.js';
import { saslHandshake } from '../protocol/api/sasl-handshake.js';
import { syncGroup } from '../protocol/api/sync-group.js';
import { txnOffsetCommit } from '../protocol/api/txn-offset-commit.js';
import { writeTxnMarkers } from '../protocol/api/write-txn-markers.js';
import { type ServedApi, serve } from './dispatch.js';
import { syncRefused } from './groups/answers.js';
import {
  answerCreateAcls,
  answerDeleteAcls,
  answerDescribeAcls,
  refuseCreateAcls,
  refuseDeleteAcls,
} from './handlers/acls.js';
import { answerAddOffsetsToTxn } from './handlers/add-offsets-to-txn.js';
import { answerAddPartitionsToTxn, mayAddPartitions, refuseAddPartitions } from './handlers/add-partitions-to-txn.js';
import { answerAlterConfigs, answerIncrementalAlterConfigs } from './handlers/alter-configs.js';
import { answerApiVersions } from './handlers/api-versions.js';
import {
  answerAlterClientQuotas,
  answerDescribeClientQuotas,
  refuseAlterClientQuotas,
} from './handlers/client-quotas.js';
import { answerConsumerGroupDescribe } from './handlers/consumer-group-describe.js';
import { answerConsumerGroupHeartbeat, refuseConsumerGroupHeartbeat } from './handlers/consumer-group-heartbeat.js';
import { answerCreatePartitions } from './handlers/create-partitions.js';
import { answerCreateTopics } from './handlers/create-topics.js';
import { answerDeleteRecords } from './handlers/delete-records.js';
import { answerDeleteTopics } from './handlers/delete-topics.js';
import { answerDescribeCluster } from './handlers/describe-cluster.js';
import { answerDescribeConfigs } from './handlers/describe-configs.js';
import { answerDeleteGroups, answerDescribeGroups, answerListGroups } from './handlers/describe-groups.js';
import { answerDescribeLogDirs } from './handlers/describe-log-dirs.js';
import { answerDescribeProducers } from './handlers/describe-producers.js';
import { answerDescribeTopicPartitions } from './handlers/describe-topic-partitions.js';
import { answerDescribeTransactions, answerListTransactions } from './handlers/describe-transactions.js';
import { answerEndTxn } from './handlers/end-txn.js';
import { answerFetch } from './handlers/fetch.js';
import { answerFindCoordinator } from './handlers/find-coordinator.js';
import {
  answerHeartbeat,
  answerJoinGroup,
  answerLeaveGroup,
  answerSyncGroup,
  refuseJoin,
} from './handlers/group-membership.js';
import { answerInitProducerId } from './handlers/init-producer-id.js';
import { answerListConfigResources } from './handlers/list-config-resources.js';
import { answerListOffsets } from './handlers/list-offsets.js';
import { answerMetadata } from './handlers/metadata.js';
import { answerOffsetCommit, refuseOffsetCommit } from './handlers/offset-commit.js';
import { answerOffsetDelete } from './handlers/offset-delete.js';
import { answerOffsetFetch } from './handlers/offset-fetch.js';
import { answerOffsetForLeaderEpoch } from './handlers/offset-for-leader-epoch.js';
import { answerProduce } from './handlers/produce.js';
import { answerSaslAuthenticate, answerSaslHandshake } from './handlers/sasl.js';
import { answerTxnOffsetCommit, refuseTxnOffsetCommit } from './handlers/txn-offset-commit.js';
import {
  answerAlterUserScramCredentials,
  answerDescribeUserScramCredentials,
  refuseAlterUserScramCredentials,
} from './handlers/user-scram-credentials.js';
import { answerWriteTxnMarkers, refuseTxnMarkers } from './handlers/write-txn-markers.js';
import { both, onCluster, onGroup, onTransaction } from './security/guards.js';

const all = {};
/** Their answer to who may not is a code and nothing else. */
const refuse = (_: unknown, code: number) => ({ errorCode: code });
const member = { needs: onGroup('READ'), refuse };
const mayTransact = onTransaction('WRITE');
const administrator = onCluster('ALTER');

/** With the rights that a whole request needs; what is decided for each topic, group or setting stands in the handler. */
export const servedApis: readonly ServedApi[] = [
  serve(produce, all, answerProduce),
  serve(fetch, all, answerFetch),
  serve(listOffsets, all, answerListOffsets),
  serve(metadata, all, answerMetadata),
  serve(offsetCommit, all, answerOffsetCommit, { needs: onGroup('READ'), refuse: refuseOffsetCommit }),
  serve(offsetFetch, all, answerOffsetFetch),
  serve(findCoordinator, { max: 5 }, answerFindCoordinator),
  serve(joinGroup, all, answerJoinGroup, { needs: onGroup('READ'), refuse: refuseJoin }),
  serve(heartbeat, all, answerHeartbeat, member),
  serve(leaveGroup, all, answerLeaveGroup, member),
  serve(syncGroup, all, answerSyncGroup, { needs: onGroup('READ'), refuse: (_, code) => syncRefused(code) }),
  serve(describeGroups, all, answerDescribeGroups),
  serve(listGroups, all, answerListGroups),
  serve(saslHandshake, all, answerSaslHandshake),
  serve(apiVersions, all, answerApiVersions),
  serve(createTopics, all, answerCreateTopics),
  serve(deleteTopics, all, answerDeleteTopics),
  serve(deleteRecords, all, answerDeleteRecords),
  serve(initProducerId, { max: 5 }, answerInitProducerId),
  serve(offsetForLeaderEpoch, all, answerOffsetForLeaderEpoch),
  serve(addPartitionsToTxn, all, answerAddPartitionsToTxn, { needs: mayAddPartitions, refuse: refuseAddPartitions }),
  serve(addOffsetsToTxn, all, answerAddOffsetsToTxn, { needs: both(mayTransact, onGroup('READ')), refuse }),
  serve(endTxn, all, answerEndTxn, { needs: mayTransact, refuse }),
  serve(writeTxnMarkers, all, answerWriteTxnMarkers, {
    needs: onCluster('ALTER', 'CLUSTER_ACTION'),
    refuse: refuseTxnMarkers,
  }),
  serve(txnOffsetCommit, all, answerTxnOffsetCommit, {
    needs: both(mayTransact, onGroup('READ')),
    refuse: refuseTxnOffsetCommit,
  }),
  serve(describeAcls, all, answerDescribeAcls, { needs: onCluster('DESCRIBE'), refuse }),
  serve(createAcls, all, answerCreateAcls, { needs: administrator, refuse: refuseCreateAcls }),
  serve(deleteAcls, all, answerDeleteAcls, { needs: administrator, refuse: refuseDeleteAcls }),
  serve(describeConfigs, all, answerDescribeConfigs),
  serve(alterConfigs, all, answerAlterConfigs),
  serve(describeLogDirs, all, answerDescribeLogDirs, { needs: onCluster('DESCRIBE'), refuse }),
  serve(saslAuthenticate, all, answerSaslAuthenticate),
  serve(createPartitions, all, answerCreatePartitions),
  serve(deleteGroups, all, answerDeleteGroups),
  serve(incrementalAlterConfigs, all, answerIncrementalAlterConfigs),
  serve(offsetDelete, all, answerOffsetDelete, { needs: onGroup('DELETE'), refuse }),
  serve(describeClientQuotas, all, answerDescribeClientQuotas, {
    needs: onCluster('DESCRIBE_CONFIGS'),
    refuse: (_, code) => ({ errorCode: code, entries: null }),
  }),
  serve(alterClientQuotas, all, answerAlterClientQuotas, {
    needs: onCluster('ALTER_CONFIGS'),
    refuse: refuseAlterClientQuotas,
  }),
  serve(describeUserScramCredentials, all, answerDescribeUserScramCredentials, {
    needs: onCluster('DESCRIBE'),
    refuse,
  }),
  serve(alterUserScramCredentials, all, answerAlterUserScramCredentials, {
    needs: administrator,
    refuse: refuseAlterUserScramCredentials,
  }),
  serve(describeCluster, all, answerDescribeCluster),
  serve(describeProducers, all, answerDescribeProducers),
  serve(describeTransactions, all, answerDescribeTransactions),
  // Version 2 filters by a pattern.
  serve(listTransactions, all, answerListTransactions),
  serve(consumerGroupHeartbeat, all, answerConsumerGroupHeartbeat, {
    needs: onGroup('READ'),
    refuse: refuseConsumerGroupHeartbeat,
  }),
  serve(consumerGroupDescribe, all, answerConsumerGroupDescribe),
  serve(describeTopicPartitions, all, answerDescribeTopicPartitions),
  serve(listConfigResources, all, answerListConfigResources, { needs: onCluster('DESCRIBE_CONFIGS'), refuse }),
];
