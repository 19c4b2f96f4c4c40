import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sleep } from '../../src/base/clock.js';
import type { Connection } from '../../src/base/connection.js';
import { World } from './world.js';

async function pair(world: World): Promise<{ near: Connection; received: string[]; ends: (Error | undefined)[] }> {
  const received: string[] = [];
  const ends: (Error | undefined)[] = [];
  await world.host('server').network.listen({ host: 'server', port: 9000 }, (connection) => {
    connection.start({
      data: (chunk) => void received.push(chunk.toString()),
      drain() {},
      end: (error) => void ends.push(error),
    });
  });
  const opening = world.host('client').network.connect({ host: 'server', port: 9000 }, { timeoutMs: 1000 });
  const near = await world.finish('connection', 1000, opening);
  near.start({ data() {}, drain() {}, end() {} });
  return { near, received, ends };
}

test('bytes arrive in order, and the same seed gives the same times', async () => {
  const times: number[] = [];
  for (const _ of [1, 2]) {
    const world = new World(7);
    const { near, received } = await pair(world);
    for (const text of ['a', 'b', 'c', 'd']) near.write([Buffer.from(text)]);
    await world.until('four chunks', 1000, () => received.length === 4);
    assert.equal(received.join(''), 'abcd');
    times.push(world.nowMs);
  }
  assert.equal(times[0], times[1]);
});

test('a paused host hears nothing until it is resumed, then everything', async () => {
  const world = new World(8);
  const { near, received } = await pair(world);
  world.pause('server');
  near.write([Buffer.from('x')]);
  await world.run(5000);
  assert.deepEqual(received, []);
  world.resume('server');
  await world.until('the byte', 1000, () => received.length === 1);
});

test('a killed host fires no timers, and its peers see a reset', async () => {
  const world = new World(9);
  const { near, ends } = await pair(world);
  let fired = false;
  world.host('client').clock.setTimer(10, () => {
    fired = true;
  });
  near.write([Buffer.from('x')]);
  world.kill('client');
  await world.run(1000);
  assert.equal(fired, false);
  assert.equal(ends.length, 1);
  assert.match(String(ends[0]), /reset/);
});

test('a cut holds bytes back until it is healed', async () => {
  const world = new World(10);
  const { near, received } = await pair(world);
  world.net.cut('client', 'server');
  near.write([Buffer.from('x')]);
  await world.run(60_000);
  assert.deepEqual(received, []);
  world.net.heal('client', 'server');
  await world.until('the byte', 1000, () => received.length === 1);
});

test('kill -9 keeps what was written, power loss keeps what was synced, and what was not in any part [broker 2.7]', async () => {
  const seen = new Set<string>();
  for (let seed = 0; seed < 50; seed++) {
    const world = new World(seed);
    const disk = world.host('broker').disk;
    const file = disk.open('/log');
    disk.open('/unnamed').write(0, [Buffer.from('x')]);
    file.write(0, [Buffer.from('synced')]);
    await file.sync();
    await disk.syncDirectory('/');
    disk.open('/made-since').write(0, [Buffer.from('x')]);
    file.write(6, [Buffer.from('later')]);
    world.kill('broker');
    assert.equal(world.host('broker').disk.readFile('/log').toString(), 'syncedlater');
    assert.throws(() => file.write(0, [Buffer.from('zombie')]), /dead/);
    world.losePower('broker');
    const after = world.host('broker').disk;
    const left = after.readFile('/log').toString();
    assert.match(left, /^synced[later\0]*$/);
    assert.ok(after.exists('/unnamed'), 'its name was synced');
    seen.add(`${left.length > 6} ${after.exists('/made-since')}`);
  }
  assert.equal(seen.size, 4, [...seen].join());
});

test('sleep follows the virtual clock', async () => {
  const world = new World(11);
  const began = world.nowMs;
  await world.finish('an hour', 3_600_001, sleep(world.host('any').clock, 3_600_000));
  assert.equal(world.nowMs - began, 3_600_000);
});
