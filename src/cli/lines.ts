/** Cuts a stream into lines; the last one counts without its newline too. Holds at most one line, of a bounded length. */
import { CliFailure } from './failure.js';

/** Above what a broker takes by default; a stream without newlines must not fill the memory. */
const LINE_BYTES_MAX = 16 * 1024 * 1024;

export async function* linesOf(input: AsyncIterable<Buffer | string>): AsyncGenerator<Buffer> {
  let pieces: Buffer[] = [];
  let held = 0;
  const take = (last: Buffer) => {
    const line = pieces.length === 0 ? last : Buffer.concat([...pieces, last]);
    pieces = [];
    held = 0;
    return line.at(-1) === 0x0d ? line.subarray(0, -1) : line;
  };
  for await (const chunk of input) {
    let rest = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    for (let end = rest.indexOf(0x0a); end >= 0; end = rest.indexOf(0x0a)) {
      yield take(rest.subarray(0, end));
      rest = rest.subarray(end + 1);
    }
    if (rest.length === 0) continue;
    held += rest.length;
    if (held > LINE_BYTES_MAX) throw new CliFailure(`a line has more than ${LINE_BYTES_MAX} bytes`);
    pieces.push(rest);
  }
  if (held > 0) yield take(Buffer.alloc(0));
}
