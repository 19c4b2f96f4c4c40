/** What only replicas can do to a link (T13, R1–R4, R6), on three brokers of each version of Apache Kafka. */
import assert from 'node:assert/strict';
import test, { after, before, beforeEach, describe, type TestContext } from 'node:test';
import { sleep } from '../../src/base/clock.js';
import { systemClock } from '../../src/base/node/clock.js';
import { randomInt, seededRandom } from '../../src/base/random.js';
import { TestLink } from '../harness/engine-link.js';
import { Replicas } from '../harness/engine-replicas.js';
import { writePlain } from '../harness/engine-source.js';
import type { KafkaVersion } from '../harness/kafka.js';
import { until } from '../harness/until.js';
import { batchOf } from '../harness/wire-topic.js';

const EVENTS = Number(process.env.KLINK_EVENTS ?? 15);
const versions: readonly KafkaVersion[] = ['4.3.0', '3.9.1'];
const unclean = { 'unclean.leader.election.enable': 'true', 'min.insync.replicas': '1' };
const engine = { switches: { windowExpiryFloorMs: 0 } };

for (const version of versions) {
  describe(version, () => {
    let replicas: Replicas;
    let names = 0;
    before(async () => {
      replicas = await Replicas.start(version);
    });
    beforeEach(() => replicas.heal());
    after(() => replicas.stop());
    const name = (what: string) => `${what}-${names++}`;

    async function linked(
      t: TestContext,
      what: string,
      assignments: readonly (readonly number[])[],
      configs: Readonly<Record<string, string>> = {},
    ) {
      const ground = replicas.ground('destination');
      const options = { topic: name(what), partitions: assignments.length, engine };
      const link = await TestLink.make(ground, {
        ...options,
        destinationAssignments: assignments,
        destinationConfigs: configs,
      });
      t.after(() => link.close());
      return link;
    }

    /** Reads the mirror at whoever leads it now. */
    async function compared(link: TestLink, partition = 0) {
      link.mirror = await replicas.at(link.mirror, partition);
      return link.compare(partition);
    }

    test('position: waits while the high watermark lags behind the log end, then goes on exactly (T13) [2.1]', async (t) => {
      const link = await linked(t, 't13', [[1, 2, 3]]);
      await writePlain(link.source, 10);
      link.start();
      await link.caughtUp(60_000);
      const leader = await replicas.led(link.mirror.name, () => true);
      const followers = [1, 2, 3].filter((id) => id !== leader);
      for (const id of followers) replicas.pause(id);
      await writePlain(link.source, 5);
      link.mirror = await replicas.at(link.mirror);
      await until('the batch is in the leader alone', 30_000, async () => {
        const epoch = await link.mirror.leaderEpoch();
        return (await link.mirror.epochEnd(epoch, epoch)).endOffset === 15n;
      });
      assert.equal(await link.mirror.end(), 10n);
      // The first engine still waits for its answer; another one comes.
      const first = link.engine;
      link.start();
      await until('it waits for the replicas', 30_000, () => {
        const { activity } = link.observed();
        return activity.kind === 'waiting' && activity.reason === 'waiting for replicas';
      });
      for (const id of followers) replicas.resume(id);
      await link.caughtUp(120_000);
      assert.deepEqual(await compared(link), { records: 15, end: 15n });
      await first?.stop();
    });

    test(`leaders die, stand still and move under batches in flight: none lost, doubled or displaced (R1, ${EVENTS} events) [3.3] [P2]`, async (t) => {
      const partitions = 6;
      const link = await linked(
        t,
        'r1',
        Array.from({ length: partitions }, (_, i) => [1 + (i % 3), 1 + ((i + 1) % 3), 1 + ((i + 2) % 3)]),
      );
      const random = seededRandom(11);
      let writing = true;
      link.start();
      const writers = Array.from({ length: partitions }, async (_, partition) => {
        while (writing) {
          const old = random.next() < 0.3 ? 7 * 86_400_000 : 0;
          await writePlain(link.source, 1 + randomInt(random, 20), { partition, timestamp: BigInt(Date.now() - old) });
          await sleep(systemClock, 15);
        }
      });
      for (let event = 0; event < EVENTS; event++) {
        const id = await replicas.led(link.mirror.name, () => true, randomInt(random, partitions));
        const kind = randomInt(random, 4);
        if (kind === 0) {
          await replicas.kill(id);
          await sleep(systemClock, randomInt(random, 4_000));
          await replicas.start(id);
        } else if (kind === 1) {
          replicas.pause(id);
          await sleep(systemClock, 500 + randomInt(random, 6_000));
          replicas.resume(id);
        } else {
          for (let partition = 0; partition < partitions; partition++) {
            await replicas.elect(link.mirror.name, partition, false);
          }
        }
        await sleep(systemClock, 1_000 + randomInt(random, 3_000));
      }
      writing = false;
      await Promise.all(writers);
      await link.caughtUp(180_000, partitions);
      let records = 0;
      for (let partition = 0; partition < partitions; partition++) records += (await compared(link, partition)).records;
      assert.ok(records > 1_000, `${records} records`);
    });

    for (const back of ['back', 'leader killed'] as const) {
      test(`replicas stop with batches in flight, then ${back}: nothing acknowledged lost, nothing doubled (R2) [3.3]`, async (t) => {
        const link = await linked(t, 'r2', [
          [1, 2, 3],
          [2, 3, 1],
          [3, 1, 2],
        ]);
        for (const partition of [0, 1, 2]) await writePlain(link.source, 10, { partition });
        link.start();
        await link.caughtUp(60_000);
        const leader = await replicas.led(link.mirror.name, () => true);
        const follower = [1, 2, 3].find((id) => id !== leader) ?? 0;
        replicas.pause(follower);
        for (let i = 0; i < 20; i++) for (const partition of [0, 1, 2]) await writePlain(link.source, 5, { partition });
        await sleep(systemClock, 4_000);
        if (back === 'back') replicas.resume(follower);
        else {
          await replicas.kill(leader);
          replicas.resume(follower);
          await replicas.led(link.mirror.name, (id) => id !== leader);
          await replicas.start(leader);
        }
        await link.caughtUp(180_000, 3);
        for (const partition of [0, 1, 2]) assert.equal((await compared(link, partition)).records, 110);
      });
    }

    /** Ten, or none, on both replicas; then more on the first alone, acknowledged; then the second leads, uncleanly. */
    async function uncleanly(link: TestLink, common: number, running: boolean): Promise<void> {
      if (common > 0) {
        await writePlain(link.source, common);
        link.start();
        await link.caughtUp(60_000);
      }
      await replicas.kill(2);
      if (!link.engine) link.start();
      for (let i = 0; i < 3; i++) await writePlain(link.source, 5);
      await link.caughtUp(60_000);
      await until('a point at the end is told', 20_000, () => {
        return link.remembered.memory.get(0)?.provenPoints[0]?.offset === BigInt(common + 15);
      });
      if (!running) await link.stopEngine();
      await replicas.kill(1);
      await replicas.start(2);
      await replicas.elect(link.mirror.name, 0, true);
      await replicas.led(link.mirror.name, (id) => id === 2);
    }

    test('unclean election: told from 15 to 10, and every record gets its offset again (R3a) [2.4]', async (t) => {
      const link = await linked(t, 'r3a', [[1, 2]], unclean);
      await uncleanly(link, 10, true);
      await until('it is told', 60_000, () => link.events.some((each) => each.kind === 'destination-truncated'));
      const [told] = link.events.filter((each) => each.kind === 'destination-truncated');
      assert.deepEqual([told?.from, told?.to], [25n, 10n]);
      await link.caughtUp(60_000);
      assert.deepEqual(await compared(link), { records: 25, end: 25n });
      await replicas.start(1);
    });

    test('unclean election, then somebody fills it up to just the point: FOREIGN_WRITE at 10 (R3b) [2.3]', async (t) => {
      const link = await linked(t, 'r3b', [[1, 2]], unclean);
      await uncleanly(link, 10, false);
      const mirror = await replicas.at(link.mirror);
      assert.equal(await mirror.end(), 10n);
      for (let i = 0; i < 3; i++) {
        assert.equal((await mirror.append(batchOf({ producerId: -1n, epoch: -1 }, -1, 5, { baseSequence: -1 })))[0], 0);
      }
      link.start();
      const failure = await link.failed(0, 60_000);
      assert.deepEqual([failure.reason, failure.offset], ['FOREIGN_WRITE', 10n]);
      assert.ok(link.events.some((each) => each.kind === 'destination-truncated'));
      assert.equal(await mirror.end(), 25n);
      await replicas.start(1);
    });

    test('an empty replica is elected: told from 15 to 0, and everything is copied anew (R3c) [2.4] [2.5]', async (t) => {
      const link = await linked(t, 'r3c', [[1, 2]], unclean);
      await uncleanly(link, 0, true);
      await until('it is told', 60_000, () => link.events.some((each) => each.kind === 'destination-truncated'));
      await link.caughtUp(60_000);
      assert.deepEqual(await compared(link), { records: 15, end: 15n });
      await replicas.start(1);
    });

    for (const running of [true, false]) {
      test(`unclean election at the source while klink is ${running ? 'reading' : 'down'}: TRUNCATED at 10 (R4) [3.5]`, async (t) => {
        const ground = replicas.ground('source');
        const link = await TestLink.make(ground, {
          topic: name('r4'),
          engine,
          sourceAssignments: [[1, 2]],
          sourceConfigs: unclean,
        });
        t.after(() => link.close());
        link.source = await replicas.at(link.source);
        await writePlain(link.source, 10);
        link.start();
        await link.caughtUp(60_000);
        await replicas.kill(2);
        for (let i = 0; i < 3; i++) await writePlain(link.source, 5);
        await link.caughtUp(60_000);
        if (!running) await link.stopEngine();
        await replicas.kill(1);
        await replicas.start(2);
        await replicas.elect(link.source.name, 0, true);
        await replicas.led(link.source.name, (id) => id === 2);
        link.source = await replicas.at(link.source);
        assert.equal(await link.source.end(), 10n);
        // Longer than the old history was: without epochs it would look like more of the same.
        for (let i = 0; i < 6; i++) await writePlain(link.source, 5);
        if (!running) link.start();
        const failure = await link.failed(0, 60_000);
        assert.deepEqual([failure.reason, failure.offset], ['TRUNCATED', 10n]);
        assert.equal(await link.mirror.end(), 25n);
        await replicas.start(1);
      });
    }

    test('markers of 50 partitions in one entry while leaders move and die: every gap ends exactly (R6) [4.2]', async (t) => {
      const partitions = 50;
      const link = await linked(
        t,
        'r6',
        Array.from({ length: partitions }, (_, i) => [1 + (i % 3), 1 + ((i + 1) % 3), 1 + ((i + 2) % 3)]),
      );
      const transactions = await link.transactions('r6-tx');
      link.start();
      const all = Array.from({ length: partitions }, (_, partition) => partition);
      for (let round = 0; round < 8; round++) {
        for (const partition of all) await transactions.write(link.source, 2, { partition });
        await transactions.end(round % 3 !== 2);
        const id = await replicas.led(link.mirror.name, () => true, round % 3);
        if (round % 2 === 0)
          for (const partition of [0, 7, 14, 21]) await replicas.elect(link.mirror.name, partition, false);
        else {
          await replicas.kill(id);
          await replicas.start(id);
        }
      }
      for (const partition of all) await link.sourceStable(partition);
      await link.caughtUp(180_000, partitions);
      for (const partition of all) assert.equal((await compared(link, partition)).records, 12);
    });
  });
}
