/**
 * What is wrong with which record of a batch that can be read but is not accepted, in Apache Kafka's words. The slow way: only
 * batches are looked at in which something is. Spec: docs/spec/broker.md 3.1.
 */
import { codecName } from '../../protocol/compression/codec.js';
import { errorCode } from '../../protocol/errors.js';
import type { BatchView } from '../../protocol/records/header.js';
import type { LogSettings } from '../config/topic-configs.js';
import { RecordWalk, timestampOf } from './record-walk.js';
import type { RecordError, Refusal } from './refusal.js';

/** In the message; the answer names all, up to a bound of ours. */
const NAMED_IN_MESSAGE = 3;
const NAMED_MAX = 10_000;
const NO_TIMESTAMP = -1n;

/** What is asked of a batch, and for whom. */
export interface Asked {
  readonly settings: LogSettings;
  readonly nowMs: number;
  /** The partition, in messages. */
  readonly place: string;
}

/** Undefined: none of them is refused. */
export function errorsOfRecords(batch: BatchView, bytes: Buffer, asked: Asked): Refusal | undefined {
  const { settings, nowMs, place } = asked;
  const walk = new RecordWalk(bytes, false);
  const appendTime = batch.timestampType === 'LogAppendTime' ? batch.maxTimestamp : undefined;
  const kind = codecName(batch.codec) === 'none' ? 'DefaultRecord' : 'PartialDefaultRecord';
  const errors: RecordError[] = [];
  let count = 0;
  let isLate = false;
  const add = (batchIndex: number, message: string) => {
    count++;
    if (errors.length < NAMED_MAX) errors.push({ batchIndex, message });
  };
  for (let i = 0; i < batch.recordCount; i++) {
    walk.next();
    const timestamp = appendTime ?? timestampOf(walk, batch.baseTimestamp);
    if (settings.compacts && walk.keyBytes < 0) {
      add(i, `Compacted topic cannot accept message without key in topic partition ${place}`);
    } else if (!settings.logAppendTime && timestamp !== NO_TIMESTAMP) {
      if (!isOutside(timestamp, asked)) continue;
      isLate = true;
      const [from, to] = rangeOf(nowMs, settings);
      const text = `Timestamp ${timestamp} of message with offset ${walk.offsetDelta} is out of range.`;
      add(i, `${text} The timestamp should be within [${from}, ${to}]`);
    } else if (appendTime !== undefined) {
      isLate = true;
      const sizes = `key=${Math.max(0, walk.keyBytes)} bytes, value=${Math.max(0, walk.valueBytes)} bytes`;
      const record = `${kind}(offset=${walk.offsetDelta}, timestamp=${timestamp}, ${sizes})`;
      const text = `Invalid timestamp type in message ${record}.`;
      add(i, `${text} Producer should not set timestamp type to LogAppendTime.`);
    }
  }
  if (count === 0) return undefined;
  if (isLate) {
    const message = 'One or more records have been rejected due to invalid timestamp';
    return { kind: 'refused', code: errorCode.INVALID_TIMESTAMP, message, recordErrors: errors };
  }
  const shown = errors
    .slice(0, NAMED_IN_MESSAGE)
    .map(({ batchIndex, message }) => `RecordError(batchIndex=${batchIndex}, message='${message}')`);
  const many = `One or more records have been rejected due to ${count} record errors in total`;
  const message = `${many}, and only showing the first three errors at most: [${shown.join(', ')}]`;
  return { kind: 'refused', code: errorCode.INVALID_RECORD, message, recordErrors: errors };
}

/** Of what the topic takes. A record that has no timestamp at all (−1) is the caller's to know. */
export function isOutside(timestamp: bigint, { settings, nowMs }: Asked): boolean {
  const age = BigInt(nowMs) - timestamp;
  return age > settings.timestampBeforeMaxMs || -age > settings.timestampAfterMaxMs;
}

/** As Kafka prints it: in 64 bits, so that an endless limit turns round. */
function rangeOf(nowMs: number, settings: LogSettings): readonly [bigint, bigint] {
  const now = BigInt(nowMs);
  const [from, to] = [now - settings.timestampBeforeMaxMs, now + settings.timestampAfterMaxMs];
  return [BigInt.asIntN(64, from), BigInt.asIntN(64, to)];
}
