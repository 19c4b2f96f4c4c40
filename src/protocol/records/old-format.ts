/**
 * Messages of the formats before Kafka 0.11 (magic 0 and 1), read only: no klink writes them, no mirror takes them. Refuses
 * (DecodeError) what does not match its checksum.
 *
 * ```
 *   0 offset     int64
 *   8 size       int32   of everything from 12 on
 *  12 crc        uint32  CRC-32 (not C) of everything from 16 on
 *  16 magic      int8
 *  17 attributes int8    bits 0–2 codec, 3 timestamp type (magic 1)
 *  18 timestamp  int64   (magic 1 only)
 *     key, value         each with its length as int32 in front; −1: null
 * ```
 * The value of a compressed message is a set of such messages. With magic 0 they carry their offsets; with magic 1 they count
 * from 0, and the message around them has the offset of the last.
 */

import { DECOMPRESSED_BYTES_MAX, decompress } from '../compression/codec.js';
import { crc32 } from '../crc32.js';
import { DecodeError, Reader } from '../reader.js';
import { RECORDS_MAX } from './decode.js';
import { CODEC_MASK, type ForeignEntry, TIMESTAMP_TYPE_BIT } from './header.js';
import type { BatchRecord } from './record.js';

const CRC_FROM = 16;
const NO_TIMESTAMP = -1n;
const ZSTD = 4;

interface Message {
  readonly magic: number;
  readonly offset: bigint;
  readonly codec: number;
  readonly appendTime: boolean;
  readonly timestamp: bigint;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
}

/** Keys and values are slices: of the entry itself without compression, of a fresh buffer otherwise. */
export function decodeOldEntry(entry: ForeignEntry, decompressedBytesMax = DECOMPRESSED_BYTES_MAX): BatchRecord[] {
  const outer = messageIn(new Reader(entry.buffer.subarray(entry.at, entry.at + entry.size)));
  if (outer.codec === 0) return [recordOf(outer, outer.offset, undefined)];
  if (outer.codec >= ZSTD) throw new DecodeError(`codec ${outer.codec} is unknown to message format ${outer.magic}`);
  if (outer.value === null) throw new DecodeError(`the compressed message at offset ${outer.offset} is empty`);
  const inner = messagesIn(decompress(outer.codec, outer.value, decompressedBytesMax));
  const last = inner[inner.length - 1];
  if (last === undefined) throw new DecodeError(`the compressed message at offset ${outer.offset} is empty`);
  const base = outer.magic === 0 ? 0n : outer.offset - last.offset;
  return inner.map((message) => {
    if (message.codec !== 0 || message.magic !== outer.magic) {
      throw new DecodeError(`the message at offset ${outer.offset} holds one of another kind`);
    }
    return recordOf(message, base + message.offset, outer.appendTime ? outer.timestamp : undefined);
  });
}

function messagesIn(bytes: Buffer): Message[] {
  const reader = new Reader(bytes);
  const messages: Message[] = [];
  while (reader.remaining > 0) {
    if (messages.length === RECORDS_MAX) throw new DecodeError(`more than ${RECORDS_MAX} messages in one`);
    messages.push(messageIn(reader));
  }
  return messages;
}

function messageIn(reader: Reader): Message {
  const offset = reader.int64();
  const bytes = reader.slice(reader.int32());
  const body = new Reader(bytes);
  const crc = body.uint32();
  if (crc32(bytes.subarray(CRC_FROM - 12)) !== crc) {
    throw new DecodeError(`the message at offset ${offset} does not match its checksum`);
  }
  const magic = body.int8();
  if (magic !== 0 && magic !== 1) throw new DecodeError(`the message at offset ${offset} has format ${magic}`);
  const attributes = body.int8();
  const timestamp = magic === 1 ? body.int64() : NO_TIMESTAMP;
  const key = sliceIn(body);
  const value = sliceIn(body);
  if (body.remaining > 0) throw new DecodeError(`the message at offset ${offset} does not fill its size`);
  const appendTime = magic === 1 && (attributes & TIMESTAMP_TYPE_BIT) !== 0;
  return { magic, offset, codec: attributes & CODEC_MASK, appendTime, timestamp, key, value };
}

function sliceIn(reader: Reader): Buffer | null {
  const length = reader.int32();
  return length === -1 ? null : reader.slice(length);
}

function recordOf({ timestamp, key, value }: Message, offset: bigint, appendTime: bigint | undefined): BatchRecord {
  return { offset, timestamp: appendTime ?? timestamp, key, value, headers: [] };
}
