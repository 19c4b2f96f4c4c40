/**
 * Which of the rights that klink needs at the destination its principal lacks, asked of the cluster itself (KIP-430): of the
 * cluster, of one topic, of klink's group and its transactional ids. Changes nothing but the producer id of
 * `klink-probe`. Spec: docs/spec/rights.md 10.2.
 */
import { ADMIN_PURPOSE } from '../../client/admin/ask.js';
import { describeCluster } from '../../client/admin/describe-cluster.js';
import { type KafkaCluster, KafkaError } from '../../client/types.js';
import { engineRights, type Right } from '../../model/rights.js';
import { type AclOperation, rightsIn } from '../../protocol/acl-codes.js';
import { describeGroups } from '../../protocol/api/describe-groups.js';
import { initProducerId } from '../../protocol/api/init-producer-id.js';
import { metadata } from '../../protocol/api/metadata.js';
import { errorCode } from '../../protocol/errors.js';
import { isUnauthorized } from '../outcome.js';
import { OWNERSHIP_GROUP } from '../ownership/ownership-state.js';

const ANSWER_TIMEOUT_MS = 15_000;
const HOW = { timeoutMs: ANSWER_TIMEOUT_MS };
const PROBE_ID = 'klink-probe';

/** What was found of one kind of resource; undefined: the cluster does not tell. */
type Found = ReadonlySet<AclOperation> | undefined;

/** Of the cluster as a whole. Rejects as the client does. */
export async function missingOfCluster(cluster: KafkaCluster): Promise<readonly Right[]> {
  const { rights } = await describeCluster(cluster, HOW);
  // Who may not DESCRIBE is told nothing of the rest.
  if (rights !== undefined && !rights.has('DESCRIBE')) return of('CLUSTER').filter(named('DESCRIBE'));
  return lacking('CLUSTER', rights).filter((right) => right.operation !== 'CREATE');
}

/** All that can be asked once there is a topic. Rejects as the client does. */
export async function missingRights(cluster: KafkaCluster, topic: string): Promise<readonly Right[]> {
  const [ofCluster, ofTopic, ofGroup, ofIds] = await Promise.all([
    missingOfCluster(cluster),
    topicRights(cluster, topic),
    groupRights(cluster),
    idRights(cluster),
  ]);
  // A topic could be made: by this right or by CREATE on the cluster, which is as good.
  const topics = lacking('TOPIC', ofTopic).filter((right) => right.operation !== 'CREATE');
  return [...ofCluster, ...topics, ...lacking('GROUP', ofGroup), ...lacking('TRANSACTIONAL_ID', ofIds)];
}

function of(resource: Right['resource']): readonly Right[] {
  return engineRights.filter((right) => right.resource === resource);
}

function named(operation: Right['operation']): (right: Right) => boolean {
  return (right) => right.operation === operation;
}

function lacking(resource: Right['resource'], found: Found): readonly Right[] {
  return found === undefined ? [] : of(resource).filter(({ operation }) => !found.has(operation));
}

async function topicRights(cluster: KafkaCluster, topic: string): Promise<Found> {
  const channel = await cluster.channel('any', ADMIN_PURPOSE);
  const request = { topics: [{ name: topic }], allowAutoTopicCreation: false, includeTopicAuthorizedOperations: true };
  const found = (await channel.send(metadata, request, HOW)).topics[0];
  if (found?.errorCode === errorCode.TOPIC_AUTHORIZATION_FAILED) return new Set();
  return found === undefined || found.errorCode !== 0 ? undefined : rightsIn(found.topicAuthorizedOperations);
}

async function groupRights(cluster: KafkaCluster): Promise<Found> {
  const coordinator = await coordinatorOf(cluster, 'group', OWNERSHIP_GROUP);
  if (coordinator === undefined) return new Set();
  const channel = await cluster.channel(coordinator, ADMIN_PURPOSE);
  const request = { groups: [OWNERSHIP_GROUP], includeAuthorizedOperations: true };
  const found = (await channel.send(describeGroups, request, HOW)).groups[0];
  if (found?.errorCode === errorCode.GROUP_AUTHORIZATION_FAILED) return new Set();
  return found === undefined ? undefined : rightsIn(found.authorizedOperations);
}

async function idRights(cluster: KafkaCluster): Promise<Found> {
  const coordinator = await coordinatorOf(cluster, 'transaction', PROBE_ID);
  if (coordinator === undefined) return new Set();
  const channel = await cluster.channel(coordinator, ADMIN_PURPOSE);
  const asked = { transactionalId: PROBE_ID, transactionTimeoutMs: 10_000, producerId: -1n, producerEpoch: -1 };
  const taken = await channel.send(initProducerId, asked, { ...HOW, versionMax: 4 });
  const mayWrite = taken.errorCode !== errorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED;
  // Whoever is told the coordinator may DESCRIBE.
  return new Set(mayWrite ? ['DESCRIBE', 'WRITE'] : ['DESCRIBE']);
}

/** Undefined: it may not be asked for. */
async function coordinatorOf(
  cluster: KafkaCluster,
  kind: 'group' | 'transaction',
  key: string,
): Promise<number | undefined> {
  try {
    return await cluster.coordinator(kind, key, HOW);
  } catch (error) {
    const refused = error instanceof KafkaError && (isUnauthorized(error.code) || error.code === NO_ID);
    if (!refused) throw error;
    return undefined;
  }
}

const NO_ID = errorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED;
