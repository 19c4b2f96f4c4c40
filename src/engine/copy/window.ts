/**
 * How many batches of one partition may be in flight. A broker forgets D when its newest batch is older than
 * `producer.id.expiration.ms`, and then takes any sequence: of two batches in flight the second can land without the
 * first (X1, T2). Spec: docs/spec/engine.md 3.2.
 */

/** The duplicate cache of a partition holds five batches. */
export const IN_FLIGHT_MAX = 5;
/** What is assumed where the broker does not tell its expiry. */
export const EXPIRY_ASSUMED_MS = 86_400_000;
export const WINDOW_EXPIRY_FLOOR_MS = 600_000;

export interface WindowState {
  /** maxTimestamp of the batch acknowledged last on this connection and leader epoch; undefined: none yet. */
  readonly acknowledged: bigint | undefined;
  /** maxTimestamp of every batch in flight. */
  readonly inFlight: readonly bigint[];
}

export interface WindowRules {
  /** `producer.id.expiration.ms` of the destination. */
  readonly expiryMs: number;
  /** Below this expiry never more than one. */
  readonly floorMs: number;
}

/**
 * [3.2] Asked at the moment of each send. `brokerNowMs`: our clock corrected for the broker's. Without rules, the expiry
 * was not read yet: one at a time.
 */
export function maySend(state: WindowState, rules: WindowRules | undefined, brokerNowMs: number): boolean {
  if (state.inFlight.length === 0) return true;
  if (rules === undefined) return false;
  if (state.inFlight.length >= IN_FLIGHT_MAX) return false;
  if (rules.expiryMs < rules.floorMs) return false;
  const oldest = BigInt(Math.floor(brokerNowMs - rules.expiryMs / 2));
  if (state.acknowledged === undefined || state.acknowledged <= oldest) return false;
  return state.inFlight.every((timestamp) => timestamp > oldest);
}
