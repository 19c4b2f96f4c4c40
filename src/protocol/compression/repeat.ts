/**
 * The two moves that lz4 and snappy are made of. Most of them are short: a loop of one's own is then far cheaper than a call
 * of the engine.
 */
const LONG_BYTES = 32;

/**
 * Writes at `end` what stands `distance` bytes before it, `length` bytes of it. Source and target may overlap: then what was
 * just written is repeated.
 */
export function repeat(bytes: Buffer, end: number, distance: number, length: number): void {
  if (length < LONG_BYTES) {
    for (let at = end, stop = end + length; at < stop; at++) bytes[at] = bytes[at - distance] as number;
    return;
  }
  const from = end - distance;
  // What can be copied at once doubles, and is always a whole number of repetitions.
  for (let done = 0; done < length; ) {
    const part = Math.min(length - done, distance + done);
    bytes.copyWithin(end + done, from, from + part);
    done += part;
  }
}

/** `length` bytes of `input` from `from` on, to `end`. */
export function take(bytes: Buffer, end: number, input: Buffer, from: number, length: number): void {
  if (length >= LONG_BYTES) input.copy(bytes, end, from, from + length);
  else for (let i = 0; i < length; i++) bytes[end + i] = input[from + i] as number;
}
