/** Which partition a key belongs to: Kafka's murmur2, so that every client of the world puts a key where we do. */

const SEED = 0x9747b28c;
const MIX = 0x5bd1e995;

/** Same key, same number of partitions: same partition. */
export function partitionOfKey(key: Uint8Array, partitions: number): number {
  return (murmur2(key) & 0x7fffffff) % partitions;
}

/** 32 bits, signed, as Kafka's `Utils.murmur2`. */
export function murmur2(data: Uint8Array): number {
  const { length } = data;
  const whole = length & ~3;
  let hash = SEED ^ length;
  for (let at = 0; at < whole; at += 4) {
    let word = byte(data, at) | (byte(data, at + 1) << 8) | (byte(data, at + 2) << 16) | (byte(data, at + 3) << 24);
    word = Math.imul(word, MIX);
    word ^= word >>> 24;
    word = Math.imul(word, MIX);
    hash = Math.imul(hash, MIX) ^ word;
  }
  const left = length - whole;
  if (left >= 3) hash ^= byte(data, whole + 2) << 16;
  if (left >= 2) hash ^= byte(data, whole + 1) << 8;
  if (left >= 1) hash = Math.imul(hash ^ byte(data, whole), MIX);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, MIX);
  return hash ^ (hash >>> 15);
}

function byte(data: Uint8Array, at: number): number {
  return data[at] ?? 0;
}
