/**
 * The checker checked: equal clusters pass, and each kind of planted change is found where it was planted. The mirror is
 * a copy of the source's files, so nothing of klink's engine is involved.
 */
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { useEmbedded } from '../harness/embedded.js';
import { Wire } from '../harness/wire.js';
import { batchOf, WireTopic } from '../harness/wire-topic.js';
import { plant, plantKinds, runCheck, startWriter } from './run-checker.js';

const PARTITIONS = 12;
const BYTES = 6_000_000;
const RATE = 3_000_000;
const LONE = 2n ** 62n + 77n;

test('checker: passes two equal clusters and finds each planted change at its offset', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'klink-checker-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  const source = await useEmbedded(t, { dir: join(directory, 'source') });
  const topic = await WireTopic.create(await Wire.open(source), 't', { partitions: PARTITIONS });
  const writer = await startWriter({
    bootstrap: source.bootstrap,
    topic: 't',
    partitions: PARTITIONS,
    bytes: BYTES,
    rate: RATE,
  });
  t.after(() => writer.kill());
  await writer.reached(60_000);
  const written = await writer.stop();
  t.diagnostic(`seed ${writer.seed}, ${JSON.stringify(written)}`);
  assert.ok(written.committed > 0 && written.aborted > 0, 'transactions of both ends');
  for (let partition = 0; partition < PARTITIONS; partition++) {
    // What a mirror is full of: a batch, and a marker that ends nothing.
    await topic.append(batchOf({ producerId: LONE }, 0, 3), { partition });
    await topic.markers([{ producerId: LONE + 1n, epoch: 0 }], partition);
  }
  await source.terminate();
  cpSync(source.dir, join(directory, 'mirror'), { recursive: true });
  const mirror = await useEmbedded(t, { dir: join(directory, 'mirror') });
  await source.restart();
  const clusters = { source: source.bootstrap, destination: mirror.bootstrap, topic: 't' };

  const equal = await runCheck(clusters);
  assert.ok(equal.equal, equal.words);
  assert.ok(equal.records > 0 && equal.partitions.length === PARTITIONS);
  assert.ok(equal.records >= written.acknowledged, 'it saw what was acknowledged');

  await mirror.terminate();
  const planted = new Map<number, number>();
  for (const [partition, kind] of plantKinds.entries()) {
    planted.set(partition, await plant(kind, join(mirror.dir, 'topics', topic.id, String(partition))));
  }
  await mirror.restart();
  const found = await runCheck({ ...clusters, jobs: 2 });
  assert.equal(found.equal, false);
  for (const { partition, difference } of found.partitions) {
    assert.equal(difference?.offset, planted.get(partition), `${plantKinds[partition]}: ${found.words}`);
  }
  t.diagnostic(found.words);

  // One record too many, and one too few, at the end.
  const longer = await WireTopic.find(await Wire.open(mirror), 't');
  await longer.append(batchOf({ producerId: LONE }, 3, 1), { partition: 7 });
  await topic.over(await Wire.open(source)).append(batchOf({ producerId: LONE }, 3, 1), { partition: 8 });
  const ends = await runCheck({ ...clusters, partitions: [7, 8, 9] });
  assert.deepEqual(
    ends.partitions.map(
      ({ difference, sourceEnd, mirrorEnd }) => difference && difference.offset === Math.min(sourceEnd, mirrorEnd),
    ),
    [true, true, null],
  );
});
