/**
 * The sequence of the next data record of D, from the log itself. Producer state is only a cross-check: it may have
 * expired, and a base that depended on it would let stale batches land at the wrong offset (X3). Never the log end.
 * Spec: docs/spec/engine.md 3.1.
 */

const SEQUENCES = 2 ** 31;

/** [3.1] Arithmetic wraps 2³¹−1 → 0. */
export function addToSequence(sequence: number, records: number): number {
  return (sequence + records) % SEQUENCES;
}

/** How many records lie between two sequences, seen as the shortest way forward. */
export function sequenceDistance(from: number, to: number): number {
  return (to - from + SEQUENCES) % SEQUENCES;
}

export interface SequenceEvidence {
  /** Last sequence of the last D batch read between the proof's start and the log end. */
  readonly lastInLog: number | undefined;
  /** DescribeProducers at the leader, its epoch checked before and after; undefined when it does not list D. */
  readonly lastAtLeader: number | undefined;
  /** The point at which the proof began, and the data records read since; undefined: it began at the lineage's start. */
  readonly point: { readonly nextSequence: number; readonly recordsSince: number } | undefined;
  /** The newest point whose sequence is known although the log start has passed it. */
  readonly passedPoint: { readonly nextSequence: number } | undefined;
  /** The log start has passed point or lineage start: so many offsets lie between that and the log end. */
  readonly offsetsSince: bigint | undefined;
}

export type SequenceVerdict =
  | { readonly kind: 'known'; readonly next: number }
  /** Log and leader disagree, which a moment of waiting may explain. */
  | { readonly kind: 'read-again'; readonly detail: string }
  | { readonly kind: 'diverged'; readonly detail: string };

export function nextSequence(evidence: SequenceEvidence): SequenceVerdict {
  const { lastInLog, lastAtLeader, point } = evidence;
  if (lastInLog !== undefined) {
    const next = addToSequence(lastInLog, 1);
    if (lastAtLeader !== undefined && lastAtLeader !== lastInLog) {
      return again(`the log ends D at sequence ${lastInLog}, the leader's producer state at ${lastAtLeader}`);
    }
    // [3.1] Anything else, also a lower one, is never a new starting value (R3).
    if (point !== undefined && next !== addToSequence(point.nextSequence, point.recordsSince)) {
      return {
        kind: 'diverged',
        detail: `sequence ${next} in the log, ${addToSequence(point.nextSequence, point.recordsSince)} by the proven point`,
      };
    }
    return hiddenFits(evidence, next);
  }
  if (point !== undefined) {
    const next = addToSequence(point.nextSequence, point.recordsSince);
    if (lastAtLeader !== undefined && addToSequence(lastAtLeader, 1) !== next) {
      return again(`the proven point expects sequence ${next}, the leader's producer state ends at ${lastAtLeader}`);
    }
    return { kind: 'known', next };
  }
  // [3.1] The log start has passed the last D batch: the leader still knows it (T1), else the point does.
  if (lastAtLeader !== undefined) {
    const next = addToSequence(lastAtLeader, 1);
    if (evidence.offsetsSince === undefined) {
      return again(`the log has no data of D, the leader's producer state ends at ${lastAtLeader}`);
    }
    return hiddenFits(evidence, next);
  }
  return { kind: 'known', next: evidence.passedPoint?.nextSequence ?? 0 };
}

/** More records than offsets cannot have been hidden. */
function hiddenFits({ passedPoint, offsetsSince }: SequenceEvidence, next: number): SequenceVerdict {
  if (passedPoint === undefined || offsetsSince === undefined) return { kind: 'known', next };
  if (BigInt(sequenceDistance(passedPoint.nextSequence, next)) <= offsetsSince) return { kind: 'known', next };
  const detail = `sequence ${next} cannot follow ${passedPoint.nextSequence} within ${offsetsSince} offsets`;
  return { kind: 'diverged', detail };
}

function again(detail: string): SequenceVerdict {
  return { kind: 'read-again', detail };
}
