/**
 * Which of the rights that klink needs at the destination its principal lacks, asked of the cluster itself (KIP-430): of the
 * cluster, of one topic, of klink's group and its transactional ids. Changes nothing but the producer id of
 * `klink-probe`. Spec: docs/spec/rights.md 10.2.
 */
import { ADMIN_PURPOSE, refusal } from '../../client/admin/ask.js';
import { askCoordinators } from '../../client/admin/coordinators.js';
import { describeCluster } from '../../client/admin/describe-cluster.js';
import { type Channel, type KafkaCluster, KafkaError, type SendOptions } from '../../client/types.js';
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

/** All that can be asked once there is a topic. `leader`: others may not have heard of it. Rejects as the client does. */
export async function missingRights(cluster: KafkaCluster, topic: string, leader: number): Promise<readonly Right[]> {
  const [ofCluster, ofTopic, ofGroup, ofIds] = await Promise.all([
    missingOfCluster(cluster),
    topicRights(cluster, topic, leader),
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

async function topicRights(cluster: KafkaCluster, topic: string, leader: number): Promise<Found> {
  const channel = await cluster.channel(leader, ADMIN_PURPOSE);
  const request = { topics: [{ name: topic }], allowAutoTopicCreation: false, includeTopicAuthorizedOperations: true };
  const found = (await channel.send(metadata, request, HOW)).topics[0];
  if (found?.errorCode === errorCode.TOPIC_AUTHORIZATION_FAILED) return new Set();
  const code = found?.errorCode ?? errorCode.UNKNOWN_SERVER_ERROR;
  if (found === undefined || code !== 0) throw refusal(code, `asking for rights on ${topic}`);
  return rightsIn(found.topicAuthorizedOperations);
}

async function groupRights(cluster: KafkaCluster): Promise<Found> {
  const ask = async (channel: Channel, groups: readonly string[], options: SendOptions) => {
    const answer = await channel.send(
      describeGroups,
      { groups: [...groups], includeAuthorizedOperations: true },
      options,
    );
    return answer.groups.map(({ groupId, errorCode: code, authorizedOperations: value }) => {
      return { group: groupId, code, value };
    });
  };
  const words = await told(askCoordinators(cluster, [OWNERSHIP_GROUP], 'asking for the rights', ask, HOW));
  const word = words?.get(OWNERSHIP_GROUP);
  if (word === undefined || isUnauthorized(word.code)) return new Set();
  return rightsIn(word.value);
}

async function idRights(cluster: KafkaCluster): Promise<Found> {
  const coordinator = await told(cluster.coordinator('transaction', PROBE_ID, HOW));
  if (coordinator === undefined) return new Set();
  const channel = await cluster.channel(coordinator, ADMIN_PURPOSE);
  const asked = { transactionalId: PROBE_ID, transactionTimeoutMs: 10_000, producerId: -1n, producerEpoch: -1 };
  const taken = await channel.send(initProducerId, asked, { ...HOW, versionMax: 4 });
  const mayWrite = taken.errorCode !== NO_ID;
  // Whoever is told the coordinator may DESCRIBE.
  return new Set(mayWrite ? ['DESCRIBE', 'WRITE'] : ['DESCRIBE']);
}

const NO_ID = errorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED;

/** Undefined: it may not be asked for. */
async function told<T>(question: Promise<T>): Promise<T | undefined> {
  try {
    return await question;
  } catch (error) {
    const refused = error instanceof KafkaError && (isUnauthorized(error.code) || error.code === NO_ID);
    if (!refused) throw error;
    return undefined;
  }
}
