/** Every file of a broker names its format, and a start refuses one that it does not know. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTopics } from '../../src/protocol/api/create-topics.js';
import { deleteRecords } from '../../src/protocol/api/delete-records.js';
import { produce } from '../../src/protocol/api/produce.js';
import { encodeBatch } from '../../src/protocol/records/encode.js';
import { openSimWire, startSimBroker } from './sim-broker.js';
import { World } from './world.js';

const LATER = 99;

/** Whose checksum would be another one. */
const inJson = (bytes: Buffer) => {
  const text = bytes.toString().replace(/"format":( ?)\d+/, `"format":$1${LATER}`);
  return Buffer.from(text.replace(/,\s*"crc32c":\s*\d+/, ''));
};

/** How a file of each kind looks when a later version wrote it. The lock and what TLS needs are no formats of ours. */
const kinds: readonly { readonly name: RegExp; readonly later: (bytes: Buffer) => Buffer }[] = [
  { name: /\/broker\.json$/, later: inJson },
  { name: /\/log-start\.json$/, later: inJson },
  { name: /\/\d{20}\.snapshot$/, later: inJson },
  {
    name: /\/\d{20}\.log$/,
    later: (bytes) => {
      const changed = Buffer.from(bytes);
      changed.writeInt32BE(LATER, 8);
      return changed;
    },
  },
];

/** A broker that has lived, stopped; gives its world. */
async function lived(): Promise<World> {
  const world = new World(3);
  const broker = await startSimBroker(world, 'broker');
  const wire = await openSimWire(world, broker);
  const wanted = { name: 't', numPartitions: 1, replicationFactor: 1 };
  await world.finish('topic', 1000, wire.ask(createTopics, { topics: [wanted], timeoutMs: 1000 }));
  const value = Buffer.from('x');
  const records = encodeBatch({ records: [1, 2, 3].map(() => ({ timestamp: 1_790_000_000_000n, value })) });
  const topicData = [{ name: 't', partitionData: [{ index: 0, records }] }];
  const request = { transactionalId: null, acks: -1, timeoutMs: 1000, topicData };
  await world.finish('produce', 1000, wire.ask(produce, request, 11));
  const topics = [{ name: 't', partitions: [{ partitionIndex: 0, offset: 1n }] }];
  await world.finish('DeleteRecords', 1000, wire.ask(deleteRecords, { topics, timeoutMs: 1000 }));
  await world.finish('stop', 10_000, broker.stop());
  return world;
}

test('every file of a broker is of a kind whose format is checked [broker 2.1]', async () => {
  const names = (await lived()).diskOf('broker').fileNames();
  for (const name of names)
    assert.ok(
      kinds.some((kind) => kind.name.test(name)),
      `${name} names no format`,
    );
  for (const kind of kinds)
    assert.ok(
      names.some((name) => kind.name.test(name)),
      `no file is like ${kind.name}`,
    );
});

/** The world of a broker that has lived, and a file of the kind, which now holds `change` of what it held. */
async function changed(kind: RegExp, change: (bytes: Buffer) => Buffer) {
  const world = await lived();
  const path = world
    .diskOf('broker')
    .fileNames()
    .find((each) => kind.test(each));
  assert.ok(path);
  const { disk } = world.host('broker');
  const bytes = change(disk.readFile(path));
  assert.notDeepEqual(bytes, disk.readFile(path));
  const file = disk.open(path);
  file.truncate(0);
  file.write(0, [bytes]);
  return { world, bytes, now: () => disk.readFile(path) };
}

for (const { name, later } of kinds) {
  test(`a file like ${name} of a later format is refused, and left as it is [broker 2.1]`, async () => {
    const { world, bytes, now } = await changed(name, later);
    await assert.rejects(
      startSimBroker(world, 'broker'),
      new RegExp(`${name.source.slice(0, -1)} has format ${LATER}`),
    );
    assert.deepEqual(now(), bytes);
  });
}

for (const name of [/\/broker\.json$/, /\/log-start\.json$/])
  for (const [what, text] of [
    ['half of it', '{"format": 1'],
    ['of somebody else', '{"port": 9092}'],
    ['without anything', 'null'],
  ] as const) {
    test(`a file like ${name}, ${what}, is named, and left as it is [broker 2.12]`, async () => {
      const { world, bytes, now } = await changed(name, () => Buffer.from(text));
      await assert.rejects(
        startSimBroker(world, 'broker'),
        new RegExp(`${name.source.slice(0, -1)} is damaged, or not klink's: bring it back`),
      );
      assert.deepEqual(now(), bytes);
    });
  }
