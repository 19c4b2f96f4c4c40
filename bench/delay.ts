/**
 * How long a record is under way: from the moment it is handed to the source's connection until a reader of the destination
 * has it, by one clock. Records come at a steady pace, far below what any copier can carry.
 */
import { sleep } from '../src/base/clock.js';
import { systemClock } from '../src/base/node/clock.js';
import { fetch } from '../src/protocol/api/fetch.js';
import type { TestKafka } from '../test/harness/kafka.js';
import type { Wire } from '../test/harness/wire.js';
import { connect, produceBatch, type Topic } from './broker.js';
import { type Load, makeBatch, Numbers } from './loads.js';
import { percentile, type Weighted } from './statistics.js';

export interface Delays {
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export interface Pace {
  readonly source: TestKafka;
  readonly destination: TestKafka;
  readonly load: Load;
  /** Fresh: nobody else writes to it, so the offsets of what is sent are known. */
  readonly topic: Topic;
  readonly copy: Topic;
  readonly paceSeconds: number;
  readonly paceRecordsPerSecond: number;
}

const BATCH_EVERY_MS = 10;
/** Sent and carried, but not counted: the way must have been gone before. */
const UNCOUNTED_SECONDS = 2;
const ARRIVED_WITHIN_MS = 60_000;

interface Sent {
  readonly end: bigint;
  readonly count: number;
  readonly atMs: number;
  readonly counted: boolean;
}

export async function timeRecords(pace: Pace): Promise<Delays> {
  const waiting: Sent[][] = Array.from({ length: pace.topic.partitions }, () => []);
  const samples: Weighted[] = [];
  const [from, to] = await Promise.all([connect(pace.source), connect(pace.destination)]);
  const reading = { over: false };
  try {
    const reader = readCopy(to, pace.copy, reading, (partition, end) => {
      const now = performance.now();
      const sent = waiting[partition] ?? [];
      while (sent[0] !== undefined && sent[0].end <= end) {
        const [{ atMs, count, counted }] = sent.splice(0, 1) as [Sent];
        if (counted) samples.push({ value: now - atMs, count });
      }
    });
    await Promise.race([send(from, pace, waiting), reader]);
    const lateMs = performance.now() + ARRIVED_WITHIN_MS;
    while (waiting.some((sent) => sent.length > 0)) {
      if (performance.now() > lateMs) throw new Error('paced records did not arrive');
      await Promise.race([sleep(systemClock, BATCH_EVERY_MS), reader]);
    }
    reading.over = true;
    await reader;
  } finally {
    reading.over = true;
    for (const wire of [from, to]) wire.close();
  }
  return { p50Ms: percentile(samples, 0.5), p99Ms: percentile(samples, 0.99) };
}

async function send(wire: Wire, pace: Pace, waiting: Sent[][]): Promise<void> {
  const random = new Numbers(7);
  const count = Math.max(1, Math.round((pace.paceRecordsPerSecond * BATCH_EVERY_MS) / 1_000));
  const ends = waiting.map(() => 0n);
  const beginMs = performance.now();
  const acknowledged: Promise<bigint>[] = [];
  const batches = ((UNCOUNTED_SECONDS + pace.paceSeconds) * 1_000) / BATCH_EVERY_MS;
  for (let number = 0; number < batches; number++) {
    const dueMs = beginMs + number * BATCH_EVERY_MS;
    if (dueMs > performance.now()) await sleep(systemClock, dueMs - performance.now());
    const partition = number % ends.length;
    const batch = makeBatch(pace.load, count, Date.now(), random);
    const end = (ends[partition] ?? 0n) + BigInt(count);
    ends[partition] = end;
    const counted = number * BATCH_EVERY_MS >= UNCOUNTED_SECONDS * 1_000;
    waiting[partition]?.push({ end, count, atMs: performance.now(), counted });
    const sent = produceBatch(wire, pace.topic, partition, batch);
    sent.catch(() => undefined); // Awaited below.
    acknowledged.push(sent);
  }
  await Promise.all(acknowledged);
}

/** Calls `arrived` with the end of what each answer shows of a partition. */
async function readCopy(
  wire: Wire,
  copy: Topic,
  reading: { readonly over: boolean },
  arrived: (partition: number, end: bigint) => void,
): Promise<void> {
  const positions = Array.from({ length: copy.partitions }, () => 0n);
  while (!reading.over) {
    const partitions = positions.map((fetchOffset, partition) => ({
      partition,
      fetchOffset,
      partitionMaxBytes: 1 << 20,
    }));
    const { responses } = await wire.ask(fetch, {
      maxWaitMs: 100,
      minBytes: 1,
      maxBytes: 16 << 20,
      isolationLevel: 1,
      topics: [{ topic: copy.name, topicId: copy.id, partitions }],
    });
    for (const { partitionIndex, errorCode, records } of responses[0]?.partitions ?? []) {
      if (errorCode !== 0) throw new Error(`read ${copy.name}/${partitionIndex}: error ${errorCode}`);
      const end = records === null ? undefined : endOf(records);
      if (end === undefined) continue;
      positions[partitionIndex] = end;
      arrived(partitionIndex, end);
    }
  }
}

/** Behind the last whole batch. */
function endOf(records: Buffer): bigint | undefined {
  let end: bigint | undefined;
  for (let at = 0; at + 61 <= records.length; ) {
    const size = 12 + records.readInt32BE(at + 8);
    if (at + size > records.length) break;
    end = records.readBigInt64BE(at) + BigInt(records.readInt32BE(at + 23) + 1);
    at += size;
  }
  return end;
}
