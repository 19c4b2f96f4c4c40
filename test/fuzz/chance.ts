/** Draws from a seed, the seeds themselves, and how long to go on: a number of rounds in `npm test`, minutes by night. */
import { type Random, randomInt } from '../../src/base/random.js';

export function pick<T>(random: Random, choices: readonly T[]): T {
  return choices[randomInt(random, choices.length)] as T;
}

export function chance(random: Random, of: number): boolean {
  return random.next() < of;
}

/**
 * One seed after another: `rounds` from 1 on (`KLINK_FUZZ_TIMES` as many), or by `KLINK_FUZZ_MINUTES` as many as fit from a first one that is drawn (or
 * `KLINK_FUZZ_SEED`). What a seed fails with names it: `KLINK_FUZZ_SEED=<seed>` alone runs it again, alone.
 */
export async function eachSeed(rounds: number, run: (seed: number) => void | Promise<void>): Promise<void> {
  const { KLINK_FUZZ_SEED: given, KLINK_FUZZ_MINUTES: minutes, KLINK_FUZZ_TIMES: times = '1' } = process.env;
  const once = given !== undefined && minutes === undefined;
  const first = given !== undefined ? Number(given) : minutes === undefined ? 1 : randomSeed();
  const end = minutes === undefined ? Number.POSITIVE_INFINITY : performance.now() + Number(minutes) * 60_000;
  if (minutes !== undefined) console.log(`seeds from ${first} on, for ${minutes} minutes`);
  const count = once ? 1 : minutes === undefined ? rounds * Number(times) : Number.POSITIVE_INFINITY;
  let seed = first;
  for (; seed - first < count && performance.now() < end; seed++) {
    try {
      await run(seed);
    } catch (error) {
      throw new Error(`KLINK_FUZZ_SEED=${seed}: ${error instanceof Error ? error.message : error}`, { cause: error });
    }
  }
  console.log(`${seed - first} seeds`);
}

/** Of this process, in milliseconds: on a busy machine time passes that nobody has taken. */
export function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

function randomSeed(): number {
  return Math.floor(Math.random() * 2 ** 30);
}
