/**
 * Every imported message in every version and both directions: what is written is read back. The values are drawn from the
 * tables themselves; a failure names the API, the version and fast-check's seed.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { allApis } from './api/all.js';
import { consumerProtocolAssignment } from './api/consumer-protocol-assignment.js';
import { consumerProtocolSubscription } from './api/consumer-protocol-subscription.js';
import {
  decodeMessage,
  decodeRequest,
  decodeResponse,
  encodeMessage,
  encodeRequest,
  encodeResponse,
  peekRequest,
} from './codec.js';
import type { Field, FieldType, Message, VersionRange } from './schema.js';

type Values = Record<string, unknown>;
const RUNS = 15;
const FRAME_LENGTH = 4;

describe('every API, every version, both directions: encode, decode, equal', () => {
  for (const api of allApis) {
    test(api.name, () => {
      for (let version = api.versions.min; version <= api.versions.max; version++) {
        const what = `${api.name} ${version}`;
        const flexible = api.flexibleFrom !== undefined && version >= api.flexibleFrom;
        check(`${what} request`, api.request, version, flexible, (body) => {
          const header = { correlationId: 7, clientId: 'client' };
          const frame = Buffer.concat(encodeRequest(api, version, header, body)).subarray(FRAME_LENGTH);
          const { header: read, bodyAt } = peekRequest(frame);
          assert.deepEqual(read, { apiKey: api.key, version, ...header });
          return decodeRequest(api, version, frame, bodyAt);
        });
        check(`${what} response`, api.response, version, flexible, (body) => {
          const frame = Buffer.concat(encodeResponse(api, version, 7, body)).subarray(FRAME_LENGTH);
          const read = decodeResponse(api, version, frame);
          assert.equal(read.correlationId, 7);
          return read.body;
        });
      }
    });
  }
});

describe('messages inside a bytes field', () => {
  for (const message of [consumerProtocolSubscription, consumerProtocolAssignment] as Message<unknown>[]) {
    test(message.name, () => {
      for (let version = message.versions.min; version <= message.versions.max; version++) {
        const flexible = message.flexibleFrom !== undefined && version >= message.flexibleFrom;
        check(`${message.name} ${version}`, message.fields, version, flexible, (body) => {
          const read = decodeMessage(message, encodeMessage(message, version, body));
          assert.equal(read.version, version);
          return read.body;
        });
      }
    });
  }
});

function check(
  what: string,
  fields: readonly Field[],
  version: number,
  flexible: boolean,
  roundTrip: (body: Values) => unknown,
): void {
  const drawn = structOf(fields, version, flexible);
  const property = fc.property(drawn, (body) => assert.deepEqual(roundTrip(body), body));
  fc.assert(property, { numRuns: RUNS, reporter: reporterOf(what) });
}

function reporterOf(what: string) {
  return (details: fc.RunDetails<[Values]>): void => {
    if (details.failed)
      throw new Error(`${what}: ${fc.defaultReportMessage(details)}`, { cause: details.errorInstance });
  };
}

/** A struct as a decoder gives it: every field is there, those that this version lacks with their defaults. */
function structOf(fields: readonly Field[], version: number, flexible: boolean): fc.Arbitrary<Values> {
  const drawn = fields.map((field) => [field.name, fieldOf(field, version, flexible)] as const);
  return fc.record(Object.fromEntries(drawn), { noNullPrototype: true });
}

function fieldOf(field: Field, version: number, flexible: boolean): fc.Arbitrary<unknown> {
  if (!holds(field.versions, version)) return fc.constant(defaultOf(field));
  const one = field.fields ? structOf(field.fields, version, flexible) : scalarOf(field.type as FieldType);
  const value: fc.Arbitrary<unknown> = field.array ? fc.array(one, { maxLength: 2 }) : one;
  return holds(field.nullable, version) ? fc.option(value, { nil: null, freq: 3 }) : value;
}

function scalarOf(type: FieldType): fc.Arbitrary<unknown> {
  const integer = (bits: number) => fc.integer({ min: -(2 ** (bits - 1)), max: 2 ** (bits - 1) - 1 });
  switch (type) {
    case 'bool':
      return fc.boolean();
    case 'int8':
      return integer(8);
    case 'int16':
      return integer(16);
    case 'uint16':
      return fc.integer({ min: 0, max: 0xffff });
    case 'int32':
      return integer(32);
    case 'uint32':
      return fc.integer({ min: 0, max: 0xffffffff });
    case 'int64':
      return fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
    case 'float64':
      return fc.double({ noNaN: true });
    case 'string':
      return fc.string({ unit: 'grapheme', maxLength: 12 });
    case 'uuid':
      return fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => Buffer.from(bytes).toString('base64url'));
    case 'bytes':
    case 'records':
      return fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes));
  }
}

/** What a decoder puts in place of a field that does not travel; said here a second time, as the protocol has it. */
function defaultOf(field: Field): unknown {
  if (field.default !== undefined) return field.default;
  if (field.array) return [];
  switch (field.type) {
    case 'bool':
      return false;
    case 'int64':
      return 0n;
    case 'string':
      return '';
    case 'uuid':
      return Buffer.alloc(16).toString('base64url');
    case 'bytes':
    case 'records':
      return Buffer.alloc(0);
    case 'struct':
      return Object.fromEntries((field.fields ?? []).map((inner) => [inner.name, defaultOf(inner)]));
    default:
      return 0;
  }
}

function holds(range: VersionRange | undefined, version: number): boolean {
  return range !== undefined && version >= range.min && (range.max === undefined || version <= range.max);
}
