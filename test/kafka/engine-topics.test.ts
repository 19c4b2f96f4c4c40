/** Topics that change under the link: made again, restamped, grown, refused, promoted. */
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { BARRIER_EPOCH } from '../../src/engine/copy/identity.js';
import { provePartition } from '../../src/engine/copy/prove-partition.js';
import { createPartitions } from '../../src/protocol/api/create-partitions.js';
import { deleteTopics } from '../../src/protocol/api/delete-topics.js';
import { incrementalAlterConfigs } from '../../src/protocol/api/incremental-alter-configs.js';
import { type EngineClusters, engineClusters, topicName } from '../harness/engine-brokers.js';
import { TestLink } from '../harness/engine-link.js';
import { Transactions, writePlain } from '../harness/engine-source.js';
import { until } from '../harness/until.js';
import type { Wire } from '../harness/wire.js';
import { batchOf, WireTopic } from '../harness/wire-topic.js';

let clusters: EngineClusters;
before(async () => {
  clusters = await engineClusters();
});
after(() => clusters.stop());

async function linked(name: string, more: Partial<Parameters<typeof TestLink.make>[0]> = {}): Promise<TestLink> {
  return TestLink.make({ ...clusters.addresses, topic: topicName(name), ...more });
}

async function deleteTopic(wire: Wire, name: string): Promise<void> {
  await wire.ask(deleteTopics, {
    topics: [{ name, topicId: 'AAAAAAAAAAAAAAAAAAAAAA' }],
    topicNames: [name],
    timeoutMs: 30_000,
  });
}

async function recreate(topic: WireTopic): Promise<WireTopic> {
  await deleteTopic(topic.wire, topic.name);
  let made: WireTopic | undefined;
  await until(`${topic.name} can be made again`, 20_000, async () => {
    made = await WireTopic.create(topic.wire, topic.name);
    return true;
  });
  if (!made) throw new Error('unreachable');
  return made;
}

async function setConfig(topic: WireTopic, name: string, value: string): Promise<void> {
  const answer = await topic.wire.ask(incrementalAlterConfigs, {
    resources: [{ resourceType: 2, resourceName: topic.name, configs: [{ name, configOperation: 0, value }] }],
  });
  assert.equal(answer.responses[0]?.errorCode, 0);
}

test('source: deleted and made again while klink runs: SOURCE_RECREATED, nothing appended (T7) [1.3] [2.6]', async () => {
  const link = await linked('t7-runs');
  try {
    await writePlain(link.source, 30);
    link.start();
    await link.caughtUp();
    const made = await recreate(link.source);
    await writePlain(made, 40);
    const failure = await link.failed();
    assert.deepEqual([failure.reason, failure.offset], ['SOURCE_RECREATED', 30n]);
    assert.equal(await link.mirror.end(), 30n);
  } finally {
    await link.close();
  }
});

test('source: deleted and made again while klink is down: SOURCE_RECREATED, nothing appended (T7) [1.3]', async () => {
  const link = await linked('t7-down');
  try {
    await writePlain(link.source, 30);
    link.start();
    await link.caughtUp();
    await link.stopEngine();
    const made = await recreate(link.source);
    await writePlain(made, 40);
    link.start();
    const failure = await link.failed();
    assert.deepEqual([failure.reason, failure.offset], ['SOURCE_RECREATED', 30n]);
    assert.equal(await link.mirror.end(), 30n);
  } finally {
    await link.close();
  }
});

test('mirror: deleted and made again under the same name: DESTINATION_RECREATED, not filled [1.3]', async () => {
  const link = await linked('dest-again');
  try {
    await writePlain(link.source, 10);
    link.start();
    await link.caughtUp();
    const made = await recreate(link.mirror);
    await writePlain(link.source, 10);
    const failure = await link.failed();
    assert.equal(failure.reason, 'DESTINATION_RECREATED');
    assert.equal(await made.end(), 0n);
  } finally {
    await link.close();
  }
});

test('settings: LogAppendTime set while data flows ends the mirror before the first bent record (T5) [3.4]', async () => {
  const link = await linked('t5');
  try {
    await writePlain(link.source, 10);
    link.start();
    await link.caughtUp();
    await setConfig(link.mirror, 'message.timestamp.type', 'LogAppendTime');
    await until('the setting is known to the leader', 10_000, async () => {
      const [batch] = await link.mirror.batches();
      return batch !== undefined;
    });
    await writePlain(link.source, 10);
    const failure = await link.failed();
    assert.deepEqual([failure.reason, failure.offset], ['SETTINGS_CHANGED', 10n]);
  } finally {
    await link.close();
  }
});

test('settings: a drift is reported and put right, a critical one ends the mirror where it was last good [3.4]', async () => {
  const link = await linked('drift', { engine: { switches: { settingsEveryMs: 500 } } });
  const corrected: string[] = [];
  try {
    await writePlain(link.source, 10);
    link.start({
      correctSettings: async (_, drift) => {
        for (const { name, wanted } of drift) {
          corrected.push(name);
          await setConfig(link.mirror, name, wanted);
        }
      },
    });
    await link.caughtUp();
    await setConfig(link.mirror, 'retention.bytes', '1000000');
    await until('it is put right', 10_000, () => corrected.includes('retention.bytes'));
    assert.equal(link.observed().activity.kind, 'caught-up');
    await until('the end is noted with good settings', 10_000, () => link.observed().mirrorEnd === 10n);
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    await setConfig(link.mirror, 'cleanup.policy', 'compact');
    const failure = await link.failed();
    assert.deepEqual([failure.reason, failure.offset], ['SETTINGS_CHANGED', 10n]);
  } finally {
    await link.close();
  }
});

test('settings: a mirror emptied by a retention that klink did not set is RANGE_LOST (T5) [2.5] [3.4]', async () => {
  const link = await linked('t5-retention');
  try {
    await writePlain(link.source, 10, { timestamp: BigInt(Date.now() - 86_400_000) });
    link.start();
    await link.caughtUp();
    await link.mirror.deleteRecords(7n);
    const failure = await link.failed();
    assert.deepEqual([failure.reason, failure.offset], ['RANGE_LOST', 0n]);
  } finally {
    await link.close();
  }
});

test('partitions: those added at the source are reported, and mirrored from 0 once the mirror has them', async () => {
  const link = await linked('grow');
  try {
    await writePlain(link.source, 10);
    link.start();
    await link.caughtUp();
    const grow = (topic: WireTopic) =>
      topic.wire.ask(createPartitions, {
        topics: [{ name: topic.name, count: 3, assignments: null }],
        timeoutMs: 20_000,
        validateOnly: false,
      });
    await grow(link.source);
    await until('the source has three', 20_000, async () => {
      await writePlain(link.source, 5, { partition: 2 });
      return true;
    });
    await until('it is reported', 20_000, () =>
      link.events.some((each) => each.kind === 'source-partitions' && each.count === 3),
    );
    await grow(link.mirror);
    await until('the new partition is mirrored', 20_000, () => link.observed(2).mirrorEnd >= 5n);
    await link.caughtUp(20_000, 3);
    assert.deepEqual((await link.compare(2)).records, 5);
  } finally {
    await link.close();
  }
});

test('refused: a source that begins above 0 [2.6]', async () => {
  const link = await linked('start-above');
  try {
    await writePlain(link.source, 10);
    await link.source.deleteRecords(4n);
    link.start();
    const failure = await link.failed();
    assert.deepEqual([failure.reason, failure.offset], ['UNSUPPORTED_BATCH', 0n]);
  } finally {
    await link.close();
  }
});

test('refused: LogAppendTime at the source, with the offset where it begins [2.6]', async () => {
  const link = await linked('append-time');
  try {
    await writePlain(link.source, 10);
    await setConfig(link.source, 'message.timestamp.type', 'LogAppendTime');
    await until('the source stamps', 10_000, async () => {
      const answer = await link.source.produce(batchOf({ producerId: -1n, epoch: -1 }, -1, 1));
      return answer.logAppendTimeMs !== -1n;
    });
    link.start();
    const failure = await link.failed();
    assert.equal(failure.reason, 'UNSUPPORTED_BATCH');
    assert.ok(failure.offset >= 10n);
    assert.equal(await link.mirror.end(), failure.offset);
  } finally {
    await link.close();
  }
});

test('overtaken: what the source deleted before it was copied becomes a gap, and is told [2.5]', async () => {
  const link = await linked('overtaken');
  try {
    await writePlain(link.source, 10);
    link.start();
    await link.caughtUp();
    await link.stopEngine();
    for (let i = 0; i < 5; i++) await writePlain(link.source, 10);
    await link.source.deleteRecords(40n);
    link.start();
    await link.caughtUp();
    assert.deepEqual(
      link.events.filter((each) => each.kind === 'overtaken').map((each) => [each.from, each.to]),
      [[10n, 40n]],
    );
    await until(
      'the mirror begins where the source does',
      20_000,
      async () => (await link.mirror.offset(-2n)).offset === 40n,
    );
    assert.deepEqual(await link.compare(), { records: 20, end: 60n });
  } finally {
    await link.close();
  }
});

test('promotion: the proof sees a barrier, and an engine refuses to go on behind one [8]', async () => {
  const link = await linked('barrier');
  try {
    const transactions = await new Transactions(link.source.wire, topicName('barrier-tx')).init();
    await transactions.write(link.source, 10);
    await transactions.end(true);
    link.start();
    await link.caughtUp();
    link.mode = 'settle';
    link.engine?.assign([link.assignment()]);
    await until('settled', 20_000, () => link.observed().activity.kind === 'settled');
    await link.stopEngine();
    const prove = (source: boolean) => link.prove(provePartition, source);
    const before = await prove(true);
    assert.ok(before.kind === 'proven');
    assert.deepEqual([before.end, before.hasBarrier, before.sourceUnread], [11n, false, undefined]);
    await link.mirror.markers([{ producerId: link.dataId, epoch: BARRIER_EPOCH }]);
    await writePlain(link.source, 5);
    for (const source of [true, false]) {
      const after = await prove(source);
      assert.ok(
        after.kind === 'proven',
        JSON.stringify(after, (_, v) => (typeof v === 'bigint' ? String(v) : v)),
      );
      assert.deepEqual([after.end, after.hasBarrier], [11n, true]);
      assert.equal(after.sourceUnread === undefined, source);
    }
    link.mode = 'copy';
    link.start();
    const failure = await link.failed();
    assert.deepEqual([failure.reason, failure.offset], ['DIVERGED', 11n]);
    assert.equal(await link.mirror.end(), 12n);
  } finally {
    await link.close();
  }
});

test('hold: nothing is appended, lag and foreign writes are still seen [3.4]', async () => {
  const link = await linked('hold');
  try {
    await writePlain(link.source, 10);
    link.start();
    await link.caughtUp();
    link.mode = 'hold';
    link.engine?.assign([link.assignment()]);
    await until('held', 20_000, () => link.observed().activity.kind === 'held');
    await writePlain(link.source, 10);
    await until('the lag is seen', 20_000, () => link.observed().lagRecords === 10n);
    assert.equal(await link.mirror.end(), 10n);
    await link.mirror.append(batchOf({ producerId: -1n, epoch: -1 }, -1, 1));
    const failure = await link.failed();
    assert.deepEqual([failure.reason, failure.offset], ['FOREIGN_WRITE', 10n]);
  } finally {
    await link.close();
  }
});
