/** A whole broker over crashes between any two of its disk calls. A thousand seeds run by night. */
import { test } from 'node:test';
import { crashBroker } from './broker-crashes.js';

const SEEDS = 15;

test('a broker that ends between any two disk calls keeps what it acknowledged, once [broker 2.2, 2.8]', async () => {
  for (let seed = 0; seed < SEEDS; seed++) await crashBroker(seed);
});
