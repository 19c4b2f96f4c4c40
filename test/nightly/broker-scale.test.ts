/**
 * A thousand partitions, five hundred connections and two hundred groups at once on one embedded broker: everybody is served,
 * and its memory after many rounds is what it was after the first ones.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { createTopics } from '../../src/protocol/api/create-topics.js';
import { fetch } from '../../src/protocol/api/fetch.js';
import { findCoordinator } from '../../src/protocol/api/find-coordinator.js';
import { offsetCommit } from '../../src/protocol/api/offset-commit.js';
import { produce } from '../../src/protocol/api/produce.js';
import { encodeBatch } from '../../src/protocol/records/encode.js';
import { useEmbedded } from '../harness/embedded.js';
import { Wire } from '../harness/wire.js';

const PARTITIONS = 1000;
const CONNECTIONS = 500;
const GROUPS = 200;
/** The first ones fill pools and let the just-in-time compiler settle. */
const WARM_UP_ROUNDS = 6;
const ROUNDS = 18;
/** What is remembered of a log grows by a few numbers with each batch; nothing else may. */
const GROWTH_MAX = 1.25;

function memoryOf(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
}

test('scale: a thousand partitions, 500 connections, 200 groups, and memory that stays [broker 1.6]', async (t) => {
  const broker = await useEmbedded(t);
  const address = { host: broker.host, port: broker.port };
  const wires = await Promise.all(Array.from({ length: CONNECTIONS }, () => Wire.open(address)));
  const [first] = wires;
  assert.ok(first);
  const topic = { name: 'many', numPartitions: PARTITIONS, replicationFactor: 1, configs: [] };
  const { topics } = await first.ask(createTopics, { topics: [topic], timeoutMs: 60_000 });
  assert.equal(topics[0]?.errorCode, 0);
  await first.ask(findCoordinator, { key: 'group-0', keyType: 0 }, 3);
  const records = encodeBatch({
    records: [{ timestamp: BigInt(Date.now()), value: Buffer.alloc(1000, 'value') }],
    codec: 'none',
  });
  const visit = async (wire: Wire, own: number, round: number) => {
    const index = (own + round * CONNECTIONS) % PARTITIONS;
    const topicData = [{ name: 'many', partitionData: [{ index, records }] }];
    const produced = await wire.ask(produce, { transactionalId: null, acks: -1, timeoutMs: 30_000, topicData }, 12);
    const told = produced.responses[0]?.partitionResponses[0];
    assert.equal(told?.errorCode, 0);
    const fetchOffset = told.baseOffset;
    const partitions = [{ partition: index, fetchOffset, partitionMaxBytes: 1 << 20 }];
    const wanted = { maxWaitMs: 1000, minBytes: 1, maxBytes: 1 << 20, topics: [{ topic: 'many', partitions }] };
    const read = (await wire.ask(fetch, wanted, 12)).responses[0]?.partitions[0];
    assert.ok((read?.records?.length ?? 0) >= records.length);
    if (own >= GROUPS) return;
    const offsets = [{ name: 'many', partitions: [{ partitionIndex: index, committedOffset: fetchOffset + 1n }] }];
    const commit = { groupId: `group-${own}`, generationIdOrMemberEpoch: -1, memberId: '', topics: offsets };
    const committed = await wire.ask(offsetCommit, commit, 7);
    assert.equal(committed.topics[0]?.partitions[0]?.errorCode, 0);
  };
  const rounds = async (from: number, to: number) => {
    for (let round = from; round < to; round++) await Promise.all(wires.map((wire, own) => visit(wire, own, round)));
  };
  await rounds(0, WARM_UP_ROUNDS);
  const warm = memoryOf(broker.pid);
  await rounds(WARM_UP_ROUNDS, WARM_UP_ROUNDS + ROUNDS);
  const after = memoryOf(broker.pid);
  t.diagnostic(`${(warm / 1000).toFixed(0)} MB after the warm-up, ${(after / 1000).toFixed(0)} MB at the end`);
  assert.ok(after < warm * GROWTH_MAX, `${after} kB beside ${warm} kB`);
  for (const wire of wires) wire.close();
});

test('scale: a newcomer waits for none of 500 connections that each claim the largest frame [broker 1.5]', async (t) => {
  const broker = await useEmbedded(t);
  const address = { host: broker.host, port: broker.port };
  const wires = await Promise.all(Array.from({ length: CONNECTIONS }, () => Wire.open(address)));
  const before = memoryOf(broker.pid);
  const claim = Buffer.alloc(4 + 1000);
  claim.writeInt32BE(100 << 20);
  // None of them is ever answered.
  for (const wire of wires) wire.sendRaw([claim]).catch(() => undefined);
  const newcomer = await Wire.open(address);
  assert.ok(newcomer.range(produce));
  const grown = memoryOf(broker.pid) - before;
  assert.ok(grown < CONNECTIONS * 200, `${grown} kB more for ${CONNECTIONS} claims`);
  newcomer.close();
  for (const wire of wires) wire.close();
});
