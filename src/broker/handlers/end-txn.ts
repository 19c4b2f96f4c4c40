/** EndTxn up to version 4: the producer keeps its epoch. */
import type { EndTxnRequest, EndTxnResponse } from '../../protocol/api/end-txn.js';
import type { Handler } from '../state.js';
import { olderFencedCode } from './fenced-code.js';

const TELLS_FENCED = 2;

export const answerEndTxn: Handler<EndTxnRequest, EndTxnResponse> = (broker, request, context) => {
  const { transactionalId, producerId, producerEpoch } = request;
  const claim = { transactionalId, producerId, producerEpoch };
  const answer = (code: number) => ({ errorCode: olderFencedCode(code, context.version < TELLS_FENCED) });
  const code = broker.transactions.end(claim, request.committed, context.nowMs);
  return typeof code === 'number' ? answer(code) : code.then(answer);
};
