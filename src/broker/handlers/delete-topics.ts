/** DeleteTopics, by name or by id. Committed offsets of the topic go with it. */

import type { DeleteTopicsRequest, DeleteTopicsResponse } from '../../protocol/api/delete-topics.js';
import { errorCode } from '../../protocol/errors.js';
import type { Draft } from '../../protocol/schema.js';
import { mutationsOf, OVER_QUOTA } from '../quotas/mutations.js';
import { type Handler, ZERO_UUID } from '../state.js';
import { unlessRefused } from '../topics/disk-refused.js';
import { twiceIn } from '../twice.js';
import { NOT_HOSTED } from './kafka-words.js';

type Answer = Draft<DeleteTopicsResponse['responses'][number]>;

interface Named {
  readonly name: string | null;
  readonly topicId: string;
}

const BY_STATE = 6;
const UNKNOWN_ID = {
  errorCode: errorCode.UNKNOWN_TOPIC_ID,
  errorMessage: 'This server does not host this topic ID.',
};
const UNKNOWN_NAME = {
  errorCode: errorCode.UNKNOWN_TOPIC_OR_PARTITION,
  errorMessage: NOT_HOSTED,
};
/** From here on a client knows that it may be told to come again (KIP-599). */
const REFUSES_OVER_QUOTA = 5;

export const answerDeleteTopics: Handler<DeleteTopicsRequest, DeleteTopicsResponse> = async (
  broker,
  request,
  context,
) => {
  const byName = request.topicNames.map((name) => ({ name, topicId: ZERO_UUID }));
  const wanted = context.version >= BY_STATE ? request.topics : byName;
  const responses: Answer[] = [];
  const mutations = mutationsOf(broker, context, REFUSES_OVER_QUOTA);
  const mayAll = context.rights.mayOnCluster('DELETE');
  const { sound, refused: senseless } = sorted(wanted);
  responses.push(...senseless);
  for (const { name, topicId } of sound) {
    const topic = name === null ? broker.topics.byId(topicId) : broker.topics.get(name);
    const known = name ?? topic?.name;
    const may = (operation: 'DESCRIBE' | 'DELETE') =>
      known === undefined || mayAll || context.rights.may(operation, 'TOPIC', known);
    if (!may('DESCRIBE') || (topic !== undefined && !may('DELETE'))) {
      // By id: the name is told only to who may see it.
      const told = name ?? (may('DESCRIBE') ? (known ?? null) : null);
      responses.push({ name: told, topicId, errorCode: errorCode.TOPIC_AUTHORIZATION_FAILED });
      continue;
    }
    if (topic === undefined) {
      responses.push({ name, topicId, ...(name === null ? UNKNOWN_ID : UNKNOWN_NAME) });
      continue;
    }
    if (topic.internal) {
      const errorMessage = 'Internal topics hold the state of groups and transactions.';
      responses.push({
        name: topic.name,
        topicId: topic.id,
        errorCode: errorCode.INVALID_TOPIC_EXCEPTION,
        errorMessage,
      });
      continue;
    }
    if (!mutations.take(topic.partitions.length)) {
      responses.push({ name: topic.name, topicId: topic.id, ...OVER_QUOTA });
      continue;
    }
    const named = { name: topic.name, topicId: topic.id };
    const remove = async () => {
      await broker.topics.delete(topic);
      broker.groups.forgetTopic(topic.name);
      return named;
    };
    const refused = (errorMessage: string) => ({ ...named, errorCode: errorCode.KAFKA_STORAGE_ERROR, errorMessage });
    responses.push(await unlessRefused<Answer>(broker.log, remove, refused));
  }
  return { responses, throttleTimeMs: mutations.throttleMs() };
};

/** A topic is named once, by its name or by its id. */
function sorted(wanted: readonly Named[]): { readonly sound: readonly Named[]; readonly refused: readonly Answer[] } {
  const twice = twiceIn(wanted.map(keyOf));
  const refused: Answer[] = [];
  const told = new Set<string>();
  const refuse = (each: Named, errorMessage: string) =>
    refused.push({ ...each, errorCode: errorCode.INVALID_REQUEST, errorMessage });
  const sound = wanted.filter((each) => {
    const key = keyOf(each);
    const isById = each.name === null;
    if (isById && each.topicId === ZERO_UUID) refuse(each, 'Neither topic name nor id were specified.');
    else if (!isById && each.topicId !== ZERO_UUID) {
      refuse(each, 'You may not specify both topic name and topic id.');
    } else if (!twice.has(key)) return true;
    else if (!told.has(key)) refuse(each, isById ? 'Duplicate topic id.' : 'Duplicate topic name.');
    told.add(key);
    return false;
  });
  return { sound, refused };
}

function keyOf({ name, topicId }: Named): string {
  return name === null ? `id ${topicId}` : `name ${name} ${topicId}`;
}
