/** What one connection may cost the embedded broker: how long it may be silent, and how much may be queued on it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Connection, ConnectionHandler } from '../../src/base/connection.js';
import { silentLog } from '../../src/base/log.js';
import { createBroker } from '../../src/broker/broker.js';
import { createTopics } from '../../src/protocol/api/create-topics.js';
import { fetch } from '../../src/protocol/api/fetch.js';
import { metadata } from '../../src/protocol/api/metadata.js';
import { produce } from '../../src/protocol/api/produce.js';
import { encodeRequest } from '../../src/protocol/codec.js';
import { encodeBatch } from '../../src/protocol/records/encode.js';
import type { Api, Draft } from '../../src/protocol/schema.js';
import { World } from './world.js';

const MINUTE_MS = 60_000;

/** A broker and one connection to it, of which the test sees each call and decides when it ends. */
async function stage(config: Readonly<Record<string, string>> = {}) {
  const world = new World(1);
  const calls: string[] = [];
  let accept: ((connection: Connection) => void) | undefined;
  let handler: ConnectionHandler | undefined;
  const listen = { host: 'broker', port: 9092 };
  const network = {
    connect: () => Promise.reject(new Error('a broker connects to nobody')),
    listen: async (_: unknown, take: (connection: Connection) => void) => {
      accept = take;
      return { address: listen, close: async () => undefined };
    },
  };
  const surroundings = { ...world.host('broker'), network, log: silentLog, directory: '/data', config };
  const opening = createBroker({ ...surroundings, listeners: [{ protocol: 'PLAINTEXT', listen }] });
  await world.finish('a broker', MINUTE_MS, opening);
  const call = (name: string) => () => void calls.push(name);
  accept?.({
    remote: 'client:1',
    start: (given) => {
      handler = given;
    },
    write: () => {
      calls.push('write');
      return true;
    },
    pauseReading: call('pause'),
    resumeReading: call('resume'),
    close: call('close'),
    reset: call('reset'),
  });
  const ask = <Q, S>(api: Api<Q, S>, version: number, body: Draft<Q>) =>
    handler?.data(Buffer.concat(encodeRequest(api, version, { correlationId: 1, clientId: 'c' }, body)));
  return {
    world,
    /** Since this was asked last. */
    calls: () => calls.splice(0),
    data: (bytes: Buffer) => handler?.data(bytes),
    describe: () => ask(metadata, 12, { topics: [] }),
    /** Of a topic in which nothing is written. */
    async wait(maxWaitMs: number) {
      ask(createTopics, 5, { topics: [{ name: 't', numPartitions: 1, replicationFactor: 1 }], timeoutMs: 1_000 });
      await world.run(1_000);
      const partitions = [{ partition: 0, fetchOffset: 0n, partitionMaxBytes: 1_000 }];
      ask(fetch, 12, { maxWaitMs, minBytes: 1, sessionEpoch: -1, topics: [{ topic: 't', partitions }] });
    },
    /** To a topic that is not there. */
    produce: (acks: number) => {
      const partitionData = [
        { index: 0, records: encodeBatch({ records: [{ timestamp: 0n, value: Buffer.from('v') }] }) },
      ];
      ask(produce, 12, { acks, timeoutMs: 1_000, topicData: [{ name: 'missing', partitionData }] });
    },
    ends: () => handler?.end(undefined),
  };
}

test('connections: a silent one is ended after its time, and one that asks now and then is not [broker 1.4]', async () => {
  const { world, calls, describe } = await stage();
  for (let round = 0; round < 3; round++) {
    await world.run(9 * MINUTE_MS);
    describe();
    await world.run(1);
    assert.deepEqual(calls(), ['write']);
  }
  await world.run(9.9 * MINUTE_MS);
  assert.deepEqual(calls(), []);
  await world.run(0.2 * MINUTE_MS);
  assert.deepEqual(calls(), ['close', 'reset'], 'and who does not let it end is not waited for');
});

test('connections: one that never asked anything is ended, and with −1 none is [broker 1.4]', async () => {
  const silent = await stage();
  await silent.world.run(10 * MINUTE_MS);
  assert.deepEqual(silent.calls(), ['close']);
  silent.ends();
  await silent.world.run(MINUTE_MS);
  assert.deepEqual(silent.calls(), [], 'it is over');
  const kept = await stage({ 'connections.max.idle.ms': '-1' });
  await kept.world.run(600 * MINUTE_MS);
  assert.deepEqual(kept.calls(), []);
});

test('connections: one that was refused and never ends is reset [broker 1.4]', async () => {
  const { world, calls, data } = await stage({ 'connections.max.idle.ms': '-1' });
  data(Buffer.from([0x7f, 0xff, 0xff, 0xff]));
  assert.deepEqual(calls(), ['close']);
  await world.run(2_000);
  assert.deepEqual(calls(), ['reset']);
});

test('connections: who wants no answer is told of a refusal by the end of the connection [broker 3.8]', async () => {
  const { calls, produce } = await stage();
  produce(1);
  assert.deepEqual(calls(), ['write']);
  produce(0);
  assert.deepEqual(calls(), ['close']);
});

test('connections: one whose request waits is not silent, and no more than so much is queued behind it [broker 1.1, 1.4]', async () => {
  const { world, calls, data, wait } = await stage();
  await wait(25 * MINUTE_MS);
  await world.run(24 * MINUTE_MS);
  assert.deepEqual(calls(), ['write'], 'the topic was made');
  const empty = Buffer.alloc(4 * 10_000);
  data(empty);
  assert.deepEqual(calls(), []);
  data(empty);
  assert.deepEqual(calls(), ['pause'], 'requests without a byte cost memory too');
  await world.run(2 * MINUTE_MS);
  assert.deepEqual(calls(), ['write', 'close', 'reset'], 'and are none');
});
