/**
 * The embedded broker under hostile clients, in simulated time: requests of every API and version that it serves, as they are
 * and mutated, cut, slow and out of order. No request is the broker's own failure, none that need not wait is left without
 * an answer or an end, and who does nothing wrong is served on [1.2].
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { randomInt, seededRandom } from '../../src/base/random.js';
import { servedApis } from '../../src/broker/apis.js';
import { allApis } from '../../src/protocol/api/all.js';
import { encodeRequest } from '../../src/protocol/codec.js';
import { BrokerStage, IDLE_MS, TOPICS } from './broker-stage.js';
import { chance, cpuMs, eachSeed, pick } from './chance.js';
import { drawBody } from './draw.js';
import { mutate } from './mutate.js';

const REQUESTS = 120;
const REQUEST_MS_MAX = 3_000;
/** They may wait for others, or (produce without acks) have no answer. */
const MAY_WAIT = ['Fetch', 'JoinGroup', 'SyncGroup', 'Produce'];
const NAMES = [...TOPICS, 'group', 'transaction', 'user', 'member', 'consumer', 'range'];

const framed = (body: Buffer, claimed = body.length): Buffer => {
  const length = Buffer.alloc(4);
  length.writeInt32BE(claimed);
  return Buffer.concat([length, body]);
};

describe('the embedded broker under hostile clients', () => {
  test('requests of every served API and version, sound and mutated, fail nobody else [1.2]', () =>
    eachSeed(8, async (seed) => {
      const random = seededRandom(seed);
      const stage = await BrokerStage.open(seed);
      const drawing = { random, names: NAMES, uuids: stage.topicIds };
      let last = Buffer.alloc(12);
      const fates = { answered: 0, ended: 0, waiting: 0 };
      for (let i = 0; i < REQUESTS; i++) {
        const served = servedApis[(seed * REQUESTS + i) % servedApis.length];
        const api = allApis.find(({ key }) => key === served?.key);
        if (served === undefined || api === undefined) throw new Error('an API without a table');
        const version = served.min + randomInt(random, served.max - served.min + 1);
        const header = { correlationId: i, clientId: pick(random, ['fuzz', '', null]) };
        const body = drawBody(api.request, version, drawing);
        const whole = Buffer.concat(encodeRequest(api, version, header, body)).subarray(4);
        const sound = chance(random, 0.5);
        const bytes = sound ? whole : mutate(whole, random, last);
        last = whole;
        const listener = chance(random, 0.1) ? 1 : 0;
        const began = cpuMs();
        const fate = await stage.send([framed(bytes)], { listener, waitMs: 2_000 });
        const ms = cpuMs() - began;
        const what = `${api.name} ${version}: ${show(body)} as ${bytes.toString('hex').slice(0, 600)}`;
        assert.ok(ms < REQUEST_MS_MAX, `${ms} ms for ${what}`);
        assert.deepEqual(stage.failures, [], what);
        assert.ok(!sound || fate !== 'waiting' || MAY_WAIT.includes(api.name), `no answer to ${what}`);
        fates[fate]++;
      }
      await stage.isSound();
      await stage.close();
      assert.ok(fates.answered > REQUESTS / 4, `only ${fates.answered} were answered`);
      assert.ok(fates.ended > 0, 'none was refused');
    }));

  test('half frames, slow bytes and lengths without bytes end with the idle time at the latest [1.2] [1.4]', () =>
    eachSeed(3, async (seed) => {
      const random = seededRandom(seed);
      const stage = await BrokerStage.open(seed);
      const drawing = { random, names: NAMES, uuids: stage.topicIds };
      const api = pick(
        random,
        allApis.filter(({ name }) => name === 'Metadata' || name === 'ApiVersions'),
      );
      const header = { correlationId: 1, clientId: 'slow' };
      const body = drawBody(api.request, api.versions.max, drawing);
      const whole = Buffer.concat(encodeRequest(api, api.versions.max, header, body));
      const single = Array.from(whole.subarray(0, 200), (byte) => Buffer.from([byte]));
      assert.notEqual(await stage.send([...single, whole.subarray(200)], { pauseMs: 100 }), 'waiting', 'slow bytes');
      for (const half of [whole.subarray(0, 2), whole.subarray(0, whole.length - 1), framed(whole, 90 << 20)]) {
        const fate = await stage.send([half], { waitMs: IDLE_MS + 5_000, listener: half.length > 90 ? 0 : 1 });
        assert.equal(fate, 'ended', `${half.length} bytes`);
      }
      for (const claimed of [-1, -0x80000000, 0x7fffffff, 101 << 20]) {
        assert.equal(await stage.send([framed(whole, claimed)], { waitMs: 1_000 }), 'ended', `a length of ${claimed}`);
      }
      await stage.isSound();
      await stage.close();
    }));

  test('before a login nothing but a login is served, in whatever order it comes [9.2]', () =>
    eachSeed(3, async (seed) => {
      const random = seededRandom(seed);
      const stage = await BrokerStage.open(seed);
      const drawing = { random, names: ['PLAIN', 'SCRAM-SHA-256', 'user', 'n,,n=user,r=abc'], uuids: [] };
      const inLogin = ['ApiVersions', 'SaslHandshake', 'SaslAuthenticate'];
      let outOfPlace = 0;
      for (let i = 0; i < 60; i++) {
        const frames = Array.from({ length: 1 + randomInt(random, 4) }, () => {
          const served = pick(random, servedApis);
          const name = chance(random, 0.7) ? pick(random, inLogin) : served.name;
          const api = allApis.find((each) => each.name === name);
          if (api === undefined) throw new Error('an API without a table');
          const version = api.versions.min + randomInt(random, api.versions.max - api.versions.min + 1);
          const header = { correlationId: i, clientId: 'login' };
          const bytes = Buffer.concat(encodeRequest(api, version, header, drawBody(api.request, version, drawing)));
          const isIntact = chance(random, 0.7);
          return { name, isIntact, bytes: isIntact ? bytes : framed(mutate(bytes.subarray(4), random)) };
        });
        const fate = await stage.send(
          frames.map(({ bytes }) => bytes),
          { listener: 1, waitMs: 2_000 },
        );
        assert.notEqual(fate, 'waiting');
        const [first] = frames;
        if (first?.isIntact && !inLogin.includes(first.name)) {
          assert.equal(fate, 'ended', `${first.name} before a login`);
          outOfPlace++;
        }
      }
      await stage.isSound();
      assert.ok(outOfPlace > 0, `only ${outOfPlace} began out of place`);
      await stage.close();
    }));
});

function show(body: unknown): string {
  const text = JSON.stringify(body, (_, value) => {
    if (typeof value === 'bigint') return `${value}n`;
    return typeof value === 'string' && value.length > 100 ? `${value.slice(0, 100)}…` : value;
  });
  return text.slice(0, 400);
}
