/**
 * One broker under a load, ended between two disk calls of chance, by kill -9 or by a loss of power; started again, perhaps
 * ended again while it starts; then judged. All of it follows from the seed.
 */
import { type Random, randomInt, seededRandom } from '../../src/base/random.js';
import { Wire } from '../harness/wire.js';
import { judge } from './broker-judge.js';
import { Workload } from './broker-load/workload.js';
import { openSimBroker, openSimWire, startSimBroker } from './sim-broker.js';
import { World } from './world.js';

const HOST = 'broker';
const ROUNDS = 4;
const CALLS_MAX = 240;
/** How often members are left alone until sessions are over. */
const LONG = 0.25;
const WITHIN_MS = 120_000;
/** How often, and how far, the broker's clock jumps over a restart. */
const BACKWARDS = 0.2;
const BACKWARDS_MS = 20 * 24 * 3_600_000;

const policies = [
  { name: 'kill -9', power: false, flush: false },
  { name: 'power loss with flushes', power: true, flush: true },
  { name: 'power loss without flushes', power: true, flush: false },
] as const;

/** Rejects, naming the seed, with the promise that was broken. */
export async function crashBroker(seed: number): Promise<void> {
  const policy = policies[seed % policies.length] ?? policies[0];
  const world = new World(seed);
  const random = seededRandom(seed + 77_777);
  const mayLose = policy.power && !policy.flush;
  const { clock } = world.host('client');
  const pause = (ms: number) => new Promise<void>((resolve) => void clock.setTimer(ms, resolve));
  const load = new Workload(random, { nowMs: () => clock.nowMs(), pause }, mayLose);
  const config = {
    'log.segment.bytes': String(1200 + randomInt(random, 3000)),
    'log.retention.check.interval.ms': '20',
    'log.cleaner.backoff.ms': '15',
    // The clock may go back behind the records of before.
    'log.message.timestamp.after.max.ms': String(2n ** 63n - 1n),
    ...load.config,
    ...(policy.flush ? { 'log.flush.interval.messages': '1' } : {}),
  };
  const disk = world.diskOf(HOST);
  disk.syncTakesMs = () => randomInt(random, 5);
  const crash = new Crash(world, random, policy.power);
  const start = () => startSimBroker(world, HOST, { config });
  try {
    let backMs = 0;
    let broker = await start();
    await world.finish('preparation', WITHIN_MS, load.prepare(await openSimWire(world, broker)));
    for (let round = 0; round < ROUNDS; round++) {
      const isLong = !mayLose && random.next() < LONG;
      if (isLong) load.someVanish();
      // A long round comes to its end more often than not.
      crash.arm(CALLS_MAX * (isLong ? 4 : 1));
      const errors: unknown[] = [];
      const running = (isLong ? load.keepers : load.clients).map(async (client, at) => {
        const wire = await Wire.open(broker.address, world.host(`client${at}`).network).catch(() => undefined);
        // That its connection ends with the broker is all that may go wrong with a client.
        if (wire) await client(wire).catch((error: unknown) => (wire.isEnded && crash.isOver) || errors.push(error));
      });
      let done = false;
      Promise.all(running).then(
        () => {
          done = true;
        },
        () => undefined,
      );
      await world.until('the end of the load, or of the broker', WITHIN_MS, () => done || crash.isOver);
      if (isLong && !crash.isOver) {
        crash.disarm();
        for (const error of errors) throw error;
        const wire = await openSimWire(world, broker);
        await world.finish('judgement of sessions', WITHIN_MS, load.judgeSessions(wire));
      }
      if (!crash.isOver && random.next() < 0.3) {
        crash.disarm();
        await world.finish('stop', WITHIN_MS, broker.stop());
      } else if (!crash.isOver) {
        crash.now();
      }
      await world.until('the end of the clients', WITHIN_MS, () => done);
      for (const error of errors) throw error;
      while (random.next() < 0.4) {
        // Again, while it finds out what the last end has left.
        crash.arm(12);
        let up = false;
        openSimBroker(world, HOST, { config }).then(
          () => {
            up = true;
          },
          () => undefined,
        );
        await world.until('a start, or its end', WITHIN_MS, () => up || crash.isOver);
        if (!crash.isOver) crash.now();
      }
      crash.disarm();
      // The next start may find that the clock was wrong until now. Forwards, producers would be forgotten.
      if (random.next() < BACKWARDS) backMs += randomInt(random, BACKWARDS_MS);
      world.setClock(HOST, -backMs);
      broker = await start();
      const wire = await openSimWire(world, broker);
      await world.finish('what was open', WITHIN_MS, load.settle(wire));
      await world.finish('judgement', WITHIN_MS, judge(wire, load.known, mayLose));
      if (mayLose) load.forget();
      else load.someEnd();
    }
  } catch (error) {
    throw new Error(`seed ${seed}, ${policy.name}: ${error instanceof Error ? error.message : error}`, {
      cause: error,
    });
  }
}

/** Ends the broker before the n-th call that changes or syncs something on its disk. */
class Crash {
  readonly #world: World;
  readonly #random: Random;
  readonly #power: boolean;
  isOver = false;

  constructor(world: World, random: Random, power: boolean) {
    this.#world = world;
    this.#random = random;
    this.#power = power;
  }

  arm(callsMax: number): void {
    let left = 1 + randomInt(this.#random, callsMax);
    this.isOver = false;
    this.#world.diskOf(HOST).onCall = ({ kind, bytes }) => {
      if (--left > 0) return;
      this.now();
      const written = kind === 'write' ? randomInt(this.#random, bytes + 1) : 0;
      throw Object.assign(new Error('the host has crashed'), { code: 'EIO', written });
    };
  }

  now(): void {
    this.disarm();
    if (this.#power) this.#world.losePower(HOST);
    else this.#world.kill(HOST);
    this.isOver = true;
  }

  disarm(): void {
    this.#world.diskOf(HOST).onCall = undefined;
  }
}
