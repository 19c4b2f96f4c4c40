/** Foreign writes, found wherever they happen: busy, idle, inside a gap, in front of our own batches, while down. */
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { type EngineClusters, engineClusters, topicName } from '../harness/engine-brokers.js';
import { ownedLease, TestLink } from '../harness/engine-link.js';
import { Transactions, writePlain } from '../harness/engine-source.js';
import { until } from '../harness/until.js';
import { batchOf } from '../harness/wire-topic.js';

let clusters: EngineClusters;
before(async () => {
  clusters = await engineClusters();
});
after(() => clusters.stop());

const stranger = { producerId: -1n, epoch: -1 };

async function linked(name: string, partitions = 1): Promise<TestLink> {
  return TestLink.make({
    ...clusters.addresses,
    topic: topicName(name),
    partitions,
    engine: { switches: { windowExpiryFloorMs: 0 } },
  });
}

/** A record that klink did not write; gives its offset. */
async function foreignWrite(link: TestLink, partition = 0): Promise<bigint> {
  const answer = await link.mirror.produce(batchOf(stranger, -1, 1), { partition });
  assert.equal(answer.errorCode, 0);
  return answer.baseOffset;
}

test('foreign write: on an idle partition it is found within 10 s, and only that partition stops [3.4] [2.6]', async () => {
  const link = await linked('idle', 2);
  try {
    await writePlain(link.source, 5);
    await writePlain(link.source, 5, { partition: 1 });
    link.start();
    await link.caughtUp();
    const offset = await foreignWrite(link);
    const failure = await link.failed(0, 10_000);
    assert.deepEqual([failure.reason, failure.offset], ['FOREIGN_WRITE', offset]);
    await writePlain(link.source, 5, { partition: 1 });
    await until('the other partition goes on', 10_000, () => link.observed(1).mirrorEnd === 10n);
  } finally {
    await link.close();
  }
});

test('foreign write: while klink is down it is found before anything is appended (X2) [2.3]', async () => {
  const link = await linked('down');
  try {
    await writePlain(link.source, 5);
    link.start();
    await link.caughtUp();
    await link.stopEngine();
    const offset = await foreignWrite(link);
    assert.equal(offset, 5n);
    await writePlain(link.source, 5);
    link.start();
    const failure = await link.failed();
    assert.deepEqual([failure.reason, failure.offset], ['FOREIGN_WRITE', 5n]);
    assert.equal(await link.mirror.end(), 6n);
  } finally {
    await link.close();
  }
});

test('foreign write: on a busy partition the unexpected base stops it at the foreign offset [3.4] [2.6]', async () => {
  const link = await linked('busy');
  let writing = true;
  try {
    await writePlain(link.source, 5);
    link.start();
    await link.caughtUp();
    const writer = (async () => {
      while (writing) await writePlain(link.source, 20);
    })();
    await until('some are copied', 10_000, () => link.observed().mirrorEnd > 200n);
    const offset = await foreignWrite(link);
    const failure = await link.failed();
    writing = false;
    await writer;
    assert.deepEqual([failure.reason, failure.offset], ['FOREIGN_WRITE', offset]);
  } finally {
    writing = false;
    await link.close();
  }
});

test('foreign write: inside a gap that is being filled (X2b) [4.4]', async () => {
  const link = await linked('gap');
  let markers = 0;
  // The lease is asked before every marker request: it lasts for one, then the stranger comes.
  let allowed = 1;
  const lease = {
    ...ownedLease,
    mayWriteMarkers: () => markers < allowed,
  };
  try {
    const transactions = await new Transactions(link.source.wire, topicName('gap-tx')).init();
    await writePlain(link.source, 5);
    await transactions.write(link.source, 9);
    await transactions.end(false);
    await writePlain(link.source, 5);
    link.start({ lease });
    await until('the gap is begun', 20_000, async () => {
      const end = await link.mirror.end();
      if (end > 5n) markers = 1;
      return end > 5n;
    });
    const offset = await foreignWrite(link);
    allowed = 1_000;
    const failure = await link.failed();
    assert.deepEqual([failure.reason, failure.offset], ['FOREIGN_WRITE', offset]);
    assert.ok(offset > 5n && offset < 15n, `inside the gap: ${offset}`);
  } finally {
    await link.close();
  }
});

test('foreign write: in place of the only marker of a gap (X2b) [4.4]', async () => {
  const link = await linked('gap-one');
  let allowed = false;
  const lease = { ...ownedLease, mayWriteMarkers: () => allowed };
  try {
    const transactions = await new Transactions(link.source.wire, topicName('one-tx')).init();
    await transactions.write(link.source, 5);
    await transactions.end(true);
    await writePlain(link.source, 5);
    link.start({ lease });
    await until('data before the gap is copied', 20_000, () => link.observed().mirrorEnd === 5n);
    const offset = await foreignWrite(link);
    assert.equal(offset, 5n);
    allowed = true;
    const failure = await link.failed();
    assert.deepEqual([failure.reason, failure.offset], ['FOREIGN_WRITE', 5n]);
    assert.equal(await link.mirror.end(), 6n, 'nothing was appended behind it');
  } finally {
    await link.close();
  }
});

test('foreign write: in front of our own batches that landed behind it, before the replies came (T3) [2.3]', async () => {
  const link = await linked('front');
  try {
    // Records of equal content: only sequence and producer id tell them apart.
    await writePlain(link.source, 5);
    link.start();
    await link.caughtUp();
    await link.stopEngine();
    const memory = link.remembered.memory.get(0);
    await writePlain(link.source, 1);
    await writePlain(link.source, 1);
    // What was in flight when klink was killed: D's next batches, behind a stranger's record.
    const [d] = await link.mirror.producers();
    assert.ok(d);
    const offset = await foreignWrite(link);
    const own = { producerId: d.producerId };
    assert.deepEqual(await link.mirror.append(batchOf(own, 5, 1)), [0, 6n]);
    assert.deepEqual(await link.mirror.append(batchOf(own, 6, 1)), [0, 7n]);
    if (memory) link.remembered.memory.set(0, memory);
    link.start();
    const failure = await link.failed();
    assert.deepEqual([failure.reason, failure.offset], ['FOREIGN_WRITE', offset]);
  } finally {
    await link.close();
  }
});

test('foreign write: hidden by DeleteRecords while D is forgotten: RANGE_LOST (T4) [2.5]', async () => {
  const link = await linked('hidden');
  try {
    await writePlain(link.source, 30);
    link.start();
    await link.caughtUp();
    await link.stopEngine();
    await foreignWrite(link);
    await foreignWrite(link);
    await link.mirror.deleteRecords(32n);
    await writePlain(link.source, 5);
    link.start();
    const failure = await link.failed();
    assert.deepEqual([failure.reason, failure.offset], ['RANGE_LOST', 0n]);
    assert.equal(await link.mirror.end(), 32n);
  } finally {
    await link.close();
  }
});
