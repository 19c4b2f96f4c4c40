/** Answers that never come: markers and data whose outcome is unknown, settled by reading. */
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { systemNetwork } from '../../src/base/node/network.js';
import { produce } from '../../src/protocol/api/produce.js';
import { writeTxnMarkers } from '../../src/protocol/api/write-txn-markers.js';
import { type EngineClusters, engineClusters, topicName } from '../harness/engine-brokers.js';
import { ownedLease, TestLink } from '../harness/engine-link.js';
import { Transactions, writePlain } from '../harness/engine-source.js';
import { type Fault, FaultyNetwork } from '../harness/faulty-network.js';
import { until } from '../harness/until.js';

let clusters: EngineClusters;
before(async () => {
  clusters = await engineClusters();
});
after(() => clusters.stop());

const faults: readonly Fault[] = [
  { kind: 'lose-answer' },
  { kind: 'lose-request' },
  { kind: 'deliver-late', ms: 60 },
  { kind: 'deliver-late', ms: 300 },
];
const nameOf = (fault: Fault) => (fault.kind === 'deliver-late' ? `${fault.kind} by ${fault.ms} ms` : fault.kind);

for (const fault of faults) {
  for (const [what, size, skip] of [
    ['the only marker of a gap', 0, 0],
    ['the first marker of a long gap', 9, 0],
    ['the long request of a long gap', 9, 1],
    ['the last marker of a long gap', 9, 2],
  ] as const) {
    test(`markers: ${what}: ${nameOf(fault)}: the gap ends exactly (E7) [4.3]`, async () => {
      const network = new FaultyNetwork(systemNetwork);
      const link = await TestLink.make({ ...clusters.addresses, topic: topicName('marker'), network });
      try {
        const transactions = await new Transactions(link.source.wire, topicName('marker-tx')).init();
        await writePlain(link.source, 5);
        await transactions.write(link.source, Math.max(size, 1));
        await transactions.end(size === 0);
        await writePlain(link.source, 5);
        network.plan(writeTxnMarkers, fault, skip);
        link.start();
        await link.caughtUp();
        assert.equal(network.faults, 1);
        const epochs = link.remembered.marker.epoch;
        assert.ok(epochs >= 2, `a new epoch after the lost reply: ${epochs}`);
        const { records } = await link.compare();
        assert.equal(records, size === 0 ? 11 : 10);
      } finally {
        await link.close();
      }
    });
  }
  for (const skip of [0, 1, 3]) {
    test(`data: request ${skip + 1}: ${nameOf(fault)}: neither lost nor doubled (R1) [3.3]`, async () => {
      const network = new FaultyNetwork(systemNetwork);
      const link = await TestLink.make({
        ...clusters.addresses,
        topic: topicName('data'),
        network,
        engine: { switches: { windowExpiryFloorMs: 0 } },
      });
      try {
        for (let i = 0; i < 12; i++) await writePlain(link.source, 5);
        network.plan(produce, fault, skip);
        link.start();
        await link.caughtUp();
        assert.equal(network.faults, 1);
        assert.deepEqual(await link.compare(), { records: 60, end: 60n });
      } finally {
        await link.close();
      }
    });
  }
}

test('markers: none without the lease, asked right before each request [4.1]', async () => {
  const network = new FaultyNetwork(systemNetwork);
  const link = await TestLink.make({ ...clusters.addresses, topic: topicName('lease'), network });
  let may = false;
  try {
    const transactions = await new Transactions(link.source.wire, topicName('lease-tx')).init();
    await transactions.write(link.source, 5);
    await transactions.end(true);
    await writePlain(link.source, 5);
    link.start({ lease: { ...ownedLease, mayWriteMarkers: () => may } });
    await until('the gap is reached', 20_000, () => {
      const { activity } = link.observed();
      return activity.kind === 'waiting' && activity.reason.includes('owner');
    });
    assert.equal(network.counts.get(writeTxnMarkers.key) ?? 0, 0);
    may = true;
    await link.caughtUp();
    assert.deepEqual(await link.compare(), { records: 10, end: 11n });
  } finally {
    await link.close();
  }
});

test('markers: a new term begins with a new epoch, journalled before its first use [1.2] [4.1]', async () => {
  const link = await TestLink.make({ ...clusters.addresses, topic: topicName('term') });
  let term = 1;
  try {
    const transactions = await new Transactions(link.source.wire, topicName('term-tx')).init();
    const one = async () => {
      await transactions.write(link.source, 2);
      await transactions.end(true);
    };
    await one();
    link.start({ lease: { ...ownedLease, term: () => term } });
    await link.caughtUp();
    assert.equal(link.remembered.marker.epoch, 1);
    await one();
    await link.caughtUp();
    assert.equal(link.remembered.marker.epoch, 1);
    term = 2;
    await one();
    await link.caughtUp();
    assert.equal(link.remembered.marker.epoch, 2);
    const epochs = (await link.mirror.batches()).filter((each) => each.isControl).map((each) => each.producerEpoch);
    assert.deepEqual(epochs, [1, 1, 2]);
  } finally {
    await link.close();
  }
});

test('markers: single offsets of many partitions share requests [4.2]', async () => {
  const partitions = 20;
  const network = new FaultyNetwork(systemNetwork);
  const link = await TestLink.make({ ...clusters.addresses, topic: topicName('many'), partitions, network });
  let may = false;
  try {
    const transactions = await new Transactions(link.source.wire, topicName('many-tx')).init();
    for (let partition = 0; partition < partitions; partition++)
      await transactions.write(link.source, 2, { partition });
    await transactions.end(true);
    link.start({ lease: { ...ownedLease, mayWriteMarkers: () => may } });
    await until('all stand at the gap', 20_000, () => {
      const seen = link.engine?.observations()[0]?.partitions ?? [];
      return (
        seen.length === partitions && seen.every((each) => each.mirrorEnd === 2n && each.activity.kind === 'waiting')
      );
    });
    may = true;
    await link.caughtUp();
    for (let partition = 0; partition < partitions; partition++) await link.compare(partition);
    assert.equal(network.counts.get(writeTxnMarkers.key), 1);
  } finally {
    await link.close();
  }
});
