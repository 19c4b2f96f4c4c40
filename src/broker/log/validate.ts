/**
 * Is a batch that a client sent sound, and one that this topic accepts? The checks, their order, their codes and the words
 * about single records are Apache Kafka's (docs/spec/broker.md 3.1, 3.7); where it says only a code, we say why. May rewrite
 * the batch (timestamps, offsets, another codec); the result is what goes into the log.
 */

import { codecName, decompress } from '../../protocol/compression/codec.js';
import { errorCode } from '../../protocol/errors.js';
import { FRAME_BYTES_MAX } from '../../protocol/frames.js';
import { DecodeError } from '../../protocol/reader.js';
import { RECORDS_MAX, recordsOf } from '../../protocol/records/decode.js';
import { encodeBatch, type RecordToEncode } from '../../protocol/records/encode.js';
import {
  type BatchView,
  batchAt,
  CODEC_MASK,
  CONTROL_BIT,
  DELETE_HORIZON_BIT,
  HEADER_BYTES,
  TIMESTAMP_TYPE_BIT,
  TRANSACTIONAL_BIT,
} from '../../protocol/records/header.js';
import type { LogSettings } from '../config/topic-configs.js';
import { type Asked, errorsOfRecords, isOutside } from './record-errors.js';
import { RecordWalk, timestampOf, VarintTooLong } from './record-walk.js';
import { type Refusal, refused } from './refusal.js';

/** Of one batch no more is unpacked than a request may have at all. */
const UNPACKED_BYTES_MAX = FRAME_BYTES_MAX;
const KNOWN_ATTRIBUTES = CODEC_MASK | TIMESTAMP_TYPE_BIT | TRANSACTIONAL_BIT | CONTROL_BIT | DELETE_HORIZON_BIT;
const NO_TIMESTAMP = -1n;
const [NO_PRODUCER, NO_EPOCH] = [-1n, -1];

/** The bytes of `batch` may be changed in place. */
export function validateProduced(
  batch: BatchView,
  asked: Asked,
): { readonly kind: 'sound'; readonly batch: BatchView } | Refusal {
  const { settings } = asked;
  const header = refusalOfHeader(batch, asked);
  if (header) return header;
  const codec = codecName(batch.codec);
  const recodes = settings.codec !== undefined && settings.codec !== codec;
  const unpacked = unpack(batch);
  if (unpacked.kind === 'refused') return unpacked;
  const { bytes } = unpacked;
  const found = lookThrough(batch, bytes, codec === 'none' || recodes);
  if (found.kind === 'refused') return found;
  const refusal = refusalOfRecords(batch, bytes, found, asked);
  if (refusal) return refusal;
  // Records that were only skipped through cannot be given other offsets.
  if (codec !== 'none' && !recodes && !found.inOrder) {
    return unnamed('The offsets of the records in the compressed batch do not count up from 0');
  }
  const result = recodes ? recoded(batch, settings) : { kind: 'sound' as const, batch };
  if (result.kind === 'refused') return result;
  if (settings.logAppendTime) setMaxTimestamp(result.batch, TIMESTAMP_TYPE_BIT, BigInt(asked.nowMs));
  else setMaxTimestamp(result.batch, 0, found.maxTimestamp);
  return result;
}

function refusalOfHeader(batch: BatchView, { settings, place }: Asked): Refusal | undefined {
  if (batch.baseOffset !== 0n) {
    return invalid(`The base offset of a batch that is produced has to be 0, but it is ${batch.baseOffset}`);
  }
  const large = refusalOfSize(batch, settings);
  if (large) return large;
  if (batch.size < HEADER_BYTES) {
    return refused(errorCode.CORRUPT_MESSAGE, `A batch of ${batch.size} bytes is shorter than its header`);
  }
  if (!batch.crcMatches()) return refused(errorCode.CORRUPT_MESSAGE, `The checksum of the batch for ${place} is wrong`);
  if (codecName(batch.codec) === undefined) return unnamed(`The codec ${batch.codec} is unknown`);
  const offsets = batch.lastOffsetDelta + 1;
  const count = batch.recordCount;
  if (offsets <= 0 || count <= 0 || count !== offsets) {
    return invalid(`The header of the batch speaks of ${offsets} offsets and ${count} records`);
  }
  if (batch.isControl) return invalid(`Clients are not allowed to write control records in topic partition ${place}`);
  if (batch.producerId >= 0n && batch.baseSequence < 0) return invalid('A batch with a producer id needs a sequence');
  if (count > RECORDS_MAX) return unnamed(`At most ${RECORDS_MAX} records are taken in one batch`);
  return undefined;
}

/** Of what comes from outside. */
export function refusalOfSize(batch: BatchView, settings: Pick<LogSettings, 'batchBytesMax'>): Refusal | undefined {
  if (batch.size <= settings.batchBytesMax) return undefined;
  const text = `The batch has ${batch.size} bytes, and the topic takes at most ${settings.batchBytesMax}`;
  return refused(errorCode.MESSAGE_TOO_LARGE, text);
}

function unpack(batch: BatchView): { readonly kind: 'unpacked'; readonly bytes: Buffer } | Refusal {
  try {
    return { kind: 'unpacked', bytes: decompress(batch.codec, batch.records, UNPACKED_BYTES_MAX) };
  } catch (error) {
    if (error instanceof DecodeError) return unnamed(error.message);
    throw error;
  }
}

interface Found {
  readonly kind: 'found';
  /** At least −1. */
  readonly maxTimestamp: bigint;
  readonly minTimestamp: bigint;
  readonly keyless: boolean;
  /** Offset deltas are 0, 1, 2… */
  readonly inOrder: boolean;
}

/** Once over everything: what is wrong with single records is named only where something is. */
function lookThrough(batch: BatchView, bytes: Buffer, whole: boolean): Found | Refusal {
  const walk = new RecordWalk(bytes, whole);
  const count = batch.recordCount;
  const times = new Times(batch);
  let [keyless, inOrder] = [false, true];
  try {
    for (let i = 0; i < count; i++) {
      walk.next();
      times.see(walk);
      if (walk.keyBytes < 0) keyless = true;
      if (walk.offsetDelta !== i) inOrder = false;
    }
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    const isUnnamed = error instanceof VarintTooLong && walk.isAtLength && codecName(batch.codec) === 'none';
    return isUnnamed ? unnamed(error.message) : invalid(error.message);
  }
  if (!walk.isAtEnd) return invalid('bytes are left behind the last record of the batch');
  return { kind: 'found', ...times.range(), keyless, inOrder };
}

/** The lowest and the highest timestamp, counted in numbers as long as they fit. */
class Times {
  readonly #base: bigint;
  /** A batch with the broker's own timestamps has one for all. */
  readonly #own: bigint | undefined;
  readonly #mayTurn: boolean;
  #minDelta = Number.POSITIVE_INFINITY;
  #maxDelta = Number.NEGATIVE_INFINITY;
  readonly #far: bigint[] = [];

  constructor(batch: BatchView) {
    this.#base = batch.baseTimestamp;
    this.#own = batch.timestampType === 'LogAppendTime' ? batch.maxTimestamp : undefined;
    this.#mayTurn = BigInt.asIntN(62, this.#base) !== this.#base;
  }

  see(walk: RecordWalk): void {
    if (walk.isWide || this.#mayTurn) this.#seeFar(timestampOf(walk, this.#base));
    else {
      const { timestampDelta } = walk;
      if (timestampDelta < this.#minDelta) this.#minDelta = timestampDelta;
      if (timestampDelta > this.#maxDelta) this.#maxDelta = timestampDelta;
    }
  }

  /** Not kept one by one: only what moves a limit. */
  #seeFar(timestamp: bigint): void {
    const [min = timestamp, max = timestamp] = this.#far;
    this.#far[0] = timestamp < min ? timestamp : min;
    this.#far[1] = timestamp > max ? timestamp : max;
  }

  range(): { readonly minTimestamp: bigint; readonly maxTimestamp: bigint } {
    const near = this.#minDelta <= this.#maxDelta ? [this.#minDelta, this.#maxDelta] : [];
    const all =
      this.#own === undefined ? [...near.map((delta) => this.#base + BigInt(delta)), ...this.#far] : [this.#own];
    let [minTimestamp = NO_TIMESTAMP] = all;
    let maxTimestamp = NO_TIMESTAMP;
    for (const each of all) {
      if (each < minTimestamp) minTimestamp = each;
      if (each > maxTimestamp) maxTimestamp = each;
    }
    return { minTimestamp, maxTimestamp };
  }
}

function refusalOfRecords(batch: BatchView, bytes: Buffer, found: Found, asked: Asked): Refusal | undefined {
  const { settings } = asked;
  const { minTimestamp, maxTimestamp } = found;
  const suspicious =
    (settings.compacts && found.keyless) ||
    batch.timestampType === 'LogAppendTime' ||
    (!settings.logAppendTime && (isOutside(minTimestamp, asked) || isOutside(maxTimestamp, asked)));
  return suspicious ? errorsOfRecords(batch, bytes, asked) : undefined;
}

/** With the topic's codec, and offsets that count up. */
function recoded(
  batch: BatchView,
  settings: LogSettings,
): { readonly kind: 'sound'; readonly batch: BatchView } | Refusal {
  const { producerId, producerEpoch, baseSequence } = batch;
  if (producerId === NO_PRODUCER ? batch.isTransactional : producerEpoch === NO_EPOCH || baseSequence < 0) {
    return unnamed('A batch that names its producer by halves cannot be written anew');
  }
  const records: RecordToEncode[] = [];
  for (const { timestamp, key, value, headers } of recordsOf(batch, UNPACKED_BYTES_MAX)) {
    if (timestamp < NO_TIMESTAMP) return unnamed(`A record with the timestamp ${timestamp} cannot be written anew`);
    records.push({ timestamp, key, value, headers });
  }
  const bytes = encodeBatch({
    records,
    ...(settings.codec === undefined ? {} : { codec: settings.codec }),
    transactional: batch.isTransactional,
    producerId,
    producerEpoch,
    baseSequence,
  });
  const entry = batchAt(bytes, 0);
  if (entry?.kind !== 'batch') return unnamed('The batch cannot be written anew');
  return refusalOfSize(entry, settings) ?? { kind: 'sound', batch: entry };
}

/** A producer chooses neither the highest timestamp of its records nor the broker's clock for itself. */
function setMaxTimestamp(batch: BatchView, type: number, maxTimestamp: bigint): void {
  const { attributes } = batch;
  if ((attributes & TIMESTAMP_TYPE_BIT) === type && batch.maxTimestamp === maxTimestamp) return;
  batch.attributes = (attributes & KNOWN_ATTRIBUTES & ~TIMESTAMP_TYPE_BIT) | type;
  batch.maxTimestamp = maxTimestamp;
  batch.crc = batch.computeCrc();
}

function invalid(message: string): Refusal {
  return refused(errorCode.INVALID_RECORD, message);
}

/** What Kafka has no code for. */
function unnamed(message: string): Refusal {
  return refused(errorCode.UNKNOWN_SERVER_ERROR, message);
}
