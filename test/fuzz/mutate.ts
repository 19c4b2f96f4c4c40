/** Bytes → other bytes: what a broken or hostile sender makes of a good message. One seed, one sequence. */
import { type Random, randomInt } from '../../src/base/random.js';

const EDGES = [0x00, 0x01, 0x7f, 0x80, 0xfe, 0xff];
/** As int32, and as the varints that claim the most. */
const LENGTHS = ['7fffffff', '80000000', 'ffffffff', '00000000', 'ffffffff0f', 'ffffffff7f', '8080808000', '00100000'];

type Mutation = (bytes: Buffer, random: Random, other: Buffer) => Buffer;

const mutations: readonly Mutation[] = [
  // A bit, a byte, a length or count at any place.
  (bytes, random) => {
    const at = randomInt(random, bytes.length);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << randomInt(random, 8));
    return bytes;
  },
  (bytes, random) => {
    bytes[randomInt(random, bytes.length)] = EDGES[randomInt(random, EDGES.length)] ?? 0;
    return bytes;
  },
  (bytes, random) => {
    Buffer.from(LENGTHS[randomInt(random, LENGTHS.length)] ?? '', 'hex').copy(bytes, randomInt(random, bytes.length));
    return bytes;
  },
  (bytes, random) => {
    const length = Buffer.from(LENGTHS[randomInt(random, LENGTHS.length)] ?? '', 'hex');
    const at = randomInt(random, bytes.length);
    return Buffer.concat([bytes.subarray(0, at), length, bytes.subarray(at)]);
  },
  // Cut off, something cut out, something said twice, zeros behind.
  (bytes, random) => bytes.subarray(0, randomInt(random, bytes.length + 1)),
  (bytes, random) => {
    const at = randomInt(random, bytes.length);
    return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + randomInt(random, 8))]);
  },
  (bytes, random) => {
    const at = randomInt(random, bytes.length);
    const end = at + randomInt(random, 40);
    return Buffer.concat([bytes.subarray(0, end), bytes.subarray(at)]);
  },
  (bytes, random) => Buffer.concat([bytes, Buffer.alloc(randomInt(random, 64))]),
  // Spliced with another message.
  (bytes, random, other) => {
    const at = randomInt(random, bytes.length);
    return Buffer.concat([bytes.subarray(0, at), other.subarray(randomInt(random, other.length + 1))]);
  },
  // Tags: unknown ones, the same one twice, one that claims more than is there.
  (bytes, random) => {
    const tags = Buffer.concat([Buffer.from([1 + randomInt(random, 3), randomInt(random, 4)]), random.bytes(6)]);
    return Buffer.concat([bytes.subarray(0, Math.max(0, bytes.length - 1)), tags]);
  },
];

/** One to three mutations of a copy. */
export function mutate(bytes: Buffer, random: Random, other: Buffer = bytes): Buffer {
  let result: Buffer = Buffer.from(bytes);
  for (let left = 1 + randomInt(random, 3); left > 0 && result.length > 0; left--) {
    const change = mutations[randomInt(random, mutations.length)];
    if (change) result = Buffer.from(change(result, random, other));
  }
  return result;
}
