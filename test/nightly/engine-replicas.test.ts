/** What only replicas can do to a link (T13, R1, R2), on three brokers of each version of Apache Kafka. */
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

const EVENTS = Number(process.env.KLINK_EVENTS ?? 15);
const versions: readonly KafkaVersion[] = ['4.3.0', '3.9.1'];
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
  });
}
