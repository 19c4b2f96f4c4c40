/** Position, sequence and window on a destination that forgets producers after 20 s: the X and T runs. */
import assert from 'node:assert/strict';
import { offsetForLeaderEpoch } from '../../src/protocol/api/offset-for-leader-epoch.js';
import { writeTxnMarkers } from '../../src/protocol/api/write-txn-markers.js';
import { Cases, type Scene } from './engine-cases.js';
import type { TestLink } from './engine-link.js';
import { writePlain } from './engine-source.js';
import { Faults } from './faulty-network.js';
import { batchOf } from './wire-topic.js';

export const positionCases = new Cases();

const WEEK_MS = 7 * 86_400_000;
const smallBatchesOnly = { destinationConfigs: { 'max.message.bytes': '3000' } };

async function forgotten(scene: Scene, link: TestLink): Promise<void> {
  await scene.until('the destination has forgotten D', 40_000, async () => {
    return !(await link.mirror.producers()).some((each) => each.producerId === link.dataId);
  });
}

async function refused(scene: Scene, link: TestLink): Promise<void> {
  await scene.until('the first batch is refused', 20_000, () => {
    const { activity } = link.observed();
    return activity.kind === 'waiting' && activity.reason.includes('MESSAGE_TOO_LARGE');
  });
}

positionCases.add(
  'window: on a fresh partition the second batch does not overtake a refused first (X1) [3.2]',
  async (scene) => {
    const link = await scene.link('x1', smallBatchesOnly);
    await writePlain(link.source, 10, { valueBytes: 1_000 });
    await writePlain(link.source, 10, { valueBytes: 10 });
    link.start();
    await refused(scene, link);
    assert.equal(await link.mirror.end(), 0n);
  },
);

positionCases.add('window: closed again after an idle time in which D was forgotten (T2) [3.2]', async (scene) => {
  const link = await scene.link('t2', smallBatchesOnly);
  await writePlain(link.source, 10);
  link.start();
  await link.caughtUp();
  await forgotten(scene, link);
  // One behind the other, before klink has fetched the first.
  await Promise.all([
    writePlain(link.source, 10, { valueBytes: 1_000 }),
    writePlain(link.source, 10, { valueBytes: 10 }),
  ]);
  await refused(scene, link);
  assert.equal(await link.mirror.end(), 10n);
});

positionCases.add('window: closed again by one old batch (T2) [3.2]', async (scene) => {
  const link = await scene.link('t2-old', smallBatchesOnly);
  await writePlain(link.source, 10);
  await writePlain(link.source, 10, { timestamp: scene.timestamp(WEEK_MS) });
  link.start();
  await link.caughtUp();
  // The newest batch of D is a week old now: the next look at producers forgets it.
  await forgotten(scene, link);
  await Promise.all([
    writePlain(link.source, 10, { valueBytes: 1_000 }),
    writePlain(link.source, 10, { valueBytes: 10 }),
  ]);
  await refused(scene, link);
  assert.equal(await link.mirror.end(), 20n);
});

positionCases.add(
  'window: what lands behind a refused batch while D is known is refused too (T16) [3.2]',
  async (scene) => {
    const link = await scene.link('t16', smallBatchesOnly);
    await writePlain(link.source, 10);
    link.start();
    await link.caughtUp();
    await Promise.all([
      writePlain(link.source, 10, { valueBytes: 1_000 }),
      writePlain(link.source, 10, { valueBytes: 10 }),
    ]);
    await refused(scene, link);
    assert.equal(await link.mirror.end(), 10n, 'drain, one alone, then two: 10 and 45, the log intact');
  },
);

positionCases.add(
  'sequence: from the last D batch in the log, not from the log end, when D is forgotten (X3) [3.1]',
  async (scene) => {
    const link = await scene.link('x3');
    const transactions = await link.transactions('x3-tx');
    const old = { timestamp: scene.timestamp(WEEK_MS) };
    await writePlain(link.source, 50, old);
    await transactions.write(link.source, 19, old);
    await transactions.end(false);
    link.start();
    await link.caughtUp();
    await link.stopEngine();
    // Also without a proven point: the log alone must tell.
    link.remembered.memory.clear();
    await forgotten(scene, link);
    await writePlain(link.source, 10);
    link.start();
    await link.caughtUp();
    assert.deepEqual(await link.compare(), { records: 60, end: 80n });
    const last = (await link.mirror.batches(70n)).at(-1);
    assert.deepEqual([last?.baseOffset, last?.baseSequence], [70n, 50]);
    // A zombie that had counted the log end: its batch for 80 is refused, not taken for the one that is there.
    const [code] = await link.mirror.append(
      batchOf({ producerId: link.dataId }, 80, 10, { timestamp: scene.timestamp() }),
    );
    assert.equal(code, 45);
  },
);

positionCases.add('sequence: a batch that landed without the one before it is DIVERGED (X3b) [2.3]', async (scene) => {
  const link = await scene.link('x3b');
  await writePlain(link.source, 30, { timestamp: scene.timestamp(WEEK_MS) });
  link.start();
  await link.caughtUp();
  await link.stopEngine();
  await forgotten(scene, link);
  await writePlain(link.source, 10);
  await writePlain(link.source, 10);
  const second = batchOf({ producerId: link.dataId }, 40, 10, { timestamp: scene.timestamp() });
  assert.deepEqual(await link.mirror.append(second), [0, 30n], 'the destination takes any sequence now');
  link.start();
  const failure = await link.failed();
  assert.deepEqual([failure.reason, failure.offset], ['DIVERGED', 30n]);
  assert.equal(await link.mirror.end(), 40n);
});

for (const forgets of [false, true]) {
  const name = forgets ? 'forgotten' : 'known';
  positionCases.add(
    `sequence: an emptied source and mirror go on where they were, D ${name} (T1) [3.1] [2.5]`,
    async (scene) => {
      const link = await scene.link(`t1-${name}`);
      await writePlain(link.source, 30, forgets ? { timestamp: scene.timestamp(WEEK_MS) } : {});
      link.start();
      await link.caughtUp();
      await link.source.deleteRecords(30n);
      await scene.until('the mirror follows the log start', 20_000, async () => {
        return (await link.mirror.known(-2n)) === 30n;
      });
      await link.stopEngine();
      if (forgets) await forgotten(scene, link);
      await writePlain(link.source, 5);
      link.start();
      await link.caughtUp();
      assert.deepEqual(await link.compare(), { records: 5, end: 35n });
      const [batch] = await link.mirror.batches(30n);
      assert.equal(batch?.baseSequence, 30);
    },
  );
}

positionCases.add('proof: a source that was compacted meanwhile is no difference (T10) [2.3]', async (scene) => {
  const link = await scene.link('t10', {
    sourceConfigs: {
      'segment.ms': '500',
      'min.cleanable.dirty.ratio': '0.01',
      'min.compaction.lag.ms': '0',
    },
  });
  const write = (value: string) =>
    link.source.append(
      batchOf({ producerId: -1n, epoch: -1 }, -1, 0, {
        records: [{ timestamp: scene.timestamp(), key: Buffer.from('same'), value: Buffer.from(value) }],
      }),
    );
  link.start();
  for (let i = 0; i < 10; i++) await write(`value ${i}`);
  await link.caughtUp();
  await link.stopEngine();
  // Not before: what is compacted before it is copied cannot be copied.
  await scene.setConfig(link.source, 'cleanup.policy', 'compact');
  let rolledMs = 0;
  await scene.until('the source is compacted', 90_000, async () => {
    if (scene.ground.clock.monotonicMs() - rolledMs > 700) {
      rolledMs = scene.ground.clock.monotonicMs();
      await write(`roll ${rolledMs}`);
    }
    const [first] = await link.source.batches();
    return (first?.baseOffset ?? 0n) > 5n || first?.recordCount === 0;
  });
  // From no proven point at all: everything that is left of the source is compared.
  link.remembered.memory.clear();
  link.start();
  await scene.until('the tail is proven', 20_000, () => {
    const seen = link.observed();
    return seen.activity.kind !== 'starting' && seen.activity.kind !== 'proving' && seen.mirrorEnd >= 0n;
  });
  const { activity } = link.observed();
  if (activity.kind === 'failed') assert.equal(activity.failure.reason, 'UNSUPPORTED_BATCH');
  assert.ok((await link.mirror.end()) >= 10n);
});

positionCases.add('gap: goes on inside an aborted transaction after a restart (T12) [4.1]', async (scene) => {
  const faults = new Faults();
  const link = await scene.link('t12', { faults });
  const sent = () => faults.counts.get(writeTxnMarkers.key) ?? 0;
  const transactions = await link.transactions('t12-tx');
  await writePlain(link.source, 3);
  await transactions.write(link.source, 20);
  await transactions.write(link.source, 20);
  await transactions.end(false);
  await link.sourceStable();
  await writePlain(link.source, 3);
  link.start({
    lease: { holds: () => true, mayWriteMarkers: () => sent() < 3, term: () => 1, exclusive: () => false },
  });
  await scene.until('a part of the gap is filled', 20_000, async () => (await link.mirror.end()) > 3n);
  await link.stopEngine();
  const end = await link.mirror.end();
  assert.ok(end > 3n && end < 44n, `inside the gap: ${end}`);
  link.start();
  await link.caughtUp();
  assert.deepEqual(await link.compare(), { records: 6, end: 47n });
});

positionCases.add('log start: follows the source only with the lease [decision 10]', async (scene) => {
  const faults = new Faults();
  const link = await scene.link('log-start', { faults, engine: { switches: { guardEveryMs: 500 } } });
  let holds = false;
  await writePlain(link.source, 10);
  await writePlain(link.source, 10);
  link.start({ lease: { holds: () => holds, mayWriteMarkers: () => true, term: () => 1, exclusive: () => true } });
  await link.caughtUp();
  await link.source.deleteRecords(12n);
  await scene.until('the source log start is seen', 20_000, () => link.observed().memory.sourceLogStart === 12n);
  const guards = () => faults.counts.get(offsetForLeaderEpoch.key) ?? 0;
  const before = guards();
  await scene.until('guards have looked', 20_000, () => guards() > before + 3);
  assert.equal(await link.mirror.known(-2n), 0n);
  holds = true;
  await scene.until('the mirror follows', 20_000, async () => (await link.mirror.known(-2n)) === 12n);
  await writePlain(link.source, 3);
  await link.caughtUp();
  assert.deepEqual(await link.compare(), { records: 11, end: 23n });
});
