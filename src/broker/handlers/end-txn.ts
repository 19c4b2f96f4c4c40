/**
 * EndTxn. Up to version 4 the producer keeps its epoch; from version 5 on each end raises it, and the answer names the
 * identity to go on with (KIP-890).
 */
import type { EndTxnRequest, EndTxnResponse } from '../../protocol/api/end-txn.js';
import type { Handler } from '../state.js';
import type { Identity } from '../transactions/coordinator.js';
import { olderFencedCode } from './fenced-code.js';

const TELLS_FENCED = 2;
const RAISES_EPOCH = 5;

export const answerEndTxn: Handler<EndTxnRequest, EndTxnResponse> = (broker, request, { version, nowMs }) => {
  const { transactionalId, producerId, producerEpoch, committed: commit } = request;
  const claim = { transactionalId, producerId, producerEpoch };
  const answer = (told: Identity) => ({
    errorCode: olderFencedCode(told.code, version < TELLS_FENCED),
    producerId: told.producerId,
    producerEpoch: told.producerEpoch,
  });
  const told = broker.transactions.end(claim, { commit, raises: version >= RAISES_EPOCH, nowMs });
  return told instanceof Promise ? told.then(answer) : answer(told);
};
