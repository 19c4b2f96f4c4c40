import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryPool } from './memory-pool.js';

test('pooled memory is used again only after it was given back, and never for two at once', () => {
  const pool = new MemoryPool();
  const first = pool.take(1 << 20);
  assert.notEqual(pool.take(1 << 20).buffer, first.buffer);
  pool.giveBack(first.buffer);
  pool.giveBack(first.buffer);
  assert.equal(pool.take(1 << 20).buffer, first.buffer);
  assert.notEqual(pool.take(1 << 20).buffer, first.buffer);
});

test('a piece of pooled memory fits what is a little larger or smaller, and is not wasted on what is much smaller', () => {
  const pool = new MemoryPool();
  const first = pool.take((1 << 20) + 300);
  pool.giveBack(first.buffer);
  assert.notEqual(pool.take(100 << 10).buffer, first.buffer);
  const again = pool.take((1 << 20) + 5000);
  assert.equal(again.buffer, first.buffer);
  assert.equal(again.length, (1 << 20) + 5000);
});

test('what a pool keeps is bounded, and neither small nor huge pieces are kept', () => {
  const pool = new MemoryPool();
  const taken = Array.from({ length: 20 }, () => pool.take(8 << 20));
  for (const { buffer } of [...taken, pool.take(1000), pool.take(40 << 20), Buffer.alloc(1 << 20)]) {
    pool.giveBack(buffer);
    assert.ok(pool.spareBytes <= 64 << 20);
  }
  assert.equal(pool.spareBytes, 64 << 20);
});
