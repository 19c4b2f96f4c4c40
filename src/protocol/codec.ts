/**
 * Requests and answers as frames, and messages inside bytes fields, in both directions: headers here, bodies by the compiled
 * field tables. Source: the Apache Kafka protocol guide; KIP-482 (flexible versions); KIP-511 (ApiVersions' header).
 */
import { invariant } from '../base/invariant.js';
import { DecodeError, Reader } from './reader.js';
import { readString, writeString } from './scalars.js';
import type { Api, Draft, Message } from './schema.js';
import { structCodec } from './struct-codec.js';
import { Writer } from './writer.js';

const API_VERSIONS_KEY = 18;
const LENGTH_BYTES = 4;
/** Of all arrays of a request together: far above what any client asks in one, far below what would fill the memory. */
export const REQUEST_ELEMENTS_MAX = 1 << 20;
/** The metadata of a cluster at Kafka's limits has some million. */
export const RESPONSE_ELEMENTS_MAX = 1 << 23;

export interface RequestHeader {
  readonly apiKey: number;
  readonly version: number;
  readonly correlationId: number;
  readonly clientId: string | null;
}

/** A request frame with its length in front, as chunks in order. Record buffers are passed on by reference. */
export function encodeRequest<Q, S>(
  api: Api<Q, S>,
  version: number,
  header: { readonly correlationId: number; readonly clientId: string | null },
  body: Draft<Q>,
): Buffer[] {
  checkVersion(api, version);
  const writer = frameWriter();
  writer.int16(api.key);
  writer.int16(version);
  writer.int32(header.correlationId);
  writeString(writer, header.clientId, false);
  if (isFlexible(api, version)) writer.unsignedVarint(0);
  structCodec(api.request, version, isFlexible(api, version)).encode(writer, body);
  return framed(writer);
}

/** A response frame with its length in front, as chunks in order. */
export function encodeResponse<Q, S>(api: Api<Q, S>, version: number, correlationId: number, body: Draft<S>): Buffer[] {
  checkVersion(api, version);
  const writer = frameWriter();
  writer.int32(correlationId);
  if (hasTaggedResponseHeader(api, version)) writer.unsignedVarint(0);
  structCodec(api.response, version, isFlexible(api, version)).encode(writer, body);
  return framed(writer);
}

/** `frame` is without its length. Throws DecodeError. */
export function decodeResponse<Q, S>(
  api: Api<Q, S>,
  version: number,
  frame: Buffer,
): { readonly correlationId: number; readonly body: S } {
  checkVersion(api, version);
  const reader = new Reader(frame, 0, { left: RESPONSE_ELEMENTS_MAX });
  const correlationId = reader.int32();
  if (hasTaggedResponseHeader(api, version)) skipTags(reader);
  return { correlationId, body: structCodec(api.response, version, isFlexible(api, version)).decode(reader) as S };
}

/**
 * The part of a request's header that can be read without knowing the API, and where the rest begins.
 * Throws DecodeError.
 */
export function peekRequest(frame: Buffer): { readonly header: RequestHeader; readonly bodyAt: number } {
  const reader = new Reader(frame);
  const apiKey = reader.int16();
  const version = reader.int16();
  const correlationId = reader.int32();
  const clientId = readString(reader, false, true);
  return { header: { apiKey, version, correlationId, clientId }, bodyAt: reader.position };
}

/** `bodyAt` as `peekRequest` gave it; skips the header's tags where this version has them. Throws DecodeError. */
export function decodeRequest<Q, S>(api: Api<Q, S>, version: number, frame: Buffer, bodyAt: number): Q {
  checkVersion(api, version);
  const reader = new Reader(frame, bodyAt, { left: REQUEST_ELEMENTS_MAX });
  if (isFlexible(api, version)) skipTags(reader);
  return structCodec(api.request, version, isFlexible(api, version)).decode(reader) as Q;
}

/** A message kept inside a bytes field (a group's subscription, say): its version as int16, then its fields. */
export function encodeMessage<T>(message: Message<T>, version: number, body: Draft<T>): Buffer {
  const writer = new Writer();
  writer.int16(version);
  structCodec(message.fields, version, flexibleAt(message.flexibleFrom, version)).encode(writer, body);
  return Buffer.concat(writer.finish());
}

/** A newer version is read as the newest we know, as Kafka's own clients do. Throws DecodeError. */
export function decodeMessage<T>(message: Message<T>, bytes: Buffer): { readonly version: number; readonly body: T } {
  const reader = new Reader(bytes, 0, { left: REQUEST_ELEMENTS_MAX });
  const version = reader.int16();
  if (version < message.versions.min) throw new DecodeError(`${message.name} version ${version} is unknown`);
  const known = Math.min(version, message.versions.max);
  const body = structCodec(message.fields, known, flexibleAt(message.flexibleFrom, known)).decode(reader) as T;
  return { version, body };
}

export function isFlexible(api: Pick<Api<unknown, unknown>, 'flexibleFrom'>, version: number): boolean {
  return flexibleAt(api.flexibleFrom, version);
}

function flexibleAt(flexibleFrom: number | undefined, version: number): boolean {
  return flexibleFrom !== undefined && version >= flexibleFrom;
}

/** KIP-511: the ApiVersions answer is read before versions are agreed, so its header never carries tags. */
function hasTaggedResponseHeader(api: Api<never, never> | Api<unknown, unknown>, version: number): boolean {
  return api.key !== API_VERSIONS_KEY && isFlexible(api, version);
}

function checkVersion(api: { name: string; versions: { min: number; max: number } }, version: number): void {
  invariant(version >= api.versions.min && version <= api.versions.max, `${api.name} has no version ${version}`);
}

/** Begins with room for the frame's length: a chunk of its own would cost as much to write as any other. */
function frameWriter(): Writer {
  const writer = new Writer();
  writer.int32(0);
  return writer;
}

function framed(writer: Writer): Buffer[] {
  const chunks = writer.finish();
  const [first] = chunks;
  invariant(first !== undefined, 'a frame begins with its length');
  first.writeInt32BE(writer.length - LENGTH_BYTES, 0);
  return chunks;
}

function skipTags(reader: Reader): void {
  const count = reader.unsignedVarint();
  for (let i = 0; i < count; i++) {
    reader.unsignedVarint();
    reader.skip(reader.unsignedVarint());
  }
}
