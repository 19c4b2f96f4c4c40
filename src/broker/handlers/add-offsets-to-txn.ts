/** AddOffsetsToTxn: takes the group's partition of the offsets topic into the transaction. */
import type { AddOffsetsToTxnRequest, AddOffsetsToTxnResponse } from '../../protocol/api/add-offsets-to-txn.js';
import { errorCode } from '../../protocol/errors.js';
import type { Handler } from '../state.js';
import { unlessRefused } from '../topics/disk-refused.js';
import { ensureInternalTopic, OFFSETS_TOPIC } from '../topics/internal.js';
import { partitionFor } from '../topics/internal-journal.js';
import { olderFencedCode } from './fenced-code.js';

const TELLS_FENCED = 2;

export const answerAddOffsetsToTxn: Handler<AddOffsetsToTxnRequest, AddOffsetsToTxnResponse> = async (
  broker,
  request,
  context,
) => {
  const ensure = () => ensureInternalTopic(broker, OFFSETS_TOPIC).then((made) => ({ made }));
  const ensured = await unlessRefused(broker.log, ensure, () => undefined);
  // As long as the topic cannot be made there is no coordinator of groups, as in Kafka: clients ask again.
  if (ensured === undefined) return { errorCode: errorCode.COORDINATOR_NOT_AVAILABLE };
  const topic = ensured.made;
  const partition = partitionFor(request.groupId, topic?.partitions.length ?? 1);
  const { transactionalId, producerId, producerEpoch } = request;
  const claim = { transactionalId, producerId, producerEpoch };
  const { nowMs } = context;
  const places = [{ topic: OFFSETS_TOPIC, partition }];
  const code = broker.transactions.addPartitions(claim, places, { nowMs, raises: false });
  return { errorCode: olderFencedCode(code, context.version < TELLS_FENCED) };
};
