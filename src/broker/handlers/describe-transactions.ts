/** DescribeTransactions and ListTransactions: what the transaction coordinator knows. */

import type {
  DescribeTransactionsRequest,
  DescribeTransactionsResponse,
} from '../../protocol/api/describe-transactions.js';
import type { ListTransactionsRequest, ListTransactionsResponse } from '../../protocol/api/list-transactions.js';
import { errorCode } from '../../protocol/errors.js';
import { topicPattern } from '../groups/topic-pattern.js';
import type { Handler } from '../state.js';
import type { TransactionStatus } from '../transactions/journal.js';

const STATES: readonly string[] = [
  'Empty',
  'Ongoing',
  'PrepareCommit',
  'PrepareAbort',
  'CompleteCommit',
  'CompleteAbort',
  'PrepareEpochFence',
  'Dead',
] satisfies (TransactionStatus | 'PrepareEpochFence' | 'Dead')[];

export const answerDescribeTransactions: Handler<DescribeTransactionsRequest, DescribeTransactionsResponse> = (
  broker,
  request,
  { rights },
) => ({
  transactionStates: request.transactionalIds.map((transactionalId) => {
    if (!rights.may('DESCRIBE', 'TRANSACTIONAL_ID', transactionalId)) {
      return { transactionalId, errorCode: errorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED };
    }
    if (transactionalId === '') return { transactionalId, errorCode: errorCode.INVALID_REQUEST };
    if (broker.transactions.isOffline(transactionalId))
      return { transactionalId, errorCode: errorCode.NOT_COORDINATOR };
    const record = broker.transactions.get(transactionalId);
    if (record === undefined) return { transactionalId, errorCode: errorCode.TRANSACTIONAL_ID_NOT_FOUND };
    const named = new Set(record.partitions.map(({ topic }) => topic));
    const names = [...named].filter((topic) => rights.may('DESCRIBE', 'TOPIC', topic));
    return {
      transactionalId,
      transactionState: record.status,
      transactionTimeoutMs: record.timeoutMs,
      transactionStartTimeMs: BigInt(record.startedMs),
      producerId: record.producerId,
      producerEpoch: record.producerEpoch,
      topics: names.map((topic) => ({
        topic,
        partitions: record.partitions.filter((each) => each.topic === topic).map(({ partition }) => partition),
      })),
    };
  }),
});

export const answerListTransactions: Handler<ListTransactionsRequest, ListTransactionsResponse> = (
  broker,
  request,
  context,
) => {
  const { stateFilters, producerIdFilters, durationFilter, transactionalIdPattern } = request;
  const pattern = transactionalIdPattern ? topicPattern(transactionalIdPattern) : undefined;
  if (pattern?.kind === 'invalid') return { errorCode: errorCode.INVALID_REGULAR_EXPRESSION };
  return {
    unknownStateFilters: stateFilters.filter((each) => !STATES.includes(each)),
    transactionStates: broker.transactions.all
      .filter(({ transactionalId }) => !broker.transactions.isOffline(transactionalId))
      .filter(({ transactionalId }) => context.rights.may('DESCRIBE', 'TRANSACTIONAL_ID', transactionalId))
      .filter(({ transactionalId }) => pattern?.matches(transactionalId) ?? true)
      .filter(({ status }) => stateFilters.length === 0 || stateFilters.includes(status))
      .filter(({ producerId }) => producerIdFilters.length === 0 || producerIdFilters.includes(producerId))
      .filter(({ startedMs }) => durationFilter < 0n || BigInt(context.nowMs - startedMs) > durationFilter)
      .map(({ transactionalId, producerId, status }) => ({ transactionalId, producerId, transactionState: status })),
  };
};
