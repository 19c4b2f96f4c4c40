import assert from 'node:assert/strict';
import test from 'node:test';
import { encodeBatch } from '../../protocol/records/encode.js';
import { BatchView } from '../../protocol/records/header.js';
import { endsEpoch, introduction, isReserved, StateReader } from './read-state.js';

const TOPIC = 'AAAAAAAAQACAAAAAAAAAAA';
const OURS = 7n;
const FORMER = 6n;
const FOREIGN = 900n;

interface Given {
  readonly writer: bigint;
  readonly transactional?: boolean;
  readonly visible?: boolean;
  readonly records: readonly (readonly [key: string | null, value: string | null])[];
}

function readerOf(batches: readonly Given[]): StateReader {
  const reader = new StateReader(TOPIC, OURS);
  let offset = 0n;
  for (const { writer, transactional = true, visible = true, records } of batches) {
    const bytes = encodeBatch({
      records: records.map(([key, value]) => ({
        timestamp: 1n,
        key: key === null ? null : Buffer.from(key),
        value: value === null ? null : Buffer.from(value),
      })),
      baseOffset: offset,
      transactional,
      producerId: writer,
      producerEpoch: 0,
      baseSequence: 0,
    });
    offset += BigInt(records.length);
    reader.visit(new BatchView(bytes, 0, bytes.length), visible);
  }
  return reader;
}

function introduced(writer: bigint, topicId = TOPIC): readonly [string, string] {
  const { key, value } = introduction(writer, topicId);
  return [key, value];
}

const entriesOf = (reader: StateReader) => reader.entries.map(({ key, value }) => `${key}=${value}`);

test('state: batches of the current producer id and of introduced ones count, in log order [5.1]', () => {
  const reader = readerOf([
    { writer: FORMER, records: [introduced(FORMER), ['a', '1'], ['b', '1']] },
    { writer: OURS, records: [introduced(OURS), ['a', '2']] },
  ]);
  assert.deepEqual(entriesOf(reader), ['a=2', 'b=1']);
  assert.equal(reader.decided, true);
  assert.equal(reader.foreign, undefined);
  assert.equal(reader.knowsWriter(OURS), true);
});

test('state: plain records do not count, whatever producer id they bear (T8) [5.1]', () => {
  const reader = readerOf([
    { writer: OURS, records: [['a', '1']] },
    { writer: -1n, transactional: false, records: [['a', 'plain']] },
    { writer: OURS, transactional: false, records: [['a', 'idempotent']] },
    { writer: FOREIGN, transactional: false, records: [introduced(FOREIGN), ['a', 'plain']] },
  ]);
  assert.deepEqual(entriesOf(reader), ['a=1']);
  assert.equal(reader.foreign?.records, 4);
});

test('state: transactions of others do not count, nor do those of this id before it has said so [5.1]', () => {
  const reader = readerOf([
    { writer: FOREIGN, records: [['a', 'foreign']] },
    { writer: FORMER, records: [['a', 'too early']] },
    { writer: FORMER, records: [introduced(FORMER)] },
    { writer: FORMER, records: [['b', '1']] },
  ]);
  assert.deepEqual(entriesOf(reader), ['b=1']);
  assert.deepEqual(reader.foreign?.producerIds, [FOREIGN, FORMER]);
});

test('state: a copied introduction, or one of another journal, introduces nobody [5.1]', () => {
  const reader = readerOf([
    { writer: FOREIGN, records: [introduced(FORMER), introduced(OURS), ['a', 'copied']] },
    { writer: FOREIGN, records: [introduced(FOREIGN, 'BBBBBBBBQACAAAAAAAAAAA'), ['a', 'of another journal']] },
  ]);
  assert.deepEqual(entriesOf(reader), []);
  assert.equal(reader.decided, false);
});

test('state: what was aborted introduces nobody and decides nothing [5.1]', () => {
  const reader = readerOf([
    { writer: FORMER, visible: false, records: [introduced(FORMER), ['a', '1']] },
    { writer: FORMER, records: [['a', '2']] },
  ]);
  assert.deepEqual(entriesOf(reader), []);
});

test('state: a forgotten key is no entry, but something was decided [5.1]', () => {
  const reader = readerOf([
    { writer: OURS, records: [['a', '1']] },
    { writer: OURS, records: [['a', null]] },
  ]);
  assert.deepEqual(reader.entries, []);
  assert.equal(reader.decided, true);
});

test('state: keys of ours that a foreign record covers are to be written again, until they were [5.1]', () => {
  const covered = [
    {
      writer: OURS,
      records: [
        ['a', '1'],
        ['b', '1'],
        ['c', null],
      ],
    },
    {
      writer: -1n,
      transactional: false,
      records: [
        ['a', 'x'],
        ['c', 'x'],
        ['nobody', 'x'],
        [null, 'x'],
      ],
    },
  ] as const;
  assert.deepEqual(readerOf(covered).overwritten, [
    { key: 'a', value: '1' },
    { key: 'c', value: null },
  ]);
  const mended = readerOf([
    ...covered,
    {
      writer: OURS,
      records: [
        ['a', '2'],
        ['c', null],
      ],
    },
  ]);
  assert.deepEqual(mended.overwritten, []);
});

test('state: only an end of this very epoch is the mark that is waited for [5.3]', () => {
  const marker = (producerId: bigint, producerEpoch: number, type: number) => {
    const key = Buffer.from([0, 0, 0, type]);
    const bytes = encodeBatch({
      records: [{ timestamp: 1n, key, value: Buffer.alloc(6) }],
      producerId,
      producerEpoch,
      transactional: true,
      control: true,
    });
    return new BatchView(bytes, 0, bytes.length);
  };
  const reader = new StateReader(TOPIC, OURS);
  reader.awaitMarker(endsEpoch(OURS, 4));
  for (const other of [marker(OURS, 3, 0), marker(FOREIGN, 4, 0), marker(OURS, 4, 2)]) reader.visit(other, false);
  assert.equal(reader.markerSeen, false);
  reader.visit(marker(OURS, 4, 0), false);
  assert.equal(reader.markerSeen, true);
});

test('state: the keys of the journal itself are its own [5.1]', () => {
  assert.equal(isReserved('writer/1'), true);
  assert.equal(isReserved('mirror/writer/1'), false);
});
