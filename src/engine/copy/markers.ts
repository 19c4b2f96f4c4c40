/**
 * One WriteTxnMarkers request. Exported for promotion too: the barrier is a marker of D at the last epoch (8). Never
 * lists a topic or a partition twice inside an entry: such a request is never answered and kills its connection (E5).
 */
import type { Channel } from '../../client/types.js';
import { writeTxnMarkers } from '../../protocol/api/write-txn-markers.js';
import { placeKey } from './log-probe.js';

export interface MarkerTarget {
  readonly topic: string;
  readonly partition: number;
}

export interface MarkerRequest {
  readonly producerId: bigint;
  readonly epoch: number;
  /** [4.2] One entry is one offset; more than one only where a single partition is named. */
  readonly entries: number;
  readonly targets: readonly MarkerTarget[];
}

/** The code of each target. Misleading both ways (E7): only the log end tells. Rejects NotSent | OutcomeUnknown. */
export async function sendMarkers(
  channel: Channel,
  request: MarkerRequest,
  timeoutMs: number,
): Promise<ReadonlyMap<string, number>> {
  const topics = new Map<string, Set<number>>();
  for (const { topic, partition } of request.targets) {
    const partitions = topics.get(topic) ?? new Set<number>();
    topics.set(topic, partitions.add(partition));
  }
  const entry = {
    producerId: request.producerId,
    producerEpoch: request.epoch,
    transactionResult: false,
    coordinatorEpoch: 0,
    topics: [...topics].map(([name, partitions]) => ({ name, partitionIndexes: [...partitions] })),
  };
  const answer = await channel.send(
    writeTxnMarkers,
    { markers: Array.from({ length: request.entries }, () => entry) },
    // [4.1] The lease was asked for this moment: not held back for a throttle, it would be sent at another.
    { timeoutMs, atOnce: true },
  );
  const codes = new Map<string, number>();
  for (const marker of answer.markers) {
    for (const { name, partitions } of marker.topics) {
      for (const { partitionIndex, errorCode } of partitions) {
        const key = placeKey({ topic: name, partition: partitionIndex });
        if ((codes.get(key) ?? 0) === 0) codes.set(key, errorCode);
      }
    }
  }
  return codes;
}
