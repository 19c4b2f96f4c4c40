/**
 * Record batches as a hostile producer or broker sends them: sound ones in every codec, ones with a damaged header under a
 * right checksum, and bombs, small bytes that say they become very many.
 */
import { deflateRawSync, gzipSync } from 'node:zlib';
import { type Random, randomInt } from '../../src/base/random.js';
import { type CodecName, codecNumber, compress } from '../../src/protocol/compression/codec.js';
import { encodeBatch } from '../../src/protocol/records/encode.js';
import {
  BATCH_LENGTH_AT,
  BatchView,
  HEADER_BYTES,
  LENGTH_PREFIX_BYTES,
  RECORDS_AT,
} from '../../src/protocol/records/header.js';
import { chance, pick } from './chance.js';
import { mutate } from './mutate.js';

const CODECS: readonly CodecName[] = ['none', 'gzip', 'snappy', 'lz4', 'zstd'];
const NOW_MS = 1_790_000_000_000n;

export function drawRecords(random: Random): Buffer {
  const kind = random.next();
  if (kind < 0.55) return soundBatch(random);
  if (kind < 0.7) return damagedHeader(random);
  if (kind < 0.85) return damagedRecords(random);
  if (kind < 0.9) return Buffer.concat([soundBatch(random), soundBatch(random)]);
  if (kind < 0.95) return mutate(soundBatch(random), random);
  if (kind < 0.97) return oldMessage(random);
  return pick(random, [Buffer.alloc(0), random.bytes(randomInt(random, 100))]);
}

export function soundBatch(random: Random): Buffer {
  const count = 1 + randomInt(random, 5);
  const idempotent = chance(random, 0.3);
  return encodeBatch({
    codec: pick(random, CODECS),
    baseOffset: 0n,
    transactional: chance(random, 0.1),
    control: chance(random, 0.03),
    deleteHorizon: chance(random, 0.03),
    timestampType: chance(random, 0.1) ? 'LogAppendTime' : 'CreateTime',
    producerId: idempotent ? BigInt(randomInt(random, 4)) : -1n,
    producerEpoch: idempotent ? randomInt(random, 3) : -1,
    baseSequence: idempotent ? pick(random, [0, 0, 1, 5, 0x7fffffff]) : -1,
    records: Array.from({ length: count }, () => ({
      timestamp: NOW_MS + BigInt(pick(random, [0, 1, -5, 86_400_000 * 400, -86_400_000])),
      key: chance(random, 0.5) ? null : random.bytes(randomInt(random, 8)),
      value: chance(random, 0.2) ? null : Buffer.alloc(randomInt(random, 300), 97),
      headers: chance(random, 0.2) ? [{ key: 'h', value: chance(random, 0.5) ? null : random.bytes(3) }] : [],
    })),
  });
}

/** Any field of the header at an edge, and a checksum that fits. */
function damagedHeader(random: Random): Buffer {
  const bytes = soundBatch(random);
  const at = 21 + randomInt(random, HEADER_BYTES - 21);
  bytes[at] = pick(random, [0, 1, 0x7f, 0x80, 0xff]);
  return resealed(bytes);
}

/** What stands behind the header is damaged, before or behind its compression, and the checksum fits. */
function damagedRecords(random: Random): Buffer {
  const codec = pick(random, CODECS);
  const plain = encodeBatch({ records: [{ timestamp: NOW_MS, key: Buffer.from('k'), value: Buffer.from('value') }] });
  const records = plain.subarray(RECORDS_AT);
  const packed = chance(random, 0.5)
    ? mutate(compress(codec, records), random)
    : compress(codec, mutate(records, random));
  return batchOf(codec, packed, 1);
}

/** A batch around bytes that are compressed already. */
export function batchOf(codec: CodecName, packed: Buffer, count: number): Buffer {
  const front = encodeBatch({ records: [{ timestamp: NOW_MS }] }).subarray(0, HEADER_BYTES);
  const bytes = Buffer.concat([front, packed]);
  const view = new BatchView(bytes, 0, bytes.length);
  view.attributes = codecNumber(codec);
  view.recordCount = count;
  view.lastOffsetDelta = count - 1;
  return resealed(bytes);
}

/** Length and checksum made right again. */
export function resealed(bytes: Buffer): Buffer {
  bytes.writeInt32BE(bytes.length - LENGTH_PREFIX_BYTES, BATCH_LENGTH_AT);
  const view = new BatchView(bytes, 0, bytes.length);
  view.crc = view.computeCrc();
  return bytes;
}

/** Seven bytes: the smallest record there is, so that the most records come out of the least. */
const SMALLEST_RECORD = Buffer.from([12, 0, 0, 0, 1, 1, 0]);

/** Bytes that become `size` bytes of smallest records. */
export function bomb(codec: CodecName, size: number): Buffer {
  const plain = Buffer.alloc(size - (size % SMALLEST_RECORD.length), SMALLEST_RECORD);
  return batchOf(codec, codec === 'gzip' ? gzipSync(plain, { level: 9 }) : compress(codec, plain), plain.length / 7);
}

/** Each says that it becomes much more than anybody may take. */
export function lyingSizes(): { readonly name: string; readonly batch: Buffer }[] {
  const snappyClaim = Buffer.from([0xff, 0xff, 0xff, 0x7f, 0x00, 0x61]);
  const zstdClaim = Buffer.from('28b52ffd' + 'e0' + 'ffffffff00000000' + '010000', 'hex');
  const lz4Run = Buffer.concat([
    Buffer.from('04224d18604082', 'hex'),
    (() => {
      const block = Buffer.concat([Buffer.from([0x1f, 0x61, 1, 0]), Buffer.alloc(1 << 20, 0xff), Buffer.from([0, 0])]);
      const size = Buffer.alloc(4);
      size.writeUInt32LE(block.length);
      return Buffer.concat([size, block]);
    })(),
    Buffer.alloc(4),
  ]);
  const rawDeflate = deflateRawSync(Buffer.alloc(1 << 20));
  return [
    { name: 'snappy that claims 256 MiB in six bytes', batch: batchOf('snappy', snappyClaim, 1) },
    { name: 'zstd that claims 4 GiB', batch: batchOf('zstd', zstdClaim, 1) },
    { name: 'lz4 that runs on for 256 MiB', batch: batchOf('lz4', lz4Run, 1) },
    { name: 'gzip without its header', batch: batchOf('gzip', rawDeflate, 1) },
  ];
}

function oldMessage(random: Random): Buffer {
  const magic = pick(random, [0, 1]);
  const body = Buffer.concat([
    Buffer.from([magic, pick(random, [0, 1, 2, 3, 9])]),
    magic === 1 ? Buffer.alloc(8) : Buffer.alloc(0),
    Buffer.from([255, 255, 255, 255, 0, 0, 0, 1, 97]),
  ]);
  const bytes = Buffer.alloc(16 + body.length);
  bytes.writeInt32BE(4 + body.length, 8);
  body.copy(bytes, 16);
  return bytes;
}
