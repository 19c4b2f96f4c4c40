/**
 * Published: writing records, for callers with a key. The operator acts as klink's own principal, which no fence holds back:
 * what it wrote could end in a mirror or in klink's journal, so it writes nothing here.
 */
import { callerOf } from '../caller.js';
import { operation } from '../operation.js';
import type { ApiSurroundings, WrittenRecord } from '../ports.js';
import { Problem, problemOf, problems } from '../problems.js';
import { type GivenRecord, newRecords, reports } from '../schemas/records.js';
import { refuseMirror } from './topics.js';

const operatorWrites =
  'Request is not authorized: records are written with an API key. The operator acts as klink itself, whom no ACL holds back. ' +
  '`klink topic produce` writes by the Kafka protocol.';

export const recordOperations = [
  operation({
    base: 'published',
    tag: 'records',
    method: 'post',
    path: '/clusters/{cluster_id}/topics/{topic_name}/records',
    id: 'produceRecords',
    summary: 'Write records. Each has its own outcome.',
    description:
      'The body holds one record or several, one after another, and is read whole before anything is written.',
    sequence: true,
    body: newRecords,
    status: 200,
    answer: reports,
    async run({ c, surroundings, cluster, params: { topic_name: topic }, body }) {
      const partitions = await cluster.admin.partitions(topic);
      if (partitions === undefined) throw problems.noTopic();
      await refuseMirror(cluster, topic, 'it is read-only');
      const caller = callerOf(c);
      if (caller.kind === 'operator') throw new Problem(403, 40301, operatorWrites);
      // Waiting for one that does not exist would take as long as for one that has no leader.
      const exists = (wanted: number) => partitions.some(({ partition }) => partition === wanted);
      if (body.some(({ partition }) => partition !== undefined && !exists(partition))) throw problems.noTopic();
      const outcomes = await caller.session.write(topic, body);
      const { principal } = caller.session;
      return outcomes.map((outcome, at) => ({
        ...(outcome instanceof Error ? failure(outcome, { surroundings, principal, topic }) : success(outcome)),
        cluster_id: cluster.clusterId,
        topic_name: topic,
        ...givenData(body[at]),
      }));
    },
  }),
];

function success({ partition, offset, timestampMs }: WrittenRecord) {
  return { error_code: 200, partition_id: partition, offset, timestamp: new Date(Number(timestampMs)).toISOString() };
}

function failure(
  error: Error,
  of: { readonly surroundings: ApiSurroundings; readonly principal: string; readonly topic: string },
) {
  const problem = problemOf(error);
  if (problem === undefined) {
    of.surroundings.log.error({ error, topic: of.topic }, 'writing a record failed unexpectedly');
    return { error_code: 500, message: problems.internal().message };
  }
  const { errorCode, message, status } = problem;
  if (status === 403) {
    return {
      error_code: errorCode,
      message: problems.lacksRight(of.principal, `WRITE on topic "${of.topic}"`).message,
    };
  }
  // Whoever sends it again must know.
  const fate = error.name === 'OutcomeUnknown' ? 'It may have been written.' : 'It was not written.';
  return { error_code: errorCode, message: `${message} ${fate}` };
}

function givenData(given: GivenRecord | undefined) {
  const of = (type: string | undefined, bytes: Buffer | null) => type && { type, size: bytes?.length ?? null };
  return {
    key: of(given?.keyType, given?.key ?? null) || undefined,
    value: of(given?.valueType, given?.value ?? null) || undefined,
  };
}
