/**
 * One seed: steps drawn and sent to every side at once, answers compared with those of the reference, which is the first
 * side, until one differs or the closing steps have read everything back. And steps that were drawn, played again.
 */

import { invariant } from '../../src/base/invariant.js';
import { type Random, seededRandom } from '../../src/base/random.js';
import type { Api } from '../../src/protocol/schema.js';
import { fieldOf, type Unlike, unlikes } from './compare.js';
import { comparedOutcome, readingOf } from './compared.js';
import { weighted } from './draws.js';
import { isKnown } from './known-differences.js';
import { freshPrefix } from './names.js';
import type { Drawing, Operation, Step } from './operation.js';
import type { Side } from './side.js';
import { World } from './world.js';

export interface Operations {
  readonly drawn: readonly Operation[];
  /** What every sequence begins with. */
  readonly opening: (drawing: Drawing) => Step[];
  /** What reads everything back. */
  readonly closing: (drawing: Drawing) => Step[];
}

/** A difference, and all of both answers. */
export interface Met {
  readonly side: Side;
  readonly at: readonly Unlike[];
  readonly reference: unknown;
  readonly other: unknown;
}

export interface Played {
  readonly steps: readonly Step[];
  /** Of each step, as the reference got it: some go by what answers before it said. */
  readonly requests: readonly unknown[];
  readonly beganMs: bigint;
  /** The difference, where there is one: of the last step. */
  readonly met: Met | undefined;
}

const DRAWS_MAX = 50;

export async function playSeed(
  seed: number,
  {
    sides,
    operations,
    length,
  }: { readonly sides: readonly Side[]; readonly operations: Operations; readonly length: number },
): Promise<Played> {
  const world = new World();
  const prefix = freshPrefix();
  for (const side of sides) side.begin(prefix);
  const drawing = drawingOf(seededRandom(seed), world, sides);
  const steps: Step[] = [];
  const requests: unknown[] = [];
  const play = async (drawn: Step): Promise<Met | undefined> => {
    steps.push(drawn);
    const { met, reference, request } = await playOn(sides, drawn, world.beganMs);
    requests.push(request);
    if (met === undefined) drawn.learn(reference, (sides[0] as Side).names);
    return met;
  };
  for (const next of sequence(operations, drawing, length)) {
    const met = await play(next);
    if (met) return { steps, requests, beganMs: world.beganMs, met };
  }
  return { steps, requests, beganMs: world.beganMs, met: undefined };
}

/** The same steps, or some of them, on logs and producers that are new. Nothing is drawn, nothing learned. */
export async function playAgain(
  sides: readonly Side[],
  { steps, beganMs }: Pick<Played, 'steps' | 'beganMs'>,
): Promise<Played> {
  const prefix = freshPrefix();
  for (const side of sides) side.begin(prefix);
  const requests: unknown[] = [];
  for (const [i, each] of steps.entries()) {
    const { met, request } = await playOn(sides, each, beganMs);
    requests.push(request);
    if (met) return { steps: steps.slice(0, i + 1), requests, beganMs, met };
  }
  return { steps, requests, beganMs, met: undefined };
}

/** Which field of which request differs first. */
export function signatureOf({ steps, met }: Played): string {
  return `${steps[steps.length - 1]?.operation} ${fieldOf(met?.at[0]?.path ?? '')}`;
}

function* sequence(operations: Operations, drawing: Drawing, length: number): Generator<Step> {
  yield* operations.opening(drawing);
  for (let i = 0; i < length; i++) {
    const drawn = drawOne(operations.drawn, drawing);
    if (drawn !== undefined) yield drawn;
  }
  yield* operations.closing(drawing);
}

async function playOn(sides: readonly Side[], each: Step, beganMs: bigint) {
  const request = each.request((sides[0] as Side).names);
  const first = await Promise.all(sides.map((side) => side.play(each)));
  // Who answers a little later than the others has not waited for anybody.
  const isSlow = first.some(({ kind }) => kind !== 'waiting');
  const outcomes = await Promise.all(
    first.map((outcome, i) =>
      isSlow && outcome.kind === 'waiting' ? (sides[i] as Side).waitLonger(each) : Promise.resolve(outcome),
    ),
  );
  const [expected, ...others] = outcomes.map((outcome, i) =>
    comparedOutcome(each, outcome, readingOf(sides[i] as Side, beganMs)),
  );
  const [reference] = outcomes;
  invariant(reference !== undefined, 'there is a reference');
  for (const [i, other] of others.entries()) {
    const side = sides[i + 1] as Side;
    const all = unlikes(expected, other);
    const at = all.filter((unlike) => !isKnown(unlike, each, all));
    if (at.length > 0) return { reference, request, met: { side, at, reference: expected, other } satisfies Met };
  }
  return { reference, request, met: undefined };
}

function drawOne(operations: readonly Operation[], drawing: Drawing): Step | undefined {
  for (let i = 0; i < DRAWS_MAX; i++) {
    const step = weighted(drawing.random, operations).draw(drawing);
    if (step !== undefined) return step;
  }
  return undefined;
}

export function drawingOf(random: Random, world: World, sides: readonly Side[]): Drawing {
  const version = (
    api: Pick<Api<unknown, unknown>, 'key' | 'versions'>,
    within: { min?: number; max?: number } = {},
  ) => {
    const ranges = [api.versions, ...sides.map((side) => side.range(api))];
    if (ranges.includes(undefined)) return undefined;
    const min = Math.max(within.min ?? 0, ...ranges.map((range) => range?.min ?? 0));
    const max = Math.min(within.max ?? Number.POSITIVE_INFINITY, ...ranges.map((range) => range?.max ?? 0));
    if (min > max) return undefined;
    return random.next() < 0.5 ? max : min + Math.floor(random.next() * (max - min + 1));
  };
  return { random, world, version };
}
