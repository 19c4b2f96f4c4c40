/**
 * The broker, transaction coordinator and leader of the journal in one, killed with -9 in the middle of a decision
 * (KLINK_BROKERS=embedded|4.3.0|3.9.1): every outcome is decidable by opening and reading, and none flips (R7). The embedded
 * broker is killed at every single request in `test/sim/journal.test.ts`.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import { systemNetwork } from '../../src/base/node/network.js';
import { addPartitionsToTxn } from '../../src/protocol/api/add-partitions-to-txn.js';
import { endTxn } from '../../src/protocol/api/end-txn.js';
import { initProducerId } from '../../src/protocol/api/init-producer-id.js';
import { produce } from '../../src/protocol/api/produce.js';
import { type Fault, FaultyNetwork } from '../harness/faulty-network.js';
import { opened, useStage, valuesNow } from '../harness/journal-stage.js';
import { until } from '../harness/until.js';

const stage = await useStage(test);

async function chainNow(): Promise<string | null | undefined> {
  return (await valuesNow(stage)).chain;
}

const onTheWay: Fault = { kind: 'hold', ms: 300 };
const answerLost: Fault = { kind: 'lose-answer' };
let decided = 0;

const kills = [
  ['before the end', endTxn, onTheWay],
  ['after the end', endTxn, answerLost],
  // Apache Kafka takes its time to come back.
  ...(stage.kind === 'embedded'
    ? ([
        ['before the partitions are taken', addPartitionsToTxn, onTheWay],
        ['after the records were written', produce, answerLost],
      ] as const)
    : []),
] as const;

for (const [what, api, fault] of kills) {
  test(`journal: the broker is killed ${what} of a decision: decided once and for all (R7) [5.3]`, async () => {
    const network = new FaultyNetwork(systemNetwork);
    const klink = stage.klink({ network });
    await opened(klink.journal);
    const before = decided;
    assert.deepEqual(await klink.journal.commit([{ key: 'chain', value: String(++decided) }], ['x']), {
      kind: 'committed',
    });
    network.plan(api, fault);
    const next = String(before + 2);
    const deciding = klink.journal.commit([{ key: 'chain', value: next }], ['x']);
    await until('the request is on its way', 10_000, () => network.faults === 1);
    await stage.kill9();
    await stage.start();
    const { kind } = await deciding;
    const first = await chainNow();
    if (kind === 'committed') assert.equal(first, next);
    else if (kind !== 'unknown') assert.equal(first, String(before + 1), kind);
    assert.ok(first === next || first === String(before + 1));
    assert.equal(await chainNow(), first, 'it flipped');
    decided = Number(first);
  });
}

test('journal: the broker is killed while a takeover fences: it is finished after all (R7) [5.3]', async () => {
  const network = new FaultyNetwork(systemNetwork);
  network.plan(initProducerId, answerLost);
  const klink = stage.klink({ network });
  const opening = opened(klink.journal);
  await until('the request is on its way', 10_000, () => network.faults === 1);
  await stage.kill9();
  await stage.start();
  const { entries } = await opening;
  assert.deepEqual(entries, [{ key: 'chain', value: String(decided) }]);
  assert.deepEqual(await klink.journal.commit([{ key: 'chain', value: 'end' }], ['x']), { kind: 'committed' });
  assert.equal(await chainNow(), 'end');
});
