/** Everything that one answer shows, as of one moment: what was decided, and what was observed beside it. */
import type { MirrorObservation } from '../model/assignment.js';
import type { Term } from './term.js';

export interface Look
  extends Pick<
    Term,
    'state' | 'sights' | 'offsetSyncs' | 'autoCreations' | 'passing' | 'memories' | 'reasonOf' | 'troubleOf'
  > {
  /** By mirror key. */
  readonly observed: ReadonlyMap<string, MirrorObservation>;
  readonly nowMonotonicMs: number;
}

export function look(term: Term, nowMonotonicMs: number): Look {
  const { state, sights, offsetSyncs, autoCreations, passing, memories } = term;
  const reasonOf: Look['reasonOf'] = (task) => term.reasonOf(task);
  return {
    state,
    sights,
    offsetSyncs,
    autoCreations,
    passing,
    memories,
    reasonOf,
    troubleOf: (task) => term.troubleOf(task),
    observed: term.observed(),
    nowMonotonicMs,
  };
}
