/** Which producers a partition's leader remembers, and which of them have a transaction open. KIP-664. */
import type { Result } from '../../base/result.js';
import { describeProducers as describeProducersApi } from '../../protocol/api/describe-producers.js';
import type { KafkaCluster } from '../types.js';
import { askLeaders, byTopic, type Place } from './leaders.js';
import type { AdminOptions } from './patience.js';

export interface ProducerInfo {
  readonly producerId: bigint;
  readonly epoch: number;
  /** −1 when only markers are known. */
  readonly lastSequence: number;
  readonly lastTimestampMs: bigint;
  readonly coordinatorEpoch: number;
  /** First offset of the open transaction; −1 when none is open. */
  readonly openTransactionFrom: bigint;
}

/** By `placeKey` (leaders.ts). Outcomes as of `askLeaders`. */
export function describeProducers(
  cluster: KafkaCluster,
  places: readonly Place[],
  options: AdminOptions = {},
): Promise<ReadonlyMap<string, Result<readonly ProducerInfo[], Error>>> {
  return askLeaders(
    cluster,
    places,
    {
      what: 'describing the producers',
      repeatable: true,
      async ask(channel, asked, send) {
        const topics = byTopic(asked).map(([name, partitions]) => ({
          name,
          partitionIndexes: partitions.map(({ partition }) => partition),
        }));
        const answer = await channel.send(describeProducersApi, { topics }, send);
        return answer.topics.flatMap(({ name, partitions }) =>
          partitions.map((each) => ({
            topic: name,
            partition: each.partitionIndex,
            code: each.errorCode,
            value: each.activeProducers.map((producer) => ({
              producerId: producer.producerId,
              epoch: producer.producerEpoch,
              lastSequence: producer.lastSequence,
              lastTimestampMs: producer.lastTimestamp,
              coordinatorEpoch: producer.coordinatorEpoch,
              openTransactionFrom: producer.currentTxnStartOffset,
            })),
          })),
        );
      },
    },
    options,
  );
}
