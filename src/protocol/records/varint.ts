/**
 * Zigzag varints of the record format: like protobuf's sint32 and sint64. (The varints of messages are unsigned and
 * live in the message reader and writer.)
 */
import { DecodeError } from '../reader.js';

export function sizeOfVarint(value: number): number {
  let rest = ((value << 1) ^ (value >> 31)) >>> 0;
  let size = 1;
  for (; rest > 0x7f; rest >>>= 7) size++;
  return size;
}

/** Gives the place behind it. */
export function writeVarint(buffer: Buffer, at: number, value: number): number {
  let rest = ((value << 1) ^ (value >> 31)) >>> 0;
  let next = at;
  for (; rest > 0x7f; rest >>>= 7) buffer[next++] = (rest & 0x7f) | 0x80;
  buffer[next++] = rest;
  return next;
}

export function sizeOfVarlong(value: bigint): number {
  if (fitsVarint(value)) return sizeOfVarint(Number(value));
  let rest = zigzag(value);
  let size = 1;
  for (; rest > 0x7fn; rest >>= 7n) size++;
  return size;
}

export function writeVarlong(buffer: Buffer, at: number, value: bigint): number {
  if (fitsVarint(value)) return writeVarint(buffer, at, Number(value));
  let rest = zigzag(value);
  let next = at;
  for (; rest > 0x7fn; rest >>= 7n) buffer[next++] = Number(rest & 0x7fn) | 0x80;
  buffer[next++] = Number(rest);
  return next;
}

function fitsVarint(value: bigint): boolean {
  return value >= -0x80000000n && value <= 0x7fffffffn;
}

function zigzag(value: bigint): bigint {
  return BigInt.asUintN(64, (value << 1n) ^ (value >> 63n));
}

/** Reads varints and slices front to back and refuses, with a DecodeError, what does not fit. */
export class VarintReader {
  readonly bytes: Buffer;
  at: number;

  constructor(bytes: Buffer, at = 0) {
    this.bytes = bytes;
    this.at = at;
  }

  varint(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.#byte();
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return (value >>> 1) ^ -(value & 1);
    }
    throw new DecodeError('a varint of a record is longer than 32 bits');
  }

  varlong(): bigint {
    // Nearly all are small: up to four bytes fit into a number.
    let low = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.#byte();
      low |= (byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt((low >>> 1) ^ -(low & 1));
    }
    let value = BigInt(low);
    for (let shift = 28n; shift < 70n; shift += 7n) {
      const byte = this.#byte();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asIntN(64, (value >> 1n) ^ -(value & 1n));
    }
    throw new DecodeError('a varint of a record is longer than 64 bits');
  }

  int8(): number {
    return (this.#byte() << 24) >> 24;
  }

  /** A slice with its length in front; null for −1, and for whatever else is negative, as Kafka reads it. */
  slice(): Buffer | null {
    const length = this.varint();
    if (length < 0) return null;
    const at = this.at;
    if (at + length > this.bytes.length) throw new DecodeError(`a record field claims ${length} bytes`);
    this.at = at + length;
    return this.bytes.subarray(at, at + length);
  }

  #byte(): number {
    const byte = this.bytes[this.at];
    if (byte === undefined) throw new DecodeError('a record is cut off');
    this.at++;
    return byte;
  }
}
