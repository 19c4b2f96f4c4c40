/**
 * A whole link under faults, run after run from consecutive seeds [P1, P2, P3]. KLINK_SEED: the first one; KLINK_SEEDS: how
 * many.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chaos } from './engine-chaos.js';

const FIRST = Number(process.env.KLINK_SEED ?? 1);
const SEEDS = Number(process.env.KLINK_SEEDS ?? 40);

test(`a link under faults copies exactly or says where not (${SEEDS} seeds from ${FIRST}) [P1] [P2] [P3]`, async () => {
  let records = 0;
  let failures = 0;
  for (let seed = FIRST; seed < FIRST + SEEDS; seed++) {
    const { partitions } = await chaos(seed);
    for (const { failure, judgement } of partitions) {
      records += judgement.records;
      if (failure) failures++;
    }
  }
  console.log(`# ${SEEDS} seeds, ${records} records compared, ${failures} partitions failed as they had to`);
  assert.ok(records > SEEDS * 100, `too little happened: ${records} records`);
});
