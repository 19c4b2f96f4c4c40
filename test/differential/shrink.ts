/**
 * A sequence that differs, made smaller: steps are left out, halves first, then fewer, as long as the same field of the same
 * request still differs at the end.
 */
import type { Step } from './operation.js';
import { type Played, playAgain, signatureOf } from './play.js';
import type { Side } from './side.js';

/** Each is a play of everything that is left. */
const TRIES_MAX = 120;

export async function shrunk(sides: readonly Side[], played: Played): Promise<Played> {
  let best = played;
  let tries = 0;
  const again = async (steps: readonly Step[]): Promise<boolean> => {
    tries++;
    const result = await playAgain(sides, { steps, beganMs: best.beganMs });
    if (result.met === undefined || signatureOf(result) !== signatureOf(best)) return false;
    best = result;
    return true;
  };
  if (!(await again(played.steps))) return played;
  for (
    let size = Math.ceil(best.steps.length / 2);
    size >= 1 && tries < TRIES_MAX;
    size = size === 1 ? 0 : Math.ceil(size / 2)
  ) {
    for (let at = best.steps.length - 1 - size; at > -size && tries < TRIES_MAX; at -= size) {
      const from = Math.max(0, at);
      // The last step is the one that differs.
      const left = best.steps.filter((_, i) => i < from || i >= at + size || i === best.steps.length - 1);
      if (left.length < best.steps.length) await again(left);
    }
  }
  return best;
}
