/**
 * The part of the broker's conformance suite about what is inside a produced batch: what is refused, what is mended, and what
 * is kept though no reader can make sense of it. Batches as no encoder writes them (test/harness/raw-batch.ts).
 */
import assert from 'node:assert/strict';
import { produce } from '../../src/protocol/api/produce.js';
import { type CodecName, codecNumber, compress } from '../../src/protocol/compression/codec.js';
import { crc32 } from '../../src/protocol/crc32.js';
import { decodeBatch } from '../../src/protocol/records/decode.js';
import { batchesIn, TIMESTAMP_TYPE_BIT } from '../../src/protocol/records/header.js';
import { type RawBatch, type RawRecord, rawBatch, recordBytes, SOUND } from '../harness/raw-batch.js';
import { until } from '../harness/until.js';
import type { Wire } from '../harness/wire.js';
import type { WireTopic } from '../harness/wire-topic.js';
import type { Suite } from './conformance-behaviours.js';

interface Bench {
  /** A connection of its own. */
  readonly open: () => Promise<Wire>;
  readonly topic: (configs?: Readonly<Record<string, string>>, partitions?: number) => Promise<WireTopic>;
}

const HOUR_MS = 3_600_000;
const HOUR = BigInt(HOUR_MS);
const CODECS = ['gzip', 'snappy', 'lz4', 'zstd'] as const;
const X = Buffer.from('x');
/** Sound records take eight bytes. */
const RECORD_BYTES = 8;

/** Three records, the second of them as it is said. */
const second = (record: RawRecord, more: RawBatch = {}): RawBatch => ({
  records: [{}, { offsetDelta: 1, ...record }, { offsetDelta: 2 }],
  ...more,
});
const deltas = (...offsetDeltas: number[]): RawBatch => ({
  records: offsetDeltas.map((offsetDelta) => ({ offsetDelta })),
});

/** Lengths in front of records that are not theirs. */
const LENGTHS: Readonly<Record<string, RawBatch>> = {
  'one less': second({ length: RECORD_BYTES - 1 }),
  'one more': second({ length: RECORD_BYTES + 1 }),
  'more than there is': second({ length: 100_000 }),
  none: second({ length: 0 }),
  negative: second({ length: -3 }),
};
/** Broken inside, whichever way one reads them. */
const BROKEN: Readonly<Record<string, RawBatch>> = {
  'one record more in the header': { count: 4, lastOffsetDelta: 3 },
  'one record less in the header': { count: 2, lastOffsetDelta: 1 },
  'bytes behind the last record': { trailing: Buffer.from('xyz') },
  'a key longer than its record': second({ key: RECORD_BYTES }),
  'a key longer than the batch': second({ key: 1000 }),
  'a value longer than the batch': second({ value: 1000 }),
  'a header without a key': second({ headers: [[-1, X]] }),
  'fewer headers than none': second({ headerCount: -1 }),
  'a header that is not there': second({ headerCount: 1 }),
  'a thousand headers': second({ headerCount: 1000 }),
  'a header that is not counted': second({ headers: [[X, X]], headerCount: 0 }),
};
/** Odd, and taken all the same. */
const ODD: Readonly<Record<string, RawBatch>> = {
  'a key of length −2': second({ key: -2 }),
  'a value of length −2': second({ value: -2 }),
  'a header value of length −5': second({ headers: [[X, -5]] }),
  'a header key that is no UTF-8': second({ headers: [[Buffer.from([0xff, 0xfe]), X]] }),
  'attributes of a record': second({ attributes: 0x55 }),
};
const WRONG_OFFSETS = [deltas(0, 2, 1), deltas(0, 1, 5), deltas(0, 0, 0), deltas(1, 2, 3), deltas(-1, 0, 1)];

export function recordConformance(suite: Suite, bench: Bench): void {
  const codeOf = async (t: WireTopic, raw: RawBatch) => (await t.append(rawBatch(raw)))[0];
  const eachIs = async (t: WireTopic, code: number, batches: Readonly<Record<string, RawBatch>>, codec: CodecName) => {
    for (const [name, raw] of Object.entries(batches)) {
      assert.equal(await codeOf(t, { ...raw, codec }), code, `${codec}: ${name}`);
    }
  };
  /** As it is in the log. */
  const stored = async (t: WireTopic, bytes: Buffer) => {
    const [code, baseOffset] = await t.append(Buffer.from(bytes));
    assert.equal(code, 0);
    const { records } = await t.fetch(baseOffset);
    const [batch] = batchesIn(records ?? Buffer.alloc(0));
    assert.ok(batch?.kind === 'batch' && batch.crcMatches());
    return batch;
  };

  suite.describe('records of a batch', () => {
    suite.behaviour(
      'each is read: a batch that is broken inside is refused, and nothing is appended [3.7]',
      async () => {
        const t = await bench.topic();
        await eachIs(t, 87, BROKEN, 'none');
        await eachIs(t, 87, LENGTHS, 'none');
        await eachIs(t, 87, { 'a byte more in the record': second({ rest: X }) }, 'none');
        const endless = Buffer.from('ffffffffffffff01', 'hex');
        assert.equal(await codeOf(t, { payload: endless }), -1, 'a length that does not end');
        await eachIs(t, 87, BROKEN, 'gzip');
        assert.equal(await codeOf(t, { payload: compress('gzip', endless), attributes: codecNumber('gzip') }), 87);
        assert.equal(await t.end(), 0n);
      },
    );

    suite.behaviour(
      'without compression offsets inside a batch are kept as they are, whatever they are [3.7]',
      async () => {
        const t = await bench.topic();
        for (const raw of WRONG_OFFSETS) {
          const sent = rawBatch(raw);
          assert.deepEqual((await stored(t, sent)).bytes.subarray(16), sent.subarray(16));
        }
        assert.equal(await t.end(), BigInt(3 * WRONG_OFFSETS.length));
        await eachIs(t, 0, ODD, 'none');
      },
    );

    suite.behaviour(
      'with compression offsets have to count up, and lengths of records are not looked at [3.7]',
      async () => {
        const t = await bench.topic();
        for (const raw of WRONG_OFFSETS) assert.equal(await codeOf(t, { ...raw, codec: 'gzip' }), -1);
        assert.equal(await t.end(), 0n);
        await eachIs(t, 0, LENGTHS, 'gzip');
        await eachIs(t, 0, ODD, 'gzip');
        assert.equal(await codeOf(t, second({ rest: X }, { codec: 'gzip' })), -1, 'what follows is read as a record');
      },
    );

    suite.behaviour('with another codec of the topic each record is read whole and numbered anew [3.7]', async () => {
      const t = await bench.topic({ 'compression.type': 'zstd' });
      for (const codec of ['none', 'gzip'] as const) {
        await eachIs(t, 87, BROKEN, codec);
        await eachIs(t, 87, LENGTHS, codec);
        for (const raw of WRONG_OFFSETS) {
          const batch = await stored(t, rawBatch({ ...raw, codec }));
          const offsets = decodeBatch(batch).map(({ offset }) => offset - batch.baseOffset);
          assert.deepEqual(offsets, [0n, 1n, 2n]);
        }
        assert.equal(decodeBatch(await stored(t, rawBatch(second({ key: -2 }, { codec }))))[1]?.key, null);
        assert.equal(await codeOf(t, { baseTimestamp: -2n, codec }), -1, 'a time before 1970 cannot be written');
      }
    });

    suite.behaviour('what does not unpack is refused without a code of its own [3.7]', async () => {
      const t = await bench.topic();
      const plain = Buffer.concat(SOUND.map(recordBytes));
      for (const codec of CODECS) {
        const attributes = codecNumber(codec);
        const packed = compress(codec, plain);
        const code = (payload: Buffer) => codeOf(t, { payload, attributes });
        assert.equal(await code(Buffer.from('certainly nothing that was compressed')), -1, `${codec}: garbage`);
        assert.equal(await code(plain), -1, `${codec}: not compressed at all`);
        assert.equal(await code(packed.subarray(0, packed.length - 9)), -1, `${codec}: cut off`);
        assert.equal(await code(Buffer.alloc(0)), codec === 'zstd' ? 87 : -1, `${codec}: nothing`);
        assert.equal(await codeOf(t, { codec, count: 4, lastOffsetDelta: 3 }), 87, `${codec}: fewer than it says`);
        assert.equal(await codeOf(t, { codec, trailing: X }), 87, `${codec}: a byte behind`);
      }
      for (const unknown of [5, 6, 7]) assert.equal(await codeOf(t, { attributes: unknown }), -1, `codec ${unknown}`);
      assert.equal(await t.end(), 0n);
      const behind = Buffer.concat([compress('lz4', plain), compress('lz4', plain)]);
      assert.equal(await codeOf(t, { payload: behind, attributes: codecNumber('lz4') }), 0, 'one lz4 frame is read');
    });

    suite.behaviour(
      'the highest timestamp of a batch is that of its records, whatever its header says [3.7]',
      async () => {
        const t = await bench.topic();
        const now = BigInt(Date.now());
        for (const codec of ['none', 'gzip'] as const) {
          for (const maxTimestamp of [now - HOUR, now + HOUR / 2n, now + 5n * HOUR, -1n]) {
            const raw = { baseTimestamp: now, maxTimestamp, codec };
            assert.equal((await stored(t, rawBatch(raw))).maxTimestamp, now);
          }
          const middle = second({ timestampDelta: 500n }, { baseTimestamp: now, codec });
          assert.equal((await stored(t, rawBatch(middle))).maxTimestamp, now + 500n);
          assert.equal((await stored(t, rawBatch({ baseTimestamp: -1000n, codec }))).maxTimestamp, -1n);
        }
        // What has to be mended loses the attributes that nobody knows; what has not keeps them.
        const unknown = codecNumber('none') | 0x180;
        assert.equal((await stored(t, rawBatch({ attributes: unknown }))).attributes, unknown);
        assert.equal((await stored(t, rawBatch({ attributes: unknown, maxTimestamp: now - HOUR }))).attributes, 0);
        const claimed = rawBatch({ attributes: TIMESTAMP_TYPE_BIT, maxTimestamp: now + 7n });
        const batch = await stored(t, claimed);
        assert.deepEqual([batch.timestampType, batch.maxTimestamp], ['CreateTime', now + 7n]);
      },
    );
  });

  suite.describe('records that are refused one by one', () => {
    suite.behaviour('a compacted topic wants a key in each, and the answer names those without [3.1]', async () => {
      const t = await bench.topic({ 'cleanup.policy': 'compact' });
      const text = `Compacted topic cannot accept message without key in topic partition ${t.name}-0`;
      const records = [0, 1, 2, 3, 4].map((offsetDelta) => ({ offsetDelta, key: offsetDelta === 1 ? X : -1 }));
      for (const codec of ['none', 'gzip'] as const) {
        const answer = await t.produce(rawBatch({ records, codec }));
        assert.deepEqual([answer.errorCode, answer.logStartOffset], [87, 0n]);
        assert.deepEqual(
          named(answer),
          [0, 2, 3, 4].map((index) => [index, text]),
        );
        const shown = [0, 2, 3].map((index) => `RecordError(batchIndex=${index}, message='${text}')`).join(', ');
        const front = 'One or more records have been rejected due to 4 record errors in total';
        assert.equal(answer.errorMessage, `${front}, and only showing the first three errors at most: [${shown}]`);
      }
      assert.equal(await codeOf(t, second({ key: -2 })), 87);
      assert.equal(await codeOf(t, second({ key: Buffer.alloc(0) })), 0, 'a key of nothing is a key');
      const broken = { records: [{ key: -1 }, { offsetDelta: 1, length: 3 }] };
      assert.deepEqual(named(await t.produce(rawBatch(broken))), [], 'what is broken is told before what is missing');
    });

    suite.behaviour('one timestamp out of range refuses the batch, and each such record is named [3.1]', async () => {
      const t = await bench.topic({ 'message.timestamp.before.max.ms': `${HOUR_MS}`, 'cleanup.policy': 'compact' });
      const base = BigInt(Date.now());
      const timestamp = base - 9n * HOUR;
      const early = second({ timestampDelta: -9n * HOUR }, { baseTimestamp: base });
      const answer = await t.produce(rawBatch(early));
      assert.deepEqual([answer.errorCode, answer.logStartOffset], [32, 0n]);
      assert.equal(answer.errorMessage, 'One or more records have been rejected due to invalid timestamp');
      const [[index, text] = []] = named(answer);
      assert.equal(index, 1);
      const front = `Timestamp ${timestamp} of message with offset 1 is out of range. The timestamp should be within [`;
      assert.ok(text?.startsWith(front), text ?? '');
      assert.equal(await codeOf(t, { baseTimestamp: -1n }), 0, 'no timestamp at all');
      assert.equal(await codeOf(t, { baseTimestamp: -2n }), 32);
      const both = { records: [{ key: -1 }, { offsetDelta: 1, timestampDelta: -9n * HOUR }] };
      const mixed = await t.produce(rawBatch({ ...both, baseTimestamp: base }));
      assert.deepEqual([mixed.errorCode, mixed.recordErrors.map(({ batchIndex }) => batchIndex)], [32, [0, 1]]);
      const older = await t.produce(rawBatch(early), { version: 7 });
      assert.deepEqual([older.errorCode, older.recordErrors.length], [32, 0], 'Produce 7 has no room for it');
    });

    suite.behaviour("a producer does not choose the broker's clock for a topic that has it [3.1]", async () => {
      const t = await bench.topic({ 'message.timestamp.type': 'LogAppendTime' });
      const base = BigInt(Date.now());
      const answer = await t.produce(rawBatch({ attributes: TIMESTAMP_TYPE_BIT, baseTimestamp: base }));
      assert.equal(answer.errorCode, 32);
      const record = `DefaultRecord(offset=0, timestamp=${base}, key=1 bytes, value=1 bytes)`;
      const text = `Invalid timestamp type in message ${record}. Producer should not set timestamp type to LogAppendTime.`;
      assert.deepEqual(named(answer)[0], [0, text]);
      assert.equal(answer.recordErrors.length, 3);
    });
  });

  suite.describe('what stands in the records of a partition', () => {
    suite.behaviour('one batch of magic 2, whole; the begin of another is passed over [3.1]', async () => {
      const t = await bench.topic();
      const ask = async (records: Buffer, version?: number) => {
        const { errorCode, logStartOffset } = await t.produce(records, version === undefined ? {} : { version });
        if (errorCode !== 0) assert.equal(logStartOffset, -1n);
        return errorCode;
      };
      assert.equal(await ask(Buffer.alloc(0)), 87, 'nothing');
      assert.equal(await ask(rawBatch().subarray(0, 70)), 87, 'a batch that is cut off');
      assert.equal(await ask(Buffer.concat([rawBatch(), rawBatch()])), 87, 'two');
      assert.equal(await ask(Buffer.concat([rawBatch(), rawBatch().subarray(0, 60)])), 0, 'one and a half');
      assert.equal(await ask(Buffer.concat([rawBatch(), Buffer.from('abcde')])), 0, 'one and some bytes');
      assert.equal(await ask(Buffer.concat([rawBatch(), Buffer.alloc(40)])), 2, 'one and an impossible one');
      assert.equal(await ask(changed((bytes) => bytes.writeInt32BE(30, 8))), 2, 'shorter than its header');
      assert.equal(await ask(changed((bytes) => bytes.writeInt32BE(7, 17))), 2, 'another checksum');
      for (const magic of [0, 1] as const) {
        for (const version of [3, 8, 12]) assert.equal(await ask(oldMessage(magic), version), 87, `magic ${magic}`);
        assert.equal(await ask(changed((bytes) => bytes.writeInt8(magic, 16))), 87);
      }
      assert.equal(await ask(rawBatch({ codec: 'zstd' }), 6), 76, 'zstd before Produce 7');
      assert.equal(await ask(rawBatch({ codec: 'zstd' }), 7), 0);
      assert.equal(await t.end(), 9n);
    });

    suite.behaviour('an entry that cannot be one refuses the whole request [3.1]', async () => {
      const t = await bench.topic({}, 2);
      const ask = (bytes: Buffer) => t.produceTo([rawBatch(), bytes]);
      for (const [bytes, text] of [
        [changed((batch) => batch.writeInt32BE(5, 8)), 'Record size 5 is less than the minimum record overhead (14)'],
        [changed((batch) => batch.writeInt32BE(-1, 8)), 'Record size -1 is less than the minimum record overhead (14)'],
        [changed((batch) => batch.writeInt8(3, 16)), 'Invalid magic found in record: 3'],
        [changed((batch) => batch.writeInt8(-1, 16)), 'Invalid magic found in record: -1'],
      ] as const) {
        const answers = await ask(bytes);
        assert.deepEqual(
          answers.map(({ errorCode, errorMessage }) => [errorCode, errorMessage]),
          [
            [2, text],
            [2, text],
          ],
        );
      }
      assert.equal(await t.end(), 0n);
    });

    suite.behaviour('a header that does not fit its records is refused, and the log start is told [3.1]', async () => {
      const t = await bench.topic();
      for (const [name, raw] of Object.entries({
        'base offset 5': { baseOffset: 5n },
        'base offset −1': { baseOffset: -1n },
        'more offsets than records': { lastOffsetDelta: 3 },
        'fewer offsets than records': { lastOffsetDelta: 1 },
        'no offset': { lastOffsetDelta: -1 },
        'as many as there can be': { lastOffsetDelta: 2 ** 31 - 1, count: 2 ** 31 - 1 },
        'records −1': { count: -1 },
        'no record': { records: [] },
        'no record of one': { records: [], lastOffsetDelta: 0, count: 1 },
        'a control batch': { attributes: 0x20 },
        'a producer without a sequence': { producerId: 5n, producerEpoch: 0 },
      } satisfies Record<string, RawBatch>)) {
        const answer = await t.produce(rawBatch(raw));
        assert.deepEqual([answer.errorCode, answer.logStartOffset], [87, 0n], name);
      }
      assert.equal(await t.end(), 0n);
      for (const raw of [{ producerId: -2n, producerEpoch: 0, baseSequence: 0 }, { baseSequence: 7 }]) {
        assert.equal(await codeOf(t, raw), 0, 'an id below 0 is none, and a sequence alone means nothing');
      }
    });

    suite.behaviour('who wants no answer is told of a refusal by the end of the connection [3.8]', async () => {
      const t = await bench.topic();
      const wire = await bench.open();
      const unanswered = (records: Buffer) => ({
        acks: 0,
        timeoutMs: 10_000,
        topicData: [{ name: t.name, topicId: t.id, partitionData: [{ index: 0, records }] }],
      });
      const sound = wire.ask(produce, unanswered(rawBatch()));
      sound.catch(() => undefined); // Nobody answers it.
      await until('it is in the log', 10_000, async () => (await t.end()) > 0n);
      const end = await t.end();
      assert.equal(wire.isEnded, false);
      await assert.rejects(wire.ask(produce, unanswered(rawBatch({ count: 2 }))), /closed/);
      await assert.rejects(sound, /closed/);
      assert.equal(await t.end(), end);
    });

    suite.behaviour(
      'sizes are looked at before anything else of a batch, and again when it is written anew [3.1]',
      async () => {
        const limit = { 'max.message.bytes': '1000' };
        const t = await bench.topic(limit);
        const large = rawBatch({ records: [{ value: Buffer.alloc(2000) }] });
        large.writeInt32BE(7, 17);
        const answer = await t.produce(large);
        assert.deepEqual([answer.errorCode, answer.logStartOffset], [10, -1n], 'also where the checksum is wrong');
        const unpacked = await bench.topic({ ...limit, 'compression.type': 'uncompressed' });
        const packed: RawBatch = { codec: 'gzip', records: [{ value: Buffer.alloc(2000) }] };
        assert.equal(await codeOf(unpacked, packed), 10);
        assert.equal(await codeOf(t, packed), 0);
        const small = await bench.topic({ 'max.message.bytes': '2000000', 'segment.bytes': '1048576' });
        assert.equal(await codeOf(small, { records: [{ value: Buffer.alloc(1_100_000) }] }), 18, 'more than a segment');
      },
    );
  });
}

function named(answer: {
  readonly recordErrors: readonly { readonly batchIndex: number; readonly batchIndexErrorMessage: string | null }[];
}): [number, string | null][] {
  return answer.recordErrors.map(({ batchIndex, batchIndexErrorMessage }) => [batchIndex, batchIndexErrorMessage]);
}

/** With the checksum it had. */
function changed(change: (bytes: Buffer) => void): Buffer {
  const bytes = rawBatch();
  change(bytes);
  return bytes;
}

/** A message of one of the formats before batches, with the right checksum. */
function oldMessage(magic: 0 | 1): Buffer {
  const timestamp = Buffer.alloc(magic === 0 ? 0 : 8);
  if (magic === 1) timestamp.writeBigInt64BE(BigInt(Date.now()));
  const body = Buffer.concat([Buffer.from([magic, 0]), timestamp, Buffer.from('000000016b0000000176', 'hex')]);
  const head = Buffer.alloc(16);
  head.writeInt32BE(body.length + 4, 8);
  head.writeUInt32BE(crc32(body), 12);
  return Buffer.concat([head, body]);
}
