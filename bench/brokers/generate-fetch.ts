/**
 * Consumers: each connection reads its own part of the topic, with the limits of Kafka's own consumer, one request at a time.
 * What comes is read into memory that is used again, and looked at only to see where to read on.
 */
import { systemNetwork } from '../../src/base/node/network.js';
import { fetch } from '../../src/protocol/api/fetch.js';
import { decodeResponse, encodeRequest } from '../../src/protocol/codec.js';
import { FrameAssembler, giveBack } from '../../src/protocol/frames.js';
import { BatchView } from '../../src/protocol/records/header.js';
import type { Job } from './job.js';

const FETCH_VERSION = 17;
/** `max.partition.fetch.bytes`. */
const PARTITION_BYTES_MAX = 1 << 20;
/** Below the consumer's `fetch.max.bytes` of 50 MiB, so that a generator's memory can be used again. */
const FETCH_BYTES_MAX = 16 << 20;

export interface Range {
  readonly partition: number;
  readonly end: bigint;
  next: bigint;
}

/** `received` is called with the bytes of each answer's batches. Resolves when everything was read. */
export async function generateFetch(
  job: Job,
  ends: readonly bigint[],
  received: (bytes: number) => void,
): Promise<void> {
  const parts = Array.from({ length: job.connections }, (_, own) => partOf(job, ends, own));
  await Promise.all(parts.map((ranges) => drive(job, ranges, received)));
}

/** Whole partitions where there are enough of them, else as large a piece of each. */
function partOf(job: Job, ends: readonly bigint[], own: number): Range[] {
  const all = ends.map((end, partition): Range => ({ partition, end, next: 0n }));
  if (ends.length >= job.connections) return all.filter(({ partition }) => partition % job.connections === own);
  const cut = (end: bigint, piece: number) => (end * BigInt(piece)) / BigInt(job.connections);
  return all.map(({ partition, end }) => ({ partition, next: cut(end, own), end: cut(end, own + 1) }));
}

async function drive(job: Job, ranges: Range[], received: (bytes: number) => void): Promise<void> {
  const connection = await systemNetwork.connect({ host: '127.0.0.1', port: job.port }, { timeoutMs: 10_000 });
  const frames = new FrameAssembler();
  await new Promise<void>((resolve, reject) => {
    let left = ranges;
    const ask = () => {
      const partitions = left.map(({ partition, next }) => ({
        partition,
        fetchOffset: next,
        partitionMaxBytes: PARTITION_BYTES_MAX,
      }));
      const request = {
        maxWaitMs: 500,
        minBytes: 1,
        maxBytes: FETCH_BYTES_MAX,
        topics: [{ topic: job.topic.name, topicId: job.topic.id, partitions }],
      };
      connection.write(encodeRequest(fetch, FETCH_VERSION, { correlationId: 0, clientId: 'bench' }, request));
    };
    const answered = (frame: Buffer) => {
      let bytes = 0;
      const moved = new Set<Range>();
      for (const { partitions } of decodeResponse(fetch, FETCH_VERSION, frame).body.responses) {
        for (const { partitionIndex, errorCode, records } of partitions) {
          if (errorCode !== 0) return reject(new Error(`fetch of ${partitionIndex}: error ${errorCode}`));
          const range = left.find(({ partition }) => partition === partitionIndex);
          if (range === undefined || records === null || records.length === 0) continue;
          range.next = behind(records);
          bytes += records.length;
          moved.add(range);
        }
      }
      giveBack(frame.buffer);
      received(bytes);
      // As a consumer does: who has just been served is asked for last.
      left = [...left.filter((each) => !moved.has(each)), ...moved].filter(({ next, end }) => next < end);
      if (left.length > 0) return ask();
      connection.close();
      resolve();
    };
    connection.start({
      data: (chunk) => frames.push(chunk, answered),
      into: { room: () => frames.room(), filled: (count) => frames.filled(count, answered) },
      drain() {},
      end: (error) => reject(error ?? new Error('the broker ended the connection')),
    });
    ask();
  });
}

/** The offset behind the last whole batch. */
function behind(records: Buffer): bigint {
  let nextOffset = 0n;
  for (let at = 0; at + 61 <= records.length; ) {
    const size = 12 + records.readInt32BE(at + 8);
    if (at + size > records.length) break;
    nextOffset = new BatchView(records, at, size).nextOffset;
    at += size;
  }
  return nextOffset;
}
