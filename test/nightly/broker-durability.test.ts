/** A thousand brokers, each ended some times between two disk calls of chance: see test/sim/broker-crashes.ts. */
import { test } from 'node:test';
import { crashBroker } from '../sim/broker-crashes.js';

const SEEDS = 1000;

test('a thousand brokers that end between any two disk calls keep what they acknowledged, once [broker 2.2, 2.8]', async () => {
  for (let seed = 0; seed < SEEDS; seed++) await crashBroker(seed);
});
