import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { FrameAssembler } from './frames.js';
import { DecodeError } from './reader.js';

test('frames come out whole however the bytes are cut', () => {
  fc.assert(
    fc.property(
      fc.array(fc.uint8Array({ maxLength: 50 }), { maxLength: 8 }),
      fc.infiniteStream(fc.nat(20)),
      (frames, cuts) => {
        const stream = Buffer.concat(
          frames.flatMap((frame) => {
            const length = Buffer.alloc(4);
            length.writeInt32BE(frame.length);
            return [length, Buffer.from(frame)];
          }),
        );
        const assembler = new FrameAssembler();
        const seen: Buffer[] = [];
        for (let at = 0; at < stream.length; ) {
          const size = 1 + (cuts.next().value as number);
          assembler.push(Buffer.from(stream.subarray(at, at + size)), (frame) => seen.push(frame));
          at += size;
        }
        assert.deepEqual(
          seen,
          frames.map((frame) => Buffer.from(frame)),
        );
      },
    ),
  );
});

test('a length beyond the bound is refused before its bytes arrive', () => {
  const length = Buffer.alloc(4);
  for (const size of [-1, 1001]) {
    length.writeInt32BE(size);
    assert.throws(() => new FrameAssembler(1000).push(length, () => {}), DecodeError);
  }
});
