import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Random, randomInt, randomUuid, seededRandom } from '../base/random.js';
import { allApis } from './api/all.js';
import { apiVersions } from './api/api-versions.js';
import { deleteTopics } from './api/delete-topics.js';
import { fetch } from './api/fetch.js';
import { produce } from './api/produce.js';
import { decodeRequest, decodeResponse, encodeRequest, encodeResponse, peekRequest } from './codec.js';
import { DecodeError } from './reader.js';
import type { Api, Field, FieldType } from './schema.js';

const seed = Number(process.env.KLINK_SEED ?? 20261124);
const random = seededRandom(seed);

/** A value with every field of this version filled in by chance, and every other field at its default. */
function draw(fields: readonly Field[], version: number, flexible: boolean): Record<string, unknown> {
  const value: Record<string, unknown> = {};
  for (const field of fields) {
    const there = within(field.versions, version) && (field.tag === undefined || flexible);
    if (!there) continue;
    if (within(field.nullable, version) && random.next() < 0.2) value[field.name] = null;
    else if (field.array) {
      value[field.name] = Array.from({ length: randomInt(random, 3) }, () => drawOne(field, version, flexible, random));
    } else value[field.name] = drawOne(field, version, flexible, random);
  }
  return value;
}

function drawOne(field: Field, version: number, flexible: boolean, source: Random): unknown {
  if (field.fields) return draw(field.fields, version, flexible);
  switch (field.type as FieldType) {
    case 'bool':
      return source.next() < 0.5;
    case 'int8':
      return randomInt(source, 256) - 128;
    case 'int16':
      return randomInt(source, 65536) - 32768;
    case 'uint16':
      return randomInt(source, 65536);
    case 'int32':
      return source.bytes(4).readInt32BE();
    case 'uint32':
      return source.bytes(4).readUInt32BE();
    case 'int64':
      return source.bytes(8).readBigInt64BE();
    case 'float64':
      return source.next();
    case 'uuid':
      return randomUuid(source);
    case 'string':
      return source.bytes(randomInt(source, 40)).toString('hex').slice(0, 37) + (source.next() < 0.1 ? 'é≠' : '');
    case 'bytes':
    case 'records':
      return source.bytes(randomInt(source, 3000));
  }
}

function within(range: { min: number; max?: number | undefined } | undefined, version: number): boolean {
  return range !== undefined && version >= range.min && (range.max === undefined || version <= range.max);
}

/** Only the fields of this version count: all others come back as their defaults. */
function sameFields(actual: unknown, wanted: unknown, path: string): void {
  if (Buffer.isBuffer(wanted)) {
    assert.ok(wanted.equals(actual as Buffer), path);
    return;
  }
  if (Array.isArray(wanted)) {
    assert.equal((actual as unknown[]).length, wanted.length, path);
    wanted.forEach((item, at) => {
      sameFields((actual as unknown[])[at], item, `${path}[${at}]`);
    });
    return;
  }
  if (wanted !== null && typeof wanted === 'object') {
    for (const [name, item] of Object.entries(wanted)) {
      sameFields((actual as Record<string, unknown>)[name], item, `${path}.${name}`);
    }
    return;
  }
  assert.equal(actual, wanted, path);
}

function roundTrips(api: Api<unknown, unknown>): void {
  for (let version = api.versions.min; version <= api.versions.max; version++) {
    const flexible = api.flexibleFrom !== undefined && version >= api.flexibleFrom;
    for (let run = 0; run < 5; run++) {
      const where = `${api.name} v${version} seed ${seed}`;
      const request = draw(api.request, version, flexible);
      const frame = Buffer.concat(encodeRequest(api, version, { correlationId: 7, clientId: 'test' }, request));
      assert.equal(frame.readInt32BE(0), frame.length - 4, where);
      const { header, bodyAt } = peekRequest(frame.subarray(4));
      assert.deepEqual(header, { apiKey: api.key, version, correlationId: 7, clientId: 'test' });
      sameFields(decodeRequest(api, version, frame.subarray(4), bodyAt), request, `${where} request`);

      const response = draw(api.response, version, flexible);
      const answer = Buffer.concat(encodeResponse(api, version, 9, response));
      const decoded = decodeResponse(api, version, answer.subarray(4));
      assert.equal(decoded.correlationId, 9);
      sameFields(decoded.body, response, `${where} response`);
    }
  }
}

for (const api of allApis) {
  test(`${api.name} comes back as it was written, in every version and both directions`, () => roundTrips(api));
}

test('the ApiVersions answer has a header without tags in every version (KIP-511)', () => {
  const frame = Buffer.concat(encodeResponse(apiVersions, 3, 5, { errorCode: 0 }));
  assert.equal(frame.readInt32BE(4), 5);
  assert.equal(frame.readInt16BE(8), 0);
});

test('record buffers are passed by reference, not copied', () => {
  const records = Buffer.alloc(5000, 1);
  const chunks = encodeRequest(
    produce,
    9,
    { correlationId: 1, clientId: null },
    {
      acks: -1,
      topicData: [{ name: 't', partitionData: [{ index: 0, records }] }],
    },
  );
  assert.ok(chunks.some((chunk) => chunk.buffer === records.buffer && chunk.byteOffset === records.byteOffset));
});

test('a count larger than the frame is refused instead of allocated', () => {
  const frame = Buffer.concat(encodeResponse(fetch, 12, 1, { responses: [] })).subarray(4);
  const lying = Buffer.concat([frame.subarray(0, 15), Buffer.from([0xff, 0xff, 0xff, 0xff, 0x0f])]);
  assert.throws(() => decodeResponse(fetch, 12, lying), DecodeError);
});

test('strings: one that could not be repeated in an answer is refused, also when that is for not being UTF-8', () => {
  const frame = (text: Buffer) => {
    const size = Buffer.alloc(2);
    size.writeInt16BE(text.length);
    const body = Buffer.concat([Buffer.from([0, 0, 0, 1]), size, text, Buffer.alloc(4)]);
    return decodeRequest(deleteTopics, 2, body, 0).topicNames;
  };
  assert.deepEqual(frame(Buffer.alloc(0x7fff, 'y')), ['y'.repeat(0x7fff)]);
  assert.deepEqual(frame(Buffer.alloc(10_000, 0xff)), ['\ufffd'.repeat(10_000)]);
  assert.throws(() => frame(Buffer.alloc(11_000, 0xff)), DecodeError);
});
