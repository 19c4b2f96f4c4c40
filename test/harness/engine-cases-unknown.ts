/** Answers that never come: markers and data whose outcome is unknown, settled by reading. */
import assert from 'node:assert/strict';
import { produce } from '../../src/protocol/api/produce.js';
import { writeTxnMarkers } from '../../src/protocol/api/write-txn-markers.js';
import { Cases } from './engine-cases.js';
import { ownedLease } from './engine-link.js';
import { writePlain } from './engine-source.js';
import { type Fault, Faults } from './faulty-network.js';

export const unknownCases = new Cases();

const losses: readonly Fault[] = [
  { kind: 'lose-answer' },
  { kind: 'lose-request' },
  { kind: 'deliver-late', ms: 60 },
  { kind: 'deliver-late', ms: 300 },
];
const nameOf = (fault: Fault) => (fault.kind === 'deliver-late' ? `${fault.kind} by ${fault.ms} ms` : fault.kind);

for (const loss of losses) {
  for (const [what, size, skip] of [
    ['the only marker of a gap', 0, 0],
    ['the first marker of a long gap', 9, 0],
    ['the long request of a long gap', 9, 1],
    ['the last marker of a long gap', 9, 2],
  ] as const) {
    unknownCases.add(`marker lost: ${what}: ${nameOf(loss)}: the gap ends exactly (E7) [4.3]`, async (scene) => {
      const faults = new Faults();
      const link = await scene.link('marker', { faults });
      const transactions = await link.transactions('marker-tx');
      await writePlain(link.source, 5);
      await transactions.write(link.source, Math.max(size, 1));
      await transactions.end(size === 0);
      await link.sourceStable();
      await writePlain(link.source, 5);
      faults.plan(writeTxnMarkers, loss, skip);
      link.start();
      await link.caughtUp();
      assert.equal(faults.happened, 1);
      assert.ok(link.remembered.marker.epoch >= 2, `a new epoch after the lost reply: ${link.remembered.marker.epoch}`);
      const { records } = await link.compare();
      assert.equal(records, size === 0 ? 11 : 10);
    });
  }
  for (const skip of [0, 1, 3]) {
    unknownCases.add(
      `data lost: request ${skip + 1}: ${nameOf(loss)}: neither lost nor doubled (R1 short) [3.3]`,
      async (scene) => {
        const faults = new Faults();
        const link = await scene.link('data', { faults });
        for (let i = 0; i < 12; i++) await writePlain(link.source, 5);
        faults.plan(produce, loss, skip);
        link.start();
        await link.caughtUp();
        assert.equal(faults.happened, 1);
        assert.deepEqual(await link.compare(), { records: 60, end: 60n });
        // One alone was under way, and it had landed: the log says so, and it is not sent again.
        if (loss.kind === 'lose-answer' && skip === 0) assert.equal(faults.counts.get(produce.key), 12);
      },
    );
  }
}

unknownCases.add('data under way: is answered before the log is read again, and sent once [3.3]', async (scene) => {
  const faults = new Faults();
  const link = await scene.link('drain', { faults });
  await writePlain(link.source, 5);
  await writePlain(link.source, 5);
  faults.plan(produce, { kind: 'hold', ms: 2_000 });
  link.start();
  await scene.until('a batch is under way', 20_000, () => faults.counts.get(produce.key) === 1);
  for (const mode of ['hold', 'copy'] as const) {
    link.mode = mode;
    link.engine?.assign([link.assignment()]);
  }
  await link.caughtUp();
  assert.deepEqual(await link.compare(), { records: 10, end: 10n });
  assert.equal(faults.counts.get(produce.key), 2);
});

unknownCases.add('markers lost twice in a row: no sum of late ones overshoots [4.3]', async (scene) => {
  const faults = new Faults();
  const link = await scene.link('twice', { faults });
  const transactions = await link.transactions('twice-tx');
  await writePlain(link.source, 5);
  await transactions.write(link.source, 3);
  await transactions.end(false);
  await link.sourceStable();
  await writePlain(link.source, 5);
  // The long request and the fencing marker behind it come late, and whatever is sent then is slower than both.
  faults.plan(writeTxnMarkers, { kind: 'deliver-late', ms: 400 }, 1);
  faults.plan(writeTxnMarkers, { kind: 'deliver-late', ms: 500 });
  faults.plan(writeTxnMarkers, { kind: 'hold', ms: 1_000 });
  link.start();
  await link.caughtUp();
  assert.ok(faults.happened >= 2);
  assert.deepEqual(await link.compare(), { records: 10, end: 14n });
});

unknownCases.add('markers: none without the lease, asked right before each request [4.1]', async (scene) => {
  const faults = new Faults();
  const link = await scene.link('lease', { faults });
  let may = false;
  const transactions = await link.transactions('lease-tx');
  await transactions.write(link.source, 5);
  await transactions.end(true);
  await link.sourceStable();
  await writePlain(link.source, 5);
  link.start({ lease: { ...ownedLease, mayWriteMarkers: () => may } });
  await scene.until('the gap is reached', 20_000, () => {
    const { activity } = link.observed();
    return activity.kind === 'waiting' && activity.reason.includes('owner');
  });
  assert.equal(faults.counts.get(writeTxnMarkers.key) ?? 0, 0);
  may = true;
  await link.caughtUp();
  assert.deepEqual(await link.compare(), { records: 10, end: 11n });
});

unknownCases.add(
  'markers: a new term begins with a new epoch, journalled before its first use [1.2] [4.1]',
  async (scene) => {
    const link = await scene.link('term');
    let term = 1;
    const transactions = await link.transactions('term-tx');
    const one = async () => {
      await transactions.write(link.source, 2);
      await transactions.end(true);
      await link.sourceStable();
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
  },
);

unknownCases.add('markers: single offsets of many partitions share requests [4.2]', async (scene) => {
  const partitions = 20;
  const faults = new Faults();
  const link = await scene.link('many', { partitions, faults });
  let may = false;
  const transactions = await link.transactions('many-tx');
  for (let partition = 0; partition < partitions; partition++) await transactions.write(link.source, 2, { partition });
  await transactions.end(true);
  link.start({ lease: { ...ownedLease, mayWriteMarkers: () => may } });
  await scene.until('all stand at the gap', 20_000, () => {
    const seen = link.engine?.observations()[0]?.partitions ?? [];
    return (
      seen.length === partitions && seen.every((each) => each.mirrorEnd === 2n && each.activity.kind === 'waiting')
    );
  });
  may = true;
  await link.caughtUp();
  for (let partition = 0; partition < partitions; partition++) await link.compare(partition);
  assert.equal(faults.counts.get(writeTxnMarkers.key), 1);
});
