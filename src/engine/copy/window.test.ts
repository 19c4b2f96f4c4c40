import assert from 'node:assert/strict';
import test from 'node:test';
import { IN_FLIGHT_MAX, maySend, WINDOW_EXPIRY_FLOOR_MS } from './window.js';

const DAY = 86_400_000;
const NOW = 1_790_000_000_000;
const rules = { expiryMs: DAY, floorMs: WINDOW_EXPIRY_FLOOR_MS };
const young = BigInt(NOW - 1_000);
const old = BigInt(NOW - DAY / 2 - 1);

test('window: one alone may always go [3.2]', () => {
  assert.ok(maySend({ acknowledged: undefined, inFlight: [] }, rules, NOW));
  assert.ok(maySend({ acknowledged: old, inFlight: [] }, { expiryMs: 0, floorMs: 600_000 }, NOW));
});

test('window: closed on a fresh partition until a batch is acknowledged on this connection (X1) [3.2]', () => {
  assert.ok(!maySend({ acknowledged: undefined, inFlight: [young] }, rules, NOW));
  assert.ok(maySend({ acknowledged: young, inFlight: [young] }, rules, NOW));
});

test('window: closes over an idle time (T2) [3.2]', () => {
  assert.ok(!maySend({ acknowledged: young, inFlight: [BigInt(NOW + DAY)] }, rules, NOW + DAY / 2));
});

test('window: closes over one old batch, acknowledged or in flight (T2) [3.2]', () => {
  assert.ok(!maySend({ acknowledged: old, inFlight: [young] }, rules, NOW));
  assert.ok(!maySend({ acknowledged: young, inFlight: [young, old] }, rules, NOW));
  assert.ok(!maySend({ acknowledged: young, inFlight: [-1n] }, rules, NOW));
});

test('window: half of the expiry is the border, by the clock it is given [3.2]', () => {
  const border = BigInt(NOW - DAY / 2);
  assert.ok(!maySend({ acknowledged: border, inFlight: [young] }, rules, NOW));
  assert.ok(maySend({ acknowledged: border + 1n, inFlight: [young] }, rules, NOW));
});

test('window: below the floor always one [3.2]', () => {
  const short = { expiryMs: WINDOW_EXPIRY_FLOOR_MS - 1, floorMs: WINDOW_EXPIRY_FLOOR_MS };
  assert.ok(!maySend({ acknowledged: young, inFlight: [young] }, short, NOW));
  assert.ok(maySend({ acknowledged: young, inFlight: [young] }, { ...short, floorMs: 0 }, NOW));
});

test('window: one at a time until the expiry of the destination was read [3.2]', () => {
  assert.ok(maySend({ acknowledged: young, inFlight: [] }, undefined, NOW));
  assert.ok(!maySend({ acknowledged: young, inFlight: [young] }, undefined, NOW));
});

test('window: never more than the duplicate cache holds [3.2]', () => {
  // Kafka's ProducerStateEntry keeps five.
  assert.equal(IN_FLIGHT_MAX, 5);
  const inFlight = Array.from({ length: IN_FLIGHT_MAX - 1 }, () => young);
  assert.ok(maySend({ acknowledged: young, inFlight }, rules, NOW));
  assert.ok(!maySend({ acknowledged: young, inFlight: [...inFlight, young] }, rules, NOW));
});
