/**
 * The codecs of record batches behind one table: the number in a batch's attributes decides. All are synchronous and
 * load what they need at first use. Decompressing never gives more than `sizeMax` bytes, whatever the input claims,
 * and turns every malformed input into a DecodeError.
 */
import { DecodeError } from '../reader.js';
import { gzip } from './gzip.js';
import { lz4 } from './lz4.js';
import { snappy } from './snappy.js';
import type { Codec } from './types.js';
import { zstd } from './zstd.js';

/** What one batch may become: far above any sane `message.max.bytes`, far below what would end the process. */
export const DECOMPRESSED_BYTES_MAX = 256 * 1024 * 1024;

export type CodecName = 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd';

const none: Codec = { compress: (bytes) => bytes, decompress: (bytes) => bytes };

/** Place in the list = number in the attributes. */
const codecs: readonly { readonly name: CodecName; readonly codec: Codec }[] = [
  { name: 'none', codec: none },
  { name: 'gzip', codec: gzip },
  { name: 'snappy', codec: snappy },
  { name: 'lz4', codec: lz4 },
  { name: 'zstd', codec: zstd },
];

export function codecNumber(name: CodecName): number {
  return codecs.findIndex((entry) => entry.name === name);
}

/** Undefined for a number no Kafka has given out yet. */
export function codecName(number: number): CodecName | undefined {
  return codecs[number]?.name;
}

export function compress(name: CodecName, bytes: Buffer): Buffer {
  return (codecs[codecNumber(name)]?.codec ?? none).compress(bytes);
}

/** Throws DecodeError. With codec 0 the result is the input itself. */
export function decompress(number: number, bytes: Buffer, sizeMax = DECOMPRESSED_BYTES_MAX): Buffer {
  const entry = codecs[number];
  if (entry === undefined) throw new DecodeError(`codec ${number} is unknown`);
  try {
    return entry.codec.decompress(bytes, sizeMax);
  } catch (error) {
    if (error instanceof DecodeError) throw error;
    throw new DecodeError(`${entry.name} data is damaged: ${error instanceof Error ? error.message : String(error)}`);
  }
}
