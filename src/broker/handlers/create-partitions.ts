/** CreatePartitions: a topic may only grow. */

import type { CreatePartitionsRequest, CreatePartitionsResponse } from '../../protocol/api/create-partitions.js';
import { errorCode } from '../../protocol/errors.js';
import type { Draft } from '../../protocol/schema.js';
import type { Mutations } from '../quotas/enforcer.js';
import { mutationsOf, OVER_QUOTA } from '../quotas/mutations.js';
import type { BrokerState, Handler } from '../state.js';
import { unlessRefused } from '../topics/disk-refused.js';
import { twiceIn } from '../twice.js';
import { PARTITIONS_MAX, refusalOfReplicas } from './create-topics.js';

type Wanted = CreatePartitionsRequest['topics'][number];
/** From here on a client knows that it may be told to come again (KIP-599). */
const REFUSES_OVER_QUOTA = 3;

type Answer = Draft<CreatePartitionsResponse['results'][number]>;

export const answerCreatePartitions: Handler<CreatePartitionsRequest, CreatePartitionsResponse> = async (
  broker,
  request,
  context,
) => {
  const mutations = mutationsOf(broker, context, REFUSES_OVER_QUOTA);
  const twice = twiceIn(request.topics.map(({ name }) => name));
  const results: Answer[] = [...twice].map((name) => ({
    name,
    errorCode: errorCode.INVALID_REQUEST,
    errorMessage: 'Duplicate topic name.',
  }));
  for (const wanted of request.topics) {
    if (twice.has(wanted.name)) continue;
    const may = context.rights.may('ALTER', 'TOPIC', wanted.name);
    if (may) results.push(await grow(broker, wanted, { validateOnly: request.validateOnly, mutations }));
    else results.push({ name: wanted.name, errorCode: errorCode.TOPIC_AUTHORIZATION_FAILED });
  }
  return { results, throttleTimeMs: mutations.throttleMs() };
};

async function grow(
  broker: BrokerState,
  { name, count, assignments }: Wanted,
  { validateOnly, mutations }: { readonly validateOnly: boolean; readonly mutations: Mutations },
): Promise<Answer> {
  const refuse = (code: number, errorMessage: string | null): Answer => ({ name, errorCode: code, errorMessage });
  const topic = broker.topics.get(name);
  if (topic === undefined) return refuse(errorCode.UNKNOWN_TOPIC_OR_PARTITION, null);
  const present = topic.partitions.length;
  if (count === present) return refuse(errorCode.INVALID_PARTITIONS, `Topic already has ${present} partition(s).`);
  if (count < present) {
    const text = `The topic ${name} currently has ${present} partition(s); ${count} would not be an increase.`;
    return refuse(errorCode.INVALID_PARTITIONS, text);
  }
  if (count > PARTITIONS_MAX) {
    return refuse(errorCode.INVALID_PARTITIONS, `A topic may have at most ${PARTITIONS_MAX} partitions.`);
  }
  if (assignments !== null && assignments.length !== count - present) {
    const text = `Attempted to add ${count - present} additional partition(s), but only ${assignments.length} assignment(s) were specified.`;
    return refuse(errorCode.INVALID_REPLICA_ASSIGNMENT, text);
  }
  if (!mutations.take(count - present)) return { name, ...OVER_QUOTA };
  for (const { brokerIds } of assignments ?? []) {
    const text = refusalOfReplicas(broker, brokerIds);
    if (text !== undefined) return refuse(errorCode.INVALID_REPLICA_ASSIGNMENT, text);
  }
  if (validateOnly) return { name };
  const add = () => broker.topics.addPartitions(topic, count);
  return unlessRefused<Answer>(
    broker.log,
    () => add().then(() => ({ name })),
    (errorMessage) => refuse(errorCode.KAFKA_STORAGE_ERROR, errorMessage),
  );
}
