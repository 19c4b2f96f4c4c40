/**
 * Reads a message front to back and refuses, with a DecodeError, whatever does not fit into the bytes that are there.
 * Buffers it gives out are slices of the frame: they live as long as the frame does.
 */
export class DecodeError extends Error {
  override readonly name = 'DecodeError';
}

/** Elements of arrays left to a message, shared with the readers of its tagged fields. */
export interface Elements {
  left: number;
}

export class Reader {
  readonly #frame: Buffer;
  readonly elements: Elements;
  #at: number;

  constructor(frame: Buffer, at = 0, elements: Elements = { left: Number.POSITIVE_INFINITY }) {
    this.#frame = frame;
    this.#at = at;
    this.elements = elements;
  }

  get position(): number {
    return this.#at;
  }

  get remaining(): number {
    return this.#frame.length - this.#at;
  }

  int8(): number {
    return this.#frame.readInt8(this.#take(1));
  }

  int16(): number {
    return this.#frame.readInt16BE(this.#take(2));
  }

  uint16(): number {
    return this.#frame.readUInt16BE(this.#take(2));
  }

  int32(): number {
    return this.#frame.readInt32BE(this.#take(4));
  }

  uint32(): number {
    return this.#frame.readUInt32BE(this.#take(4));
  }

  int64(): bigint {
    return this.#frame.readBigInt64BE(this.#take(8));
  }

  float64(): number {
    return this.#frame.readDoubleBE(this.#take(8));
  }

  unsignedVarint(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.#frame[this.#take(1)] ?? 0;
      value += (byte & 0x7f) * 2 ** shift;
      if ((byte & 0x80) === 0) {
        if (value > 0xffffffff) break;
        return value;
      }
    }
    throw new DecodeError('a varint is longer than 32 bits');
  }

  utf8(byteLength: number): string {
    const at = this.#take(byteLength);
    return this.#frame.toString('utf8', at, at + byteLength);
  }

  slice(byteLength: number): Buffer {
    const at = this.#take(byteLength);
    return this.#frame.subarray(at, at + byteLength);
  }

  skip(byteLength: number): void {
    this.#take(byteLength);
  }

  #take(bytes: number): number {
    const at = this.#at;
    if (bytes < 0 || at + bytes > this.#frame.length) {
      throw new DecodeError(`needs ${bytes} bytes at ${at}, but the message has ${this.#frame.length}`);
    }
    this.#at = at + bytes;
    return at;
  }
}
