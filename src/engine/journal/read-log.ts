/**
 * Reads one partition from an offset on, batch after batch, from whoever leads it now, until the visitor has seen enough.
 * Keeps one answer in memory. Gives up when nothing has moved for a while, and says why. Refuses a topic that was made again
 * (1.3), and a batch whose checksum is wrong. Spec: docs/spec/journal.md 5.3.
 */
import { errorCode } from '../../protocol/errors.js';
import { AbortedProducers } from '../../protocol/records/aborted.js';
import { type BatchView, batchesIn, type ForeignEntry } from '../../protocol/records/header.js';
import { offsetOf, readOnce } from '../copy/log-probe.js';
import { inWords, verdictOf } from '../transactions/answers.js';
import { findPartition, type PartitionPlace } from '../transactions/partition-place.js';
import { type Again, again, bounded, type Patience, patience, persist } from '../transactions/persist.js';
import type { ProducerSurroundings } from '../transactions/transactional-producer.js';

const BYTES_MAX = 4 << 20;
const WAIT_MS = 100;
/** Nothing new for so long: whoever waits is told why. */
export const STUCK_MS = 10_000;
const PURPOSE = 'journal-read';

export type ReadSurroundings = Pick<ProducerSurroundings, 'cluster' | 'clock' | 'random'>;

export interface Progress {
  /** Next offset to read. */
  readonly position: bigint;
  readonly lastStableOffset: bigint;
  readonly highWatermark: bigint;
}

export interface Reading {
  readonly topic: string;
  readonly topicId: string;
  readonly from: bigint | 'start';
  /** False: as an ordinary reader, transactions or not. */
  readonly committedOnly: boolean;
  /** In log order, each once. `visible`: a reader of this kind sees its records. */
  visit(batch: BatchView | ForeignEntry, visible: boolean): void;
  /** Asked after each answer. */
  enough(progress: Progress): boolean;
  /** Nothing new has come, and it is not enough. May do something about it; gives what it waits for. */
  stuck?(place: PartitionPlace, within: Patience): Promise<string>;
}

export interface ReadOptions {
  readonly signal: AbortSignal;
  readonly stuckMs: number;
}

export type ReadOutcome =
  | { readonly kind: 'read'; readonly position: bigint }
  /** The log is not the one that was asked for. */
  | { readonly kind: 'broken'; readonly reason: string }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'unavailable'; readonly reason: string };

export async function readLog(
  around: ReadSurroundings,
  reading: Reading,
  { signal, stuckMs }: ReadOptions,
): Promise<ReadOutcome> {
  let position = reading.from === 'start' ? undefined : reading.from;
  for (;;) {
    const within = patience(around, stuckMs, signal);
    const { outcome } = await persist<ReadOutcome | { readonly kind: 'moved' }>(within, async () => {
      const place = await findPartition(around.cluster, within, reading.topic);
      if (place.kind === 'absent') return again(`there is no topic ${reading.topic}`);
      if (place.kind !== 'found') return place;
      if (place.topicId !== reading.topicId) {
        return { kind: 'broken', reason: `the topic ${reading.topic} was deleted and made again` };
      }
      const step = await readStep(around, reading, place, position, within);
      if (step.kind !== 'progress') return step;
      const moved = step.position !== position;
      position = step.position;
      if (reading.enough(step)) return { kind: 'read', position };
      // What has moved has all the time again.
      if (moved) return { kind: 'moved' };
      return again((await reading.stuck?.(place, within)) ?? `${reading.topic} does not go on`);
    });
    if (outcome.kind !== 'moved') return outcome;
  }
}

type Step =
  | ({ readonly kind: 'progress' } & Progress)
  | { readonly kind: 'broken'; readonly reason: string }
  | { readonly kind: 'refused'; readonly reason: string }
  | Again;

async function readStep(
  around: ReadSurroundings,
  reading: Reading,
  place: PartitionPlace,
  from: bigint | undefined,
  within: Patience,
): Promise<Step> {
  const channel = await bounded(within, around.cluster.channel(place.broker, PURPOSE));
  const { topic, topicId, partition, leaderEpoch } = place;
  const failed = (what: string, code: number): Step => {
    const reason = inWords(`${what} of ${topic}`, code);
    const verdict = verdictOf(code);
    return verdict === 'refused' ? { kind: 'refused', reason } : again(reason);
  };
  let position = from;
  if (position === undefined) {
    const start = await bounded(within, offsetOf(channel, 'log-start', place));
    if (start.code !== 0) return failed('ListOffsets', start.code);
    position = start.offset;
  }
  const wanted = { topic, topicId, partition, leaderEpoch, position, lastFetchedEpoch: -1 };
  const { committedOnly } = reading;
  const answer = await bounded(
    within,
    readOnce(channel, { ...wanted, committedOnly, bytesMax: BYTES_MAX, waitMs: WAIT_MS }),
  );
  if (answer.code === errorCode.OFFSET_OUT_OF_RANGE) {
    return { kind: 'broken', reason: `${topic} does not have offset ${position} any more` };
  }
  if (answer.code !== 0) return failed('Fetch', answer.code);
  const aborted = new AbortedProducers(committedOnly ? answer.abortedTransactions : []);
  for (const batch of batchesIn(answer.records)) {
    if (batch.kind === 'foreign') {
      reading.visit(batch, true);
      continue;
    }
    if (!batch.crcMatches()) return { kind: 'broken', reason: `${topic} is damaged at offset ${batch.baseOffset}` };
    const hidden = aborted.pass(batch);
    if (batch.nextOffset <= position) continue;
    reading.visit(batch, !hidden);
    position = batch.nextOffset;
  }
  const { lastStableOffset, highWatermark } = answer;
  return { kind: 'progress', position, lastStableOffset, highWatermark };
}
