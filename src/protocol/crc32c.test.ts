import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { combineCrc, crc32c, crc32cByTable, linearCrc, patchCrc, shiftCrc } from './crc32c.js';

const bytes = fc.uint8Array({ maxLength: 3000 }).map((array) => Buffer.from(array));

test('crc32c gives the check value of the algorithm', () => {
  assert.equal(crc32c(Buffer.from('123456789')), 0xe3069283);
  assert.equal(crc32cByTable(Buffer.from('123456789')), 0xe3069283);
  // RFC 3720, B.4: 32 bytes of zeroes, and of ones.
  assert.equal(crc32cByTable(Buffer.alloc(32, 0)), 0x8a9136aa);
  assert.equal(crc32cByTable(Buffer.alloc(32, 0xff)), 0x62a8ab43);
});

test('tables and native module agree at every length and alignment', () => {
  fc.assert(
    fc.property(bytes, fc.nat(7), (whole, skip) => {
      const part = whole.subarray(Math.min(skip, whole.length));
      assert.equal(crc32c(part), crc32cByTable(part));
    }),
  );
});

test('a seed continues a checksum', () => {
  fc.assert(
    fc.property(bytes, bytes, (one, other) => {
      assert.equal(crc32c(other, crc32c(one)), crc32c(Buffer.concat([one, other])));
      assert.equal(crc32cByTable(other, crc32cByTable(one)), crc32c(Buffer.concat([one, other])));
    }),
  );
});

test('combining two checksums equals the checksum of both parts', () => {
  fc.assert(
    fc.property(bytes, bytes, (one, other) => {
      assert.equal(combineCrc(crc32c(one), crc32c(other), other.length), crc32c(Buffer.concat([one, other])));
    }),
  );
});

test('shifting equals appending zero bytes, far beyond one digit', () => {
  for (const count of [0, 1, 255, 256, 257, 65_535, 65_536, 1_000_003, 17_000_001]) {
    const linear = linearCrc(Buffer.from('a header'));
    assert.equal(shiftCrc(linear, count), linearCrc(Buffer.concat([Buffer.from('a header'), Buffer.alloc(count)])));
  }
});

test('patching a header equals computing the whole checksum again', () => {
  fc.assert(
    fc.property(bytes, fc.uint8Array({ minLength: 40, maxLength: 40 }), bytes, (front, header, behind) => {
      const before = Buffer.alloc(40, 3);
      const after = Buffer.from(header);
      const old = crc32c(Buffer.concat([front, before, behind]));
      assert.equal(patchCrc(old, before, after, behind.length), crc32c(Buffer.concat([front, after, behind])));
    }),
  );
});
