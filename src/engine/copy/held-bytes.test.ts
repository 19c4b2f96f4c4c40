import assert from 'node:assert/strict';
import test from 'node:test';
import { dataBatch } from '../../../test/harness/engine-batches.js';
import { FrameAssembler } from '../../protocol/frames.js';
import { BatchView } from '../../protocol/records/header.js';
import { HeldBytes } from './held-bytes.js';

const bytes = dataBatch({ at: 10n, values: ['a'] });

/** An answer of `size` bytes with a batch at each of `places`. */
function answer(size: number, ...places: number[]) {
  const whole = Buffer.from(new ArrayBuffer(size));
  for (const at of places) bytes.copy(whole, at);
  return { whole, batches: places.map((at) => new BatchView(whole, at, bytes.length)) };
}

test('held bytes: an answer counts once, as a whole, until the last of its batches is given back', () => {
  const held = new HeldBytes(10_000);
  const { batches } = answer(4_000, 0, 1_000);
  for (const batch of batches) held.take(batch);
  assert.deepEqual([held.bytes, held.answerBytes], [2 * bytes.length, 4_000]);
  for (const [index, batch] of batches.entries()) {
    held.give(batch, 'appended');
    assert.equal(held.answerBytes, index === 0 ? 4_000 : 0);
  }
  assert.equal(held.bytes, 0);
  assert.throws(() => held.give(batches[0] as BatchView, 'appended'), /given back/);
});

test('held bytes: beyond the bound a batch is copied out of its answer; one that is kept already costs nothing more', () => {
  const held = new HeldBytes(10_000);
  const first = answer(6_000, 0, 1_000);
  const second = answer(6_000, 0);
  const recordsOf = ({ whole }: { whole: Buffer }) => whole.subarray(0, bytes.length);
  assert.equal(held.keepable(recordsOf(first)).buffer, first.whole.buffer);
  held.take(first.batches[0] as BatchView);
  assert.notEqual(held.keepable(recordsOf(second)).buffer, second.whole.buffer);
  assert.equal(held.keepable(recordsOf(first)).buffer, first.whole.buffer);
  held.give(first.batches[0] as BatchView, 'appended');
  assert.equal(held.keepable(recordsOf(second)).buffer, second.whole.buffer);
});

test('held bytes: records that are half of their answer or more are not copied', () => {
  const held = new HeldBytes(0);
  const { whole } = answer(2 * bytes.length, 0);
  assert.equal(held.keepable(whole.subarray(0, bytes.length)).buffer, whole.buffer);
});

/** Frames as a connection would read them, one after the other; the records of each are a batch at its front. */
function connection() {
  const assembler = new FrameAssembler();
  const length = Buffer.alloc(4);
  length.writeInt32BE(200 << 10);
  return () => {
    const frames: Buffer[] = [];
    assembler.push(
      Buffer.concat([length, bytes, Buffer.alloc((200 << 10) - bytes.length)]).subarray(0, 1_000),
      () => {},
    );
    while (frames.length === 0) assembler.filled(assembler.room().length, (frame) => frames.push(frame));
    const [frame] = frames as [Buffer];
    return { memory: frame.buffer, batch: () => new BatchView(frame, 0, bytes.length) };
  };
}

test('held bytes: an answer is read into again when all of its batches were appended, and not before', () => {
  const held = new HeldBytes(1 << 20);
  const next = connection();
  const first = next();
  const [one, other] = [first.batch(), first.batch()];
  held.handOut(first.memory, () => {
    held.take(one);
    held.take(other);
  });
  held.give(one, 'appended');
  assert.notEqual(next().memory, first.memory);
  held.give(other, 'appended');
  assert.equal(next().memory, first.memory);
});

test('held bytes: an answer of which anything was dropped is not read into again', () => {
  const held = new HeldBytes(1 << 20);
  const next = connection();
  const first = next();
  const [one, other] = [first.batch(), first.batch()];
  held.take(one);
  held.take(other);
  held.give(one, 'dropped');
  held.give(other, 'appended');
  assert.notEqual(next().memory, first.memory);
});

test('held bytes: an answer that is still handed out is not read into again, one of which nothing was kept is', () => {
  const held = new HeldBytes(1 << 20);
  const next = connection();
  const first = next();
  held.handOut(first.memory, () => {
    const batch = first.batch();
    held.take(batch);
    held.give(batch, 'appended');
    assert.notEqual(next().memory, first.memory);
  });
  assert.notEqual(next().memory, first.memory);
  const second = next();
  held.handOut(second.memory, () => {});
  assert.equal(next().memory, second.memory);
});
