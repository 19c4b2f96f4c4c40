/**
 * What the embedded broker does otherwise on purpose, or what two runs of Apache Kafka do otherwise themselves: one table,
 * that the comparison asks. A row covers single fields; what stands here and is never met is found by `uncovered`.
 */
import { fieldOf, type Unlike } from './compare.js';
import type { Step } from './operation.js';

export interface KnownDifference {
  readonly why: string;
  /** Where docs/spec/broker.md says it, when it is the embedded broker's. */
  readonly rule?: string;
  covers(unlike: Unlike, step: Step): boolean;
}

export const knownDifferences: readonly KnownDifference[] = [
  {
    why: 'where Apache Kafka says only a code to who produces, the embedded broker says why',
    rule: '3.1',
    covers: ({ path, reference }, { api }) =>
      api.name === 'Produce' && fieldOf(path).endsWith('.errorMessage') && reference === null,
  },
];

export function isKnown(unlike: Unlike, step: Step): boolean {
  return knownDifferences.some((known) => known.covers(unlike, step));
}
