import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DecodeError } from '../reader.js';
import { type CodecName, codecName, codecNumber, compress, decompress } from './codec.js';
import { wasmZstd } from './zstd.js';

const NAMES: readonly CodecName[] = ['none', 'gzip', 'snappy', 'lz4', 'zstd'];

/** Text that repeats, and noise: both sides of every compressor. */
const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 5000 }).map((array) => Buffer.from(array)),
  fc
    .tuple(fc.string({ minLength: 1, maxLength: 40 }), fc.nat(5000))
    .map(([word, times]) => Buffer.from(word.repeat(times).slice(0, 200_000))),
);

for (const name of NAMES) {
  test(`${name} gives back what it was given`, () => {
    fc.assert(
      fc.property(bytes, (given) => {
        assert.deepEqual(decompress(codecNumber(name), compress(name, given)), given);
      }),
      { numRuns: 60 },
    );
  });
}

test('a large input spans many blocks', () => {
  const given = Buffer.from(Array.from({ length: 400_000 }, (_, i) => `${i * 7919} `).join(''));
  for (const name of NAMES) assert.ok(decompress(codecNumber(name), compress(name, given)).equals(given), name);
});

test('decompression stops at its bound', () => {
  const given = Buffer.alloc(1_000_000);
  for (const name of NAMES.slice(1)) {
    const packed = compress(name, given);
    assert.throws(() => decompress(codecNumber(name), packed, 10_000), DecodeError, name);
    assert.equal(decompress(codecNumber(name), packed, 1_000_000).length, 1_000_000, name);
  }
});

test('damaged input is refused and never harms the next one', () => {
  const given = Buffer.from('a sentence, a sentence, a sentence'.repeat(50));
  for (const name of NAMES.slice(1)) {
    const packed = compress(name, given);
    fc.assert(
      fc.property(fc.nat(packed.length - 1), fc.nat(255), fc.boolean(), (at, byte, cut) => {
        const damaged = Buffer.from(cut ? packed.subarray(0, at) : packed);
        if (!cut) damaged[at] = byte;
        try {
          decompress(codecNumber(name), damaged, 1_000_000);
        } catch (error) {
          assert.ok(error instanceof DecodeError);
        }
      }),
      { numRuns: 300 },
    );
    assert.ok(decompress(codecNumber(name), packed).equals(given));
  }
});

test('the WebAssembly zstd reads what this Node writes, and the other way round', () => {
  const given = Buffer.from('zstd '.repeat(30_000));
  const wasm = wasmZstd();
  assert.ok(decompress(codecNumber('zstd'), wasm.compress(given)).equals(given));
  assert.ok(wasm.decompress(compress('zstd', given), 1_000_000).equals(given));
});

test('bare snappy blocks are read as well as framed ones', () => {
  // Length 11, literal of 6 bytes "snappy", copy of 5 from 6 bytes back.
  const bare = Buffer.concat([Buffer.from([11, 5 << 2]), Buffer.from('snappy'), Buffer.from([((5 - 4) << 2) | 1, 6])]);
  assert.equal(decompress(codecNumber('snappy'), bare).toString(), 'snappysnapp');
});

test('an unknown codec number is refused', () => {
  assert.equal(codecName(5), undefined);
  assert.throws(() => decompress(5, Buffer.alloc(3)), DecodeError);
});

test('a snappy block that claims more than its bytes can become is refused before memory is taken for it', () => {
  const claim = Buffer.from([0x80, 0x80, 0x80, 0x20, 0, 97]);
  assert.throws(
    () => decompress(codecNumber('snappy'), claim),
    (error) => error instanceof DecodeError && /claims 67108864$/.test(error.message),
  );
});
