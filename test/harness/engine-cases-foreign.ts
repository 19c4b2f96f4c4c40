/** Foreign writes, found wherever they happen: busy, idle, inside a gap, in front of our own batches, while down. */
import assert from 'node:assert/strict';
import { writeTxnMarkers } from '../../src/protocol/api/write-txn-markers.js';
import { Cases, type Scene } from './engine-cases.js';
import { ownedLease, type TestLink } from './engine-link.js';
import { writePlain } from './engine-source.js';
import { Faults } from './faulty-network.js';
import { batchOf } from './wire-topic.js';

export const foreignCases = new Cases();

const stranger = { producerId: -1n, epoch: -1 };

/** A record that klink did not write; gives its offset. */
async function foreignWrite(scene: Scene, link: TestLink, partition = 0): Promise<bigint> {
  const answer = await link.mirror.produce(batchOf(stranger, -1, 1, { timestamp: scene.timestamp() }), { partition });
  assert.equal(answer.errorCode, 0);
  return answer.baseOffset;
}

foreignCases.add(
  'foreign write: on an idle partition it is found within 10 s, and only that partition stops [3.4] [2.6]',
  async (scene) => {
    const link = await scene.link('idle', { partitions: 2 });
    await writePlain(link.source, 5);
    await writePlain(link.source, 5, { partition: 1 });
    link.start();
    await link.caughtUp();
    const offset = await foreignWrite(scene, link);
    const failure = await link.failed(0, 10_000);
    assert.deepEqual([failure.reason, failure.offset], ['FOREIGN_WRITE', offset]);
    await writePlain(link.source, 5, { partition: 1 });
    await scene.until('the other partition goes on', 10_000, () => link.observed(1).mirrorEnd === 10n);
  },
);

foreignCases.add(
  'foreign write: while klink is down it is found before anything is appended (X2) [2.3]',
  async (scene) => {
    const link = await scene.link('down');
    await writePlain(link.source, 5);
    link.start();
    await link.caughtUp();
    await link.stopEngine();
    const offset = await foreignWrite(scene, link);
    assert.equal(offset, 5n);
    await writePlain(link.source, 5);
    link.start();
    const failure = await link.failed();
    assert.deepEqual([failure.reason, failure.offset], ['FOREIGN_WRITE', 5n]);
    assert.equal(await link.mirror.end(), 6n);
  },
);

foreignCases.add(
  'foreign write: on a busy partition the unexpected base stops it at the foreign offset [3.4] [2.6]',
  async (scene) => {
    const link = await scene.link('busy');
    let writing = true;
    await writePlain(link.source, 5);
    link.start();
    await link.caughtUp();
    const writer = (async () => {
      while (writing) await writePlain(link.source, 20);
    })();
    try {
      await scene.until('some are copied', 10_000, () => link.observed().mirrorEnd > 200n);
      const offset = await foreignWrite(scene, link);
      const failure = await link.failed();
      assert.deepEqual([failure.reason, failure.offset], ['FOREIGN_WRITE', offset]);
    } finally {
      writing = false;
      await writer;
    }
  },
);

foreignCases.add('foreign write: inside a gap that is being filled (X2b) [4.4]', async (scene) => {
  const faults = new Faults();
  const link = await scene.link('gap', { faults });
  // The lease lasts for one marker request, then the stranger comes.
  let allowed = false;
  const lease = { ...ownedLease, mayWriteMarkers: () => allowed || !faults.counts.has(writeTxnMarkers.key) };
  const transactions = await link.transactions('gap-tx');
  await writePlain(link.source, 5);
  await transactions.write(link.source, 9);
  await transactions.end(false);
  await link.sourceStable();
  await writePlain(link.source, 5);
  link.start({ lease });
  await scene.until('the gap is begun', 20_000, async () => (await link.mirror.end()) > 5n);
  const offset = await foreignWrite(scene, link);
  allowed = true;
  const failure = await link.failed();
  assert.deepEqual([failure.reason, failure.offset], ['FOREIGN_WRITE', offset]);
});

foreignCases.add('foreign write: in place of the only marker of a gap (X2b) [4.4]', async (scene) => {
  const link = await scene.link('gap-one');
  let allowed = false;
  const lease = { ...ownedLease, mayWriteMarkers: () => allowed };
  const transactions = await link.transactions('one-tx');
  await transactions.write(link.source, 5);
  await transactions.end(true);
  await link.sourceStable();
  await writePlain(link.source, 5);
  link.start({ lease });
  await scene.until('data before the gap is copied', 20_000, () => link.observed().mirrorEnd === 5n);
  const offset = await foreignWrite(scene, link);
  assert.equal(offset, 5n);
  allowed = true;
  const failure = await link.failed();
  assert.deepEqual([failure.reason, failure.offset], ['FOREIGN_WRITE', 5n]);
  assert.equal(await link.mirror.end(), 6n, 'nothing was appended behind it');
});

foreignCases.add(
  'another klink: one that has filled our gap and gone on behind it leaves nothing wrong, so nothing fails [4.4]',
  async (scene) => {
    const link = await scene.link('finished');
    let allowed = false;
    const lease = { ...ownedLease, mayWriteMarkers: () => allowed };
    const transactions = await link.transactions('finished-tx');
    await writePlain(link.source, 5);
    await transactions.write(link.source, 5);
    await transactions.end(false);
    await writePlain(link.source, 5);
    link.start({ lease });
    await scene.until('data before the gap is copied', 20_000, () => link.observed().mirrorEnd === 5n);
    const other = link.startOne();
    await scene.until('the other one has copied everything', 20_000, async () => (await link.mirror.end()) === 16n);
    await other.stop();
    allowed = true;
    await link.caughtUp();
    assert.deepEqual(link.remembered.failures, []);
    assert.equal((await link.compare()).end, 16n);
  },
);

foreignCases.add(
  'foreign write: in front of our own batches that landed behind it, before the replies came (T3) [2.3]',
  async (scene) => {
    const link = await scene.link('front');
    // Records of equal content: only sequence and producer id tell them apart.
    const same = () => link.source.append(batchOf(stranger, 7, 1, { timestamp: 1_000n, baseSequence: -1 }));
    for (let i = 0; i < 5; i++) await same();
    link.start();
    await link.caughtUp();
    await link.stopEngine();
    for (let i = 0; i < 3; i++) await same();
    // What was in flight when klink was killed: D's next batches, behind a stranger's record.
    const offset = await foreignWrite(scene, link);
    const own = { producerId: link.dataId };
    const equal = (sequence: number) => batchOf(own, 7, 1, { timestamp: 1_000n, baseSequence: sequence });
    assert.deepEqual(await link.mirror.append(equal(5)), [0, 6n]);
    assert.deepEqual(await link.mirror.append(equal(6)), [0, 7n]);
    link.start();
    const failure = await link.failed();
    assert.deepEqual([failure.reason, failure.offset], ['FOREIGN_WRITE', offset]);
    assert.equal(await link.mirror.end(), 8n);
  },
);

foreignCases.add(
  'foreign write: hidden by DeleteRecords while D is forgotten: RANGE_LOST (T4) [2.5]',
  async (scene) => {
    const link = await scene.link('hidden');
    await writePlain(link.source, 30);
    link.start();
    await link.caughtUp();
    await link.stopEngine();
    await foreignWrite(scene, link);
    await foreignWrite(scene, link);
    await link.mirror.deleteRecords(32n);
    await writePlain(link.source, 5);
    link.start();
    const failure = await link.failed();
    assert.deepEqual([failure.reason, failure.offset], ['RANGE_LOST', 0n]);
    assert.equal(await link.mirror.end(), 32n);
  },
);

foreignCases.add('foreign write: a transaction marker of somebody else is one too [2.3]', async (scene) => {
  const link = await scene.link('marker');
  await writePlain(link.source, 5);
  link.start();
  await link.caughtUp();
  await link.mirror.markers([{ producerId: 4_711n, epoch: 0 }]);
  const failure = await link.failed(0, 10_000);
  assert.deepEqual([failure.reason, failure.offset], ['FOREIGN_WRITE', 5n]);
});
