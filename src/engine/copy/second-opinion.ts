/**
 * [1.3] Whether a name still stands for the journalled topic, by the word of several brokers. One that is cut off from its
 * cluster goes on telling what was true before: of a topic that was deleted and made again it gives the old id, whether that
 * is the journalled one or the one before. Pure.
 */
export interface Told {
  /** The broker's id; −1: not known which one. */
  readonly by: number;
  readonly topicId: string;
}

/** So often a cluster is asked at one go. What is undecided then waits for the next time. */
export const OPINIONS_MAX = 5;

/**
 * The last word of each broker counts. `decided`: what was told last is what holds. An id that is not the journalled one
 * needs two brokers who say so, or all where there are fewer, and more than say otherwise.
 */
export function judge(told: readonly Told[], journalled: string | undefined, brokers: number): 'decided' | 'undecided' {
  const words = new Map(told.map(({ by, topicId }) => [by, topicId]));
  const last = told.at(-1)?.topicId;
  const agreeing = [...words].filter(([, topicId]) => topicId === journalled).length;
  // Who sits at a bootstrap address may be a broker that is counted already.
  const denying = [...words].filter(([by, topicId]) => topicId !== journalled && by >= 0).length;
  if (last === journalled) return agreeing > denying ? 'decided' : 'undecided';
  return denying >= Math.min(2, brokers) && denying > agreeing ? 'decided' : 'undecided';
}
