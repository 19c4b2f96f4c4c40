/** One connection: its three outcomes, its order, throttling, and the login before it. */

import assert from 'node:assert/strict';
import test from 'node:test';
import type { Clock } from '../../src/base/clock.js';
import { silentLog } from '../../src/base/log.js';
import type { SaslLogin } from '../../src/base/sasl.js';
import type { KafkaChannel } from '../../src/client/channel.js';
import { openChannel } from '../../src/client/handshake.js';
import {
  AnotherCluster,
  type ClusterSecurity,
  KafkaError,
  NotSent,
  OutcomeUnknown,
  otherCluster,
} from '../../src/client/types.js';
import { apiVersions } from '../../src/protocol/api/api-versions.js';
import { heartbeat } from '../../src/protocol/api/heartbeat.js';
import { listGroups } from '../../src/protocol/api/list-groups.js';
import { metadata } from '../../src/protocol/api/metadata.js';
import { saslAuthenticate } from '../../src/protocol/api/sasl-authenticate.js';
import { saslHandshake } from '../../src/protocol/api/sasl-handshake.js';
import { encodeResponse } from '../../src/protocol/codec.js';
import { errorCode } from '../../src/protocol/errors.js';
import { ScriptedBroker } from './scripted-broker.js';
import { World } from './world.js';

interface Stage {
  readonly world: World;
  readonly broker: ScriptedBroker;
  /** Opens nothing but a connection to the cluster of this id. */
  openTo(clusterId: string): Promise<KafkaChannel>;
  open(sasl?: SaslLogin, chosen?: Pick<ClusterSecurity, 'chooseLogins' | 'loginsRefused'>): Promise<KafkaChannel>;
  /** Timers of the client that neither fired nor were cancelled. */
  readonly timers: ReadonlySet<number>;
}

async function stage(): Promise<Stage> {
  const world = new World(1);
  const broker = await ScriptedBroker.start(world, 'broker');
  const { clock: hostClock, random, network } = world.host('client');
  const timers = new Set<number>();
  let count = 0;
  const clock: Clock = {
    ...hostClock,
    setTimer(delayMs, fire) {
      const number = count++;
      timers.add(number);
      const over = () => timers.delete(number);
      const timer = hostClock.setTimer(delayMs, () => {
        over();
        fire();
      });
      return {
        cancel() {
          over();
          timer.cancel();
        },
      };
    },
  };
  const open = (security: ClusterSecurity, clusterId?: string) =>
    openChannel(broker.address, {
      clock,
      random,
      network,
      log: silentLog,
      cluster: 'test',
      brokerId: 1,
      purpose: 'test',
      clientId: 'test',
      requestTimeoutMs: 5_000,
      connectTimeoutMs: 2_000,
      security,
      clusterId,
      signal: new AbortController().signal,
    });
  return {
    world,
    broker,
    timers,
    open: (sasl, chosen) => world.finish('a channel', 10_000, open({ sasl, ...chosen })),
    openTo: (clusterId) => world.finish('a channel', 10_000, open({}, clusterId)),
  };
}

const user: SaslLogin = { mechanism: 'PLAIN', username: 'me', password: 'secret' };
const beat = (generation: number) => ({ groupId: 'g', generationId: generation, memberId: 'm' });

/** The outcomes of all of them, in order, as names. */
async function outcomes(world: World, requests: readonly Promise<unknown>[]): Promise<string[]> {
  const settled = await world.finish('all outcomes', 60_000, Promise.allSettled(requests));
  return settled.map((each) => (each.status === 'fulfilled' ? 'answer' : (each.reason as Error).name));
}

test('requests are sent at once and answered in order [client 1.2]', async () => {
  const { world, broker, open } = await stage();
  broker.on(heartbeat, ({ generationId }) => ({ errorCode: generationId }));
  const channel = await open();
  const answers = [1, 2, 3].map((generation) => channel.send(heartbeat, beat(generation)));
  assert.equal(channel.inFlight, 3);
  const codes = (await world.finish('three answers', 5_000, Promise.all(answers))).map((each) => each.errorCode);
  assert.deepEqual(codes, [1, 2, 3]);
});

test('an answer that belongs to another request ends the channel: no answer behind it is believed [client 1.2]', async () => {
  const { world, broker, open } = await stage();
  broker.on(heartbeat, ({ generationId }, { version }) => {
    if (generationId === 1) return { errorCode: 0 };
    return { raw: Buffer.concat(encodeResponse(heartbeat, version, 4711, { errorCode: 0 })) };
  });
  const channel = await open();
  const requests = [1, 2, 3].map((generation) => channel.send(heartbeat, beat(generation)));
  assert.deepEqual(await outcomes(world, requests), ['answer', 'OutcomeUnknown', 'OutcomeUnknown']);
  assert.equal(channel.open, false);
  assert.deepEqual(await outcomes(world, [channel.send(heartbeat, beat(4))]), ['NotSent']);
});

test('an answer that cannot be read ends the channel [client 1.2]', async () => {
  const { world, broker, open } = await stage();
  broker.on(listGroups, () => ({ raw: Buffer.from([0, 0, 0, 6, 0, 0, 0, 1, 9, 9]) }));
  const channel = await open();
  const failed = channel.send(listGroups, {});
  await assert.rejects(world.finish('an outcome', 5_000, failed), OutcomeUnknown);
  assert.equal(channel.open, false);
});

test('when time is over everything on the channel is unknown, and nothing is sent again [client 1.3]', async () => {
  const { world, broker, open } = await stage();
  broker.on(heartbeat, () => 'silence');
  const channel = await open();
  const before = world.nowMs;
  const requests = [channel.send(heartbeat, beat(1), { timeoutMs: 700 }), channel.send(heartbeat, beat(2))];
  assert.deepEqual(await outcomes(world, requests), ['OutcomeUnknown', 'OutcomeUnknown']);
  assert.ok(world.nowMs - before < 800, `${world.nowMs - before}`);
  assert.equal(broker.count(heartbeat), 2);
});

test('a broker that hangs up leaves what was sent unknown [client 1.1]', async () => {
  const { world, broker, open } = await stage();
  broker.on(heartbeat, () => 'hang-up');
  const channel = await open();
  assert.deepEqual(await outcomes(world, [channel.send(heartbeat, beat(1))]), ['OutcomeUnknown']);
  assert.equal(channel.open, false);
});

test('a throttle is obeyed before the next request, which may give up waiting without ending the channel [client 1.4]', async () => {
  const { world, broker, open } = await stage();
  broker.on(heartbeat, ({ generationId }) => ({ errorCode: 0, throttleTimeMs: generationId === 1 ? 3_000 : 0 }));
  const channel = await open();
  await world.finish('the first answer', 5_000, channel.send(heartbeat, beat(1)));
  const throttledAt = world.nowMs;
  const impatient = channel.send(heartbeat, beat(2), { timeoutMs: 500 });
  const patient = channel.send(heartbeat, beat(3));
  assert.deepEqual(await outcomes(world, [impatient, patient]), ['NotSent', 'answer']);
  const [, later] = broker.asked.filter(({ api }) => api === 'Heartbeat');
  assert.deepEqual(later?.request, { ...(later?.request as object), generationId: 3 });
  const waited = (later?.atMs ?? 0) - throttledAt;
  assert.ok(waited >= 3_000 && waited < 3_010, `${waited}`);
  assert.equal(channel.open, true);
});

test('giving up is NotSent before the send, unknown after it, and the answer that comes late harms nobody [client 1.1]', async () => {
  const { world, broker, open } = await stage();
  broker.on(heartbeat, ({ generationId }) => ({ errorCode: generationId }));
  const channel = await open();
  const giving = new AbortController();
  const given = channel.send(heartbeat, beat(1), { signal: giving.signal });
  const next = channel.send(heartbeat, beat(2));
  giving.abort();
  assert.deepEqual(await outcomes(world, [given]), ['OutcomeUnknown']);
  assert.equal((await world.finish('the next', 5_000, next)).errorCode, 2);
  assert.deepEqual(await outcomes(world, [channel.send(heartbeat, beat(3), { signal: giving.signal })]), ['NotSent']);
  assert.equal(broker.count(heartbeat), 2);
});

test('a version that the broker does not offer is not sent [client 6]', async () => {
  const { world, broker, open } = await stage();
  broker.offeredUpTo.set(heartbeat.key, 2);
  broker.on(heartbeat, () => ({ errorCode: 0 }));
  const channel = await open();
  assert.equal(channel.versionOf(heartbeat), 2);
  assert.deepEqual(await outcomes(world, [channel.send(heartbeat, beat(1), { versionMin: 3 })]), ['NotSent']);
  assert.equal(broker.count(heartbeat), 0);
});

test('closing leaves requests in flight unknown [client 1.1]', async () => {
  const { world, broker, open } = await stage();
  broker.on(heartbeat, () => 'silence');
  const channel = await open();
  const request = channel.send(heartbeat, beat(1));
  channel.close();
  assert.deepEqual(await outcomes(world, [request]), ['OutcomeUnknown']);
});

test('a broker that knows only older ApiVersions is asked in version 0', async () => {
  const { world, broker, open } = await stage();
  broker.on(apiVersions, (_, { version }) => {
    if (version > 0) return { raw: Buffer.concat(encodeResponse(apiVersions, 0, 0, { errorCode: 35 })) };
    return { apiKeys: [{ apiKey: heartbeat.key, minVersion: 0, maxVersion: 1 }] };
  });
  broker.on(heartbeat, () => ({ errorCode: 0 }));
  const channel = await open();
  assert.deepEqual(await outcomes(world, [channel.send(heartbeat, beat(1)), channel.send(listGroups, {})]), [
    'answer',
    'NotSent',
  ]);
});

test('a broker that never answers is given up when the time to connect is over [client 1.5]', async () => {
  const { world, broker, open } = await stage();
  broker.on(apiVersions, () => 'silence');
  const before = world.nowMs;
  await assert.rejects(open(), NotSent);
  assert.ok(world.nowMs - before < 2_100, `${world.nowMs - before}`);
});

test('a port that hangs up on the first request perhaps speaks TLS; one that is only silent does not [P10]', async () => {
  const { world, broker, open } = await stage();
  for (const [reaction, hinted] of [
    ['hang-up', true],
    ['silence', false],
  ] as const) {
    broker.on(apiVersions, () => reaction);
    await assert.rejects(open(), (error: Error) => {
      assert.equal(/perhaps it speaks TLS/.test(error.message), hinted, error.message);
      return error instanceof NotSent;
    });
  }
  assert.ok(world.nowMs >= 2_000);
});

test('a refused login says so in the broker’s words; a refused mechanism names those it offers', async () => {
  const { broker, open } = await stage();
  broker.on(saslHandshake, () => ({ errorCode: 0, mechanisms: ['PLAIN'] }));
  broker.on(saslAuthenticate, ({ authBytes }) => ({
    errorCode: authBytes.equals(Buffer.from('\0me\0secret')) ? 58 : 0,
    errorMessage: 'no such user',
  }));
  await assert.rejects(open(user), (error) => {
    return error instanceof KafkaError && error.code === 58 && /login as me to test.*no such user/.test(error.message);
  });
  broker.on(saslHandshake, () => ({ errorCode: 33, mechanisms: ['SCRAM-SHA-256'] }));
  await assert.rejects(
    open(user),
    (error) => error instanceof KafkaError && /offers SCRAM-SHA-256/.test(error.message),
  );
});

test('a session is renewed in time, with nothing between the two requests of the login [client 1.5]', async () => {
  const { world, broker, open } = await stage();
  broker.on(saslHandshake, async () => ({ errorCode: 0, mechanisms: ['PLAIN'] }));
  broker.on(saslAuthenticate, () => ({ errorCode: 0, sessionLifetimeMs: 10_000n }));
  broker.on(heartbeat, () => ({ errorCode: 0 }));
  const channel = await open(user);
  for (let at = 0; at < 30_000; at += 1) {
    if (at % 7 === 0) channel.send(heartbeat, beat(at)).catch(() => undefined);
    await world.run(1);
  }
  const order = broker.asked.map(({ api }) => api);
  const handshakes = order.flatMap((api, at) => (api === 'SaslHandshake' ? [at] : []));
  assert.equal(handshakes.length, 4);
  for (const at of handshakes) assert.equal(order[at + 1], 'SaslAuthenticate');
  const renewals = broker.asked.filter(({ api }) => api === 'SaslAuthenticate').map(({ atMs }) => atMs);
  for (const [at, time] of renewals.slice(1).entries()) {
    const after = time - (renewals[at] ?? 0);
    assert.ok(after > 8_000 && after < 10_000, `${after}`);
  }
  assert.equal(channel.open, true);
});

test('a session that cannot be renewed ends the channel [client 1.5]', async () => {
  const { world, broker, open } = await stage();
  broker.on(saslHandshake, () => ({ errorCode: 0, mechanisms: ['PLAIN'] }));
  broker.on(saslAuthenticate, () => ({ errorCode: 0, sessionLifetimeMs: 10_000n }));
  const channel = await open(user);
  broker.on(saslAuthenticate, () => ({ errorCode: 58 }));
  await world.run(9_000);
  assert.equal(channel.open, false);
});

test('a channel that is over leaves nothing behind that waits, however long its session would have been [client 1.5]', async () => {
  const { world, broker, timers, open } = await stage();
  broker.on(saslHandshake, () => ({ errorCode: 0, mechanisms: ['PLAIN'] }));
  broker.on(saslAuthenticate, () => ({ errorCode: 0, sessionLifetimeMs: 86_400_000n }));
  const [closed, lost] = [await open(user), await open(user)];
  assert.equal(timers.size, 2, 'each waits to log in again');
  closed.close();
  world.kill('broker');
  await world.until('the other one is lost', 60_000, () => !lost.open);
  assert.equal(timers.size, 0);
});

test('logins that were chosen are tried in their order, each on a connection of its own, and the one that is written never [client 1.5]', async () => {
  const { broker, open } = await stage();
  const tried: string[] = [];
  broker.on(saslHandshake, ({ mechanism }, { connection }) => {
    tried.push(`${mechanism} on ${connection}`);
    return mechanism === 'SCRAM-SHA-512' ? { errorCode: errorCode.UNSUPPORTED_SASL_MECHANISM } : { errorCode: 0 };
  });
  broker.on(saslAuthenticate, ({ authBytes }) => {
    assert.doesNotMatch(authBytes.toString(), /secret/);
    return { errorCode: errorCode.SASL_AUTHENTICATION_FAILED };
  });
  const both = (['SCRAM-SHA-512', 'SCRAM-SHA-256'] as const).map((mechanism) => ({ ...user, mechanism }));
  let told = 0;
  const loginsRefused = () => {
    told++;
  };
  await assert.rejects(
    open(user, { chooseLogins: async () => both, loginsRefused }),
    (error: unknown) => error instanceof KafkaError && error.code === errorCode.SASL_AUTHENTICATION_FAILED,
  );
  assert.deepEqual(tried, ['SCRAM-SHA-512 on 1', 'SCRAM-SHA-256 on 2']);
  assert.equal(told, 1, 'who chose is told when all are refused [client 7.2]');
  const unknown = open(user, { chooseLogins: async () => Promise.reject(new NotSent('nobody knows')), loginsRefused });
  await assert.rejects(unknown, /nobody knows/);
  assert.deepEqual([broker.connections, told], [2, 1], 'nothing is sent to find out');
});

test('where the cluster is named a connection is used only once the broker has said that it is of that cluster [client 1.8]', async () => {
  const { world, broker, openTo } = await stage();
  const described = { brokers: [], controllerId: 1, topics: [], clusterAuthorizedOperations: 0, errorCode: 0 };
  broker.on(metadata, () => ({ ...described, throttleTimeMs: 0, clusterId: 'theirs' }));
  broker.on(heartbeat, () => ({ errorCode: 0 }));
  await assert.rejects(openTo('ours'), (error: unknown) => {
    assert.ok(error instanceof AnotherCluster);
    assert.match(error.message, /^cluster theirs answers at test \(.*\), not ours$/);
    return otherCluster([new Error('x', { cause: [error] })]) === 'theirs';
  });
  assert.equal(otherCluster(new Error('x', { cause: new NotSent('y') })), undefined);
  const channel = await openTo('theirs');
  assert.deepEqual(await outcomes(world, [channel.send(heartbeat, beat(1))]), ['answer']);
  assert.deepEqual([broker.connections, broker.count(metadata)], [2, 2]);
});
