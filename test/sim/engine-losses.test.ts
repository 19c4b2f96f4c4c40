/** What only a simulated world can do to a link: power losses, owners that die at one moment, a process that stands still. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sleep } from '../../src/base/clock.js';
import type { EngineOptions } from '../../src/engine/copy/engine-types.js';
import { deleteTopics } from '../../src/protocol/api/delete-topics.js';
import { writeTxnMarkers } from '../../src/protocol/api/write-txn-markers.js';
import { ownedLease } from '../harness/engine-link.js';
import { writePlain } from '../harness/engine-source.js';
import { Faults } from '../harness/faulty-network.js';
import { Wire } from '../harness/wire.js';
import { WireTopic } from '../harness/wire-topic.js';
import { staged } from './engine-simulate.js';
import type { EngineWorld, Side } from './engine-world.js';

/** Acknowledged records that were not synced yet may be gone afterwards, as after an unclean election. */
async function losePower(world: EngineWorld, side: Side): Promise<void> {
  world.world.losePower(side);
  await world.restart(side);
}

async function over(topic: WireTopic, world: EngineWorld, side: Side): Promise<WireTopic> {
  return topic.over(await Wire.open(world[side], world.network));
}

const SEEDS = Array.from({ length: 8 }, (_, i) => i + 1);

test('destination truncated: told, groups clamped before the next append, every record gets its offset again (R3) [2.4]', async () => {
  let truncations = 0;
  for (const seed of SEEDS) {
    await staged(seed, async (scene, world) => {
      const clamps: bigint[] = [];
      const made = await scene.link('power');
      const ends: bigint[] = [];
      const clampGroups: EngineOptions['clampGroups'] = async (_, __, end) => {
        clamps.push(end);
        await sleep(world.clock, 1_000);
        ends.push(await (await over(made.mirror, world, 'destination')).end());
      };
      await writePlain(made.source, 10);
      made.start({ clampGroups });
      await made.caughtUp();
      await world.until('it is synced and remembered', 10_000, () => made.remembered.memory.has(0));
      for (let i = 0; i < 5; i++) await writePlain(made.source, 3);
      await made.caughtUp();
      await losePower(world, 'destination');
      const goesOn = () => made.observed().recoveries > 0 && made.observed().mirrorHighWatermark === 25n;
      await world.until('it goes on', 60_000, goesOn);
      const told = made.events.filter((each) => each.kind === 'destination-truncated');
      assert.equal(clamps.length, told.length);
      assert.deepEqual(clamps, ends, 'the groups were clamped while the log ended there');
      for (const { from, to } of told) assert.ok(from === 25n && to >= 10n && to < 25n, `${from} ${to}`);
      truncations += told.length;
      const mirror = await over(made.mirror, world, 'destination');
      assert.deepEqual(
        (await mirror.batches()).map((each) => each.baseOffset),
        [0n, 10n, 13n, 16n, 19n, 22n],
      );
    });
  }
  assert.ok(truncations >= 2, `${truncations} truncations`);
});

for (const running of [true, false]) {
  const when = running ? 'while klink reads on' : 'while klink is down';
  test(`source truncated ${when}: TRUNCATED where both agree, nothing of the new history appended (R4 short) [3.5] [2.3]`, async () => {
    let truncations = 0;
    for (const seed of SEEDS) {
      await staged(seed, async (scene, world) => {
        const made = await scene.link('r4');
        await writePlain(made.source, 10);
        made.start();
        await made.caughtUp();
        await world.until('it is synced and remembered', 10_000, () => made.remembered.memory.has(0));
        for (let i = 0; i < 5; i++) await writePlain(made.source, 3);
        await made.caughtUp();
        if (!running) await made.stopEngine();
        await losePower(world, 'source');
        const source = await over(made.source, world, 'source');
        const common = await source.end();
        // The new history is longer than the old one was: without epochs it looks like more of the same.
        for (let i = 0; i < 12; i++) await writePlain(source, 3);
        if (!running) made.start();
        if (common === 25n) return;
        truncations++;
        const failure = await made.failed();
        assert.deepEqual([failure.reason, failure.offset], ['TRUNCATED', common], `seed ${seed}`);
        assert.equal(await made.mirror.end(), 25n);
      });
    }
    assert.ok(truncations >= 2, `${truncations} truncations`);
  });
}

test('takeover: a marker that an earlier owner had sent may still land: the last offset waits for it (X4) [4.1] [4.3]', async () => {
  await staged(1, async (scene, world) => {
    const faults = new Faults();
    const made = await scene.link('takeover', { faults });
    const transactions = await made.transactions('takeover-tx');
    await transactions.write(made.source, 5);
    await transactions.end(true);
    await writePlain(made.source, 5);
    // The earlier owner's is under way for long, the new owner's own one too.
    faults.plan(writeTxnMarkers, { kind: 'deliver-late', ms: 700 });
    faults.plan(writeTxnMarkers, { kind: 'hold', ms: 1_000 });
    const first = made.start({ lease: { ...ownedLease, term: () => 1 } });
    await world.until('the first owner has sent its marker', 20_000, () => faults.happened === 1);
    const stopped = first.stop();
    made.start({ lease: { ...ownedLease, term: () => 2 } });
    await made.caughtUp();
    await stopped;
    assert.deepEqual(await made.compare(), { records: 10, end: 11n });
  });
});

test('markers: a lease that ends between the look at the log and the send sends nothing [4.1]', async () => {
  await staged(1, async (scene, world) => {
    const faults = new Faults();
    const made = await scene.link('asked-last', { faults });
    const transactions = await made.transactions('asked-tx');
    await transactions.write(made.source, 5);
    await transactions.end(true);
    let asked = 0;
    // Held when it is asked first in a round, lost when it is asked right before sending.
    made.start({ lease: { ...ownedLease, mayWriteMarkers: () => ++asked % 2 === 1 } });
    await world.until('it was asked often', 30_000, () => asked > 20);
    assert.equal(faults.counts.get(writeTxnMarkers.key) ?? 0, 0);
  });
});

test('stall: nothing is appended behind one until the journal allows it again [3.6]', async () => {
  for (const seed of SEEDS.slice(0, 4)) {
    await staged(seed, async (scene, world) => {
      const made = await scene.link('stall');
      let allows = false;
      const confirm = () => world.until('the journal allows it', 3_600_000, () => allows);
      await writePlain(made.source, 10);
      made.start({ confirm });
      await made.caughtUp();
      world.world.pause('klink');
      await writePlain(made.source, 10);
      await world.until(
        'it stood still',
        10_000,
        (() => {
          const since = world.clock.monotonicMs();
          return () => world.clock.monotonicMs() - since > 3_000;
        })(),
      );
      world.world.resume('klink');
      await world.until('the stall was noticed', 10_000, () => made.events.some((each) => each.kind === 'wake-up'));
      await writePlain(made.source, 10);
      await world.until(
        'long enough',
        20_000,
        (() => {
          const since = world.clock.monotonicMs();
          return () => world.clock.monotonicMs() - since > 8_000;
        })(),
      );
      assert.equal(await made.mirror.end(), 10n);
      allows = true;
      await made.caughtUp();
      assert.deepEqual(await made.compare(), { records: 30, end: 30n });
    });
  }
});

test('connection lost: whether klink still may is read anew before anything is appended [3.6]', async () => {
  await staged(1, async (scene, world) => {
    const made = await scene.link('lost');
    let confirmations = 0;
    let allows = true;
    const confirm = async () => {
      confirmations++;
      if (!allows) throw new Error('the journal cannot be read');
    };
    await writePlain(made.source, 10);
    made.start({ confirm });
    await made.caughtUp();
    assert.equal(confirmations, 0);
    allows = false;
    world.world.kill('destination');
    await writePlain(made.source, 10);
    await world.restart('destination');
    await world.until('it was asked', 60_000, () => confirmations > 3);
    const mirror = await over(made.mirror, world, 'destination');
    assert.equal(await mirror.end(), 10n);
    allows = true;
    await world.until('it goes on', 60_000, async () => (await mirror.end()) === 20n);
  });
});

test('log start: nothing is deleted from a topic that took the place of the mirror [1.3]', async () => {
  await staged(1, async (scene, world) => {
    const made = await scene.link('again');
    let holds = false;
    await writePlain(made.source, 10);
    made.start({ lease: { ...ownedLease, holds: () => holds } });
    await made.caughtUp();
    await made.source.deleteRecords(5n);
    await world.until('it is seen', 20_000, () => made.observed().memory.sourceLogStart === 5n);
    const { mirror } = made;
    await mirror.wire.ask(deleteTopics, {
      topics: [{ name: mirror.name, topicId: 'AAAAAAAAAAAAAAAAAAAAAA' }],
      topicNames: [mirror.name],
      timeoutMs: 30_000,
    });
    const other = await WireTopic.create(mirror.wire, mirror.name, { clock: world.clock });
    await writePlain(other, 10);
    holds = true;
    const failure = await made.failed();
    assert.equal(failure.reason, 'DESTINATION_RECREATED');
    assert.equal(await other.known(-2n), 0n);
  });
});
