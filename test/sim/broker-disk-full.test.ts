/** A disk that takes no more, and then does again: clear answers, nothing damaged, and no restart needed. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTopics } from '../../src/protocol/api/create-topics.js';
import { initProducerId } from '../../src/protocol/api/init-producer-id.js';
import { listOffsets } from '../../src/protocol/api/list-offsets.js';
import { produce } from '../../src/protocol/api/produce.js';
import { encodeBatch } from '../../src/protocol/records/encode.js';
import type { Wire } from '../harness/wire.js';
import { openSimWire, startSimBroker } from './sim-broker.js';
import { World } from './world.js';

const STORAGE_ERROR = 56;

for (const code of ['ENOSPC', 'EROFS', 'EIO', 'EFBIG']) {
  test(`appends that the disk refuses with ${code} are told so, and go on when it takes them again [broker 2.6]`, async () => {
    const world = new World(7);
    const disk = world.diskOf('broker');
    const config = { 'log.segment.bytes': '2000' };
    let wire = await openSimWire(world, await startSimBroker(world, 'broker', { config }));
    const wanted = { name: 't', numPartitions: 1, replicationFactor: 1 };
    await world.finish('topic', 1000, wire.ask(createTopics, { topics: [wanted], timeoutMs: 1000 }));
    const append = (valueBytes = 300) => world.finish('produce', 1000, appendTo(wire, valueBytes));
    for (let i = 0; i < 3; i++) assert.deepEqual(await append(), [0, BigInt(i)]);
    for (const kinds of [['write'], ['write', 'truncate'], ['create', 'write', 'rename', 'sync']]) {
      const before = await world.finish('end', 1000, endOf(wire));
      // A sync that fails is another matter: what a write refused is all that is tried here.
      disk.onCall = ({ kind, bytes }) => {
        if (kind !== 'sync' && kinds.includes(kind))
          throw Object.assign(new Error(code), { code, written: bytes >> 1 });
      };
      for (let i = 0; i < 8; i++) assert.deepEqual(await append(30), [STORAGE_ERROR, -1n], `${kinds}`);
      assert.equal(await world.finish('end', 1000, endOf(wire)), before);
      await world.run(5000);
      disk.onCall = undefined;
      for (let i = 0; i < 7; i++) assert.deepEqual(await append(), [0, before + BigInt(i)], `${kinds}`);
    }
    const end = await world.finish('end', 1000, endOf(wire));
    world.kill('broker');
    wire = await openSimWire(world, await startSimBroker(world, 'broker', { config }));
    assert.equal(await world.finish('end', 1000, endOf(wire)), end);
    assert.deepEqual(await append(), [0, end]);
  });
}

test('producer ids are given out again once the disk takes the block that failed [broker 2.6]', async () => {
  const world = new World(8);
  const broker = await startSimBroker(world, 'broker');
  const request = { transactionalId: null, transactionTimeoutMs: 1000, producerId: -1n, producerEpoch: -1 };
  world.diskOf('broker').onCall = () => {
    throw Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' });
  };
  const refused = await openSimWire(world, broker);
  await assert.rejects(world.finish('refusal', 1000, refused.ask(initProducerId, request)));
  world.diskOf('broker').onCall = undefined;
  const wire = await openSimWire(world, broker);
  assert.equal((await world.finish('an id', 1000, wire.ask(initProducerId, request))).errorCode, 0);
});

async function appendTo(wire: Wire, valueBytes: number): Promise<[number | undefined, bigint | undefined]> {
  const records = encodeBatch({ records: [{ timestamp: 1_790_000_000_000n, value: Buffer.alloc(valueBytes, 7) }] });
  const topicData = [{ name: 't', partitionData: [{ index: 0, records }] }];
  const answer = await wire.ask(produce, { transactionalId: null, acks: -1, timeoutMs: 1000, topicData }, 11);
  const partition = answer.responses[0]?.partitionResponses[0];
  return [partition?.errorCode, partition?.baseOffset];
}

async function endOf(wire: Wire): Promise<bigint> {
  const partitions = [{ partitionIndex: 0, currentLeaderEpoch: -1, timestamp: -1n }];
  const answer = await wire.ask(listOffsets, { replicaId: -1, isolationLevel: 0, topics: [{ name: 't', partitions }] });
  return answer.topics[0]?.partitions[0]?.offset ?? -1n;
}
