/** Produce and consume: each compression in a partition of its own, every byte compared. */
import assert from 'node:assert/strict';
import { fetch } from '../../../src/protocol/api/fetch.js';
import type { Compression } from '../job.js';
import { assertSameRecords, makeRecords, type Placed, writeRecords } from '../records.js';
import { cannot } from '../row.js';
import type { Stage } from '../stage.js';

const RECORDS = 40;
const CODECS: readonly Compression[] = ['none', 'gzip', 'snappy', 'lz4', 'zstd'];
/** Fetch by name, of magic 2. */
const FETCH_VERSION = 11;
const LENGTH_AT = 8;
const BEHIND_LENGTH = 12;
const ATTRIBUTES_AT = 22;
const CODEC_BITS = 7;

/** Where each record has to be read; the consume step takes it over. */
export async function produce(stage: Stage, topic: string): Promise<ReadonlyMap<number, readonly Placed[]>> {
  const { compressions, idempotent, repeatedHeaders } = stage.row.steps.produce;
  const repeatsHeaders = !cannot(repeatedHeaders);
  await stage.createTopic(topic, compressions.length);
  const written = compressions.map((compression, partition) => {
    const records = makeRecords({ seed: partition + 1, count: RECORDS, repeatsHeaders });
    const file = writeRecords(stage.file(), records);
    // Both ways of writing, where there are two.
    const part = { partition, compression, idempotent: !cannot(idempotent) && partition % 2 === 0, records: file };
    return { part, records };
  });
  const answers = await stage.run('produce', { ...stage.at, topic, parts: written.map(({ part }) => part) });
  const acked = answers.flatMap((answer) => answer.acked ?? []);
  for (const { part } of written) {
    const own = acked.filter(({ partition }) => partition === part.partition);
    assert.equal(new Set(own.map(({ index }) => index)).size, RECORDS, `acknowledged in partition ${part.partition}`);
    for (const { index, offset } of own)
      if (offset !== null) assert.equal(offset, index, 'the offset that was acknowledged');
  }
  assert.deepEqual(await codecsOf(stage, topic, compressions.length), compressions, 'compressed as was asked for');
  return new Map(
    written.map(({ part, records }) => [part.partition, records.map((record, offset) => ({ ...record, offset }))]),
  );
}

export async function consume(
  stage: Stage,
  topic: string,
  expected: ReadonlyMap<number, readonly Placed[]>,
): Promise<void> {
  const answers = await stage.run('consume', {
    ...stage.at,
    topic,
    partitions: expected.size,
    group: `${topic}-reader`,
    isolation: 'read_uncommitted',
    count: expected.size * RECORDS,
  });
  assertSameRecords(
    answers.flatMap(({ record }) => record ?? []),
    expected,
  );
}

/** Of the batches of each partition, as their attributes say: a client may leave one as it is that would not get smaller. */
async function codecsOf(stage: Stage, topic: string, partitions: number): Promise<(Compression | undefined)[]> {
  const wire = await stage.wire();
  try {
    const wanted = Array.from({ length: partitions }, (_, partition) => ({
      partition,
      fetchOffset: 0n,
      partitionMaxBytes: 8 << 20,
    }));
    const { responses } = await wire.send(fetch, FETCH_VERSION, {
      replicaId: -1,
      maxWaitMs: 5_000,
      minBytes: 1,
      maxBytes: 64 << 20,
      topics: [{ topic, partitions: wanted }],
    });
    const found = new Map<number, Compression | undefined>();
    for (const { partitionIndex, records } of responses.flatMap((each) => each.partitions)) {
      const batches = Buffer.from(records ?? []);
      let codec = 0;
      for (let at = 0; at + ATTRIBUTES_AT < batches.length; at += BEHIND_LENGTH + batches.readInt32BE(at + LENGTH_AT)) {
        codec = Math.max(codec, batches.readUInt8(at + ATTRIBUTES_AT) & CODEC_BITS);
      }
      found.set(partitionIndex, CODECS[codec]);
    }
    return wanted.map(({ partition }) => found.get(partition));
  } finally {
    wire.close();
  }
}
