/**
 * Grows a message front to back. Small values go into a scratch buffer, large buffers (record batches) are kept by
 * reference and never copied: the caller must not change them until the frame has been written.
 */
/** Small enough to come out of Node's pool: larger ones are memory outside the heap, of which V8 collects by the megabyte. */
const SCRATCH_BYTES = 1024;
const BY_REFERENCE_BYTES = 1024;

export class Writer {
  readonly #chunks: Buffer[] = [];
  #scratch: Buffer;
  #start = 0;
  #at = 0;
  #flushedBytes = 0;

  constructor(scratchBytes = SCRATCH_BYTES) {
    this.#scratch = Buffer.allocUnsafe(scratchBytes);
  }

  /** Bytes written so far. */
  get length(): number {
    return this.#flushedBytes + (this.#at - this.#start);
  }

  int8(value: number): void {
    this.#need(1);
    this.#at = this.#scratch.writeInt8(value, this.#at);
  }

  int16(value: number): void {
    this.#need(2);
    this.#at = this.#scratch.writeInt16BE(value, this.#at);
  }

  uint16(value: number): void {
    this.#need(2);
    this.#at = this.#scratch.writeUInt16BE(value, this.#at);
  }

  int32(value: number): void {
    this.#need(4);
    this.#at = this.#scratch.writeInt32BE(value, this.#at);
  }

  uint32(value: number): void {
    this.#need(4);
    this.#at = this.#scratch.writeUInt32BE(value, this.#at);
  }

  int64(value: bigint): void {
    this.#need(8);
    this.#at = this.#scratch.writeBigInt64BE(value, this.#at);
  }

  float64(value: number): void {
    this.#need(8);
    this.#at = this.#scratch.writeDoubleBE(value, this.#at);
  }

  /** Unsigned LEB128, up to 32 bits: Kafka's compact lengths, tags and counts. */
  unsignedVarint(value: number): void {
    this.#need(5);
    let rest = value >>> 0;
    while (rest > 0x7f) {
      this.#scratch[this.#at++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.#scratch[this.#at++] = rest;
  }

  utf8(value: string, byteLength: number): void {
    this.#need(byteLength);
    this.#at += this.#scratch.write(value, this.#at, byteLength, 'utf8');
  }

  raw(bytes: Uint8Array): void {
    if (bytes.byteLength < BY_REFERENCE_BYTES) {
      this.#need(bytes.byteLength);
      this.#scratch.set(bytes, this.#at);
      this.#at += bytes.byteLength;
      return;
    }
    this.#flush();
    this.#chunks.push(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    this.#flushedBytes += bytes.byteLength;
  }

  /** Appends what another writer holds. */
  append(other: Writer): void {
    for (const chunk of other.finish()) this.raw(chunk);
  }

  /** The message as chunks in order; the writer must not be used afterwards. */
  finish(): Buffer[] {
    this.#flush();
    return this.#chunks;
  }

  #need(bytes: number): void {
    if (this.#at + bytes <= this.#scratch.length) return;
    this.#flush();
    this.#scratch = Buffer.allocUnsafe(Math.max(SCRATCH_BYTES, bytes));
    this.#start = 0;
    this.#at = 0;
  }

  #flush(): void {
    if (this.#at === this.#start) return;
    this.#chunks.push(this.#scratch.subarray(this.#start, this.#at));
    this.#flushedBytes += this.#at - this.#start;
    this.#start = this.#at;
  }
}
