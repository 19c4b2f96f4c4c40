/** What the clients are given to write, from a seed, and whether what they read is that. Shares no code with klink. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import type { JobRecord, SeenRecord } from './job.js';

const FIRST_TIMESTAMP = 1_700_000_000_000;
const LARGE_BYTES = 150_000;

export interface RecordsWanted {
  readonly seed: number;
  readonly count: number;
  /** The client can write one name of a header twice. */
  readonly repeatsHeaders: boolean;
  readonly largest?: number;
}

/** Keys and values of all lengths, null and empty ones, bytes that are no text; one large value. */
export function makeRecords({ seed, count, repeatsHeaders, largest = LARGE_BYTES }: RecordsWanted): JobRecord[] {
  const random = randomFrom(seed);
  const below = (end: number) => Math.floor(random() * end);
  const bytes = (length: number) => {
    const repeated = below(2) === 0;
    const all = Buffer.alloc(length);
    // Half of them can be compressed.
    for (let i = 0; i < length; i++) all[i] = repeated ? 65 + (i % 7) : below(256);
    return all.toString('base64');
  };
  return Array.from({ length: count }, (_, i) => {
    const headers = Array.from({ length: below(4) }, (_, n) => [`h${n}-ü`, bytes(below(20))] as const);
    const [first] = headers;
    if (first && repeatsHeaders && below(2) === 0) headers.unshift([first[0], bytes(5)]);
    const key = below(5) === 0 ? null : bytes(below(30));
    const value = key !== null && below(8) === 0 ? null : bytes(i === 1 ? largest : below(3) === 0 ? 0 : below(2_000));
    return { key, value, headers, timestamp: FIRST_TIMESTAMP + seed * 1_000_000 + i * 7 };
  });
}

export function writeRecords(file: string, records: readonly JobRecord[]): string {
  writeFileSync(file, records.map((record) => `${JSON.stringify(record)}\n`).join(''));
  return file;
}

export interface Placed extends JobRecord {
  /** Where it has to be read; undefined where only the order is known. */
  readonly offset: number | undefined;
}

/** All of each partition, in order, and nothing else. */
export function assertSameRecords(seen: readonly SeenRecord[], expected: ReadonlyMap<number, readonly Placed[]>): void {
  for (const [partition, records] of expected) {
    const got = seen.filter((record) => record.partition === partition);
    for (const [i, record] of records.entries()) {
      const { offset: at, ...content } = record;
      const { partition: _, offset, ...read } = got[i] ?? assert.fail(`partition ${partition} ends before record ${i}`);
      assert.deepEqual(short(read), short(content), `partition ${partition}, record ${i}, offset ${offset}`);
      if (at !== undefined) assert.equal(offset, at, `partition ${partition}, record ${i}`);
    }
    assert.equal(got.length, records.length, `records in partition ${partition}`);
  }
  assert.equal(
    seen.length,
    [...expected.values()].reduce((sum, { length }) => sum + length, 0),
    'records in all',
  );
}

/** A difference in a large value is shown by where it begins. */
function short(record: JobRecord): unknown {
  const { value } = record;
  if (value === null || value.length < 200) return record;
  let sum = 0;
  for (let i = 0; i < value.length; i++) sum = (Math.imul(sum, 31) + value.charCodeAt(i)) | 0;
  return { ...record, value: `${value.slice(0, 40)}… of ${value.length}, sum ${sum}` };
}

/** Mulberry32. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
