/**
 * An ownership that is believed and not earned: what a klink with a broken lease would do. For tests only
 * (`test-switches.ts`): data must stay exact although markers can then collide, and every damage must be found [4.1].
 */
import type { Ownership, OwnershipState } from '../engine/ownership/ownership-state.js';

export function forcedOwnership(): Ownership {
  const owner: OwnershipState = {
    kind: 'owner',
    term: 1,
    generation: 1,
    markersFromMs: 0,
    exclusive: { provable: true },
  };
  return {
    state: owner,
    holds: () => true,
    mayWriteMarkers: () => true,
    onChange: () => () => undefined,
    onWakeUp: () => () => undefined,
    start: () => undefined,
    stop: async () => undefined,
  };
}
