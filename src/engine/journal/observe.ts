/**
 * Observations to `_klink.seen`: plain records, each under the decision it was made with (5.2). A lost one does no harm and a
 * late one is dropped by who reads it, so nothing is proven here, and nothing of it ever goes where decisions are.
 */
import { produce } from '../../protocol/api/produce.js';
import { errorCode } from '../../protocol/errors.js';
import { encodeBatch } from '../../protocol/records/encode.js';
import { inWords, verdictOf } from '../transactions/answers.js';
import { findPartition } from '../transactions/partition-place.js';
import {
  again,
  bounded,
  type Patience,
  persist,
  type Refused,
  requestMs,
  type Unavailable,
} from '../transactions/persist.js';
import type { ProducerSurroundings } from '../transactions/transactional-producer.js';
import { type KeyedValue, toBatches } from './batches.js';
import { SEEN_TOPIC } from './journal-topics.js';

const PURPOSE = 'journal-seen';
/** Topics go by name up to this one. */
const VERSION_MAX = 12;

export async function appendObservations(
  around: ProducerSurroundings,
  topicId: string,
  records: readonly KeyedValue[],
  within: Patience,
): Promise<{ readonly kind: 'done' } | Refused | Unavailable> {
  const { cluster, clock } = around;
  for (const batch of toBatches(records, clock.nowMs())) {
    const bytes = encodeBatch({ records: batch });
    const { outcome } = await persist<{ readonly kind: 'done' } | Refused | Unavailable>(within, async () => {
      const place = await findPartition(cluster, within, SEEN_TOPIC);
      if (place.kind === 'absent') return again(`there is no topic ${SEEN_TOPIC}`);
      if (place.kind !== 'found') return place;
      if (place.topicId !== topicId) return { kind: 'unavailable', reason: `${SEEN_TOPIC} was made again` };
      const channel = await bounded(within, cluster.channel(place.broker, PURPOSE));
      const timeoutMs = requestMs(within);
      const topicData = [{ name: SEEN_TOPIC, partitionData: [{ index: place.partition, records: bytes }] }];
      const request = { transactionalId: null, acks: -1, timeoutMs: Math.ceil(timeoutMs), topicData };
      const answer = await channel.send(produce, request, { timeoutMs, versionMax: VERSION_MAX });
      const code = answer.responses[0]?.partitionResponses[0]?.errorCode ?? errorCode.UNKNOWN_SERVER_ERROR;
      if (code === 0) return { kind: 'done' };
      const reason = inWords(`Produce to ${SEEN_TOPIC}`, code);
      return verdictOf(code) === 'again' ? again(reason) : { kind: 'refused', reason };
    });
    if (outcome.kind !== 'done') return outcome;
  }
  return { kind: 'done' };
}
