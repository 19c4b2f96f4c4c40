/**
 * The memory of requests and answers is used again. Here it is overwritten as soon as it is given back, so that a batch that
 * is still to be written, to be answered or to be kept would show it.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTopics } from '../../src/protocol/api/create-topics.js';
import { fetch } from '../../src/protocol/api/fetch.js';
import { produce } from '../../src/protocol/api/produce.js';
import { encodeBatch } from '../../src/protocol/records/encode.js';
import { batchesIn, RECORDS_AT } from '../../src/protocol/records/header.js';
import { poisonPools } from '../harness/poison.js';
import type { Wire } from '../harness/wire.js';
import { openSimWire, startSimBroker } from './sim-broker.js';
import { World } from './world.js';

const TOPIC = 'orders';
const BATCH_BYTES = 200_000;

function batchOf(number: number): Buffer {
  const value = Buffer.alloc(BATCH_BYTES, number + 1);
  return encodeBatch({ records: [{ timestamp: 1_790_000_000_000n, value }], codec: 'none' });
}

function send(wire: Wire, number: number) {
  const partitionData = [{ index: 0, records: batchOf(number) }];
  const topicData = [{ name: TOPIC, partitionData }];
  return wire.ask(produce, { transactionalId: null, acks: -1, timeoutMs: 1000, topicData }, 12);
}

function read(wire: Wire, fetchOffset: bigint) {
  const partitions = [{ partition: 0, fetchOffset, partitionMaxBytes: 2 * BATCH_BYTES + 1000 }];
  const request = { maxWaitMs: 100, minBytes: 1, maxBytes: 1 << 20, topics: [{ topic: TOPIC, partitions }] };
  return wire.ask(fetch, request, 12);
}

test('memory: of requests and answers that are under way at once each keeps its own bytes [broker 1.5]', async () => {
  const poisoned = poisonPools();
  const world = new World(7);
  const broker = await startSimBroker(world, 'broker');
  const wires = await Promise.all([1, 2, 3].map((each) => openSimWire(world, broker, `client-${each}`)));
  const [writer, ...readers] = wires;
  assert.ok(writer);
  const topics = [{ name: TOPIC, numPartitions: 1, replicationFactor: 1, configs: [] }];
  await world.finish('a topic', 60_000, writer.ask(createTopics, { topics, timeoutMs: 1000 }));
  const count = 24;
  const produced = Promise.all(Array.from({ length: count }, (_, number) => send(writer, number)));
  const readAll = async (wire: Wire) => {
    let next = 0n;
    while (next < count) {
      // Two under way: the second is read while the first is still on its way.
      const answers = await Promise.all([read(wire, next), read(wire, next)]);
      for (const { responses } of answers) {
        const records = responses[0]?.partitions[0]?.records ?? Buffer.alloc(0);
        let offset = next;
        for (const batch of batchesIn(records)) {
          assert.ok(batch.kind === 'batch' && batch.crcMatches(), `batch ${offset} is not what was sent`);
          const sent = batchOf(Number(offset));
          assert.equal(batch.baseOffset, offset);
          assert.ok(batch.records.equals(sent.subarray(RECORDS_AT)));
          offset = batch.nextOffset;
        }
        if (answers[1]?.responses === responses) next = offset;
      }
    }
  };
  await world.finish('everything', 60_000, Promise.all([produced, ...readers.map(readAll)]));
  assert.ok(poisoned.times > count, `${poisoned.times} pieces came back`);
  await world.finish('the end', 60_000, broker.stop());
});
