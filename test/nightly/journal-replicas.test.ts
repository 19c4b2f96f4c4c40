/**
 * Two klinks fight over a journal of three replicas while brokers are killed and stopped, the leader of the journal and the
 * transaction coordinator among them (R7, X13): each outcome is what the log says, then and ever after. A stopped leader that
 * goes on answers from memory for a while: nobody may take that for the journal.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { silentLog } from '../../src/base/log.js';
import { systemClock } from '../../src/base/node/clock.js';
import { systemNetwork } from '../../src/base/node/network.js';
import { systemRandom } from '../../src/base/node/random.js';
import { randomInt, seededRandom } from '../../src/base/random.js';
import { openCluster } from '../../src/client/cluster.js';
import { groupsProducer } from '../../src/engine/groups/groups.js';
import { createJournal } from '../../src/engine/journal/journal.js';
import { AUDIT_TOPIC, STATE_TOPIC } from '../../src/engine/journal/journal-topics.js';
import { LogReader } from '../harness/engine-log.js';
import { type Attempt, chainIn, fight, judge, openedBy } from '../harness/journal-fight.js';
import { type KafkaVersion, useKafka } from '../harness/kafka.js';
import { Wire } from '../harness/wire.js';
import { WireTopic } from '../harness/wire-topic.js';

const EVENTS = Number(process.env.EVENTS ?? 12);
const versions: readonly KafkaVersion[] = ['4.3.0', '3.9.1'];

for (const version of versions) {
  test(`journals: two fight over three brokers of ${version} that are killed and stopped (R7, X13) [5.3]`, async (t) => {
    const seed = Number(process.env.SEED ?? randomInt(systemRandom, 1_000_000));
    const random = seededRandom(seed);
    t.diagnostic(`seed ${seed}`);
    const kafka = await useKafka(t, { version, nodes: 3 });
    const bootstrap = kafka.plaintext.split(',').map((each) => {
      const [host = '', port = ''] = each.split(':');
      return { host, port: Number(port) };
    });
    const open = (name: string) => {
      const around = { clock: systemClock, random, log: silentLog };
      const cluster = openCluster({
        ...around,
        network: systemNetwork,
        name,
        bootstrap,
        security: {},
        clientId: name,
      });
      t.after(() => cluster.close());
      const journal = createJournal({ ...around, cluster, groups: groupsProducer({ ...around, cluster }) });
      return { fighter: { name, clock: systemClock, random }, journal, cluster };
    };
    const attempts: Attempt[] = [];
    let over = false;
    const fighters = ['one', 'other'].map((name) => {
      const { fighter, journal } = open(name);
      return fight(fighter, journal, attempts, () => over);
    });
    const fighting = Promise.all(fighters);
    fighting.catch(() => undefined);
    const { cluster, fighter, journal } = open('reader');
    const victim = async () => {
      const coordinator = () => cluster.coordinator('transaction', 'klink-state');
      const leader = async () => (await cluster.metadata([STATE_TOPIC])).topics[0]?.partitions[0]?.leader ?? -1;
      const id = await [coordinator, leader, async () => 1 + randomInt(random, 3)][randomInt(random, 3)]?.();
      return kafka.brokers.find((broker) => broker.id === id) ?? kafka.brokers[0];
    };
    await pause(10_000);
    const happened: string[] = [];
    for (let event = 0; event < EVENTS; event++) {
      await pause(randomInt(random, 4_000));
      const broker = await victim();
      if (broker === undefined) throw new Error('no broker');
      if (random.next() < 0.5) {
        happened.push(`kill ${broker.id}`);
        await broker.kill9();
        await pause(randomInt(random, 6_000));
        await broker.start();
      } else {
        happened.push(`stop ${broker.id}`);
        broker.pause();
        await pause(randomInt(random, 10_000));
        broker.resume();
      }
      await pause(4_000);
    }
    over = true;
    await fighting;
    const { entries } = await openedBy(fighter, journal);
    const [audit] = (await cluster.metadata([AUDIT_TOPIC])).topics;
    const leader = kafka.brokers.find(({ id }) => id === audit?.partitions[0]?.leader);
    if (leader === undefined) throw new Error('nobody leads the audit');
    const wire = await Wire.open({ host: '127.0.0.1', port: leader.plaintextPort });
    const { records } = await new LogReader(await WireTopic.find(wire, AUDIT_TOPIC)).visible(0);
    wire.close();
    const lines = [...records.values()].map(({ value }) => value?.toString() ?? '');
    const counts = new Map<string, number>();
    for (const { outcome = 'open' } of attempts) counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
    t.diagnostic(`${happened.join(', ')}; ${[...counts].map(([kind, count]) => `${count} ${kind}`).join(', ')}`);
    judge(`seed ${seed}`, lines, attempts);
    assert.equal(chainIn(entries), lines.length);
    assert.ok(lines.length >= 20, 'hardly anything was decided');
  });
}
