/** The records of a batch, one by one. Written for the comparison alone, so that it shares no mistake with klink. */

export interface RawRecord {
  readonly offsetDelta: number;
  readonly timestampDelta: bigint;
  /** Key, value and headers with their lengths, as they stand in the record. */
  readonly content: Buffer;
}

/** Throws where the records do not end where the bytes do. */
export function readRecords(bytes: Buffer, count: number, each: (record: RawRecord) => void): void {
  let at = 0;
  /** A zigzag varint, as a bigint only where it needs to be. */
  const varint = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = bytes[at++];
      if (byte === undefined) throw new Error('a record is cut off');
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) break;
    }
    if (value > Number.MAX_SAFE_INTEGER) throw new Error('a number is too large for the bench');
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  };
  for (let number = 0; number < count; number++) {
    const length = varint();
    const end = at + length;
    at++; // Attributes: none is used.
    const timestampDelta = BigInt(varint());
    const offsetDelta = varint();
    if (at > end || end > bytes.length) throw new Error('a record is longer than its batch');
    each({ offsetDelta, timestampDelta, content: bytes.subarray(at, end) });
    at = end;
  }
  if (at !== bytes.length) throw new Error(`${bytes.length - at} bytes behind the last record`);
}
