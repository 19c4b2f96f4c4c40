/** The kill run over the engine alone: no ownership, no journal, so that every kill is followed by copying at once. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { workingSettings } from '../harness/engine-link.js';
import { KafkaProxy } from '../harness/proxy.js';
import { engineProcess } from '../system/engine-process.js';
import { type ClusterKind, createTopic, startTestCluster } from '../system/kill-copy-clusters.js';
import { runKills } from '../system/kill-copy-run.js';

const PARTITIONS = 12;
const kind = (process.env.KLINK_KILL_BROKERS ?? 'embedded') as ClusterKind;
const bytes = Number(process.env.KLINK_KILL_BYTES ?? 256 << 20);
const rate = Number(process.env.KLINK_KILL_RATE ?? 4_000_000);

test(`kill run over the engine alone, ${kind}: equal at every offset [P1, P2]`, async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'klink-kill-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  const expiry = { 'producer.id.expiration.ms': '60000', 'producer.id.expiration.check.interval.ms': '5000' };
  const [source, destination] = await Promise.all([startTestCluster(kind, 1, {}), startTestCluster(kind, 1, expiry)]);
  t.after(() => Promise.all([source.stop(), destination.stop()]));
  const topic = await createTopic(source, 'orders', PARTITIONS, { 'retention.ms': '-1' });
  const mirror = await createTopic(destination, 'orders', PARTITIONS, workingSettings);
  const proxy = await KafkaProxy.start(destination.targets);
  t.after(() => proxy.stop());
  const logFile = join(directory, 'engine.log');
  const copier = engineProcess(
    {
      source: source.targets,
      destination: proxy.addresses,
      sourceLogin: source.login,
      destinationLogin: destination.login,
      topic: topic.name,
      partitions: PARTITIONS,
      sourceTopicId: topic.id,
      destinationTopicId: mirror.id,
      stateFile: join(directory, 'state.json'),
    },
    logFile,
  );
  t.after(() => copier.killNow());
  const run = { source, destination, proxy, topic, mirror, copier, partitions: PARTITIONS, bytes, rate };
  try {
    await runKills(t, { ...run, windowFloor: 'both' });
  } catch (error) {
    process.stderr.write(`${readFileSync(logFile, 'utf8').slice(-8_000)}\n`);
    process.stderr.write(`${source.log()}\n${destination.log()}\n`);
    throw error;
  }
});
