/**
 * The producer and the consumer of the command line on three brokers that are killed, stopped and paused one after the
 * other while both go on: every record is there once, in order, and the group ends exactly at the end.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import { committedOffsets } from '../../src/client/admin/group-offsets.js';
import { listOffsets } from '../../src/client/admin/offsets.js';
import { openConsumer } from '../../src/client/consumer.js';
import { openProducer } from '../../src/client/producer.js';
import { clusterAdmin } from '../../src/serve/cluster-admin.js';
import { plain, useCluster } from '../harness/client-broker.js';
import { useKafka } from '../harness/kafka.js';
import { until } from '../harness/until.js';

const PARTITIONS = 6;
const WITHIN_MS = 120_000;

for (const version of ['4.3.0', '3.9.1'] as const) {
  test(`records survive the brokers of a ${version} cluster going one by one [client 4.1, 5.7]`, async (t) => {
    const kafka = await useKafka(t, { version, nodes: 3 });
    const addresses = kafka.brokers.map(({ saslPort }) => ({ host: '127.0.0.1', port: saslPort }));
    const [address = { host: '', port: 0 }] = addresses;
    const open = () => useCluster(t, { address, sasl: plain('klink') }, { bootstrap: addresses });
    const cluster = open();
    const topic = 'orders';
    // As REST makes it: there for whichever broker is asked next.
    const configs = new Map([['min.insync.replicas', '2']]);
    await clusterAdmin(cluster).createTopic(
      { name: topic, partitions: PARTITIONS, replicationFactor: 3, configs },
      false,
    );
    const producer = await openProducer({ cluster: open(), topic, deliveryTimeoutMs: WITHIN_MS });
    const consumer = await openConsumer({ cluster: open(), topics: topic, group: 'shipping', from: 'earliest' });
    const stop = new AbortController();
    let written = 0;
    const writing = (async () => {
      while (!stop.signal.aborted) {
        const partition = written % PARTITIONS;
        const batch = Array.from({ length: 20 }, () => {
          return producer.send({ key: null, value: Buffer.from(String(written++)), partition });
        });
        await Promise.all(batch);
      }
    })();
    const seen: number[][] = Array.from({ length: PARTITIONS }, () => []);
    const count = () => seen.reduce((sum, each) => sum + each.length, 0);
    const end = new AbortController();
    const reading = (async () => {
      while (!end.signal.aborted) {
        for (const record of await consumer.read(end.signal)) {
          seen[record.partition]?.push(Number(record.value));
          consumer.handled(record);
        }
      }
      await consumer.close();
    })();
    const goesOn = async (what: string) => {
      const [before, read] = [written, count()];
      await until(`${what}: both go on`, WITHIN_MS, () => written > before + 200 && count() > read + 200);
    };
    await goesOn('at first');
    for (const broker of kafka.brokers) {
      await broker.kill9();
      await goesOn(`${broker.id} was killed`);
      await broker.start();
      await goesOn(`${broker.id} is back`);
      broker.pause();
      await goesOn(`${broker.id} is paused`);
      broker.resume();
      await goesOn(`${broker.id} goes on`);
      await broker.terminate();
      await goesOn(`${broker.id} was stopped`);
      await broker.start();
    }
    stop.abort();
    await writing;
    await producer.close();
    await until('all is read', WITHIN_MS, () => count() === written);
    end.abort();
    await reading;
    for (const values of seen) {
      assert.deepEqual(
        values,
        values.toSorted((one, other) => one - other),
      );
    }
    assert.equal(new Set(seen.flat()).size, written);
    const places = seen.map((_, partition) => ({ topic, partition }));
    const ends = await listOffsets(cluster, places, { kind: 'latest' });
    const committed = (await committedOffsets(cluster, ['shipping'])).get('shipping') ?? [];
    assert.equal(committed.length, PARTITIONS);
    for (const { partition, offset } of committed) {
      const found = ends.get(`${topic}/${partition}`);
      assert.equal(found?.ok && found.value.offset, offset);
    }
    t.diagnostic(`${written} records`);
  });
}
