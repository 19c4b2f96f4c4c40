/**
 * WriteTxnMarkers: appends markers, entry by entry, partition by partition. As in Kafka the answer holds one code per
 * producer and partition, the last one that was written for it: only the log end tells how many were appended.
 */
import type { WriteTxnMarkersRequest, WriteTxnMarkersResponse } from '../../protocol/api/write-txn-markers.js';
import { errorCode } from '../../protocol/errors.js';
import type { Handler } from '../state.js';
import { appendMarker } from '../transactions/markers.js';

const STORAGE_ERROR = errorCode.KAFKA_STORAGE_ERROR;

export const answerWriteTxnMarkers: Handler<WriteTxnMarkersRequest, WriteTxnMarkersResponse> = (
  broker,
  request,
  context,
) => {
  const flushes: Promise<void>[] = [];
  const codes = new Map<bigint, Map<string, Map<number, number>>>();
  for (const marker of request.markers) {
    const {
      producerId,
      producerEpoch: epoch,
      coordinatorEpoch,
      transactionResult: commit,
      transactionVersion,
    } = marker;
    const ofProducer = childOf(codes, producerId, () => new Map<string, Map<number, number>>());
    for (const { name, partitionIndexes } of marker.topics) {
      const ofTopic = childOf(ofProducer, name, () => new Map<number, number>());
      for (const partition of partitionIndexes) {
        const place = { topic: name, partition };
        // As in Kafka it ends the whole request, and markers that stand before it are appended.
        if ((producerId < 0n || epoch < 0) && broker.topics.partition(name, partition) !== undefined) {
          return refuseTxnMarkers(request, errorCode.UNKNOWN_SERVER_ERROR);
        }
        const code = appendMarker(
          broker,
          { place, producerId, epoch, coordinatorEpoch, commit, transactionVersion, isFromOutside: true },
          context.nowMs,
        );
        ofTopic.set(partition, code);
        const log = code === errorCode.NONE ? broker.topics.partition(name, partition) : undefined;
        if (log?.mustFlush) flushes.push(log.flushed().catch(() => void ofTopic.set(partition, STORAGE_ERROR)));
      }
    }
  }
  const answer = () => ({
    markers: [...codes].map(([producerId, topics]) => ({
      producerId,
      topics: [...topics].map(([name, partitions]) => ({
        name,
        partitions: [...partitions].map(([partitionIndex, code]) => ({ partitionIndex, errorCode: code })),
      })),
    })),
  });
  return flushes.length === 0 ? answer() : Promise.all(flushes).then(answer);
};

/** Of a producer that has several the last one is told of. */
export function refuseTxnMarkers(request: WriteTxnMarkersRequest, code: number) {
  const last = new Map(request.markers.map((marker) => [marker.producerId, marker]));
  return {
    markers: [...last.values()].map(({ producerId, topics }) => ({
      producerId,
      topics: topics.map(({ name, partitionIndexes }) => ({
        name,
        partitions: partitionIndexes.map((partitionIndex) => ({ partitionIndex, errorCode: code })),
      })),
    })),
  };
}

function childOf<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let child = map.get(key);
  if (child === undefined) {
    child = make();
    map.set(key, child);
  }
  return child;
}
