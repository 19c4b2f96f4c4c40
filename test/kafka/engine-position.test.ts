/** Position, sequence and window on a destination that forgets producers after 20 s: the X and T runs. */
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { type EngineClusters, engineClusters, topicName } from '../harness/engine-brokers.js';
import { TestLink } from '../harness/engine-link.js';
import { Transactions, writePlain } from '../harness/engine-source.js';
import { until } from '../harness/until.js';
import { batchOf } from '../harness/wire-topic.js';

let clusters: EngineClusters;
before(async () => {
  clusters = await engineClusters();
});
after(() => clusters.stop());

const WEEK_MS = 7 * 86_400_000;
const weekAgo = () => BigInt(Date.now() - WEEK_MS);

async function linked(name: string, more: Partial<Parameters<typeof TestLink.make>[0]> = {}): Promise<TestLink> {
  return TestLink.make({
    ...clusters.addresses,
    topic: topicName(name),
    engine: { switches: { windowExpiryFloorMs: 0 } },
    ...more,
  });
}

async function forgotten(link: TestLink): Promise<void> {
  await until('the destination has forgotten D', 40_000, async () => {
    return !(await link.mirror.producers()).some((each) => each.producerId === link.dataId);
  });
}

test('window: on a fresh partition the second batch does not overtake a refused first (X1) [3.2]', async () => {
  const link = await linked('x1', { destinationConfigs: { 'max.message.bytes': '3000' } });
  try {
    await writePlain(link.source, 10, { valueBytes: 1_000 });
    await writePlain(link.source, 10, { valueBytes: 10 });
    link.start();
    await until('the first batch is refused', 20_000, () => {
      const { activity } = link.observed();
      return activity.kind === 'waiting' && activity.reason.includes('MESSAGE_TOO_LARGE');
    });
    assert.equal(await link.mirror.end(), 0n);
  } finally {
    await link.close();
  }
});

test('window: closed again after an idle time in which D was forgotten (T2) [3.2]', async () => {
  const link = await linked('t2', { destinationConfigs: { 'max.message.bytes': '3000' } });
  try {
    await writePlain(link.source, 10);
    link.start();
    await link.caughtUp();
    await forgotten(link);
    await Promise.all([
      writePlain(link.source, 10, { valueBytes: 1_000 }),
      writePlain(link.source, 10, { valueBytes: 10 }),
    ]);
    await until('the first batch is refused', 20_000, () => {
      const { activity } = link.observed();
      return activity.kind === 'waiting' && activity.reason.includes('MESSAGE_TOO_LARGE');
    });
    assert.equal(await link.mirror.end(), 10n);
  } finally {
    await link.close();
  }
});

test('sequence: from the last D batch in the log, not from the log end, when D is forgotten (X3) [3.1]', async () => {
  const link = await linked('x3');
  try {
    const transactions = await new Transactions(link.source.wire, topicName('x3-tx')).init();
    await writePlain(link.source, 50, { timestamp: weekAgo() });
    await transactions.write(link.source, 19, { timestamp: weekAgo() });
    await transactions.end(false);
    link.start();
    await link.caughtUp();
    await link.stopEngine();
    // Also without a proven point: the log alone must tell.
    link.remembered.memory.clear();
    await forgotten(link);
    await writePlain(link.source, 10);
    link.start();
    await link.caughtUp();
    assert.deepEqual(await link.compare(), { records: 60, end: 80n });
    const last = (await link.mirror.batches(70n)).at(-1);
    assert.deepEqual([last?.baseOffset, last?.baseSequence], [70n, 50]);
    // A zombie that had counted the log end: its batch for 80 is refused, not taken for the one that is there.
    const [code] = await link.mirror.append(batchOf({ producerId: link.dataId }, 80, 10));
    assert.equal(code, 45);
  } finally {
    await link.close();
  }
});

test('sequence: a batch that landed without the one before it is DIVERGED (X3b) [2.3]', async () => {
  const link = await linked('x3b');
  try {
    await writePlain(link.source, 30, { timestamp: weekAgo() });
    link.start();
    await link.caughtUp();
    await link.stopEngine();
    await forgotten(link);
    await writePlain(link.source, 10);
    await writePlain(link.source, 10);
    const second = batchOf({ producerId: link.dataId }, 40, 10);
    assert.deepEqual(await link.mirror.append(second), [0, 30n], 'the destination takes any sequence now');
    link.start();
    const failure = await link.failed();
    assert.deepEqual([failure.reason, failure.offset], ['DIVERGED', 30n]);
    assert.equal(await link.mirror.end(), 40n);
  } finally {
    await link.close();
  }
});

for (const forgets of [false, true]) {
  const name = forgets ? 'forgotten' : 'known';
  test(`sequence: an emptied source and mirror go on where they were, D ${name} (T1) [3.1] [2.5]`, async () => {
    const link = await linked(`t1-${name}`);
    try {
      await writePlain(link.source, 30, forgets ? { timestamp: weekAgo() } : {});
      link.start();
      await link.caughtUp();
      await link.source.deleteRecords(30n);
      await until('the mirror follows the log start', 20_000, async () => {
        return (await link.mirror.offset(-2n)).offset === 30n;
      });
      await link.stopEngine();
      if (forgets) await forgotten(link);
      await writePlain(link.source, 5);
      link.start();
      await link.caughtUp();
      assert.deepEqual(await link.compare(), { records: 5, end: 35n });
      const [batch] = await link.mirror.batches(30n);
      assert.equal(batch?.baseSequence, 30);
    } finally {
      await link.close();
    }
  });
}

test('proof: a source that was compacted meanwhile is no difference (T10) [2.3]', async () => {
  const link = await linked('t10', {
    sourceConfigs: {
      'cleanup.policy': 'compact',
      'segment.ms': '500',
      'min.cleanable.dirty.ratio': '0.01',
      'min.compaction.lag.ms': '0',
    },
  });
  try {
    const write = (value: string) =>
      link.source.append(
        batchOf({ producerId: -1n, epoch: -1 }, -1, 0, {
          records: [{ timestamp: BigInt(Date.now()), key: Buffer.from('same'), value: Buffer.from(value) }],
        }),
      );
    link.start();
    for (let i = 0; i < 10; i++) await write(`value ${i}`);
    await link.caughtUp();
    await link.stopEngine();
    await until('the source is compacted', 90_000, async () => {
      await write(`roll ${Date.now()}`);
      await new Promise((resolve) => setTimeout(resolve, 700));
      const [first] = await link.source.batches();
      return (first?.baseOffset ?? 0n) > 5n || first?.recordCount === 0;
    });
    // From no proven point at all: everything that is left of the source is compared.
    link.remembered.memory.clear();
    link.start();
    await until('the tail is proven', 20_000, () => {
      const seen = link.observed();
      return seen.activity.kind !== 'starting' && seen.activity.kind !== 'proving' && seen.mirrorEnd >= 0n;
    });
    const { activity } = link.observed();
    if (activity.kind === 'failed') assert.equal(activity.failure.reason, 'UNSUPPORTED_BATCH');
    assert.ok((await link.mirror.end()) >= 10n);
  } finally {
    await link.close();
  }
});

test('gap: goes on inside an aborted transaction after a restart (T12) [4.1]', async () => {
  const link = await linked('t12');
  let left = 3;
  try {
    const transactions = await new Transactions(link.source.wire, topicName('t12-tx')).init();
    await writePlain(link.source, 3);
    await transactions.write(link.source, 20);
    await transactions.write(link.source, 20);
    await transactions.end(false);
    await writePlain(link.source, 3);
    link.start({
      lease: {
        holds: () => true,
        mayWriteMarkers: () => left-- > 0,
        term: () => 1,
        exclusive: () => false,
      },
    });
    await until('a part of the gap is filled', 20_000, async () => (await link.mirror.end()) > 3n);
    await link.stopEngine();
    const end = await link.mirror.end();
    assert.ok(end > 3n && end < 44n, `inside the gap: ${end}`);
    link.start();
    await link.caughtUp();
    assert.deepEqual(await link.compare(), { records: 6, end: 47n });
  } finally {
    await link.close();
  }
});

test('log start: follows the source only with the lease [decision 10]', async () => {
  const link = await linked('log-start');
  let holds = false;
  try {
    await writePlain(link.source, 10);
    await writePlain(link.source, 10);
    link.start({ lease: { holds: () => holds, mayWriteMarkers: () => true, term: () => 1, exclusive: () => true } });
    await link.caughtUp();
    await link.source.deleteRecords(12n);
    await until('the source log start is seen', 20_000, () => link.observed().memory.sourceLogStart === 12n);
    assert.equal((await link.mirror.offset(-2n)).offset, 0n);
    holds = true;
    await until('the mirror follows', 20_000, async () => (await link.mirror.offset(-2n)).offset === 12n);
    await writePlain(link.source, 3);
    await link.caughtUp();
    assert.deepEqual(await link.compare(), { records: 11, end: 23n });
  } finally {
    await link.close();
  }
});
