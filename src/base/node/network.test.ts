import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { until } from '../../../test/harness/until.js';
import type { Connection, ConnectionHandler } from '../connection.js';
import { systemNetwork } from './network.js';

const TEN_SECONDS = 10_000;

/** A connection to a listener of this process, and its other end. */
async function connected(t: TestContext, handler: (near: Connection) => ConnectionHandler) {
  let far: Connection | undefined;
  const listener = await systemNetwork.listen({ host: '127.0.0.1', port: 0 }, (accepted) => {
    far = accepted;
    accepted.start({ data() {}, drain() {}, end() {} });
  });
  t.after(() => listener.close());
  const near = await systemNetwork.connect(listener.address, { timeoutMs: TEN_SECONDS });
  near.start(handler(near));
  await until('it is accepted', TEN_SECONDS, () => far !== undefined);
  return { near, far: far as unknown as Connection };
}

test('network: bytes are read to where the receiver wants them, and elsewhere while it names no place', async (t) => {
  const wanted = Buffer.alloc(300_000);
  let filled = 0;
  let chunks = 0;
  let over = false;
  const { near, far } = await connected(t, () => ({
    data: (chunk) => {
      chunks += chunk.length;
    },
    into: {
      room: () => wanted.subarray(filled),
      filled: (count) => {
        filled += count;
      },
    },
    drain() {},
    end: () => {
      over = true;
    },
  }));
  // The first reading has begun before anybody said where to.
  far.write([Buffer.from('front')]);
  await until('the front is there', TEN_SECONDS, () => chunks === 5);
  const sent = Buffer.alloc(wanted.length, 'klink');
  far.write([sent]);
  await until('all of it is there', TEN_SECONDS, () => filled === sent.length);
  assert.equal(chunks, 5);
  assert.ok(wanted.equals(sent));
  near.close();
  await until('it is over', TEN_SECONDS, () => over);
});

test('network: the end of the other side is told once, orderly or not', async (t) => {
  for (const way of ['close', 'reset'] as const) {
    const ends: (Error | undefined)[] = [];
    const { far } = await connected(t, () => ({ data() {}, drain() {}, end: (error) => void ends.push(error) }));
    far[way]();
    await until('it is told', TEN_SECONDS, () => ends.length > 0);
    assert.equal(ends.length, 1);
    assert.equal(ends[0] === undefined, way === 'close');
  }
});
