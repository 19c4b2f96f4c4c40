/** One klink takes the journal over from another, on each kind of broker: KLINK_BROKERS=embedded|4.3.0|3.9.1. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { systemNetwork } from '../../src/base/node/network.js';
import type { JournalPort, JournalRecord } from '../../src/control/ports/journal.js';
import { STATE_TOPIC } from '../../src/engine/journal/journal-topics.js';
import { endTxn } from '../../src/protocol/api/end-txn.js';
import { initProducerId } from '../../src/protocol/api/init-producer-id.js';
import { encodeBatch } from '../../src/protocol/records/encode.js';
import { FaultyNetwork } from '../harness/faulty-network.js';
import { opened, RawTransactions, useStage, valuesNow, withJournal } from '../harness/journal-stage.js';
import { until } from '../harness/until.js';
import { WireTopic } from '../harness/wire-topic.js';

const stage = await useStage(test);
const wire = await stage.wire();

test.beforeEach(() => stage.forget());

function decision(key: string, value: string | null): JournalRecord[] {
  return [{ key, value }];
}

async function valuesIn(journal: JournalPort): Promise<Record<string, string | null>> {
  const { entries } = await opened(journal);
  return Object.fromEntries(entries.map(({ key, value }) => [key, value]));
}

test('journal: a takeover fences whoever decided before, and reads all of it (X13) [5.3]', async () => {
  const old = await withJournal(stage);
  const next = stage.klink();
  assert.deepEqual(await valuesIn(next.journal), { first: '1' });
  assert.equal((await old.journal.confirm()).kind, 'fenced');
  assert.equal((await old.journal.commit(decision('first', '2'), [])).kind, 'unavailable');
  assert.deepEqual(await next.journal.confirm(), { kind: 'current' });
  assert.deepEqual(await next.journal.commit(decision('first', '3'), []), { kind: 'committed' });
  assert.deepEqual(await valuesNow(stage), { first: '3' });
});

test('journal: the old owner learns at its next decision that it is fenced (X13) [5.3]', async () => {
  const old = await withJournal(stage);
  await opened(stage.klink().journal);
  assert.equal((await old.journal.commit(decision('first', '2'), [])).kind, 'fenced');
  assert.deepEqual(await valuesNow(stage), { first: '1' });
});

test('journal: what is decided while the next one is fencing is read (X13) [5.3]', async () => {
  const old = await withJournal(stage);
  const network = new FaultyNetwork(systemNetwork);
  const next = stage.klink({ network });
  network.plan(initProducerId, { kind: 'hold', ms: 1_500 });
  const opening = opened(next.journal);
  await until('the next one begins to fence', 10_000, () => network.counts.get(initProducerId.key) === 1);
  assert.deepEqual(await old.journal.commit(decision('late', 'x'), []), { kind: 'committed' });
  const { entries } = await opening;
  assert.deepEqual(entries.map(({ key }) => key).sort(), ['first', 'late']);
  assert.equal((await old.journal.commit(decision('later', 'x'), [])).kind, 'fenced');
});

for (const fault of [
  { kind: 'hold', ms: 1_500 },
  { kind: 'deliver-late', ms: 1_500 },
] as const) {
  test(`journal: the end of a decision arrives after the takeover (${fault.kind}): it does not count (X13) [5.3]`, async () => {
    const network = new FaultyNetwork(systemNetwork);
    const old = await withJournal(stage, { network });
    const before = network.counts.get(endTxn.key) ?? 0;
    network.plan(endTxn, fault);
    // With the connection cut, the repetition is kept away too: the broker is paused for the old one by its own network.
    if (fault.kind === 'deliver-late') for (let i = 0; i < 8; i++) network.plan(endTxn, { kind: 'lose-request' });
    const deciding = old.journal.commit(decision('late', 'x'), []);
    await until('the end was sent', 10_000, () => (network.counts.get(endTxn.key) ?? 0) > before);
    const next = stage.klink();
    assert.deepEqual(await valuesIn(next.journal), { first: '1' });
    const outcome = await deciding;
    assert.ok(outcome.kind === 'fenced' || outcome.kind === 'unknown', outcome.kind);
    assert.deepEqual(await valuesNow(stage), { first: '1' });
  });
}

test('journal: an end whose answer is lost, asked for again after the takeover, is unknown and not undone (X13) [5.3]', async () => {
  const network = new FaultyNetwork(systemNetwork);
  const old = await withJournal(stage, { network });
  network.plan(endTxn, { kind: 'lose-answer' });
  network.plan(endTxn, { kind: 'hold', ms: 1_500 });
  const deciding = old.journal.commit(decision('late', 'x'), []);
  await until('the end was asked for again', 10_000, () => network.faults === 2);
  assert.deepEqual(await valuesNow(stage), { first: '1', late: 'x' });
  assert.equal((await deciding).kind, 'unknown');
  assert.deepEqual(await valuesNow(stage), { first: '1', late: 'x' });
});

test('journal: of two that find no journal, one decides first and the other is told [5.3]', async () => {
  const [one, other] = [stage.klink(), stage.klink()];
  assert.equal((await opened(one.journal)).fresh, true);
  assert.equal((await opened(other.journal)).fresh, true);
  const outcomes = await Promise.all([
    one.journal.commit(decision('who', 'one'), []),
    other.journal.commit(decision('who', 'other'), []),
  ]);
  const values = await valuesNow(stage);
  const winner = ['one', 'other'].filter((_, index) => outcomes[index]?.kind === 'committed');
  assert.ok(winner.length <= 1, JSON.stringify(outcomes));
  if (winner[0] !== undefined) assert.equal(values.who, winner[0]);
  assert.ok(!outcomes.some(({ kind }) => kind === 'refused'), JSON.stringify(outcomes));
});

test('journal: who finds no journal, and somebody else has decided since, is told and writes nothing [5.3]', async () => {
  const late = stage.klink();
  assert.equal((await opened(late.journal)).fresh, true);
  await withJournal(stage);
  assert.equal((await late.journal.commit(decision('first', 'stale'), [])).kind, 'fenced');
  assert.deepEqual(await valuesNow(stage), { first: '1' });
});

/** What is never aborted would be waited for. */
const ENDS = { timeout: 45_000 };

test(
  'journal: an open transaction of another id hides a decision: waited for, then aborted (T9) [5.3]',
  ENDS,
  async () => {
    const old = await withJournal(stage, { stuckMs: 1_000 });
    const topic = await WireTopic.find(wire, STATE_TOPIC);
    const foreign = await new RawTransactions(wire, 'hanging').init(600_000);
    await foreign.add(STATE_TOPIC);
    const { transactionalId } = foreign;
    const options = { transactional: true, producerId: foreign.producerId, producerEpoch: foreign.epoch };
    const records = [{ timestamp: 1n, key: Buffer.from('first'), value: Buffer.from('foreign') }];
    const batch = encodeBatch({ records, baseSequence: 0, ...options });
    assert.equal((await topic.append(batch, { transactionalId, version: 9 }))[0], 0);
    // The decision is made, but nobody can read it: klink must not call it committed.
    assert.equal((await old.journal.commit(decision('hidden', 'x'), [])).kind, 'unknown');
    const next = stage.klink({ hangingMs: 300 });
    assert.deepEqual(await valuesIn(next.journal), { first: '1', hidden: 'x' });
    const producers = await topic.producers();
    assert.equal(producers.find(({ producerId }) => producerId === foreign.producerId)?.currentTxnStartOffset, -1n);
  },
);
