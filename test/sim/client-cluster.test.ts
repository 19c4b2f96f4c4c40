/** Brokers that are silent, gone, moved or wrong about themselves do not keep the others from answering. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { KafkaError, NotSent, OutcomeUnknown } from '../../src/client/types.js';
import { apiVersions } from '../../src/protocol/api/api-versions.js';
import { findCoordinator } from '../../src/protocol/api/find-coordinator.js';
import { heartbeat } from '../../src/protocol/api/heartbeat.js';
import { metadata } from '../../src/protocol/api/metadata.js';
import { saslAuthenticate } from '../../src/protocol/api/sasl-authenticate.js';
import { saslHandshake } from '../../src/protocol/api/sasl-handshake.js';
import { ScriptedCluster } from './scripted-cluster.js';

test('metadata asks a broker each time, over the same connection [client 2.3]', async () => {
  const kafka = await ScriptedCluster.start(1);
  const client = kafka.client();
  kafka.lead('t', [1]);
  const first = await kafka.finish(client.metadata(['t']));
  assert.equal(first.topics[0]?.partitions[0]?.leaderEpoch, 0);
  kafka.lead('t', [1], 5);
  const second = await kafka.finish(client.metadata(['t']));
  assert.equal(second.topics[0]?.partitions[0]?.leaderEpoch, 5);
  assert.deepEqual([kafka.broker(1).count(metadata), kafka.broker(1).connections], [2, 1]);
});

test('each broker is asked for metadata in its turn, and says whose word it was [client 2.3]', async () => {
  const kafka = await ScriptedCluster.start(3);
  const client = kafka.client();
  const first = await kafka.finish(client.metadata([]));
  assert.equal(first.answeredBy, -1);
  const tellers: number[] = [];
  for (let count = 0; count < 6; count++) tellers.push((await kafka.finish(client.metadata([]))).answeredBy);
  assert.deepEqual(new Set(tellers.slice(0, 3)), new Set([1, 2, 3]));
  assert.deepEqual(tellers.slice(3), tellers.slice(0, 3));
  kafka.world.kill('b2');
  await kafka.finish(client.metadata([]));
  await kafka.finish(client.metadata([]));
  const others: number[] = [];
  for (let count = 0; count < 4; count++) others.push((await kafka.finish(client.metadata([]))).answeredBy);
  assert.deepEqual(new Set(others), new Set([1, 3]));
});

test('a question for a topic never makes it [client 2.4]', async () => {
  const kafka = await ScriptedCluster.start(1);
  await kafka.finish(kafka.client().metadata(['t']));
  const asked = kafka.broker(1).asked.find(({ api }) => api === 'Metadata');
  assert.equal((asked?.request as { allowAutoTopicCreation?: boolean } | undefined)?.allowAutoTopicCreation, false);
});

test('addresses that lead nowhere, and brokers that accept and stay silent, cost a second each at most [client 2.1]', async () => {
  const kafka = await ScriptedCluster.start(4);
  kafka.world.net.cut('client', 'b1');
  kafka.broker(2).on(apiVersions, () => 'silence');
  kafka.world.pause('b3');
  const client = kafka.client();
  const before = kafka.world.nowMs;
  assert.equal((await kafka.finish(client.metadata([]))).clusterId, 'scripted');
  assert.ok(kafka.world.nowMs - before < 3_100, `${kafka.world.nowMs - before}`);
  // Once learnt it is not paid again.
  await kafka.world.run(15_000);
  const again = kafka.world.nowMs;
  await kafka.finish(client.metadata([]));
  await kafka.finish(client.channel('any', 'p'));
  assert.ok(kafka.world.nowMs - again < 50, `${kafka.world.nowMs - again}`);
});

test('many channels are opened at once, and that is no leak of listeners', async (t) => {
  const warnings: string[] = [];
  const onWarning = ({ name }: Error) => void warnings.push(name);
  process.on('warning', onWarning);
  t.after(() => process.off('warning', onWarning));
  const kafka = await ScriptedCluster.start(1);
  const client = kafka.client();
  await kafka.finish(client.metadata([]));
  const purposes = Array.from({ length: 20 }, (_, at) => `p${at}`);
  await kafka.finish(Promise.all(purposes.map((purpose) => client.channel(1, purpose))));
  assert.equal(kafka.broker(1).connections, 21);
  // Node tells of a warning in the next turn.
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(warnings, []);
});

test('a broker that stops answering is passed over, also in the middle of a question [client 2.1]', async () => {
  const kafka = await ScriptedCluster.start(2);
  const client = kafka.client();
  await kafka.finish(client.metadata([]));
  const [busy, idle] = kafka.broker(1).count(metadata) > 0 ? ['b1', kafka.broker(2)] : ['b2', kafka.broker(1)];
  kafka.world.pause(busy as string);
  const before = kafka.world.nowMs;
  await kafka.finish(client.metadata([]));
  assert.ok(kafka.world.nowMs - before < 1_100, `${kafka.world.nowMs - before}`);
  assert.equal((idle as { count(api: typeof metadata): number }).count(metadata), 1);
});

test('when nobody answers, every reason is named, at once', async () => {
  const kafka = await ScriptedCluster.start(2);
  for (const name of ['b1', 'b2']) kafka.world.kill(name);
  const failed = kafka.client().metadata([]);
  await assert.rejects(kafka.finish(failed, 1_000), (error) => {
    assert.ok(error instanceof NotSent);
    assert.match(error.message, /no broker of scripted answers: .*b1:9001.*ECONNREFUSED.*b2:9002.*ECONNREFUSED/);
    return true;
  });
});

test('when nobody answers within the time, it says so then', async () => {
  const kafka = await ScriptedCluster.start(2);
  for (const name of ['b1', 'b2']) kafka.world.pause(name);
  const before = kafka.world.nowMs;
  await assert.rejects(kafka.finish(kafka.client().metadata([], { timeoutMs: 3_000 })), NotSent);
  assert.ok(Math.abs(kafka.world.nowMs - before - 3_000) < 10, `${kafka.world.nowMs - before}`);
});

test('a refused login is told as such, not as an absent broker [client 1.5]', async () => {
  const kafka = await ScriptedCluster.start(2);
  kafka.world.kill('b1');
  kafka.broker(2).on(saslHandshake, () => ({ errorCode: 0 }));
  kafka.broker(2).on(saslAuthenticate, () => ({ errorCode: 58 }));
  const client = kafka.client({ security: { sasl: { mechanism: 'PLAIN', username: 'u', password: 'p' } } });
  await assert.rejects(kafka.finish(client.metadata([])), (error) => error instanceof KafkaError && error.code === 58);
});

test('one connection per broker and purpose, however many ask for it at the same time [client 2.2]', async () => {
  const kafka = await ScriptedCluster.start(2);
  const client = kafka.client();
  const asked = [client.channel(2, 'a'), client.channel(2, 'a'), client.channel(2, 'b'), client.channel(1, 'a')];
  const [one, same, other, elsewhere] = await kafka.finish(Promise.all(asked));
  assert.equal(one, same);
  assert.notEqual(one, other);
  assert.deepEqual([one?.brokerId, elsewhere?.brokerId], [2, 1]);
  assert.equal(await kafka.finish(client.channel(2, 'a')), one);
  one?.reset('a test');
  const fresh = await kafka.finish(client.channel(2, 'a'));
  assert.notEqual(fresh, one);
  assert.equal(fresh.open, true);
});

test('a broker that has moved is looked up again after one failure [client 2.3]', async () => {
  const kafka = await ScriptedCluster.start(3);
  const client = kafka.client();
  await kafka.finish(client.channel(3, 'p'));
  // Each broker has its connection for metadata then.
  for (let count = 0; count < 3; count++) await kafka.finish(client.metadata([]));
  kafka.world.kill('b3');
  // Broker 3 comes back where broker 2 was described; metadata says so from now on.
  const at = kafka.broker(2).address;
  kafka.described = {
    ...kafka.described,
    brokers: [
      { nodeId: 1, ...kafka.broker(1).address },
      { nodeId: 3, ...at },
    ],
  };
  await kafka.world.run(100);
  await assert.rejects(kafka.finish(client.channel(3, 'p')), NotSent);
  const connections = kafka.broker(2).connections;
  const channel = await kafka.finish(client.channel(3, 'p'));
  assert.deepEqual([channel.brokerId, kafka.broker(2).connections], [3, connections + 1]);
  await assert.rejects(kafka.finish(client.channel(2, 'p')), NotSent);
});

test('a kept connection that has died is replaced within the question', async () => {
  const kafka = await ScriptedCluster.start(1);
  const client = kafka.client();
  await kafka.finish(client.metadata([]));
  let hangUps = 1;
  kafka.broker(1).on(metadata, () => (hangUps-- > 0 ? 'hang-up' : kafka.described));
  assert.equal((await kafka.finish(client.metadata([]))).clusterId, 'scripted');
  assert.equal(kafka.broker(1).connections, 2);
});

test('a coordinator that is loading or not there is asked for until there is one', async () => {
  const kafka = await ScriptedCluster.start(1);
  const codes = [15, 14, 16, 15];
  kafka.broker(1).on(findCoordinator, ({ coordinatorKeys }) => {
    const errorCode = codes.shift() ?? 0;
    return { coordinators: [{ key: coordinatorKeys[0] ?? '', errorCode, nodeId: errorCode === 0 ? 1 : -1 }] };
  });
  const client = kafka.client();
  assert.equal(await kafka.finish(client.coordinator('group', 'g')), 1);
  assert.equal(kafka.broker(1).count(findCoordinator), 5);
  kafka.broker(1).on(findCoordinator, () => ({ coordinators: [{ key: 'g', errorCode: 15 }] }));
  const before = kafka.world.nowMs;
  const never = client.coordinator('group', 'g', { timeoutMs: 2_000 });
  await assert.rejects(kafka.finish(never), (error) => error instanceof KafkaError && error.code === 15);
  const waited = kafka.world.nowMs - before;
  assert.ok(waited > 500 && waited <= 2_000, `${waited}`);
  kafka.broker(1).on(findCoordinator, () => ({ coordinators: [{ key: 'g', errorCode: 30 }] }));
  const refused = client.coordinator('group', 'g');
  await assert.rejects(kafka.finish(refused, 100), (error) => error instanceof KafkaError && error.code === 30);
});

test('without a controller nobody is named', async () => {
  const kafka = await ScriptedCluster.start(1);
  kafka.controller = -1;
  await assert.rejects(kafka.finish(kafka.client().controller()), NotSent);
  kafka.controller = 4;
  assert.equal(await kafka.finish(kafka.client().controller()), 4);
});

test('once closed nothing is sent any more, and what is in flight is unknown [client 1.1]', async () => {
  const kafka = await ScriptedCluster.start(1);
  const client = kafka.client();
  kafka.broker(1).on(heartbeat, () => 'silence');
  const channel = await kafka.finish(client.channel(1, 'p'));
  const inFlight = channel.send(heartbeat, { groupId: 'g' });
  const opening = client.channel(1, 'q');
  const [closed, sent, opened] = await kafka.finish(Promise.allSettled([client.close(), inFlight, opening]));
  assert.equal(closed.status, 'fulfilled');
  assert.ok(sent.status === 'rejected' && sent.reason instanceof OutcomeUnknown);
  assert.ok(opened.status === 'rejected' && opened.reason instanceof NotSent, String(opened));
  const calls: (() => Promise<unknown>)[] = [
    () => client.metadata([]),
    () => client.channel(1, 'p'),
    () => client.coordinator('group', 'g'),
    () => client.controller(),
  ];
  for (const call of calls) await assert.rejects(kafka.finish(call(), 100), NotSent);
});
