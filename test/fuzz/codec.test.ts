/**
 * Whatever bytes come, decoding gives a message or a DecodeError: nothing else is thrown, no time is lost, and no memory is
 * taken that the bytes could not fill.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { seededRandom } from '../../src/base/random.js';
import { allApis } from '../../src/protocol/api/all.js';
import { consumerProtocolAssignment } from '../../src/protocol/api/consumer-protocol-assignment.js';
import { consumerProtocolSubscription } from '../../src/protocol/api/consumer-protocol-subscription.js';
import {
  decodeMessage,
  decodeRequest,
  decodeResponse,
  encodeMessage,
  encodeRequest,
  encodeResponse,
  peekRequest,
} from '../../src/protocol/codec.js';
import { DecodeError } from '../../src/protocol/reader.js';
import { decodeBatch } from '../../src/protocol/records/decode.js';
import { batchAt, batchesIn } from '../../src/protocol/records/header.js';
import type { Message } from '../../src/protocol/schema.js';
import { cpuMs, eachSeed } from './chance.js';
import { drawBody } from './draw.js';
import { bomb, drawRecords, lyingSizes } from './draw-records.js';
import { mutate } from './mutate.js';

const FRAME_LENGTH = 4;
const RECORDS_BYTES_MAX = 1 << 20;
/** No input of these tests has a right to more. */
const DECODE_MS_MAX = 2_000;
const header = { correlationId: 7, clientId: 'fuzz' };
const names = ['topic', 'group', 'client'];

/** Runs `decode`; true where it gave something. */
function decodes(what: string, bytes: Buffer, decode: () => unknown): boolean {
  const began = cpuMs();
  try {
    decode();
    return true;
  } catch (error) {
    if (error instanceof DecodeError) return false;
    throw new Error(`${what} of ${bytes.toString('hex').slice(0, 4_000)}`, { cause: error });
  } finally {
    const ms = cpuMs() - began;
    assert.ok(ms < DECODE_MS_MAX, `${what}: ${ms} ms for ${bytes.length} bytes`);
  }
}

describe('decoding hostile bytes', () => {
  test('messages of every API and version, mutated, are read or refused as malformed', () =>
    eachSeed(3, (seed) => {
      const random = seededRandom(seed);
      const drawing = { random, names, uuids: [] };
      let read = 0;
      let refused = 0;
      let last = Buffer.from('0000000c', 'hex');
      for (const api of allApis) {
        for (let version = api.versions.min; version <= api.versions.max; version++) {
          const requestBody = drawBody(api.request, version, drawing);
          const request = Buffer.concat(encodeRequest(api, version, header, requestBody)).subarray(FRAME_LENGTH);
          const { bodyAt } = peekRequest(request);
          decodeRequest(api, version, request, bodyAt);
          const responseBody = drawBody(api.response, version, drawing);
          const response = Buffer.concat(encodeResponse(api, version, 7, responseBody)).subarray(FRAME_LENGTH);
          decodeResponse(api, version, response);
          for (let i = 0; i < 6; i++) {
            const what = `${api.name} ${version}`;
            const asked = mutate(request, random, last);
            const isRead = decodes(`${what} request`, asked, () => {
              const peeked = peekRequest(asked);
              decodeRequest(api, version, asked, peeked.bodyAt);
            });
            const answered = mutate(response, random, last);
            const isAnswerRead = decodes(`${what} response`, answered, () => decodeResponse(api, version, answered));
            read += Number(isRead) + Number(isAnswerRead);
            refused += Number(!isRead) + Number(!isAnswerRead);
          }
          last = request;
        }
      }
      // Mutations that are all refused by the first check would find nothing behind it.
      assert.ok(read > 500 && refused > 500, `${read} read, ${refused} refused`);
    }));

  test('a subscription or assignment of a group, mutated, is read or refused as malformed', () =>
    eachSeed(100, (seed) => {
      const random = seededRandom(seed);
      for (const message of [consumerProtocolSubscription, consumerProtocolAssignment] as Message<unknown>[]) {
        for (let version = message.versions.min; version <= message.versions.max; version++) {
          const body = drawBody(message.fields, version, { random, names, uuids: [] });
          const bytes = mutate(encodeMessage(message, version, body), random);
          decodes(message.name, bytes, () => decodeMessage(message, bytes));
        }
      }
    }));

  test('record batches, mutated before and behind their compression, are read or refused as malformed', () =>
    eachSeed(2_000, (seed) => {
      const random = seededRandom(seed);
      const records = drawRecords(random);
      for (const bytes of [records, mutate(records, random)]) {
        decodes('records', bytes, () => {
          for (const entry of batchesIn(bytes)) if (entry.kind === 'batch') decodeBatch(entry, RECORDS_BYTES_MAX);
        });
      }
    }));

  for (const codec of ['gzip', 'snappy', 'lz4', 'zstd'] as const) {
    test(`a bomb in ${codec} is refused at the bound that was given`, () => {
      const entry = batchAt(bomb(codec, 1 << 20), 0);
      assert.ok(entry?.kind === 'batch');
      assert.throws(() => decodeBatch(entry, 1 << 19), DecodeError);
      assert.equal(decodeBatch(entry, 1 << 20).length, Math.floor((1 << 20) / 7));
    });
  }

  for (const { name, batch } of lyingSizes()) {
    test(`${name} is refused without taking that memory`, () => {
      const entry = batchAt(batch, 0);
      assert.ok(entry?.kind === 'batch');
      const before = process.memoryUsage().arrayBuffers;
      assert.throws(() => decodeBatch(entry, 64 << 20), DecodeError);
      const taken = process.memoryUsage().arrayBuffers - before;
      assert.ok(taken < 80 << 20, `${taken} bytes were taken`);
    });
  }
});
