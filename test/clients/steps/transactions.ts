/** Transactions: committed and aborted ones, and consume-transform-produce with the offsets in the same transaction. */
import assert from 'node:assert/strict';
import type { SeenRecord } from '../job.js';
import { assertSameRecords, makeRecords, type Placed, writeRecords } from '../records.js';
import type { Stage } from '../stage.js';

const EACH = 5;
const PARTITIONS = 2;
const TRANSFORMED = 20;
const BATCH = 4;
const PREFIX = 't:';
/** Of the same partition in turn; the last one of each is committed, so that a reader knows when it has all. */
const ENDS = ['commit', 'abort', 'abort', 'commit', 'commit', 'commit'] as const;

export async function transactions(stage: Stage): Promise<void> {
  const topic = 'transactions';
  await stage.createTopic(topic, PARTITIONS);
  const all = ENDS.map((end, i) => {
    const records = makeRecords({ seed: 200 + i, count: EACH, repeatsHeaders: false, largest: 1_000 });
    return { end, partition: i % PARTITIONS, records, file: writeRecords(stage.file(), records) };
  });
  const answers = await stage.run('transactions', {
    ...stage.at,
    topic,
    transactionalId: 'in-turn',
    transactions: all.map(({ end, partition, file }) => ({ end, partition, records: file })),
  });
  assert.deepEqual(
    answers.flatMap(({ ended }) => ended?.end ?? []),
    ENDS,
  );
  const placed = new Map<number, Placed[]>();
  const committed = new Map<number, Placed[]>();
  for (let partition = 0; partition < PARTITIONS; partition++) {
    let offset = 0;
    for (const one of all.filter((each) => each.partition === partition)) {
      for (const record of one.records) {
        const at = { ...record, offset: offset++ };
        append(placed, partition, at);
        if (one.end === 'commit') append(committed, partition, at);
      }
      offset++; // The marker.
    }
  }
  assertSameRecords(await readAll(stage, topic, 'read_committed', count(committed)), committed);
  assertSameRecords(await readAll(stage, topic, 'read_uncommitted', count(placed)), placed);
}

export async function transform(stage: Stage): Promise<void> {
  const [from, to] = ['untransformed', 'transformed'];
  await stage.createTopic(from, PARTITIONS);
  await stage.createTopic(to, PARTITIONS);
  const inputs = Array.from({ length: PARTITIONS }, (_, i) =>
    makeRecords({ seed: 300 + i, count: TRANSFORMED / PARTITIONS, repeatsHeaders: false, largest: 1_000 }),
  );
  const parts = inputs.map((records, partition) => ({
    partition,
    compression: 'none' as const,
    idempotent: false,
    records: writeRecords(stage.file(), records),
  }));
  await stage.run('produce', { ...stage.at, topic: from, parts });
  const answers = await stage.run('transform', {
    ...stage.at,
    from,
    to,
    partitions: PARTITIONS,
    group: 'transformers',
    transactionalId: 'transformer',
    count: TRANSFORMED,
    batch: BATCH,
  });
  const ends = answers.flatMap(({ ended }) => ended?.end ?? []);
  assert.equal(ends[1], 'abort', 'the second transaction is aborted');
  assert.ok(ends.length > TRANSFORMED / BATCH, `transactions: ${ends}`);
  const seen = await readAll(stage, to, 'read_committed', TRANSFORMED);
  // Neither headers nor timestamps are asked for.
  const content = (key: string | null, value: Buffer) => ({ key, value: value.toString('base64') });
  for (const [partition, records] of inputs.entries()) {
    assert.deepEqual(
      seen.filter((each) => each.partition === partition).map(({ key, value }) => content(key, bytes(value))),
      records.map(({ key, value }) => content(key, Buffer.concat([Buffer.from(PREFIX), bytes(value)]))),
      `each record of partition ${partition} once, in order`,
    );
  }
  const admin = await stage.admin();
  const [offsets] = await admin.fetchOffsets({ groupId: 'transformers', topics: [from] });
  assert.deepEqual(
    offsets?.partitions.map(({ partition, offset }) => [partition, Number(offset)]).sort(),
    inputs.map(({ length }, partition) => [partition, length]),
    'the offsets of the transactions',
  );
}

let readers = 0;

export async function readAll(
  stage: Stage,
  topic: string,
  isolation: 'read_committed' | 'read_uncommitted',
  expected: number,
  partitions = PARTITIONS,
): Promise<SeenRecord[]> {
  const group = `${topic}-reader-${readers++}`;
  const answers = await stage.run('consume', { ...stage.at, topic, partitions, group, isolation, count: expected });
  return answers.flatMap(({ record }) => record ?? []);
}

const bytes = (value: string | null): Buffer => Buffer.from(value ?? '', 'base64');
const count = (map: ReadonlyMap<number, readonly unknown[]>): number =>
  [...map.values()].reduce((sum, { length }) => sum + length, 0);

function append(map: Map<number, Placed[]>, partition: number, record: Placed): void {
  map.set(partition, [...(map.get(partition) ?? []), record]);
}
