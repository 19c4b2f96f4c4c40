import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { MemoryPool } from '../base/memory-pool.js';
import { FrameAssembler, giveBack } from './frames.js';
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

test('frames come out whole where bytes are read into the room that is offered', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 200_000 }), { maxLength: 4 }), fc.nat(), (sizes, seed) => {
      const frames = sizes.map((size, index) => Buffer.alloc(size, index + 1));
      const stream = Buffer.concat(frames.flatMap((frame) => [lengthOf(frame), frame]));
      const assembler = new FrameAssembler();
      const seen: Buffer[] = [];
      for (let at = 0, step = 1 + (seed % 70_000); at < stream.length; step = (step * 7) % 100_003) {
        const room = assembler.room();
        assert.ok(room.length > 0);
        const count = stream.copy(room, 0, at, Math.min(stream.length, at + 1 + (step % room.length)));
        assembler.filled(count, (frame) => seen.push(frame));
        at += count;
      }
      assert.equal(seen.length, frames.length);
      // Compared at the end: none may have been read over since.
      for (const [index, frame] of seen.entries()) assert.ok(frame.equals(frames[index] ?? Buffer.alloc(0)));
    }),
    { numRuns: 30 },
  );
});

function lengthOf(frame: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(frame.length);
  return length;
}

/** A frame of this size is read where there is room for it. */
function memoryOfNext(assembler: FrameAssembler, size: number): ArrayBufferLike {
  const frames: Buffer[] = [];
  assembler.push(lengthOf(Buffer.alloc(size)), () => {});
  while (frames.length === 0) assembler.filled(assembler.room().length, (frame) => frames.push(frame));
  assert.equal(frames[0]?.length, size);
  return frames[0]?.buffer ?? new ArrayBuffer(0);
}

test('a length beyond the bound is refused before its bytes arrive', () => {
  const length = Buffer.alloc(4);
  for (const size of [-1, 1001]) {
    length.writeInt32BE(size);
    assert.throws(() => new FrameAssembler(1000).push(length, () => {}), DecodeError);
  }
});

test('a frame takes what it needs, however large one before it was, as long as no memory comes back', () => {
  const assembler = new FrameAssembler();
  for (const size of [8 << 20, 200_000]) assert.equal(memoryOfNext(assembler, size).byteLength, size);
});

test('memory is read into again only when it was given back, never twice at once, and fits the next frame', () => {
  const assembler = new FrameAssembler();
  const read = (size: number) => memoryOfNext(assembler, size);
  const first = read(4 << 20);
  assert.notEqual(read(4 << 20), first);
  giveBack(first);
  giveBack(first);
  assert.equal(read(200 << 10), first);
  const small = read(200 << 10);
  assert.notEqual(small, first);
  assert.notEqual(read(6 << 20), small);
  giveBack(small);
  assert.equal(read(4 << 20), small);
  giveBack(new ArrayBuffer(8));
});

test('a frame that is too large to be kept is not read into again, and no later one takes its size', () => {
  const assembler = new FrameAssembler();
  giveBack(memoryOfNext(assembler, 4 << 20));
  const huge = memoryOfNext(assembler, 33 << 20);
  giveBack(huge);
  const sizes = [1, 2].map(() => memoryOfNext(assembler, 200_000).byteLength);
  assert.deepEqual(sizes, [4 << 20, 4 << 20]);
});

test('a claimed length gets no more memory than four times what has come of it, from a pool or not', () => {
  for (const pool of [undefined, new MemoryPool()]) {
    const assembler = new FrameAssembler(undefined, pool);
    const claimed = 100 << 20;
    const length = Buffer.alloc(4);
    length.writeInt32BE(claimed);
    assembler.push(length, () => {});
    const chunk = Buffer.alloc(64 << 10, 7);
    for (let come = 0; come < 3 << 20; come += chunk.length) {
      assert.ok(assembler.room().buffer.byteLength <= Math.max(128 << 10, 4 * come), `${come} bytes have come`);
      assembler.push(chunk, () => {});
    }
  }
});

test('a frame from a pool is whole, and its memory serves the next one once it was given back', () => {
  const pool = new MemoryPool();
  const assembler = new FrameAssembler(undefined, pool);
  const sent = Buffer.alloc(3 << 20, 'klink');
  const frames: Buffer[] = [];
  const send = () =>
    assembler.push(Buffer.concat([lengthOf(sent), sent.subarray(0, 1000)]), (frame) => frames.push(frame));
  const rest = () => assembler.push(sent.subarray(1000), (frame) => frames.push(frame));
  send();
  rest();
  assert.ok(frames[0]?.equals(sent));
  const memory = frames[0]?.buffer ?? new ArrayBuffer(0);
  pool.giveBack(memory);
  send();
  rest();
  assert.equal(frames[1]?.buffer, memory);
});
