import assert from 'node:assert/strict';
import test from 'node:test';
import { askedNow, type Stock } from './source-reader.js';

test('source reader: who has enough waits for one that runs low, and holds up nobody', () => {
  const asked = (...stocks: Stock[]) => askedNow(stocks, (stock) => stock);
  assert.deepEqual(asked('enough', 'none', 'enough'), ['none']);
  assert.deepEqual(asked('enough', 'low', 'none'), ['enough', 'low', 'none']);
  assert.deepEqual(asked('enough'), []);
});
