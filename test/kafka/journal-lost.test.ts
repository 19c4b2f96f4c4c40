/** Answers that never come, in the middle of a decision, on each kind of broker: KLINK_BROKERS=embedded|4.3.0|3.9.1. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { systemNetwork } from '../../src/base/node/network.js';
import type { JournalRecord } from '../../src/control/ports/journal.js';
import { AUDIT_TOPIC } from '../../src/engine/journal/journal-topics.js';
import { addPartitionsToTxn } from '../../src/protocol/api/add-partitions-to-txn.js';
import { endTxn } from '../../src/protocol/api/end-txn.js';
import { initProducerId } from '../../src/protocol/api/init-producer-id.js';
import { produce } from '../../src/protocol/api/produce.js';
import { LogReader } from '../harness/engine-log.js';
import { type Fault, FaultyNetwork } from '../harness/faulty-network.js';
import { useStage, valuesNow, withJournal } from '../harness/journal-stage.js';
import { until } from '../harness/until.js';
import { WireTopic } from '../harness/wire-topic.js';

const stage = await useStage(test);
const wire = await stage.wire();

test.beforeEach(() => stage.forget());

function decision(key: string, value: string | null): JournalRecord[] {
  return [{ key, value }];
}

const faults: readonly Fault[] = [
  { kind: 'lose-answer' },
  { kind: 'lose-request' },
  { kind: 'deliver-late', ms: 40 },
  { kind: 'deliver-late', ms: 250 },
];
for (const fault of faults) {
  for (const [what, api, skip] of [
    ['taking a partition', addPartitionsToTxn, 0],
    ['writing the records', produce, 0],
    ['writing the audit', produce, 1],
    ['the end', endTxn, 0],
  ] as const) {
    const words = fault.kind === 'deliver-late' ? `${fault.kind} by ${fault.ms} ms` : fault.kind;
    test(`journal: ${what}: ${words}: the outcome is settled, and it stays (R7) [5.3]`, async () => {
      const network = new FaultyNetwork(systemNetwork);
      const klink = await withJournal(stage, { network });
      network.plan(api, fault, skip);
      const outcome = await klink.journal.commit(decision('second', '2'), ['second']);
      assert.equal(network.faults, 1);
      assert.deepEqual(outcome, { kind: 'committed' });
      assert.deepEqual(await klink.journal.commit(decision('third', '3'), ['third']), { kind: 'committed' });
      await until(
        'whatever is late has arrived',
        2_000,
        async () => (await klink.journal.confirm()).kind === 'current',
      );
      assert.deepEqual(await valuesNow(stage), { first: '1', second: '2', third: '3' });
    });
  }
}

for (const fault of [{ kind: 'lose-answer' }, { kind: 'lose-request' }] as const) {
  test(`journal: a confirmation: ${fault.kind}: nobody was fenced (KIP-360) [5.3]`, async () => {
    const network = new FaultyNetwork(systemNetwork);
    const klink = await withJournal(stage, { network });
    network.plan(initProducerId, fault);
    assert.deepEqual(await klink.journal.confirm(), { kind: 'current' });
    assert.equal(network.faults, 1);
    assert.deepEqual(await klink.journal.confirm(), { kind: 'current' });
    assert.deepEqual(await klink.journal.commit(decision('second', '2'), ['second']), { kind: 'committed' });
  });
}

test('journal: an end that arrives late does not end the next decision half written [5.3]', async () => {
  const network = new FaultyNetwork(systemNetwork);
  const klink = await withJournal(stage, { network });
  network.plan(endTxn, { kind: 'deliver-late', ms: 400 });
  assert.deepEqual(await klink.journal.commit(decision('second', '2'), ['second']), { kind: 'committed' });
  // The third stands open, its audit not written yet, when the second's lost end arrives.
  const before = network.counts.get(produce.key) ?? 0;
  network.plan(produce, { kind: 'hold', ms: 800 }, 1);
  const deciding = klink.journal.commit(decision('third', '3'), ['third']);
  await until('the audit waits', 10_000, () => (network.counts.get(produce.key) ?? 0) === before + 2);
  const outcome = await deciding;
  const lines = async () => {
    const { records } = await new LogReader(await WireTopic.find(wire, AUDIT_TOPIC)).visible(0);
    return [...records.values()].map(({ value }) => value?.toString());
  };
  assert.deepEqual(outcome, { kind: 'committed' });
  assert.deepEqual(await lines(), ['made', 'second', 'third']);
});
