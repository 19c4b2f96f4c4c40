/**
 * Seeds one after another. Each difference is made smaller and told once: seeds that fail in the same field of the same
 * request are counted only.
 */
import { type Operations, playSeed, signatureOf } from './play.js';
import { report } from './report.js';
import { shrunk } from './shrink.js';
import type { Side } from './side.js';

export interface Run {
  readonly first: number;
  readonly count: number;
  /** Steps of a sequence, beside those that open and close it. */
  readonly length: number;
  /** No seed begins later. */
  readonly minutes?: number;
}

/** Operations by the beginning of their names: `KLINK_DIFFERENTIAL_ONLY`, with commas between. All of them without it. */
export function wantedOperations(operations: Operations): Operations {
  const only = process.env.KLINK_DIFFERENTIAL_ONLY?.split(',');
  if (only === undefined) return operations;
  const drawn = operations.drawn.filter(({ name }) => only.some((word) => name.startsWith(word)));
  return { ...operations, drawn };
}

/** What differs, in words that are printed too. */
export async function playSeeds(sides: readonly Side[], operations: Operations, run: Run): Promise<string[]> {
  const end = performance.now() + (run.minutes ?? Number.POSITIVE_INFINITY) * 60_000;
  const reports = new Map<string, string>();
  let [seed, steps, differed] = [run.first, 0, 0];
  for (; seed < run.first + run.count && performance.now() < end; seed++) {
    const played = await playSeed(seed, { sides, operations, length: run.length });
    steps += played.steps.length;
    if (played.met === undefined) continue;
    differed++;
    const signature = signatureOf(played);
    if (reports.has(signature)) continue;
    const told = report(seed, sides, await shrunk(sides, played));
    console.log(`${told}\n`);
    reports.set(signature, told);
  }
  console.log(`${seed - run.first} seeds from ${run.first} on, ${steps} steps, ${differed} seeds differ`);
  return [...reports.values()];
}

/** One seed alone: `KLINK_DIFFERENTIAL_SEED`. By `KLINK_DIFFERENTIAL_MINUTES` as many as fit, from one that is drawn. */
export function wantedRun(usual: Run): Run {
  const { KLINK_DIFFERENTIAL_SEED: seed, KLINK_DIFFERENTIAL_MINUTES: minutes } = process.env;
  const first = seed === undefined ? Math.floor(Math.random() * 2 ** 30) : Number(seed);
  if (minutes !== undefined) return { ...usual, first, count: Number.POSITIVE_INFINITY, minutes: Number(minutes) };
  return seed === undefined ? usual : { ...usual, first, count: 1 };
}
