/** A whole broker over crashes between any two of its disk calls. A thousand seeds run by night. */
import { test } from 'node:test';
import { crashBroker } from './broker-crashes.js';

const SEEDS = 15;
/** In which a transaction's record is lost between its partition's and the data's: rare, and none of the first has it. */
const RARE_SEEDS = [55, 58];

test('a broker that ends between any two disk calls keeps what it acknowledged, once [broker 2.2, 2.8]', async () => {
  for (const seed of [...Array(SEEDS).keys(), ...RARE_SEEDS]) await crashBroker(seed);
});
