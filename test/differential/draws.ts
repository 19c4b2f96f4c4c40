/** Draws that operations share. */
import { type Random, randomInt } from '../../src/base/random.js';
import { chance, pick } from '../fuzz/chance.js';
import { PREFIX } from './names.js';
import type { Partition, World } from './world.js';

export { chance, pick, randomInt };

/** One of them by its weight. */
export function weighted<T extends { readonly weight: number }>(random: Random, choices: readonly T[]): T {
  let left = random.next() * choices.reduce((sum, { weight }) => sum + weight, 0);
  for (const choice of choices) {
    left -= choice.weight;
    if (left < 0) return choice;
  }
  return choices[choices.length - 1] as T;
}

/** Mostly the first, at `rate` one of the others. */
export function mostly<T>(random: Random, usual: T, rate: number, others: readonly T[]): T {
  return chance(random, rate) ? pick(random, others) : usual;
}

export function maybePick<T>(random: Random, choices: readonly T[]): T | undefined {
  return choices.length === 0 ? undefined : pick(random, choices);
}

/** A few different ones, at least one where there is one. */
export function some<T>(random: Random, choices: readonly T[], most: number): T[] {
  const left = [...choices];
  const wanted = Math.min(left.length, 1 + randomInt(random, most));
  return Array.from({ length: wanted }, () => left.splice(randomInt(random, left.length), 1)[0] as T);
}

/** How a request names a partition: now and then one that is not there, or one a second time. */
export interface Place {
  readonly name: string;
  /** The name of its id. */
  readonly id: string;
  readonly index: number;
  /** Undefined where there is none. */
  readonly partition: Partition | undefined;
}

export function drawPlaces(random: Random, world: World, most: number, strays = 0.04): Place[] {
  const places: Place[] = some(random, world.partitions, most).map((partition) => ({
    name: partition.topic.name,
    id: partition.topic.id,
    index: partition.index,
    partition,
  }));
  if (!chance(random, strays)) return places;
  const gone = world.topics.find(({ exists }) => !exists);
  const first = places[0];
  const unknown = { name: `${PREFIX}unknown`, id: 'unknown', index: 0, partition: undefined };
  const stray = pick(random, [
    unknown,
    gone === undefined ? unknown : { name: gone.name, id: gone.id, index: 0, partition: undefined },
    first === undefined ? unknown : { ...first, index: pick(random, [-1, 17]), partition: undefined },
    first ?? unknown,
  ]);
  return [...places, stray];
}

/** Grouped by topic, in the order in which topics appear. */
export function byTopic<T extends Place>(
  places: readonly T[],
): { readonly name: string; readonly id: string; readonly places: T[] }[] {
  const topics = new Map<string, { readonly name: string; readonly id: string; readonly places: T[] }>();
  for (const place of places) {
    const found = topics.get(place.id) ?? { name: place.name, id: place.id, places: [] };
    found.places.push(place);
    topics.set(place.id, found);
  }
  return [...topics.values()];
}

/** An offset that matters to a partition: its ends, where batches begin, and what is beside them. */
export function drawOffset(random: Random, partition: Partition | undefined): bigint {
  if (partition === undefined) return 0n;
  const { start, end, bases } = partition;
  const near = pick(random, [start, end, ...bases.slice(-8), ...bases.slice(0, 2)]);
  return mostly(random, near, 0.25, [near - 1n, near + 1n, end + 1n, start - 1n, 0n, -1n, -2n, 1n << 62n]);
}
