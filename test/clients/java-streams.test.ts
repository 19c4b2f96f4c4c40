/**
 * Kafka Streams counts words exactly once while the broker and one of its processes are killed: each word comes out with the
 * numbers 1, 2, 3, … and none twice. What is judged is read by another client.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import kafkajs from 'kafkajs';
import { until } from '../harness/until.js';
import { startMatrixBroker } from './matrix-broker.js';
import { startCounting } from './streams/counting.js';

const VERSION = '4.3.0';
const PARTITIONS = 4;
const WORDS = 3_000;
const DIFFERENT = 37;
const AT_ONCE = 20;
const AHEAD = 200;
/** So many are counted between one death and the next. */
const PART = WORDS / 3;
const DONE_WITHIN_MS = 90_000;

const wordOf = (index: number) => `word ${(index * 7919) % DIFFERENT}`;

describe(`Kafka Streams ${VERSION}`, () => {
  test('counts exactly once over the death of the broker and of one of two processes', async (t) => {
    const directory = mkdtempSync(join(tmpdir(), 'klink-streams-'));
    const broker = await startMatrixBroker();
    const ends: (() => unknown)[] = [() => rmSync(directory, { recursive: true, force: true }), () => broker.stop()];
    t.after(async () => {
      for (const end of ends.reverse()) await end();
    });
    const { Kafka, logLevel } = kafkajs;
    const retry = { retries: 30, initialRetryTime: 100, maxRetryTime: 1_000 };
    const kafka = new Kafka({ brokers: [broker.plaintext], logLevel: logLevel.NOTHING, retry });
    const [from, to] = ['words', 'counts'];
    const admin = kafka.admin();
    const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 });
    const consumer = kafka.consumer({ groupId: 'judge', maxWaitTimeInMs: 200 });
    await Promise.all([admin.connect(), producer.connect(), consumer.connect()]);
    ends.push(() => Promise.all([admin.disconnect(), producer.disconnect(), consumer.disconnect()]));
    await admin.createTopics({ topics: [from, to].map((topic) => ({ topic, numPartitions: PARTITIONS })) });

    const counted = new Map<string, number[]>();
    let count = 0;
    await consumer.subscribe({ topic: to, fromBeginning: true });
    const seen = new Set<string>();
    const eachMessage = async ({ partition, message: { key, value, offset } }: kafkajs.EachMessagePayload) => {
      // Read again where the judge itself lost its connection.
      if (seen.has(`${partition}/${offset}`)) return;
      seen.add(`${partition}/${offset}`);
      const word = String(key);
      counted.set(word, [...(counted.get(word) ?? []), Number(value)]);
      count++;
    };
    await consumer.run({ eachMessage });

    const write = async () => {
      for (let first = 0; first < WORDS; first += AT_ONCE) {
        const indexes = Array.from({ length: AT_ONCE }, (_, i) => first + i);
        const messages = indexes.map((i) => ({ partition: i % PARTITIONS, value: wordOf(i) }));
        await producer.send({ topic: from, acks: -1, messages });
        // Never far ahead: who dies has something in its hands.
        await counts(first - AHEAD);
      }
    };
    const at = (name: string) => ({ bootstrap: broker.plaintext, from, to, directory: join(directory, name) });
    const apps = await Promise.all([startCounting(VERSION, at('one')), startCounting(VERSION, at('two'))]);
    ends.push(() => Promise.all(apps.map((app) => app.end('SIGKILL'))));
    const said = () => apps.map((app) => app.log().slice(-3_000)).join('\n');
    const counts = (least: number) =>
      until(`${least} counts`, DONE_WITHIN_MS, () => count >= least).catch((error: Error) => {
        throw new Error(`${error.message}: ${count}; ${said()}`);
      });

    const writing = write();
    await counts(PART);
    await broker.kill9();
    await broker.start();
    await counts(2 * PART);
    await apps[0].end('SIGKILL');
    await Promise.all([writing, counts(WORDS)]);
    await apps[1].end('SIGTERM');

    assert.equal(count, WORDS);
    for (let word = 0; word < DIFFERENT; word++) {
      const indexes = Array.from({ length: WORDS }, (_, i) => i).filter((i) => wordOf(i) === wordOf(word));
      assert.deepEqual(
        counted.get(wordOf(word)),
        indexes.map((_, i) => i + 1),
        wordOf(word),
      );
    }
  });
});
