/**
 * Bodies of messages drawn from the field tables: what an encoder takes, in any version. Numbers lean to the edges, names to
 * those that are there, so that most requests get past the first check. One seed, one sequence.
 */
import { type Random, randomInt } from '../../src/base/random.js';
import type { Field, FieldType, VersionRange } from '../../src/protocol/schema.js';
import { chance, pick } from './chance.js';
import { drawRecords } from './draw-records.js';

export type Values = Record<string, unknown>;

export interface Drawing {
  readonly random: Random;
  /** What strings are mostly drawn from. */
  readonly names: readonly string[];
  /** What uuids are mostly drawn from. */
  readonly uuids: readonly string[];
}

const ZERO_UUID = 'AAAAAAAAAAAAAAAAAAAAAA';
const ITEMS_MAX = 4;

/** A field that the version lacks is left out, and now and then another one. */
export function drawBody(fields: readonly Field[], version: number, drawing: Drawing): Values {
  const values: Values = {};
  for (const field of fields) {
    if (!holds(field.versions, version) || chance(drawing.random, 0.05)) continue;
    values[field.name] = drawField(field, version, drawing);
  }
  return values;
}

function drawField(field: Field, version: number, drawing: Drawing): unknown {
  const { random } = drawing;
  if (holds(field.nullable, version) && chance(random, 0.15)) return null;
  const one = () =>
    field.fields ? drawBody(field.fields, version, drawing) : drawScalar(field.type as FieldType, drawing);
  if (!field.array) return one();
  const count = chance(random, 0.02) ? 200 : randomInt(random, ITEMS_MAX);
  return Array.from({ length: count }, one);
}

function drawScalar(type: FieldType, drawing: Drawing): unknown {
  const { random } = drawing;
  switch (type) {
    case 'bool':
      return chance(random, 0.5);
    case 'int8':
      return pick(random, [0, 1, 2, 3, 4, 5, -1, 127, -128]);
    case 'int16':
      return pick(random, [0, 1, 2, 3, -1, 10, 32767, -32768]);
    case 'uint16':
      return pick(random, [0, 1, 9092, 65535]);
    case 'int32':
      return pick(random, [0, 0, 0, 1, 1, 2, 3, -1, -2, 100, 1000, 60_000, 1 << 20, 0x7fffffff, -0x80000000]);
    case 'uint32':
      return pick(random, [0, 1, 0xffffffff]);
    case 'int64':
      return pick(random, [
        0n,
        0n,
        1n,
        2n,
        -1n,
        -2n,
        -3n,
        -4n,
        1_790_000_000_000n,
        2n ** 53n,
        2n ** 63n - 1n,
        -(2n ** 63n),
      ]);
    case 'float64':
      return pick(random, [0, 1.5, -1, Number.MAX_VALUE, Number.NaN, Number.POSITIVE_INFINITY]);
    case 'string':
      return drawString(drawing);
    case 'uuid':
      if (drawing.uuids.length > 0 && chance(random, 0.7)) return pick(random, drawing.uuids);
      return chance(random, 0.5) ? ZERO_UUID : random.bytes(16).toString('base64url');
    case 'bytes':
      return chance(random, 0.2) ? Buffer.alloc(0) : random.bytes(randomInt(random, 60));
    case 'records':
      return drawRecords(random);
  }
}

function drawString({ random, names }: Drawing): string {
  if (names.length > 0 && chance(random, 0.8)) return pick(random, names);
  return pick(random, [
    '',
    '*',
    '.',
    '..',
    '\0',
    'x'.repeat(249),
    'y'.repeat(32_000),
    'a/b',
    '😀',
    '__consumer_offsets',
  ]);
}

export function holds(range: VersionRange | undefined, version: number): boolean {
  return range !== undefined && version >= range.min && (range.max === undefined || version <= range.max);
}
