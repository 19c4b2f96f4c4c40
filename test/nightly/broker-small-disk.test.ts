/** The embedded broker on a real file system that fills up, and has room again. To mount it takes root, or sudo without a password. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { alterClientQuotas } from '../../src/protocol/api/alter-client-quotas.js';
import { createTopics } from '../../src/protocol/api/create-topics.js';
import { deleteTopics } from '../../src/protocol/api/delete-topics.js';
import { type Embedded, startEmbedded } from '../harness/embedded.js';
import { Wire } from '../harness/wire.js';
import { batchOf, EARLIEST, WireTopic } from '../harness/wire-topic.js';

const STORAGE_ERROR = 56;
const BALLAST_BYTES = 256 * 1024;

interface Mounted {
  readonly directory: string;
  unmount(): void;
}

/** Two megabytes. */
function mountSmall(): Mounted {
  const directory = mkdtempSync(join(tmpdir(), 'klink-small-'));
  const asked = process.getuid?.() === 0 ? ['mount'] : ['sudo', '-n', 'mount'];
  const [command = '', ...before] = asked;
  const options = `size=2m,uid=${process.getuid?.() ?? 0},mode=700`;
  try {
    execFileSync(command, [...before, '-t', 'tmpfs', '-o', options, 'klink-small', directory], { stdio: 'pipe' });
  } catch (error) {
    rmSync(directory, { recursive: true });
    throw error;
  }
  return {
    directory,
    unmount() {
      const unmounting = asked.map((word) => (word === 'mount' ? 'umount' : word));
      execFileSync(unmounting[0] ?? '', [...unmounting.slice(1), directory], { stdio: 'pipe' });
      rmSync(directory, { recursive: true });
    },
  };
}

test('a full disk: clear answers, nothing lost, and on it goes when there is room [broker 2.6, 2.10]', async () => {
  const small = mountSmall();
  try {
    await fillAndGoOn(small);
  } finally {
    small.unmount();
  }
});

async function fillAndGoOn(small: Mounted): Promise<void> {
  const ballast = join(small.directory, 'ballast');
  writeFileSync(ballast, Buffer.alloc(BALLAST_BYTES, 1));
  const broker = await startEmbedded({ dir: join(small.directory, 'data'), config: { 'log.segment.bytes': '200000' } });
  try {
    await fill(broker, ballast);
  } finally {
    await broker.stop();
  }
}

async function fill(broker: Embedded, ballast: string): Promise<void> {
  let wire = await Wire.open(broker);
  const topic = await WireTopic.create(wire, 'fills');
  const gone = await WireTopic.create(wire, 'gone');
  const writer = { producerId: 4711n };
  let next = 0;
  const append = async (bytes: number) => {
    const [code] = await topic.append(
      batchOf(writer, next, 1, { records: [{ timestamp: BigInt(Date.now()), value: Buffer.alloc(bytes, 7) }] }),
    );
    if (code === 0) next++;
    return code;
  };
  // Larger ones first, so that in the end not a page is left.
  for (const bytes of [20_000, 2_000, 1, 1]) {
    for (let i = 0; i < 5_000 && (await append(bytes)) === 0; i++);
    assert.equal(await append(bytes), STORAGE_ERROR, `after ${next} records`);
  }
  const make = async (name: string) => {
    const topics = [{ name, numPartitions: 1, replicationFactor: 1 }];
    return (await wire.ask(createTopics, { topics, timeoutMs: 10_000 })).topics[0]?.errorCode;
  };
  const remove = async () => {
    const asked = { topics: [{ name: gone.name }], topicNames: [gone.name], timeoutMs: 10_000 };
    return (await wire.ask(deleteTopics, asked)).responses[0]?.errorCode;
  };
  const limit = async () => {
    const entity = [{ entityType: 'client-id', entityName: 'x' }];
    const entries = [{ entity, ops: [{ key: 'producer_byte_rate', value: 1e9, remove: false }] }];
    return (await wire.ask(alterClientQuotas, { entries, validateOnly: false })).entries[0]?.errorCode;
  };
  assert.deepEqual([await make('new'), await remove(), await limit()], [STORAGE_ERROR, STORAGE_ERROR, STORAGE_ERROR]);
  assert.equal(await gone.end(), 0n, 'the topic is there still');
  assert.equal(await topic.end(), BigInt(next));
  rmSync(ballast);
  assert.equal(await append(20_000), 0);
  assert.deepEqual([await make('new'), await remove(), await limit()], [0, 0, 0]);
  await broker.kill9();
  await broker.restart();
  wire = await Wire.open(broker);
  const again = await WireTopic.find(wire, 'fills');
  assert.deepEqual([await again.end(), await again.known(EARLIEST)], [BigInt(next), 0n]);
  await WireTopic.find(wire, 'new');
}
