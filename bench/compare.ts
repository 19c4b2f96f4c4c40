/**
 * Is the copy the same log? Each record of both sides, as it stands there: offset, timestamp, key, value, headers. Reads batches
 * and records by itself, shares nothing with the engine, and does not care how they were batched or compressed.
 */
import { createHash, type Hash } from 'node:crypto';
import { fetch } from '../src/protocol/api/fetch.js';
import type { TestKafka } from '../test/harness/kafka.js';
import { connect, readEnds, type Topic } from './broker.js';
import { unpackLz4 } from './lz4.js';
import { readRecords } from './records.js';

export interface Digest {
  readonly records: number;
  readonly end: bigint;
  readonly sha256: string;
}

const STAGED_BYTES = 1 << 20;
const FETCH_BYTES = 8 << 20;
const LZ4 = 3;

/** Throws at the first partition that differs. Gives the number of records compared. */
export function compare(source: readonly Digest[], copy: readonly Digest[]): number {
  if (source.length !== copy.length) throw new Error(`${copy.length} partitions in place of ${source.length}`);
  let records = 0;
  for (const [partition, wanted] of source.entries()) {
    const found = copy[partition];
    if (found === undefined || found.records !== wanted.records || found.sha256 !== wanted.sha256) {
      const [one, other] = [wanted, found].map(
        (side) => `${side?.records} records up to ${side?.end}, ${side?.sha256}`,
      );
      throw new Error(`partition ${partition} is no copy: ${one} at the source, ${other} at the destination`);
    }
    records += wanted.records;
  }
  return records;
}

/** By partition. */
export async function digestTopic(cluster: TestKafka, topic: Topic): Promise<Digest[]> {
  const wire = await connect(cluster);
  try {
    const ends = await readEnds(wire, topic);
    const digests: Digest[] = [];
    for (const [partition, end] of ends.entries()) {
      const digest = new LogDigest();
      while (digest.end < end) {
        const { responses } = await wire.ask(fetch, {
          maxWaitMs: 1_000,
          minBytes: 1,
          maxBytes: FETCH_BYTES,
          isolationLevel: 1,
          topics: [
            {
              topic: topic.name,
              topicId: topic.id,
              partitions: [{ partition, fetchOffset: digest.end, partitionMaxBytes: FETCH_BYTES }],
            },
          ],
        });
        const found = responses[0]?.partitions[0];
        const before = digest.end;
        if (found?.errorCode === 0 && found.records !== null) digest.add(found.records);
        if (digest.end === before) throw new Error(`${topic.name}/${partition} gives nothing at ${before}`);
      }
      digests.push(digest.finish());
    }
    return digests;
  } finally {
    wire.close();
  }
}

/** Of one partition. */
export class LogDigest {
  readonly #hash: Hash = createHash('sha256');
  readonly #staged = Buffer.allocUnsafe(STAGED_BYTES);
  #stagedBytes = 0;
  #records = 0;
  end = 0n;

  /** Batches in order; what is cut off at the end is left out. */
  add(batches: Buffer): void {
    for (let at = 0; at + 61 <= batches.length; ) {
      const size = 12 + batches.readInt32BE(at + 8);
      if (at + size > batches.length) return;
      this.#batch(batches.subarray(at, at + size));
      at += size;
    }
  }

  finish(): Digest {
    this.#flush();
    return { records: this.#records, end: this.end, sha256: this.#hash.digest('hex') };
  }

  #batch(batch: Buffer): void {
    const base = batch.readBigInt64BE(0);
    const attributes = batch.readInt16BE(21);
    const after = base + BigInt(batch.readInt32BE(23) + 1);
    const isControl = (attributes & 0x20) !== 0;
    if (!isControl) {
      const packed = batch.subarray(61);
      const codec = attributes & 7;
      if (codec !== 0 && codec !== LZ4) throw new Error(`codec ${codec} is none of the bench's`);
      const records = codec === LZ4 ? unpackLz4(packed) : packed;
      const baseTimestamp = batch.readBigInt64BE(27);
      // An answer may begin with a batch that holds what was read before.
      readRecords(records, batch.readInt32BE(57), (record) => {
        const offset = base + BigInt(record.offsetDelta);
        if (offset >= this.end) this.#record(offset, baseTimestamp + record.timestampDelta, record.content);
      });
    }
    this.end = after;
  }

  #record(offset: bigint, timestamp: bigint, content: Buffer): void {
    this.#records++;
    const bytes = 16 + content.length;
    if (this.#stagedBytes + bytes > STAGED_BYTES) this.#flush();
    if (bytes > STAGED_BYTES) throw new Error('a record larger than the bench makes');
    this.#staged.writeBigInt64BE(offset, this.#stagedBytes);
    this.#staged.writeBigInt64BE(timestamp, this.#stagedBytes + 8);
    content.copy(this.#staged, this.#stagedBytes + 16);
    this.#stagedBytes += bytes;
  }

  #flush(): void {
    this.#hash.update(this.#staged.subarray(0, this.#stagedBytes));
    this.#stagedBytes = 0;
  }
}
