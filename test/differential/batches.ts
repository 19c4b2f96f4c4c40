/**
 * Batches as producers write them, and as none does: records of a few kinds, a producer's next sequence or another one, and
 * at some rate one lie in the header, in a record, or about the length.
 */
import type { Random } from '../../src/base/random.js';
import { type CodecName, codecNumber } from '../../src/protocol/compression/codec.js';
import {
  BATCH_LENGTH_AT,
  CRC_AT,
  LENGTH_PREFIX_BYTES,
  MAGIC_AT,
  TIMESTAMP_TYPE_BIT,
  TRANSACTIONAL_BIT,
} from '../../src/protocol/records/header.js';
import { type RawBatch, type RawRecord, rawBatch } from '../harness/raw-batch.js';
import { chance, mostly, pick, randomInt } from './draws.js';
import type { Names } from './names.js';
import type { Partition, Producer, SentBatch, World } from './world.js';

export interface DrawnBatch {
  readonly count: number;
  readonly sequence: number;
  readonly epoch: number;
  readonly bytes: (names: Names) => Buffer;
}

const CODECS: readonly CodecName[] = ['none', 'none', 'none', 'gzip', 'snappy', 'lz4', 'zstd'];
const HOUR_MS = 3_600_000n;
const SEGMENT_MS = 6n * 24n * HOUR_MS;
const X = Buffer.from('x');

export function drawBatch(
  random: Random,
  {
    world,
    producer,
    partition,
    lies,
  }: {
    readonly world: World;
    readonly producer: Producer | undefined;
    readonly partition: Partition | undefined;
    readonly lies: number;
  },
): DrawnBatch {
  const again = producer && partition && chance(random, 0.08) ? sentBefore(random, producer, partition) : undefined;
  const count = again?.count ?? 1 + randomInt(random, 4);
  const said =
    again?.epoch ?? mostly(random, producer?.epoch ?? -1, producer ? 0.03 : 0, epochsAround(producer?.epoch ?? 0));
  const isTransactional = producer?.transactionalId != null && !chance(random, 0.03);
  // Outside of a transaction an epoch ahead would fence the markers of its coordinator: Apache Kafka never ends it then.
  const isAhead = producer?.transactionalId != null && !isTransactional && said > producer.epoch;
  const epoch = isAhead ? producer.epoch : said;
  const next = (producer && partition && producer.next.get(partition)) ?? 0;
  const sequence = again?.sequence ?? (producer ? mostly(random, next, 0.05, around(next)) : -1);
  const codec = pick(random, CODECS);
  const raw: RawBatch = {
    records: Array.from({ length: count }, (_, offsetDelta) => drawRecord(random, offsetDelta)),
    codec,
    baseTimestamp: drawTimestamp(random, world, { isRemembered: producer !== undefined, partition }),
    producerEpoch: epoch,
    baseSequence: sequence,
  };
  const attributes = codecNumber(codec) | (isTransactional ? TRANSACTIONAL_BIT : 0);
  const lie = chance(random, lies) ? pick(random, LIES) : undefined;
  const told = { attributes, ...raw, ...lie?.raw?.(raw, attributes) };
  const spoil = lie?.bytes;
  return {
    count,
    sequence,
    epoch,
    bytes: (names) => {
      const producerId = producer === undefined ? -1n : (producer.own ?? names.producerId(producer.id));
      const bytes = rawBatch({ ...told, producerId: told.producerId ?? producerId });
      return spoil === undefined ? bytes : spoil(bytes);
    },
  };
}

function sentBefore(random: Random, producer: Producer, partition: Partition): SentBatch | undefined {
  const sent = producer.sent.filter((each) => each.partition === partition);
  return sent.length === 0 ? undefined : pick(random, sent.slice(-7));
}

const EPOCH_MAX = 2 ** 15 - 1;

function epochsAround(epoch: number): number[] {
  return around(epoch).filter((each) => each <= EPOCH_MAX);
}

function around(value: number): number[] {
  return [value + 1, value - 1, value + 2, 0, 2 ** 15 - 1];
}

function drawRecord(random: Random, offsetDelta: number): RawRecord {
  return {
    offsetDelta,
    timestampDelta: mostly(random, BigInt(offsetDelta), 0.2, [0n, -3n, 7n]),
    key: mostly<Buffer | number>(random, Buffer.from(`k${randomInt(random, 5)}`), 0.3, [-1, Buffer.alloc(0)]),
    value: mostly<Buffer | number>(random, Buffer.alloc(1 + randomInt(random, 40), 97 + randomInt(random, 26)), 0.2, [
      -1,
      Buffer.alloc(0),
      Buffer.alloc(600, 'large'),
    ]),
    headers: chance(random, 0.15) ? [[Buffer.from('h'), mostly<Buffer | number>(random, X, 0.3, [-1])]] : [],
  };
}

/** Producers that a broker remembers have no past: it forgets them by their last timestamp. */
function drawTimestamp(
  random: Random,
  world: World,
  { isRemembered, partition }: { readonly isRemembered: boolean; readonly partition: Partition | undefined },
): bigint {
  if (chance(random, 0.85)) return world.now();
  const far = [world.now() + 30n * 60_000n, world.now() + 2n * HOUR_MS, 1n << 61n];
  if (isRemembered) return rolls(pick(random, far), world, partition);
  const past = [world.now() - 2n * HOUR_MS, world.now() - 6n * 24n * HOUR_MS];
  const isYoung = partition === undefined || partition.start > 0n || chance(random, 0.5);
  return rolls(pick(random, isYoung ? [...far, ...past] : [0n, -1n, -2n, 1n]), world, partition);
}

/** Timestamps that lie far apart begin another segment. */
function rolls(timestamp: bigint, world: World, partition: Partition | undefined): bigint {
  const away = timestamp - world.beganMs;
  if (partition !== undefined && (away > SEGMENT_MS || away < -SEGMENT_MS)) partition.isRolled = true;
  return timestamp;
}

/** One thing that is not as it should be. */
interface Lie {
  readonly raw?: (raw: RawBatch, attributes: number) => Partial<RawBatch>;
  readonly bytes?: (bytes: Buffer) => Buffer;
}

const first = (raw: RawBatch, changed: RawRecord): Partial<RawBatch> => ({
  records: (raw.records ?? []).map((record, i) => (i === 0 ? { ...record, ...changed } : record)),
});
const deltas = (raw: RawBatch, delta: (i: number) => number): Partial<RawBatch> => ({
  records: (raw.records ?? []).map((record, i) => ({ ...record, offsetDelta: delta(i) })),
});
const changed = (bytes: Buffer, change: (bytes: Buffer) => void): Buffer => {
  change(bytes);
  return bytes;
};

/** So many bytes of it, and its length says so. */
const shortened = (bytes: Buffer, size: number): Buffer =>
  changed(bytes.subarray(0, size), () => bytes.writeInt32BE(size - LENGTH_PREFIX_BYTES, BATCH_LENGTH_AT));

const LIES: readonly Lie[] = [
  { raw: () => ({ baseOffset: 5n }) },
  { raw: () => ({ baseOffset: -1n }) },
  { raw: (raw) => ({ count: (raw.records?.length ?? 0) + 1 }) },
  { raw: (raw) => ({ lastOffsetDelta: raw.records?.length ?? 0 }) },
  { raw: (raw) => ({ count: (raw.records?.length ?? 0) + 1, lastOffsetDelta: raw.records?.length ?? 0 }) },
  { raw: () => ({ count: 0, lastOffsetDelta: -1, records: [] }) },
  { raw: () => ({ lastOffsetDelta: 2 ** 31 - 1 }) },
  { raw: (_, attributes) => ({ attributes: attributes | TIMESTAMP_TYPE_BIT }) },
  { raw: (_, attributes) => ({ attributes: attributes | 0x20 }) },
  { raw: (_, attributes) => ({ attributes: attributes | 0x40 }) },
  { raw: (_, attributes) => ({ attributes: attributes | 0x80 }) },
  { raw: (_, attributes) => ({ attributes: (attributes & ~7) | 5 }) },
  { raw: (_, attributes) => ({ attributes: attributes ^ 1 }) },
  { raw: () => ({ maxTimestamp: 12345n }) },
  { raw: () => ({ maxTimestamp: -1n }) },
  { raw: () => ({ producerEpoch: -1 }) },
  { raw: () => ({ baseSequence: -1 }) },
  { raw: () => ({ baseSequence: -2 }) },
  { raw: () => ({ producerId: -1n }) },
  { raw: () => ({ producerId: -5n }) },
  { raw: (raw) => first(raw, { length: 3 }) },
  { raw: (raw) => first(raw, { length: 10_000 }) },
  { raw: (raw) => first(raw, { length: -1 }) },
  { raw: (raw) => first(raw, { key: 10_000 }) },
  { raw: (raw) => first(raw, { value: -7 }) },
  { raw: (raw) => first(raw, { headerCount: 3 }) },
  { raw: (raw) => first(raw, { headerCount: -1 }) },
  { raw: (raw) => first(raw, { attributes: 0x11 }) },
  { raw: (raw) => first(raw, { rest: X }) },
  { raw: () => ({ trailing: Buffer.from('xyz') }) },
  { raw: (raw) => deltas(raw, (i) => i + 1) },
  { raw: (raw) => deltas(raw, () => 0) },
  { raw: (raw) => deltas(raw, (i) => -i) },
  { raw: () => ({ payload: Buffer.from('ffffffffffffff01', 'hex') }) },
  { raw: () => ({ payload: Buffer.alloc(0) }) },
  { raw: (raw) => first(raw, { timestampDelta: -(1n << 62n) }) },
  { bytes: (bytes) => changed(bytes, () => bytes.writeUInt32BE((bytes.readUInt32BE(CRC_AT) ^ 1) >>> 0, CRC_AT)) },
  { bytes: (bytes) => changed(bytes, () => bytes.writeUInt8(bytes.readUInt8(bytes.length - 1) ^ 1, bytes.length - 1)) },
  { bytes: (bytes) => changed(bytes, () => bytes.writeInt8(1, MAGIC_AT)) },
  { bytes: (bytes) => changed(bytes, () => bytes.writeInt8(0, MAGIC_AT)) },
  { bytes: (bytes) => changed(bytes, () => bytes.writeInt8(3, MAGIC_AT)) },
  { bytes: (bytes) => changed(bytes, () => bytes.writeInt8(-1, MAGIC_AT)) },
  { bytes: (bytes) => changed(bytes, () => bytes.writeInt32BE(bytes.readInt32BE(8) + 1, 8)) },
  { bytes: (bytes) => changed(bytes, () => bytes.writeInt32BE(-1, 8)) },
  { bytes: (bytes) => shortened(bytes, 26) },
  { bytes: (bytes) => shortened(bytes, 50) },
  { bytes: (bytes) => shortened(bytes, 52) },
  { bytes: (bytes) => shortened(bytes, 60) },
  { bytes: (bytes) => bytes.subarray(0, bytes.length - 1) },
  { bytes: (bytes) => bytes.subarray(0, 40) },
  { bytes: (bytes) => bytes.subarray(0, 10) },
  { bytes: () => Buffer.alloc(0) },
  { bytes: (bytes) => Buffer.concat([bytes, bytes]) },
  { bytes: (bytes) => Buffer.concat([bytes, bytes.subarray(0, 30)]) },
  { bytes: (bytes) => Buffer.concat([bytes, X]) },
];
