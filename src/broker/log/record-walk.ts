/**
 * The records of a batch, looked at without being made: what a broker must know of each before it appends the batch. As
 * Apache Kafka reads them (docs/spec/broker.md 3.7): records that it would unpack whole are held to their lengths, those that
 * it only skips through are not. Allocates nothing, since it runs over everything that is produced.
 */
import { DecodeError } from '../../protocol/reader.js';

export class RecordWalk {
  readonly bytes: Buffer;
  /** Whether each record must fill the length that stands in front of it. */
  readonly #whole: boolean;
  at = 0;
  attributes = 0;
  /** Exact as long as `isWide` is false. */
  timestampDelta = 0;
  /** The delta has more than 48 bits: `wideDelta` has them all. */
  isWide = false;
  wideDelta = 0n;
  offsetDelta = 0;
  /** Where it stopped is the length of a record, which is read before anything else of it. */
  isAtLength = false;
  /** Negative: there is none. */
  keyBytes = 0;
  valueBytes = 0;

  constructor(bytes: Buffer, whole: boolean) {
    this.bytes = bytes;
    this.#whole = whole;
  }

  get isAtEnd(): boolean {
    return this.at === this.bytes.length;
  }

  /** Goes over one record. Throws a DecodeError where that cannot be one. */
  next(): void {
    const { bytes } = this;
    this.isAtLength = true;
    const length = this.#varint();
    this.isAtLength = false;
    const start = this.at;
    if (this.#whole && length > bytes.length - start) throw new DecodeError(`a record claims ${length} bytes`);
    this.attributes = this.#byte();
    this.#timestamp();
    this.offsetDelta = this.#varint();
    this.keyBytes = this.#skipField();
    this.valueBytes = this.#skipField();
    const headers = this.#varint();
    if (headers < 0) throw new DecodeError(`a record claims ${headers} headers`);
    for (let i = 0; i < headers; i++) {
      if (this.#skipField() < 0) throw new DecodeError('a record header has no key');
      this.#skipField();
    }
    if (this.#whole && this.at !== start + length) throw new DecodeError(`a record does not fill its ${length} bytes`);
  }

  #varint(): number {
    const { bytes } = this;
    // Nearly all of them are of one byte.
    const first = bytes[this.at];
    if (first !== undefined && first < 0x80) {
      this.at++;
      return (first >>> 1) ^ -(first & 1);
    }
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.#byte();
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return (value >>> 1) ^ -(value & 1);
    }
    throw new VarintTooLong('a varint of a record is longer than 32 bits');
  }

  /** Gives the length, and passes over as many bytes. */
  #skipField(): number {
    const length = this.#varint();
    if (length <= 0) return length;
    const end = this.at + length;
    if (end > this.bytes.length) throw new DecodeError(`a record field claims ${length} bytes`);
    this.at = end;
    return length;
  }

  #timestamp(): void {
    const start = this.at;
    let value = 0;
    let scale = 1;
    // Seven bytes fit into a number: 49 bits, one of them the sign.
    for (let i = 0; i < 7; i++, scale *= 128) {
      const byte = this.#byte();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) {
        this.timestampDelta = value % 2 === 0 ? value / 2 : -(value + 1) / 2;
        this.isWide = false;
        return;
      }
    }
    this.at = start;
    this.isWide = true;
    let wide = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#byte();
      wide |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) {
        const raw = BigInt.asUintN(64, wide);
        this.wideDelta = BigInt.asIntN(64, (raw >> 1n) ^ -(raw & 1n));
        return;
      }
    }
    throw new DecodeError('a varint of a record is longer than 64 bits');
  }

  #byte(): number {
    const byte = this.bytes[this.at];
    if (byte === undefined) throw new DecodeError('a record is cut off');
    this.at++;
    return byte;
  }
}

/** Told apart: of the length of a record Kafka makes another error of it than of anything else. */
export class VarintTooLong extends DecodeError {}

/** Of the record that `walk` stands behind, in 64 bits. */
export function timestampOf(walk: RecordWalk, baseTimestamp: bigint): bigint {
  return BigInt.asIntN(64, baseTimestamp + (walk.isWide ? walk.wideDelta : BigInt(walk.timestampDelta)));
}
