/**
 * A whole link under faults, run after run from consecutive seeds [P1, P2, P3]. KLINK_SEED: the first one; KLINK_SEEDS: how
 * many.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import type { ChaosResult, ChaosWork } from './engine-chaos-worker.js';

const FIRST = Number(process.env.KLINK_SEED ?? 1);
const SEEDS = Number(process.env.KLINK_SEEDS ?? 40);
const THREADS = 2;

test(`a link under faults copies exactly or says where not (${SEEDS} seeds from ${FIRST}) [P1] [P2] [P3]`, async () => {
  const seeds = Array.from({ length: SEEDS }, (_, i) => FIRST + i);
  const results = await Promise.all(
    Array.from({ length: THREADS }, (_, thread) => inThread({ seeds: seeds.filter((_, i) => i % THREADS === thread) })),
  );
  for (const { error } of results) if (error !== undefined) assert.fail(error);
  const records = results.reduce((sum, each) => sum + each.records, 0);
  const failures = results.reduce((sum, each) => sum + each.failures, 0);
  const givenBack = results.reduce((sum, each) => sum + each.givenBack, 0);
  console.log(
    `# ${SEEDS} seeds, ${records} records compared, ${failures} partitions failed as they had to, memory given back ${givenBack} times`,
  );
  assert.ok(records > SEEDS * 100, `too little happened: ${records} records`);
  assert.ok(givenBack > SEEDS, `memory was given back ${givenBack} times only`);
});

function inThread(work: ChaosWork): Promise<ChaosResult> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./engine-chaos-worker.js', import.meta.url), { workerData: work });
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', (code) => reject(new Error(`the thread ended with code ${code}`)));
  });
}
