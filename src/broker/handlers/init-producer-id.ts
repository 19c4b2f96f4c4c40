/** InitProducerId: a fresh id, or the fenced id of a transactional producer. */

import type { InitProducerIdRequest, InitProducerIdResponse } from '../../protocol/api/init-producer-id.js';
import { errorCode } from '../../protocol/errors.js';
import { type Rights, refusedCode } from '../security/rights.js';
import type { Handler } from '../state.js';
import { unlessRefused } from '../topics/disk-refused.js';
import { olderFencedCode } from './fenced-code.js';

const KNOWS_FENCED = 4;
const NO_PRODUCER_ID = -1n;
const NO_PRODUCER_EPOCH = -1;

export const answerInitProducerId: Handler<InitProducerIdRequest, InitProducerIdResponse> = async (
  broker,
  request,
  { rights, version },
) => {
  const { transactionalId, producerId, producerEpoch } = request;
  const refusal = refusalFor(transactionalId, rights);
  if (refusal !== undefined) return { errorCode: refusal, producerId: -1n, producerEpoch: -1 };
  if ((producerId === NO_PRODUCER_ID) !== (producerEpoch === NO_PRODUCER_EPOCH)) {
    return { errorCode: errorCode.INVALID_REQUEST, producerId: -1n, producerEpoch: -1 };
  }
  const identify = async () => {
    if (transactionalId === null) {
      return { errorCode: errorCode.NONE, producerId: await broker.producerIds.take(), producerEpoch: 0 };
    }
    const timeoutMs = request.transactionTimeoutMs;
    const identity = await broker.transactions.initProducerId(
      { transactionalId, producerId, producerEpoch, timeoutMs },
      () => broker.clock.nowMs(),
    );
    const code = olderFencedCode(identity.code, version < KNOWS_FENCED);
    return { errorCode: code, producerId: identity.producerId, producerEpoch: identity.producerEpoch };
  };
  // What Kafka answers as long as it has no ids to give out: clients ask again.
  const none = { errorCode: errorCode.COORDINATOR_LOAD_IN_PROGRESS, producerId: -1n, producerEpoch: -1 };
  return unlessRefused(broker.log, identify, () => none);
};

function refusalFor(transactionalId: string | null, rights: Rights): number | undefined {
  if (transactionalId !== null) {
    return rights.may('WRITE', 'TRANSACTIONAL_ID', transactionalId) ? undefined : refusedCode.TRANSACTIONAL_ID;
  }
  // Who may write to some topic may do so idempotently (KIP-679).
  const may = rights.mayOnCluster('IDEMPOTENT_WRITE') || rights.mayAny('WRITE', 'TOPIC');
  return may ? undefined : refusedCode.CLUSTER;
}
