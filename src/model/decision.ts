/**
 * Which decision something was made under. The controller epoch rises whenever a klink takes over, the number with every
 * decision. Spec: docs/spec/control.md, rule 5.2.
 */
export interface DecisionStamp {
  readonly epoch: number;
  readonly number: number;
}

/** Negative: `a` is older. */
export function compareStamps(a: DecisionStamp, b: DecisionStamp): number {
  return a.epoch - b.epoch || a.number - b.number;
}
