/**
 * The embedded broker answers as Apache Kafka 4.3.0 does to sequences of requests that nobody wrote down: test/differential
 * draws them. `KLINK_DIFFERENTIAL_SEED` plays one of them again.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startBrokers } from '../differential/brokers.js';
import { allOperations } from '../differential/operations/all.js';
import { playSeeds, wantedOperations, wantedRun } from '../differential/seeds.js';

const LENGTH = 120;
const MINUTES = 45;

test('whatever is asked in whatever order, answers are those of Apache Kafka', async (t) => {
  const { sides, stop } = await startBrokers({ others: ['embedded'] });
  t.after(stop);
  const all = { first: Math.floor(Math.random() * 2 ** 30), count: Number.POSITIVE_INFINITY, length: LENGTH };
  const differences = await playSeeds(sides, wantedOperations(allOperations), wantedRun({ ...all, minutes: MINUTES }));
  assert.equal(differences.length, 0, 'what differs was printed');
});
