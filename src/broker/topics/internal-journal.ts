/**
 * Reads and writes the records of an internal topic: keys and values that the coordinators keep there. Reading goes
 * over whole partitions at start, telling committed from open and aborted transactions apart.
 */
import { invariant } from '../../base/invariant.js';
import { controlType } from '../../protocol/records/control.js';
import { decodeBatch } from '../../protocol/records/decode.js';
import type { RecordToEncode } from '../../protocol/records/encode.js';
import { batchesIn } from '../../protocol/records/header.js';
import { Damage, unreadableCode } from '../log/damage.js';
import type { AppendOutcome, PartitionLog } from '../log/partition-log.js';
import type { Topic } from './topics.js';

const READ_BYTES = 4 * 1024 * 1024;

export interface JournalRecord {
  readonly key: Buffer;
  /** Null: this key is gone. */
  readonly value: Buffer | null;
}

export interface JournalProducer {
  readonly producerId: bigint;
  readonly producerEpoch: number;
}

/** What a reader of an internal partition meets, in order. */
export type JournalEvent =
  | {
      readonly kind: 'record';
      readonly record: JournalRecord;
      readonly offset: bigint;
      readonly producerId: bigint | undefined;
    }
  | { readonly kind: 'end'; readonly producerId: bigint; readonly commit: boolean };

export function appendToJournal(
  log: PartitionLog,
  records: readonly JournalRecord[],
  nowMs: number,
  producer?: JournalProducer,
): AppendOutcome {
  const timestamp = BigInt(nowMs);
  const encoded: RecordToEncode[] = records.map(({ key, value }) => ({ timestamp, key, value }));
  if (producer === undefined) return log.appendOwn({ records: encoded }, nowMs);
  return log.appendOwn({ records: encoded, transactional: true, ...producer }, nowMs);
}

/** Meets all of it. One that cannot be read is offline from then on: nobody knows what is in it. */
export function loadJournal(log: PartitionLog, meet: (event: JournalEvent) => void): void {
  if (log.isOffline) return;
  try {
    for (const event of readJournal(log)) meet(event);
  } catch (error) {
    // Throws what is not the disk's doing.
    unreadableCode(error);
    log.takeOffline(error);
  }
}

function* readJournal(log: PartitionLog): Generator<JournalEvent, void, undefined> {
  let offset = log.logStartOffset;
  while (offset < log.logEndOffset) {
    const bytes = log.read(offset, { bytesMax: READ_BYTES, atLeastOne: true, upTo: log.logEndOffset });
    if (bytes.length === 0) return;
    for (const batch of batchesIn(bytes)) {
      invariant(batch.kind === 'batch', 'the log holds batches of magic 2 only');
      if (!batch.crcMatches()) throw new Damage(`${log.directory}: the batch at ${batch.baseOffset} is damaged`);
      offset = batch.nextOffset;
      for (const { key, value, offset: recordOffset } of decodeBatch(batch)) {
        if (batch.isControl) {
          const type = controlType(key);
          if (type === 'commit' || type === 'abort') {
            yield { kind: 'end', producerId: batch.producerId, commit: type === 'commit' };
          }
        } else if (key !== null) {
          yield {
            kind: 'record',
            record: { key, value },
            offset: recordOffset,
            producerId: batch.isTransactional ? batch.producerId : undefined,
          };
        }
      }
    }
  }
}

/** The partition that keeps `key`: Kafka's choice, the absolute value of Java's string hash. */
export function partitionFor(key: string, partitions: number): number {
  let hash = 0;
  for (let i = 0; i < key.length; i++) hash = (Math.imul(31, hash) + key.charCodeAt(i)) | 0;
  return (hash & 0x7fffffff) % partitions;
}

export function journalLog(topic: Topic, key: string): PartitionLog {
  const log = topic.partitions[partitionFor(key, topic.partitions.length)];
  invariant(log !== undefined, `${topic.name} has no partitions`);
  return log;
}
