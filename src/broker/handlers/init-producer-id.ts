/** InitProducerId: a fresh id, or the fenced id of a transactional producer. */

import type { InitProducerIdRequest, InitProducerIdResponse } from '../../protocol/api/init-producer-id.js';
import { errorCode } from '../../protocol/errors.js';
import type { Handler } from '../state.js';

export const answerInitProducerId: Handler<InitProducerIdRequest, InitProducerIdResponse> = async (broker, request) => {
  const { transactionalId, producerId, producerEpoch } = request;
  if (transactionalId === null) {
    return { errorCode: errorCode.NONE, producerId: await broker.producerIds.take(), producerEpoch: 0 };
  }
  const timeoutMs = request.transactionTimeoutMs;
  const identity = await broker.transactions.initProducerId(
    { transactionalId, producerId, producerEpoch, timeoutMs },
    () => broker.clock.nowMs(),
  );
  return { errorCode: identity.code, producerId: identity.producerId, producerEpoch: identity.producerEpoch };
};
