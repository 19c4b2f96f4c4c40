/** Promotion and failover (§8): step by step, whatever fails in between. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { randomInt, seededRandom } from '../../src/base/random.js';
import type { Answer, MirrorView } from '../../src/control/commands.js';
import type { Fault } from '../harness/fake-control-ports.js';
import { ALL_GROUPS, type FaultHook, type Klink, Scene, SYNC, seedOfRun } from './control-scene.js';

const seed = seedOfRun();
const FILTERS = { ...SYNC, 'consumer.offset.group.filters': ALL_GROUPS };

test('failover with the source gone: barriers, groups, fence, STOPPED, from the destination alone [8] [P5]', async () => {
  const scene = new Scene(seed);
  const klink = await scene.begin();
  await scene.mirror(klink, 'orders', [10n, 7n]);
  scene.destination.group('app').offsets.set('orders/0', 12n).set('orders/1', 3n);
  scene.source.reachable = false;
  assert.deepEqual(await scene.alter(klink, 'failover', ['orders']), [undefined]);
  await scene.untilStatus(klink, ['orders'], 'STOPPED');
  scene.assertEnded(['orders']);
  assert.equal(scene.destination.group('app').offsets.get('orders/0'), 10n);
  const view = await scene.view(klink, 'orders');
  assert.deepEqual(view.clampedGroups, ['app (partition 0: 12 → 10)']);
  assert.deepEqual(
    view.partitions.map(({ mirrorEnd, sourceEnd }) => [mirrorEnd, sourceEnd]),
    [
      [10n, 10n],
      [7n, 7n],
    ],
  );
  assert.ok(
    view.partitions.every(({ sourceSeenAtMs }) => sourceSeenAtMs !== undefined),
    'the age is known [P7]',
  );
});

/** What a step of §8 does to the world: each must have been struck by each fault, or the test has shown nothing. */
const STEPS = [
  'journal.commit',
  'promotion.prove',
  'promotion.barrier',
  'groups.above',
  'groups.clamp',
  'topics.settings',
  'fence.lift',
];
const CALLS_STRUCK = 60;

for (const verb of ['failover', 'promote'] as const) {
  for (const fault of [
    'kill-before',
    'kill-after',
    'unavailable',
    'done-unavailable',
    'unknown',
    'done-unknown',
  ] as const) {
    test(`${verb}: ${fault} at any call: one barrier each, clamped, named, STOPPED [8] [P8]`, async () => {
      const struck = new Set<string>();
      for (let at = 1; at <= CALLS_STRUCK; at++) {
        const found = await endedDespite(verb, { strike: ({ number }) => (number === at ? fault : undefined) });
        for (const name of found) struck.add(name);
      }
      for (const step of STEPS) assert.ok(struck.has(step), `seed ${seed}: ${step} was never struck`);
    });
  }

  test(`${verb}: ownership lost at any call and won back by the same klink: one barrier each, STOPPED [8]`, async () => {
    const struck = new Set<string>();
    for (let at = 1; at <= CALLS_STRUCK; at++) {
      const found = await endedDespite(verb, { dropAt: at, nextOwner: 'same' });
      for (const name of found) struck.add(name);
    }
    for (const step of STEPS) assert.ok(struck.has(step), `seed ${seed}: ${step} was never struck`);
  });

  test(`${verb}: the owner sleeps at any call, another ends it, the first wakes up: one barrier each [8] [6.4]`, async () => {
    const struck = new Set<string>();
    for (let at = 1; at <= CALLS_STRUCK; at++) {
      const found = await endedDespite(verb, { dropAt: at, nextOwner: 'other' });
      for (const name of found) struck.add(name);
    }
    for (const step of STEPS) assert.ok(struck.has(step), `seed ${seed}: ${step} was never struck`);
  });

  test(`${verb}: every tenth answer is bad, and now and then a kill: STOPPED all the same (20 runs) [8] [P8]`, async () => {
    for (let run = 0; run < 20; run++) {
      const random = seededRandom(seed + run);
      const strike = () => {
        const drawn = random.next();
        if (drawn < 0.02) return drawn < 0.01 ? 'kill-before' : 'kill-after';
        return drawn < 0.1 ? BAD_ANSWERS[randomInt(random, BAD_ANSWERS.length)] : undefined;
      };
      await endedDespite(verb, { strike });
    }
  });
}

const BAD_ANSWERS: readonly Fault[] = ['unavailable', 'done-unavailable', 'unknown', 'done-unknown'];

interface Trouble {
  /** Numbers count from the verb on. */
  readonly strike?: FaultHook;
  /** The owner loses its lease at this call. `other`: it sleeps there for a minute, and wakes up without ownership. */
  readonly dropAt?: number;
  readonly nextOwner?: 'same' | 'other';
}

/** One mirror ends although `trouble` strikes; a killed klink is followed by another. Gives the names of the calls struck. */
async function endedDespite(verb: 'failover' | 'promote', trouble: Trouble): Promise<Set<string>> {
  const scene = new Scene(seed);
  const struck = new Set<string>();
  let before: number | undefined;
  let dropped = false;
  let kills = 0;
  const hook: FaultHook = ({ name, number }) => {
    if (before === undefined) return undefined;
    const at = number - before;
    if (trouble.dropAt === at && !dropped) {
      dropped = true;
      struck.add(name);
      // Asked right before the effect, the lease still stood; what is under way lands whenever it does.
      queueMicrotask(() => {
        if (trouble.nextOwner === 'other') scene.world.pause('a');
        else scene.lose(first);
      });
      return undefined;
    }
    const found = trouble.strike?.({ name, number: at });
    // Its successor is killed at the same count once more; the third lives.
    if (found?.startsWith('kill') && ++kills > 2) return undefined;
    if (found) struck.add(name);
    return found;
  };
  const first = await scene.begin(FILTERS, hook);
  await scene.mirror(first, 'orders', [10n, 7n]);
  scene.source.commit('app', 'orders', 0, 9n);
  await scene.world.run(3_000);
  // Written by hand before the mirror was there, say.
  scene.destination.group('other').offsets.set('orders/1', 99n);
  if (verb === 'failover') scene.source.reachable = false;
  before = first.ports.calls.length;
  // A killed or sleeping klink never answers.
  first.control.alterMirrors('lk', verb, ['orders'], false).catch(() => undefined);
  await scene.world.run(20_000);
  let klink = first;
  if (dropped && trouble.nextOwner === 'other') {
    before = undefined;
    klink = scene.own(scene.start('other'));
    await scene.serves(klink);
    if (!(await isEnding(scene, klink))) await scene.alter(klink, verb, ['orders']);
    await scene.untilStatus(klink, ['orders'], 'STOPPED');
    scene.lose(first);
    scene.world.resume('a');
    // [6.4] Long enough for what lands late to be taken away again.
    await scene.world.run(15_000);
  }
  const why = (looks: number, answer: Answer<MirrorView>) => {
    const found = answer.ok ? `${answer.value.status}, ${answer.value.pending}` : answer.error.message;
    return `seed ${seed}, struck ${[...struck].join(' ')}: not STOPPED after ${looks} looks: ${found}`;
  };
  for (let name = 0; ; name++) {
    await scene.world.run(10_000);
    if (klink.killed) {
      before = 0;
      klink = scene.own(scene.start(`b${name}`, hook));
    } else if (klink.ports.ownership.state.kind !== 'owner') scene.own(klink);
    const answer = await scene.finish(klink.control.mirror('lk', 'orders'));
    if (answer.ok && answer.value.status === 'STOPPED') break;
    if (answer.ok && answer.value.status !== 'PENDING_STOPPED') {
      klink.control.alterMirrors('lk', verb, ['orders'], false).catch(() => undefined);
    }
    assert.ok(name < 200, why(name, answer));
  }
  scene.assertEnded(['orders']);
  const { clampedGroups } = await scene.view(klink, 'orders');
  assert.deepEqual(clampedGroups, ['other (partition 1: 99 → 7)'], `seed ${seed}: each that moved is named`);
  return struck;
}

async function isEnding(scene: Scene, klink: Klink): Promise<boolean> {
  return ['PENDING_STOPPED', 'STOPPED'].includes(await scene.status(klink, 'orders'));
}
