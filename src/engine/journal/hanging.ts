/**
 * Transactions of others that stand open on the journal and hide every decision behind them (T9). Nobody but klink writes
 * here, so none of them can be meant to be there; each gets the time that klink's own would have to end by itself, then an
 * abort marker, and a line in the log. Spec: docs/spec/journal.md 5.3.
 */
import type { Clock } from '../../base/clock.js';
import type { Log } from '../../base/log.js';
import { describeProducers, type ProducerInfo } from '../../client/admin/producers.js';
import type { KafkaCluster } from '../../client/types.js';
import { writeTxnMarkers } from '../../protocol/api/write-txn-markers.js';
import { errorName } from '../../protocol/errors.js';
import { placeKey } from '../copy/log-probe.js';
import type { PartitionPlace } from '../transactions/partition-place.js';
import { bounded, type Patience, requestMs } from '../transactions/persist.js';

export interface HangingOptions {
  readonly cluster: KafkaCluster;
  readonly clock: Clock;
  readonly log: Log;
  readonly patienceMs: number;
}

export class HangingTransactions {
  readonly #options: HangingOptions;
  /** When each was first seen; kept over several attempts at opening. */
  readonly #since = new Map<string, number>();

  constructor(options: HangingOptions) {
    this.#options = options;
  }

  /** Gives what is being waited for. `ours` is never touched: its end is the coordinator's business. */
  async settle(place: PartitionPlace, ours: bigint, within: Patience): Promise<string> {
    const { cluster, clock, patienceMs } = this.#options;
    const { topic } = place;
    const found = await bounded(within, describeProducers(cluster, [place], { timeoutMs: requestMs(within) }));
    const answer = found.get(placeKey(place));
    if (!answer?.ok) return `the producers of ${topic} cannot be read: ${answer?.error.message ?? 'no answer'}`;
    const open = answer.value.filter((each) => each.openTransactionFrom >= 0n && each.producerId !== ours);
    const known = new Set(open.map(keyOf));
    for (const key of this.#since.keys()) if (!known.has(key)) this.#since.delete(key);
    for (const producer of open) {
      const key = keyOf(producer);
      const since = this.#since.get(key) ?? clock.monotonicMs();
      this.#since.set(key, since);
      if (clock.monotonicMs() - since >= patienceMs) await this.#abort(place, producer, within);
    }
    const [first] = open;
    if (first === undefined) return `the replicas of ${topic} are behind, or a transaction is being ended`;
    return `a transaction of producer id ${first.producerId} stands open in ${topic} from offset ${first.openTransactionFrom}`;
  }

  async #abort(place: PartitionPlace, producer: ProducerInfo, within: Patience): Promise<void> {
    const { cluster, log } = this.#options;
    const { topic, partition } = place;
    const channel = await bounded(within, cluster.channel(place.broker, 'journal-markers'));
    const marker = {
      producerId: producer.producerId,
      producerEpoch: producer.epoch,
      transactionResult: false,
      // An older coordinator's marker would be refused.
      coordinatorEpoch: Math.max(0, producer.coordinatorEpoch),
      topics: [{ name: topic, partitionIndexes: [partition] }],
    };
    const answer = await channel.send(writeTxnMarkers, { markers: [marker] }, { timeoutMs: requestMs(within) });
    const code = answer.markers[0]?.topics[0]?.partitions[0]?.errorCode ?? 0;
    const fields = { topic, producerId: String(producer.producerId), epoch: producer.epoch, answer: errorName(code) };
    log.warn(
      { ...fields, fromOffset: String(producer.openTransactionFrom) },
      'a foreign transaction hid decisions in the journal: aborted by a marker',
    );
  }
}

function keyOf({ producerId, epoch, openTransactionFrom }: ProducerInfo): string {
  return `${producerId}/${epoch}/${openTransactionFrom}`;
}
