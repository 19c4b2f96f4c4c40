/**
 * CRC-32C (Castagnoli), the checksum of record batches, and its algebra: because the checksum is linear, a changed
 * header is paid for by the header alone, and the source's checksum keeps guarding the payload (decision 1).
 *
 * Uses the SIMD instructions of @node-rs/crc32 where that optional package is installed, tables otherwise. Both give
 * the same numbers; the tests compare them.
 */
import { createRequire } from 'node:module';

type NativeCrc = (bytes: Uint8Array, seed?: number) => number;

/** x³² + … in reflected bit order. */
const POLYNOMIAL = 0x82f63b78;
/** The monomial 1 in reflected bit order: the highest bit stands for x⁰. */
const ONE = 0x80000000;
/** Below this size a call into the native module costs more than the tables do. */
const NATIVE_FROM_BYTES = 64;
const LANES = 8;

const tables = makeTables();
/** Loaded with the first bytes that are worth it: a start has none. `null` when there is no such module. */
let native: NativeCrc | null | undefined;

/** The checksum as Kafka stores it (unsigned). `seed` is the checksum of what came before. */
export function crc32c(bytes: Uint8Array, seed = 0): number {
  if (bytes.length < NATIVE_FROM_BYTES) return crc32cByTable(bytes, seed);
  if (native === undefined) native = loadNative();
  return native === null ? crc32cByTable(bytes, seed) : native(bytes, seed);
}

/** Slicing by 8; what runs where the native module is missing. */
export function crc32cByTable(bytes: Uint8Array, seed = 0): number {
  return ~advance(bytes, ~seed) >>> 0;
}

/** The purely linear form: no initial ones, no final inversion. linearCrc(a xor b) = linearCrc(a) xor linearCrc(b). */
export function linearCrc(bytes: Uint8Array): number {
  return advance(bytes, 0) >>> 0;
}

/** What a linear checksum becomes when `byteCount` zero bytes follow: multiplication by x^(8·byteCount). */
export function shiftCrc(linear: number, byteCount: number): number {
  shiftOperators ??= makeShiftOperators();
  let shifted = linear >>> 0;
  let rest = byteCount;
  for (let digit = 0; rest > 0; digit++) {
    const value = rest & 0xff;
    if (value !== 0) shifted = multiply(shifted, shiftOperators[(digit << 8) | value] ?? 0);
    rest = Math.floor(rest / 256);
  }
  return shifted;
}

/** The checksum of `first` and `second` written one behind the other, from their checksums. */
export function combineCrc(first: number, second: number, secondLength: number): number {
  return (shiftCrc(first, secondLength) ^ second) >>> 0;
}

/**
 * The checksum after `before` was replaced by `after` (same length), with `bytesBehind` unchanged bytes following.
 * What stands before them does not matter.
 */
export function patchCrc(crc: number, before: Uint8Array, after: Uint8Array, bytesBehind: number): number {
  let register = 0;
  const table = tables[0] as Int32Array;
  for (let i = 0; i < before.length; i++) {
    const difference = (before[i] ?? 0) ^ (after[i] ?? 0);
    register = (table[(register ^ difference) & 0xff] as number) ^ (register >>> 8);
  }
  return (crc ^ shiftCrc(register, bytesBehind)) >>> 0;
}

/**
 * Powers x^(8·value·256^digit), one row of 256 for each of the four digits: at most four products per shift. Made with the
 * first shift: a broker never asks for one, and each start would pay for it.
 */
let shiftOperators: Uint32Array | undefined;

function makeShiftOperators(): Uint32Array {
  const operators = new Uint32Array(4 * 256);
  let step = ONE >>> 8;
  for (let digit = 0; digit < 4; digit++) {
    let power = ONE;
    for (let value = 0; value < 256; value++) {
      operators[(digit << 8) | value] = power;
      power = multiply(power, step);
    }
    step = power;
  }
  return operators;
}

/** The product of two polynomials modulo the checksum's own, in reflected bit order. */
function multiply(one: number, other: number): number {
  let product = 0;
  let factor = other | 0;
  for (let rest = one | 0; rest !== 0; rest <<= 1) {
    if (rest < 0) product ^= factor;
    factor = (factor >>> 1) ^ (-(factor & 1) & POLYNOMIAL);
  }
  return product >>> 0;
}

function advance(bytes: Uint8Array, start: number): number {
  const [t0, t1, t2, t3, t4, t5, t6, t7] = tables as [
    Int32Array,
    Int32Array,
    Int32Array,
    Int32Array,
    Int32Array,
    Int32Array,
    Int32Array,
    Int32Array,
  ];
  // The casts below are true because every index is within the array; checked reads would cost a third of the speed.
  let register = start | 0;
  let at = 0;
  for (const end = bytes.length - (LANES - 1); at < end; at += LANES) {
    register ^=
      (bytes[at] as number) |
      ((bytes[at + 1] as number) << 8) |
      ((bytes[at + 2] as number) << 16) |
      ((bytes[at + 3] as number) << 24);
    register =
      (t7[register & 0xff] as number) ^
      (t6[(register >>> 8) & 0xff] as number) ^
      (t5[(register >>> 16) & 0xff] as number) ^
      (t4[register >>> 24] as number) ^
      (t3[bytes[at + 4] as number] as number) ^
      (t2[bytes[at + 5] as number] as number) ^
      (t1[bytes[at + 6] as number] as number) ^
      (t0[bytes[at + 7] as number] as number);
  }
  for (; at < bytes.length; at++) {
    register = (t0[(register ^ (bytes[at] as number)) & 0xff] as number) ^ (register >>> 8);
  }
  return register;
}

/** tables[k][b]: the register after byte b and k zero bytes. */
function makeTables(): Int32Array[] {
  const first = new Int32Array(256);
  for (let byte = 0; byte < 256; byte++) {
    let register = byte;
    for (let bit = 0; bit < 8; bit++) register = (register >>> 1) ^ (-(register & 1) & POLYNOMIAL);
    first[byte] = register;
  }
  const made = [first];
  for (let lane = 1; lane < LANES; lane++) {
    const before = made[lane - 1] as Int32Array;
    made.push(before.map((register) => (first[register & 0xff] as number) ^ (register >>> 8)));
  }
  return made;
}

function loadNative(): NativeCrc | null {
  let found: NativeCrc | undefined;
  try {
    found = (createRequire(import.meta.url)('@node-rs/crc32') as { crc32c: NativeCrc }).crc32c;
  } catch {
    // An optional package without a binary for this platform: the tables give the same numbers, more slowly.
    return null;
  }
  // The check value of the algorithm; a module that misses it must not be trusted with anybody's data.
  return found(Buffer.from('123456789')) === 0xe3069283 ? found : null;
}
