/** Published: records to be written, and what became of each. Bytes travel as base64, as JSON or as text. */
import { z } from 'zod';
import type { NewRecord } from '../ports.js';
import { int64, word } from './common.js';

const dataTypes = ['BINARY', 'JSON', 'STRING'] as const;
const ofType = 'it must be BINARY, JSON or STRING; what needs a schema registry is not written here';
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const notBase64 = 'it must be base64';

const data = z
  .strictObject({
    type: z.enum(dataTypes, ofType).describe('How `data` is written: as base64, as JSON or as text.'),
    data: z
      .unknown()
      .optional()
      .meta({ type: ['string', 'number', 'boolean', 'object', 'array', 'null'] })
      .describe('Null or left out: null, whatever the type.'),
  })
  .transform(({ type, data: given }, context) => {
    if (given === undefined || given === null) return { type, bytes: null };
    const bytes = bytesOf(type, given);
    if (typeof bytes !== 'string') return { type, bytes };
    context.addIssue({ code: 'custom', path: ['data'], message: bytes });
    return z.NEVER;
  })
  .meta({ id: 'ProduceRequestData', description: 'A key or a value.' });

/** A string: why it cannot be. */
function bytesOf(type: (typeof dataTypes)[number], given: unknown): Buffer | string {
  switch (type) {
    case 'STRING':
      return typeof given === 'string' ? Buffer.from(given, 'utf8') : 'it must be a string';
    case 'BINARY':
      return typeof given === 'string' && BASE64.test(given) ? Buffer.from(given, 'base64') : notBase64;
    case 'JSON':
      return changedNumber(given) ? 'it has a number that would be changed: write it as a STRING' : json(given);
  }
}

function json(given: unknown): Buffer {
  return Buffer.from(JSON.stringify(given), 'utf8');
}

/** JavaScript reads an integer beyond 2⁵³ as another one, and one that is too large as none. */
function changedNumber(value: unknown): boolean {
  if (typeof value === 'number')
    return !Number.isFinite(value) || (Number.isInteger(value) && !Number.isSafeInteger(value));
  return typeof value === 'object' && value !== null && Object.values(value).some(changedNumber);
}

export interface GivenRecord extends NewRecord {
  readonly keyType: string | undefined;
  readonly valueType: string | undefined;
}

const newRecord = z
  .strictObject({
    partition_id: z.int().min(0).nullish().describe('Left out: by its key, or any.'),
    headers: z
      .array(
        z.strictObject({
          name: z.string().describe('Its name.'),
          value: z.string().regex(BASE64, notBase64).nullish().describe('As base64; null or left out: null.'),
        }),
      )
      .optional()
      .describe('Its headers, in order.'),
    key: data.nullish().describe('Left out: it has none.'),
    value: data.nullish().describe('Left out: it has none.'),
    timestamp: z.iso
      .datetime({ offset: true, error: 'it must be a time as in RFC 3339' })
      .nullish()
      .describe('Left out: now.'),
  })
  .transform(
    (given): GivenRecord => ({
      partition: given.partition_id ?? undefined,
      headers: (given.headers ?? []).map(({ name, value }) => {
        return { key: name, value: value == null ? null : Buffer.from(value, 'base64') };
      }),
      key: given.key?.bytes ?? null,
      value: given.value?.bytes ?? null,
      timestampMs: given.timestamp == null ? undefined : BigInt(Date.parse(given.timestamp)),
      keyType: given.key?.type,
      valueType: given.value?.type,
    }),
  )
  .meta({ id: 'ProduceRequest', description: 'A record to be written; others may follow it in the same body.' });

export const newRecords = z.array(newRecord).min(1, 'The body holds no record.');

const written = z
  .strictObject({
    size: z.int().nullable().describe('In bytes; null: null.'),
    type: word(dataTypes).describe('As it was given.'),
  })
  .meta({ id: 'ProduceResponseData', description: 'A key or a value that was written.' });

const report = z
  .strictObject({
    error_code: z.int().describe('200: it is written at all in-sync replicas; else why not, as in a Problem.'),
    message: z.string().optional().describe('What is wrong; of records that are written there is none.'),
    cluster_id: z.string().describe('The cluster.'),
    topic_name: z.string().describe('The topic.'),
    partition_id: z.int().optional().describe('Where it is written.'),
    offset: int64.optional().describe('Where it is written; -1: known to be, but not where.'),
    timestamp: z.string().optional().describe('Its time as RFC 3339: as given, or the time of the broker.'),
    key: written.optional().describe('What was given as key.'),
    value: written.optional().describe('What was given as value.'),
  })
  .meta({
    id: 'ProduceResponse',
    description:
      'What became of a record. Of several records each has its own, one after another and each on its line.',
  });

export const reports = z.array(report);
