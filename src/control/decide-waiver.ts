/**
 * May partitions of a mirror end without barrier? Only the operator can say so, only while the mirror is ending, and only
 * for a partition that can have none at this moment: everywhere else klink writes the barrier by itself. Pure.
 * Spec: docs/spec/promotion.md, "Without a barrier".
 */
import { unreachable } from '../base/invariant.js';
import { type Refusal, refusal } from '../model/errors.js';
import { type Mirror, type WaivedBarrier, waivedOf } from '../model/mirror.js';
import { mayWaiveBarriers, mirrorTable } from '../model/transitions.js';
import type { Decision } from './decide.js';
import { namedMirror, stateInWords } from './mirror-words.js';
import type { BarrierObstacle } from './ports/promotion.js';
import type { ControlState } from './state.js';

/** What was found out about one partition right before the decision. */
export interface BarrierFact {
  readonly partition: number;
  readonly obstacle: BarrierObstacle;
  /** The last end that was proven, as far as is remembered. */
  readonly provenEnd: bigint;
}

export interface WaiveBarriers {
  readonly kind: 'waive-barriers';
  readonly link: string;
  readonly mirrorTopic: string;
  readonly facts: readonly BarrierFact[];
}

/** All of them or none. Those that were waived before change nothing. */
export function decideWaiver(state: ControlState, { link, mirrorTopic, facts }: WaiveBarriers): Decision {
  const found = namedMirror(state, { link, mirrorTopic });
  if (!found.ok) return { kind: 'refused', refusal: found.error };
  const { mirror } = found.value;
  const cell = mirrorTable[mirror.kind]['barriers-waived'];
  if ('refused' in cell) {
    const ending = cell.refused !== 'MIRROR_NOT_ENDING';
    const words = ending
      ? stateInWords[mirror.kind](mirrorTopic, link)
      : `Topic '${mirrorTopic}' is not being stopped.`;
    return { kind: 'refused', refusal: refusal(cell.refused, words) };
  }
  const waived: WaivedBarrier[] = [];
  for (const fact of facts) {
    const { partition } = fact;
    if ([...waivedOf(mirror), ...waived].some((each) => each.partition === partition)) continue;
    const objection = objectionTo(mirror, fact);
    if (objection) return { kind: 'refused', refusal: objection };
    waived.push({ partition, end: endWithoutBarrier(mirror, fact), reason: reasonOf(fact.obstacle) });
  }
  if (waived.length === 0) return { kind: 'decided', events: [] };
  const { linkId } = mirror;
  return { kind: 'decided', events: [{ kind: 'barriers-waived', linkId, mirrorTopic, waived }] };
}

function objectionTo(mirror: Mirror, { partition, obstacle }: BarrierFact): Refusal | undefined {
  const { mirrorTopic, partitions } = mirror;
  const which = `Partition ${partition} of topic '${mirrorTopic}'`;
  if (partition >= partitions) {
    return refusal('PARTITION_NOT_FOUND', `${which} does not exist: there are ${partitions}.`);
  }
  if (mirror.kind === 'STOPPING') {
    const { step } = mirror;
    const stands = !mayWaiveBarriers(step) || ('ends' in step && step.ends[partition]?.hasBarrier === true);
    if (stands) return refusal('BARRIER_POSSIBLE', `${which} has its barrier already.`);
  }
  switch (obstacle.kind) {
    case 'blocked':
      return undefined;
    case 'free':
      return refusal('BARRIER_POSSIBLE', `${which} can have its barrier: it has a leader and enough replicas in sync.`);
    case 'unavailable':
      return refusal(
        'DESTINATION_UNREACHABLE',
        `${which}: whether it can have its barrier is not known: ${obstacle.reason}.`,
      );
    case 'refused':
      return refusal('DESTINATION_REFUSED', `${which}: ${obstacle.reason}.`);
    default:
      return unreachable(obstacle);
  }
}

/** E. A failed partition ends at its first bad offset, as always; one that was proven in this very ending at that end. */
export function endWithoutBarrier(mirror: Mirror, { partition, provenEnd }: BarrierFact): bigint {
  if (mirror.kind !== 'STOPPING') return provenEnd;
  const failure = mirror.failures.find((each) => each.partition === partition);
  const proven = 'ends' in mirror.step ? mirror.step.ends[partition]?.end : undefined;
  return failure?.offset ?? proven ?? provenEnd;
}

export function reasonOf(obstacle: BarrierObstacle): string {
  return obstacle.kind === 'free' ? 'nothing' : obstacle.reason;
}
