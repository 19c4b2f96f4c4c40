import assert from 'node:assert/strict';
import test from 'node:test';
import { divergenceStep, epochsBelow, withSourceEpoch } from './divergence.js';

const bounds = { lineageStart: 0n, position: 20n };
const common = (offset: bigint) => ({ kind: 'common', offset }) as const;

test('divergence: the end of the last common epoch [3.5]', () => {
  const history = [{ epoch: 0, offset: 0n }];
  assert.deepEqual(divergenceStep(history, { epoch: 0, end: 16n }, bounds), common(16n));
});

test('divergence: `end` above our own position is cut at our next epoch (R4c) [3.5]', () => {
  const history = [
    { epoch: 0, offset: 0n },
    { epoch: 3, offset: 10n },
  ];
  assert.deepEqual(divergenceStep(history, { epoch: 0, end: 30n }, bounds), common(10n));
  assert.deepEqual(divergenceStep([{ epoch: 0, offset: 0n }], { epoch: 0, end: 30n }, bounds), common(20n));
});

test('divergence: an epoch that is not ours asks for our next lower one [3.5]', () => {
  const history = [
    { epoch: 1, offset: 0n },
    { epoch: 5, offset: 12n },
  ];
  assert.deepEqual(divergenceStep(history, { epoch: 3, end: 18n }, bounds), { kind: 'ask', epoch: 1 });
  assert.deepEqual(divergenceStep(history, { epoch: 1, end: 8n }, bounds), common(8n));
});

test('divergence: nothing common below our first epoch [3.5]', () => {
  assert.deepEqual(divergenceStep([{ epoch: 4, offset: 0n }], { epoch: 2, end: 9n }, bounds), common(0n));
  assert.deepEqual(divergenceStep([], { epoch: -1, end: -1n }, { ...bounds, lineageStart: 5n }), common(5n));
});

test('source epochs: first mirrored offset of each, and what falls away with the end [3.5]', () => {
  let history = withSourceEpoch([], 2, 0n);
  history = withSourceEpoch(history, 2, 10n);
  history = withSourceEpoch(history, 4, 20n);
  assert.deepEqual(history, [
    { epoch: 2, offset: 0n },
    { epoch: 4, offset: 20n },
  ]);
  assert.deepEqual(epochsBelow(history, 20n), [{ epoch: 2, offset: 0n }]);
});
