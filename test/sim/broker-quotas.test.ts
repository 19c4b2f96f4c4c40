/** A client over its quota is answered at once and then not read for as long as it was told; nobody else notices. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { alterClientQuotas } from '../../src/protocol/api/alter-client-quotas.js';
import { metadata } from '../../src/protocol/api/metadata.js';
import { produce } from '../../src/protocol/api/produce.js';
import { encodeRequest } from '../../src/protocol/codec.js';
import { encodeBatch } from '../../src/protocol/records/encode.js';
import { Wire } from '../harness/wire.js';
import { WireTopic } from '../harness/wire-topic.js';
import { startSimBroker } from './sim-broker.js';
import { World } from './world.js';

const RATE = 100_000;

function bodyOf(world: World, bytes: number, acks: number) {
  const timestamp = BigInt(world.host('client').clock.nowMs());
  const records = encodeBatch({ records: [{ timestamp, value: Buffer.alloc(bytes, 7) }] });
  const topicData = [{ name: 't', partitionData: [{ index: 0, records }] }];
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
    WireTopic.create(admin, 't', { clock, configs: { 'max.message.bytes': '10000000' } }),
  );
  const limit = (clientId: string, key: string, value: number) => {
    const entity = [{ entityType: 'client-id', entityName: clientId }];
    const entries = [{ entity, ops: [{ key, value, remove: false }] }];
    return world.finish('a quota', 5_000, admin.ask(alterClientQuotas, { entries, validateOnly: false }));
  };
  const put = (wire: Wire, bytes: number) => wire.ask(produce, bodyOf(world, bytes, -1), 11);
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
