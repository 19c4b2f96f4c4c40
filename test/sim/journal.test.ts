/**
 * Journals under a simulated clock: two that fight over one broker which is killed now and then, and one decision with the
 * broker killed at every request of it. Whatever an outcome said must be what the log says, then and ever after (R7, X13).
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import type { Connection, Network } from '../../src/base/connection.js';
import { silentLog } from '../../src/base/log.js';
import { randomInt } from '../../src/base/random.js';
import type { Broker } from '../../src/broker/broker.js';
import { openCluster } from '../../src/client/cluster.js';
import type { CommitOutcome } from '../../src/control/ports/journal.js';
import { groupsProducer } from '../../src/engine/groups/groups.js';
import { createJournal, type Journal } from '../../src/engine/journal/journal.js';
import { AUDIT_TOPIC } from '../../src/engine/journal/journal-topics.js';
import { LogReader } from '../harness/engine-log.js';
import { type Attempt, chainIn, fight, judge, openedBy } from '../harness/journal-fight.js';
import { WireTopic } from '../harness/wire-topic.js';
import { openSimWire, startSimBroker } from './sim-broker.js';
import { type Host, World } from './world.js';

const seeds = process.env.SEEDS?.split(',').map(Number) ?? [1, 2, 3];
const HOUR_MS = 3_600_000;

function journalOn(host: Host, port: number, network: Network = host.network): Journal {
  const { clock, random } = host;
  const around = { clock, random, log: silentLog };
  const cluster = openCluster({
    ...around,
    network,
    name: 'sim',
    bootstrap: [{ host: 'broker', port }],
    security: {},
    clientId: host.name,
  });
  return createJournal({ ...around, cluster, groups: groupsProducer({ ...around, cluster }), hangingMs: 2_000 });
}

/** The lines of the audit topic, read by a reader that knows nothing of journals. */
async function auditOf(world: World, broker: Broker): Promise<string[]> {
  const wire = await openSimWire(world, broker);
  const topic = await world.finish('the audit topic', HOUR_MS, WireTopic.find(wire, AUDIT_TOPIC));
  const { records } = await world.finish('the audit', HOUR_MS, new LogReader(topic).visible(0));
  wire.close();
  return [...records.values()].map(({ value }) => value?.toString() ?? '');
}

for (const seed of seeds) {
  test(`journals: two fight, paused and with the broker killed: no decision is lost, doubled or undone, seed ${seed} (R7, X13) [5.3]`, async () => {
    const world = new World(seed);
    let broker = await startSimBroker(world, 'broker');
    const { port } = broker.address;
    const attempts: Attempt[] = [];
    let over = false;
    const fighters = ['one', 'other'].map((name) => {
      const host = world.host(name);
      return fight(host, journalOn(host, port), attempts, () => over);
    });
    const failed = Promise.all(fighters);
    failed.catch(() => undefined);
    for (let event = 0; event < 12; event++) {
      await world.run(randomInt(world.random, 3_000));
      const victim = ['broker', 'one', 'other'][randomInt(world.random, 3)] ?? 'broker';
      if (victim === 'broker') {
        world.kill('broker');
        await world.run(randomInt(world.random, 4_000));
        broker = await startSimBroker(world, 'broker');
      } else if (world.random.next() < 0.5) {
        world.pause(victim);
        await world.run(randomInt(world.random, 8_000));
        world.resume(victim);
      } else {
        // What was sent arrives when the cut is healed, long after its sender has given up.
        world.net.cut(victim, 'broker');
        await world.run(randomInt(world.random, 15_000));
        world.net.heal(victim, 'broker');
      }
    }
    over = true;
    await world.finish('both to stop', HOUR_MS, failed);
    const host = world.host('reader');
    const { entries } = await world.finish('reading', HOUR_MS, openedBy(host, journalOn(host, port)));
    const lines = await auditOf(world, broker);
    judge(`seed ${seed}`, lines, attempts);
    assert.equal(chainIn(entries), lines.length);
    assert.ok(attempts.filter(({ outcome }) => outcome === 'committed').length >= 10, 'hardly anything was decided');
  });
}

/** Calls `meet` when the request of that number (over all connections) is about to leave. */
function countingNetwork(inner: Network, meet: (request: number) => void): Network {
  let requests = 0;
  const wrap = (connection: Connection): Connection => ({
    remote: connection.remote,
    start: (handler) => connection.start(handler),
    write(chunks) {
      meet(requests++);
      return connection.write(chunks);
    },
    pauseReading: () => connection.pauseReading(),
    resumeReading: () => connection.resumeReading(),
    close: () => connection.close(),
    reset: () => connection.reset(),
  });
  return {
    listen: (...how) => inner.listen(...how),
    connect: async (address, options) => wrap(await inner.connect(address, options)),
  };
}

/** Before it arrives, on its way, while it is worked on, while the answer is on its way. */
const KILLS = [
  { afterMs: 0, downMs: 300 },
  { afterMs: 1, downMs: 60_000 },
  { afterMs: 2, downMs: 300 },
  { afterMs: 2, downMs: 60_000 },
  { afterMs: 3, downMs: 60_000 },
];

for (const { afterMs, downMs } of KILLS) {
  test(`journal: the broker is killed ${afterMs} ms after each request of a decision, for ${downMs} ms: decided once and for all (R7) [5.3]`, async () => {
    let outcomes = '';
    for (let step = 0; ; step++) {
      const world = new World(1_000 + step);
      let broker = await startSimBroker(world, 'broker');
      const { port } = broker.address;
      const host = world.host('klink');
      let armed: number | undefined;
      let killed = false;
      const network = countingNetwork(host.network, () => {
        if (armed === undefined || armed-- > 0) return;
        armed = undefined;
        world.deliver('chaos', world.incarnationOf('chaos'), afterMs, () => {
          killed = true;
          world.kill('broker');
        });
      });
      const journal = journalOn(host, port, network);
      await world.finish('opening', HOUR_MS, openedBy(host, journal));
      const first = journal.commit([{ key: 'chain', value: '1' }], ['1']);
      assert.equal((await world.finish('a first decision', HOUR_MS, first)).kind, 'committed');
      armed = step;
      let outcome: CommitOutcome | undefined;
      const deciding = journal.commit([{ key: 'chain', value: '2' }], ['2']).then((each) => {
        outcome = each;
      });
      await world.until('killed or decided', HOUR_MS, () => killed || outcome !== undefined);
      if (!killed) {
        // So many requests does a decision take.
        assert.ok(step >= 6, `only ${step} requests`);
        break;
      }
      await world.run(downMs);
      broker = await startSimBroker(world, 'broker');
      await world.finish('an outcome', HOUR_MS, deciding);
      const reads: (string | null | undefined)[] = [];
      for (let again = 0; again < 3; again++) {
        const reader = world.host(`reader-${again}`);
        const { entries } = await world.finish('reading', HOUR_MS, openedBy(reader, journalOn(reader, port)));
        reads.push(entries.find(({ key }) => key === 'chain')?.value);
        await world.run(40_000);
        if (again === 1) {
          world.kill('broker');
          broker = await startSimBroker(world, 'broker');
        }
      }
      const kind = outcome?.kind;
      const stands = reads[0] === '2';
      outcomes += `${kind === 'committed' ? 'C' : kind === 'unknown' ? 'U' : 'N'}${stands ? '+' : '-'} `;
      assert.deepEqual(new Set(reads).size, 1, `step ${step}: it flipped: ${reads}`);
      if (kind === 'committed') assert.ok(stands, `step ${step}: committed, but not there`);
      else if (kind !== 'unknown') assert.ok(!stands, `step ${step}: ${kind}, but there`);
      assert.deepEqual(await auditOf(world, broker), stands ? ['1', '2'] : ['1'], `step ${step}`);
    }
    // Back in time every decision is made after all; gone for long each way of ending is met.
    if (downMs < 1_000) assert.match(outcomes, /^(C\+ )+$/);
    else assert.match(outcomes, /N- .*U\+ /);
  });
}

test('journal: says how far the destination clock is ahead of ours, anew with each opening and each decision [3.2] [5.3]', async () => {
  const world = new World(9);
  const minutes = 60_000;
  world.setClock('broker', 7 * minutes);
  const { address } = await startSimBroker(world, 'broker');
  const host = world.host('klink');
  const journal = journalOn(host, address.port);
  /** At least what it is, and at most that and the time the answer took. */
  const says = (aheadMs: number) => {
    const over = (journal.clockAheadMs ?? Number.NaN) - aheadMs;
    assert.ok(over >= 0 && over < 1_000, `${journal.clockAheadMs} where ${aheadMs} was due`);
  };
  const decided = (value: string) => world.finish('deciding', HOUR_MS, journal.commit([{ key: 'a', value }], []));
  await world.finish('opening', HOUR_MS, openedBy(host, journal));
  assert.equal(journal.clockAheadMs, undefined, 'there was nothing to open');
  assert.equal((await decided('1')).kind, 'committed');
  says(7 * minutes);
  world.setClock('klink', 10 * minutes);
  assert.equal((await decided('2')).kind, 'committed');
  says(-3 * minutes);
  world.setClock('klink', 0);
  await world.finish('opening again', HOUR_MS, openedBy(host, journal));
  says(7 * minutes);
});
