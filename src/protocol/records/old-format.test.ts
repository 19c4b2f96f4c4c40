/** Message sets as Apache Kafka 3.9.1's own builder (`MemoryRecords.builder`) writes them, from offset 40 on. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DecodeError } from '../reader.js';
import { batchesIn } from './header.js';
import { decodeOldEntry } from './old-format.js';

const written: readonly { readonly magic: number; readonly codec: string; readonly hex: string }[] = [
  {
    magic: 0,
    codec: 'none',
    hex: '000000000000002800000027fa0a67700000000000026b300000001776616c75652076616c75652076616c75652076616c7565000000000000002900000025e1dc61b70000ffffffff0000001776616c75652076616c75652076616c75652076616c7565000000000000002a000000108b23e3da0000000000026b32ffffffff',
  },
  {
    magic: 0,
    codec: 'gzip',
    hex: '000000000000002a0000005be478a2fc0001ffffffff0000004d1f8b08000000000000ff636000030d2056ffc5955e00e631651b0049f1b2c49cd254050c12a283411388551fde49dccec0f01f08086bd00262816ee5c7b7a0761881b401008dcfe81f80000000',
  },
  {
    magic: 0,
    codec: 'snappy',
    hex: '000000000000002a000000726bff66b30002ffffffff0000006482534e4150505900000000010000000100000050800100000901202800000027fa0a6770050f30026b300000001776616c75652042060005234000002900000025e1dc61b70000ffffffff863100502a000000108b23e3da0000000000026b32ffffffff',
  },
  {
    magic: 0,
    codec: 'lz4',
    hex: '000000000000002a0000006b1720f0ba0003ffffffff0000005d04224d1860401a4e00000012000100912800000027fa0a67700f00dd026b300000001776616c7565200600012300ff0200002900000025e1dc61b70000ffffffff31000f902a000000108b23e3da3e008000026b32ffffffff00000000',
  },
  {
    magic: 1,
    codec: 'none',
    hex: '00000000000000280000002f13ad42f6010000000000000003e8000000026b300000001776616c75652076616c75652076616c75652076616c756500000000000000290000002df1ffdae4010000000000000003e9ffffffff0000001776616c75652076616c75652076616c75652076616c7565000000000000002a000000182840acad010000000000000003ea000000026b32ffffffff',
  },
  {
    magic: 1,
    codec: 'gzip',
    hex: '000000000000002a000000689d17bb06010100000000000003eaffffffff000000521f8b08000000000000ff636080037de1b54edf18a11ce617408229db00488a9725e694a62a60905095201dba1fffdf7a02d7faf23f1010d6c804c4121a0e6bd6c235be02db6904d20e001ec5d22a98000000',
  },
  {
    magic: 1,
    codec: 'snappy',
    hex: '000000000000002a0000007f4ded5e7a010200000000000003eaffffffff0000006982534e4150505900000000010000000100000055980100001901142f13ad42f6010d104403e8000000026b300000001776616c7565204206000d2a0132102df1ffdae4010901011403e9ffffffff8639002002000000182840acad153928ea000000026b32ffffffff',
  },
  {
    magic: 1,
    codec: 'lz4',
    hex: '000000000000002a0000007b6f7ff64b010300000000000003eaffffffff0000006504224d186040825600000016000100632f13ad42f6011000fd0303e8000000026b300000001776616c7565200600032a00003200502df1ffdae409000002006f03e9ffffffff39000f9502000000182840acad3900b0ea000000026b32ffffffff00000000',
  },
];

const recordsIn = (bytes: Buffer) =>
  [...batchesIn(bytes)].flatMap((entry) => {
    assert.ok(entry.kind === 'foreign');
    return decodeOldEntry(entry);
  });

for (const { magic, codec, hex } of written) {
  test(`message format ${magic} with codec ${codec} is read, offsets and times as they were written`, () => {
    const bytes = Buffer.from(hex, 'hex');
    const records = recordsIn(bytes).map(({ offset, timestamp, key, value }) => {
      return [offset, timestamp, key?.toString() ?? null, value?.toString() ?? null];
    });
    const at = (index: bigint) => (magic === 0 ? -1n : 1000n + index);
    const value = 'value value value value';
    assert.deepEqual(records, [
      [40n, at(0n), 'k0', value],
      [41n, at(1n), null, value],
      [42n, at(2n), 'k2', null],
    ]);
  });

  test(`message format ${magic} with codec ${codec}: any damaged byte behind the checksum is noticed`, () => {
    const size = 12 + Buffer.from(hex, 'hex').readInt32BE(8);
    for (let at = 16; at < size; at++) {
      const bytes = Buffer.from(hex, 'hex');
      bytes.writeUInt8(bytes.readUInt8(at) ^ 0x40, at);
      let records: unknown[] = [];
      try {
        records = recordsIn(bytes);
      } catch (error) {
        assert.ok(error instanceof DecodeError);
        continue;
      }
      assert.fail(`byte ${at}: ${records.length} records`);
    }
  });
}
