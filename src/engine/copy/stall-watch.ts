/** Notices that the event loop did not turn: SIGSTOP, a paused machine, heavy work. Spec: docs/spec/engine.md 3.6. */
import type { Clock, Timer } from '../../base/clock.js';

const TURN_MS = 200;
const STALL_MS = 1_000;

/** Calls back with the length of every stall; ends with the returned function. */
export function watchStalls(clock: Clock, onStall: (stalledMs: number) => void): () => void {
  let lastMs = clock.monotonicMs();
  let timer: Timer;
  const turn = () => {
    const nowMs = clock.monotonicMs();
    const stalledMs = nowMs - lastMs - TURN_MS;
    lastMs = nowMs;
    timer = clock.setTimer(TURN_MS, turn);
    if (stalledMs > STALL_MS) onStall(stalledMs);
  };
  timer = clock.setTimer(TURN_MS, turn);
  return () => timer.cancel();
}
