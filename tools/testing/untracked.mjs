/**
 * Loaded before tests (`--import`). node:test follows every promise and timer with an async hook, to tell from which test an
 * error came that nobody caught. A simulated run makes promises by the million: that took a quarter of its time. Without the
 * hook such an error fails the file instead of the test.
 */
import { createHook } from 'node:async_hooks';

const prototype = Object.getPrototypeOf(createHook({}));
const { enable } = prototype;

/** Of all hooks in these processes, node:test's is the one that asks when something is gone. */
prototype.enable = function () {
  const asks = Object.getOwnPropertySymbols(this).some(
    (symbol) => symbol.description === 'destroy' && typeof this[symbol] === 'function',
  );
  return asks ? this : enable.call(this);
};
