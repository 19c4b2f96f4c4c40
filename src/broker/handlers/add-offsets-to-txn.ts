/** AddOffsetsToTxn: takes the group's partition of the offsets topic into the transaction. */
import type { AddOffsetsToTxnRequest, AddOffsetsToTxnResponse } from '../../protocol/api/add-offsets-to-txn.js';
import type { Handler } from '../state.js';
import { ensureInternalTopic, OFFSETS_TOPIC } from '../topics/internal.js';
import { partitionFor } from '../topics/internal-journal.js';
import { olderFencedCode } from './fenced-code.js';

const TELLS_FENCED = 2;

export const answerAddOffsetsToTxn: Handler<AddOffsetsToTxnRequest, AddOffsetsToTxnResponse> = async (
  broker,
  request,
  context,
) => {
  const topic = await ensureInternalTopic(broker, OFFSETS_TOPIC);
  const partition = partitionFor(request.groupId, topic?.partitions.length ?? 1);
  const { transactionalId, producerId, producerEpoch } = request;
  const claim = { transactionalId, producerId, producerEpoch };
  const code = broker.transactions.addPartitions(claim, [{ topic: OFFSETS_TOPIC, partition }], context.nowMs);
  return { errorCode: olderFencedCode(code, context.version < TELLS_FENCED) };
};
