/** A client over its quota is answered at once and then not read for as long as it was told; nobody else notices. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { alterClientQuotas } from '../../src/protocol/api/alter-client-quotas.js';
import { type FetchRequest, fetch } from '../../src/protocol/api/fetch.js';
import { metadata } from '../../src/protocol/api/metadata.js';
import { produce } from '../../src/protocol/api/produce.js';
import { encodeRequest } from '../../src/protocol/codec.js';
import { encodeBatch } from '../../src/protocol/records/encode.js';
import type { Draft } from '../../src/protocol/schema.js';
import { poisonPools } from '../harness/poison.js';
import { Wire } from '../harness/wire.js';
import { WireTopic } from '../harness/wire-topic.js';
import { startSimBroker } from './sim-broker.js';
import { World } from './world.js';

const RATE = 100_000;

function bodyOf(world: World, bytes: number, acks: number, index = 0) {
  const timestamp = BigInt(world.host('client').clock.nowMs());
  const records = encodeBatch({ records: [{ timestamp, value: Buffer.alloc(bytes, 7) }] });
  const topicData = [{ name: 't', partitionData: [{ index, records }] }];
  return { transactionalId: null, acks, timeoutMs: 1_000, topicData };
}

async function stage(seed: number) {
  const world = new World(seed);
  const broker = await startSimBroker(world, 'broker');
  const { network, clock } = world.host('client');
  const open = (clientId: string) => world.finish('a connection', 5_000, Wire.open(broker.address, network, clientId));
  const admin = await open('admin');
  await world.finish(
    'a topic',
    5_000,
    WireTopic.create(admin, 't', { clock, partitions: 2, configs: { 'max.message.bytes': '10000000' } }),
  );
  const limit = (clientId: string, key: string, value: number) => {
    const entity = [{ entityType: 'client-id', entityName: clientId }];
    const entries = [{ entity, ops: [{ key, value, remove: false }] }];
    return world.finish('a quota', 5_000, admin.ask(alterClientQuotas, { entries, validateOnly: false }));
  };
  const put = (wire: Wire, bytes: number, partition = 0) => wire.ask(produce, bodyOf(world, bytes, -1, partition), 11);
  /** What it gives, and when. */
  const timed = <T>(promise: Promise<T>) => promise.then((value) => ({ value, atMs: world.nowMs }));
  const finish = <T>(promise: Promise<T>) => world.finish('an answer', 60_000, promise);
  return { world, broker, network, open, limit, put, timed, finish };
}

test('who writes too much is answered at once and read again when its time is over [broker 9.7]', async () => {
  const { world, open, limit, put, timed, finish } = await stage(1);
  await limit('greedy', 'producer_byte_rate', RATE);
  const [greedy, other] = [await open('greedy'), await open('other')];
  const sinceMs = world.nowMs;
  const first = await finish(timed(put(greedy, 12 * RATE)));
  const { throttleTimeMs } = first.value;
  // Twelve seconds' worth and a little of the request beside it, of which ten are had at once.
  assert.ok(throttleTimeMs >= 2_000 && throttleTimeMs < 2_010, `${throttleTimeMs} ms`);
  assert.ok(first.atMs - sinceMs < 200, `answered after ${first.atMs - sinceMs} ms`);
  const waiting = timed(greedy.ask(metadata, { topics: [] }));
  const meanwhile = await finish(timed(put(other, 12 * RATE)));
  assert.equal(meanwhile.value.throttleTimeMs, 0);
  assert.ok(meanwhile.atMs - first.atMs < 200, `the other one after ${meanwhile.atMs - first.atMs} ms`);
  const servedMs = (await finish(waiting)).atMs - first.atMs;
  assert.ok(servedMs > throttleTimeMs - 200 && servedMs < throttleTimeMs + 200, `served after ${servedMs} ms`);
});

test('who asks for no answer is not read for as long all the same [broker 9.7]', async () => {
  const { world, broker, network, limit, finish } = await stage(2);
  await limit('greedy', 'producer_byte_rate', RATE);
  const connection = await finish(network.connect(broker.address, { timeoutMs: 1_000 }));
  const answered = new Promise<number>((resolve) => {
    connection.start({ data: () => resolve(world.nowMs), drain() {}, end() {} });
  });
  const sinceMs = world.nowMs;
  const header = { correlationId: 1, clientId: 'greedy' };
  connection.write(encodeRequest(produce, 11, header, bodyOf(world, 12 * RATE, 0)));
  connection.write(encodeRequest(metadata, 12, header, { topics: [] }));
  assert.ok((await finish(answered)) - sinceMs > 1_900);
});

test('what a quota keeps back is not taken for told: a fetch session tells it later [broker 4.3, 9.7]', async () => {
  const { open, limit, put, finish } = await stage(3);
  const [writer, reader] = [await open('writer'), await open('reader')];
  await limit('reader', 'consumer_byte_rate', RATE);
  const read = async (request: Draft<FetchRequest>, offsets: readonly (readonly [number, bigint])[]) => {
    const partitions = offsets.map(([partition, fetchOffset]) => ({ partition, fetchOffset, partitionMaxBytes: 1e7 }));
    const topics = partitions.length === 0 ? [] : [{ topic: 't', partitions }];
    const limits = { maxWaitMs: 0, minBytes: 0, maxBytes: 1e7 };
    const answer = await finish(reader.ask(fetch, { ...limits, ...request, topics }, 12));
    const told = answer.responses.flatMap(({ partitions: all }) =>
      all.map(
        (each) => `${each.partitionIndex}: ${each.records?.length ? 'records' : 'none'} of ${each.highWatermark}`,
      ),
    );
    return { id: answer.sessionId, told, isThrottled: answer.throttleTimeMs > 0 };
  };
  await finish(put(writer, 9 * RATE, 1));
  const opened = await read({ sessionEpoch: 0 }, [
    [0, 0n],
    [1, 1n],
  ]);
  assert.deepEqual(opened, { id: opened.id, told: ['0: none of 0', '1: none of 1'], isThrottled: false });
  assert.ok(opened.id > 0);
  // All that may be had at once, so that the next answer of this size is kept back.
  assert.deepEqual((await read({ sessionEpoch: -1 }, [[1, 0n]])).told, ['1: records of 1']);
  await finish(put(writer, 1, 0));
  const kept = await read({ sessionId: opened.id, sessionEpoch: 1 }, [
    [0, 1n],
    [1, 0n],
  ]);
  assert.deepEqual(kept, { id: opened.id, told: [], isThrottled: true });
  let later: Awaited<ReturnType<typeof read>> = kept;
  for (let epoch = 2; later.isThrottled && epoch < 9; epoch++) {
    later = await read({ sessionId: opened.id, sessionEpoch: epoch }, []);
  }
  assert.deepEqual(later, { id: opened.id, told: ['0: none of 1', '1: records of 1'], isThrottled: false });
  const noSession = await read({ sessionEpoch: 0 }, [[1, 0n]]);
  assert.deepEqual(noSession, { id: 0, told: [], isThrottled: true }, 'what is kept back opens none');
});

test('the memory of what is kept back, or read again before it is told, is used again [broker 1.5, 9.7]', async () => {
  const poisoned = poisonPools();
  const { open, limit, put, finish } = await stage(4);
  const [writer, reader] = [await open('writer'), await open('reader')];
  const read = (fetchOffset: bigint, minBytes: number) => {
    const topics = [{ topic: 't', partitions: [{ partition: 0, fetchOffset, partitionMaxBytes: 1e7 }] }];
    return finish(reader.ask(fetch, { maxWaitMs: 100, minBytes, maxBytes: 1e7, topics }, 12));
  };
  await finish(put(writer, 9 * RATE));
  const before = poisoned.times;
  const answer = await read(0n, 1e7);
  assert.ok((answer.responses[0]?.partitions[0]?.records?.length ?? 0) > 9 * RATE);
  assert.equal(poisoned.times - before, 2, 'what was too little, and what was written');
  await limit('reader', 'consumer_byte_rate', RATE);
  await read(0n, 1);
  const afterOne = poisoned.times;
  const kept = await read(0n, 1);
  assert.ok(kept.throttleTimeMs > 0 && kept.responses.length === 0);
  assert.equal(poisoned.times - afterOne, 1, 'what was kept back');
});
