/**
 * AddPartitionsToTxn. Clients use it up to version 3, for one transaction: all partitions are added, or none. From version 4
 * on it is what brokers ask each other, for many transactions at once, and it may only look.
 */

import type {
  AddPartitionsToTxnRequest,
  AddPartitionsToTxnRequestAddPartitionsToTxnTopic,
  AddPartitionsToTxnResponse,
} from '../../protocol/api/add-partitions-to-txn.js';
import { errorCode } from '../../protocol/errors.js';
import type { Guard } from '../security/guards.js';
import { refusedCode } from '../security/rights.js';
import type { BrokerState, Handler, RequestContext } from '../state.js';
import { isInternalName } from '../topics/internal.js';
import type { Place } from '../transactions/endings.js';
import type { Claim } from '../transactions/transitions.js';
import { olderFencedCode } from './fenced-code.js';

const TELLS_FENCED = 2;
const OF_BROKERS = 4;

type Topics = readonly AddPartitionsToTxnRequestAddPartitionsToTxnTopic[];

export const answerAddPartitionsToTxn: Handler<AddPartitionsToTxnRequest, AddPartitionsToTxnResponse> = (
  broker,
  request,
  context,
) => {
  if (context.version >= OF_BROKERS) {
    return {
      resultsByTransaction: request.transactions.map(({ topics, verifyOnly, ...claim }) => ({
        transactionalId: claim.transactionalId,
        topicResults: answerOne(broker, { claim, topics, verifyOnly }, context),
      })),
    };
  }
  const claim = {
    transactionalId: request.v3AndBelowTransactionalId,
    producerId: request.v3AndBelowProducerId,
    producerEpoch: request.v3AndBelowProducerEpoch,
  };
  const topics = request.v3AndBelowTopics;
  return { resultsByTopicV3AndBelow: answerOne(broker, { claim, topics, verifyOnly: false }, context) };
};

/** One transaction's partitions, with a code for each. */
function answerOne(
  broker: BrokerState,
  asked: { readonly claim: Claim; readonly topics: Topics; readonly verifyOnly: boolean },
  { version, rights, nowMs }: RequestContext,
) {
  const { claim, topics, verifyOnly } = asked;
  const ofBrokers = version >= OF_BROKERS;
  const places = topics.flatMap(({ name, partitions }) => partitions.map((partition) => ({ topic: name, partition })));
  const exists = ({ topic, partition }: Place) => broker.topics.partition(topic, partition) !== undefined;
  const may = (topic: string) => ofBrokers || (!isInternalName(topic) && rights.may('WRITE', 'TOPIC', topic));
  const allMayBe = places.every((place) => may(place.topic) && exists(place));
  const codeOfAll = () => {
    if (!allMayBe) return errorCode.OPERATION_NOT_ATTEMPTED;
    const code = broker.transactions.addPartitions(claim, places, { nowMs, raises: ofBrokers });
    return olderFencedCode(code, version < TELLS_FENCED);
  };
  const all = allMayBe && verifyOnly ? undefined : codeOfAll();
  const codeOf = (place: Place) => {
    if (!may(place.topic)) return errorCode.TOPIC_AUTHORIZATION_FAILED;
    if (!exists(place)) return errorCode.UNKNOWN_TOPIC_OR_PARTITION;
    return all ?? broker.transactions.looked(claim, place);
  };
  // One code for all is told as they were named, codes of their own once each.
  return codes(allMayBe && !verifyOnly ? topics : once(topics), codeOf);
}

/** Clients need the right to their transactional id, brokers that to act for the cluster. */
export const mayAddPartitions: Guard<AddPartitionsToTxnRequest> = (request, rights, version) => {
  if (version >= OF_BROKERS) return rights.mayOnCluster('CLUSTER_ACTION') ? errorCode.NONE : refusedCode.CLUSTER;
  const may = rights.may('WRITE', 'TRANSACTIONAL_ID', request.v3AndBelowTransactionalId);
  return may ? errorCode.NONE : refusedCode.TRANSACTIONAL_ID;
};

export function refuseAddPartitions(request: AddPartitionsToTxnRequest, code: number, version: number) {
  if (version >= OF_BROKERS) return { errorCode: code };
  return { resultsByTopicV3AndBelow: codes(request.v3AndBelowTopics, () => code) };
}

function codes(topics: Topics, codeOf: (place: Place) => number) {
  return topics.map(({ name, partitions }) => ({
    name,
    resultsByPartition: partitions.map((partitionIndex) => ({
      partitionIndex,
      partitionErrorCode: codeOf({ topic: name, partition: partitionIndex }),
    })),
  }));
}

/** Topics and partitions once each, where a request names them again. */
function once(topics: Topics): Topics {
  const named = new Map<string, Set<number>>();
  for (const { name, partitions } of topics) {
    named.set(name, new Set([...(named.get(name) ?? []), ...partitions]));
  }
  return [...named].map(([name, partitions]) => ({ name, partitions: [...partitions] }));
}
