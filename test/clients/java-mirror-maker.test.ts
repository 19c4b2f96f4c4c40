/**
 * MirrorMaker 2 copies a topic exactly once while the broker that it reads and writes is killed. So does Kafka Connect, which it is:
 * distributed, with a group, topics and transactions of its own. What is judged is read by another client.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import kafkajs from 'kafkajs';
import { logProperties } from '../harness/kafka-config.js';
import { kafkaHome } from '../harness/kafka-home.js';
import { JavaProcess } from '../harness/kafka-process.js';
import { until } from '../harness/until.js';
import { startMatrixBroker } from './matrix-broker.js';

const VERSION = '4.3.0';
const [TOPIC, COPY] = ['orders', 'a.orders'];
const PARTITIONS = 2;
const RECORDS = 400;
const DONE_WITHIN_MS = 90_000;

describe(`MirrorMaker ${VERSION}`, () => {
  test('copies exactly once over the death of the broker [broker 10.5]', async (t) => {
    const broker = await startMatrixBroker();
    const ends: (() => unknown)[] = [() => broker.stop()];
    t.after(async () => {
      for (const end of ends.reverse()) await end();
    });
    const { Kafka, logLevel } = kafkajs;
    const retry = { retries: 30, initialRetryTime: 100, maxRetryTime: 1_000 };
    const kafka = new Kafka({ brokers: [broker.plaintext], logLevel: logLevel.NOTHING, retry });
    const admin = kafka.admin();
    const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 });
    const judge = kafka.consumer({ groupId: 'judge', maxWaitTimeInMs: 200, metadataMaxAge: 1_000 });
    await Promise.all([admin.connect(), producer.connect(), judge.connect()]);
    ends.push(() => Promise.all([admin.disconnect(), producer.disconnect(), judge.disconnect()]));
    await admin.createTopics({ topics: [TOPIC, COPY].map((topic) => ({ topic, numPartitions: PARTITIONS })) });

    const read = new Map<string, string>();
    await judge.subscribe({ topic: COPY, fromBeginning: true });
    const eachMessage = async ({ partition, message: { value, offset } }: kafkajs.EachMessagePayload) => {
      read.set(`${partition}/${offset}`, String(value));
    };
    await judge.run({ eachMessage });
    const write = (from: number, to: number) => {
      const indexes = Array.from({ length: to - from }, (_, i) => from + i);
      const messages = indexes.map((i) => ({ partition: i % PARTITIONS, value: `order ${i}` }));
      return producer.send({ topic: TOPIC, acks: -1, messages });
    };

    const copier = await startMirrorMaker(broker.plaintext);
    ends.push(() => copier.end('SIGKILL'));
    const done = (what: string, is: () => boolean) =>
      until(what, DONE_WITHIN_MS, is).catch((error: Error) => {
        throw new Error(`${error.message}: ${read.size} are copied; ${copier.log()}`);
      });
    await write(0, RECORDS / 2);
    await done('half of the copy', () => read.size >= RECORDS / 2);
    await write(RECORDS / 2, RECORDS);
    await broker.kill9();
    await broker.start();
    await done('the copy', () => read.size >= RECORDS);
    const orders = Array.from({ length: RECORDS }, (_, i) => `order ${i}`);
    assert.deepEqual([...read.values()].sort(), orders.sort());
  });
});

/** From the cluster `a` to the cluster `b`, which are both this broker: copies have the names `a.…`. */
async function startMirrorMaker(bootstrap: string): Promise<JavaProcess> {
  const { libs, flags } = await kafkaHome(VERSION);
  const directory = mkdtempSync(join(tmpdir(), 'klink-mirror-maker-'));
  const logging = logProperties(VERSION);
  const logConfig = join(directory, logging.file);
  writeFileSync(logConfig, logging.text);
  const replicas = ['', 'checkpoints.topic.', 'heartbeats.topic.', 'offset-syncs.topic.', 'offset.storage.'];
  const settings = {
    clusters: 'a,b',
    'a.bootstrap.servers': bootstrap,
    'b.bootstrap.servers': bootstrap,
    'a->b.enabled': 'true',
    'a->b.topics': TOPIC,
    'exactly.once.source.support': 'enabled',
    'dedicated.mode.enable.internal.rest': 'true',
    listeners: 'http://127.0.0.1:0',
    'plugin.discovery': 'service_load',
    'offset.flush.interval.ms': '500',
    ...Object.fromEntries(
      [...replicas, 'status.storage.', 'config.storage.'].map((name) => [`${name}replication.factor`, '1']),
    ),
  };
  const file = join(directory, 'mm2.properties');
  writeFileSync(
    file,
    Object.entries(settings)
      .map(([name, value]) => `${name}=${value}\n`)
      .join(''),
  );
  const copier = new JavaProcess({
    what: 'MirrorMaker',
    classpath: join(libs, '*'),
    flags: [...flags, '-Xmx512m', `-D${logging.flag}=file:${logConfig}`],
    main: ['org.apache.kafka.connect.mirror.MirrorMaker', file, '--clusters', 'b'],
    directory,
    litter: directory,
  });
  copier.start();
  return copier;
}
