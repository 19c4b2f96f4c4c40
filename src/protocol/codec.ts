/**
 * Compiles the field tables of `api/` into encoders and decoders, once per table and version, for both directions.
 * Source: the Apache Kafka protocol guide; KIP-482 (flexible versions, tagged fields); KIP-511 (ApiVersions' header).
 */
import { invariant } from '../base/invariant.js';
import { DecodeError, Reader } from './reader.js';
import type { Api, Draft, Field, FieldType, Message, VersionRange } from './schema.js';
import { Writer } from './writer.js';

type Values = Record<string, unknown>;
type Encode = (writer: Writer, value: unknown) => void;
type Decode = (reader: Reader) => unknown;

const API_VERSIONS_KEY = 18;
const ZERO_UUID = 'AAAAAAAAAAAAAAAAAAAAAA';

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
  const writer = new Writer();
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
  const writer = new Writer();
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
  const reader = new Reader(frame);
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
  const reader = new Reader(frame, bodyAt);
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
  const reader = new Reader(bytes);
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

function framed(writer: Writer): Buffer[] {
  const length = Buffer.allocUnsafe(4);
  length.writeInt32BE(writer.length, 0);
  return [length, ...writer.finish()];
}

interface StructCodec {
  readonly encode: Encode;
  readonly decode: Decode;
}

/** Compiled tables, kept for the life of the process: as many as there are message versions in use. */
const compiled = new WeakMap<readonly Field[], Map<number, StructCodec>>();

function structCodec(fields: readonly Field[], version: number, flexible: boolean): StructCodec {
  let versions = compiled.get(fields);
  if (!versions) {
    versions = new Map();
    compiled.set(fields, versions);
  }
  let codec = versions.get(version);
  if (!codec) {
    codec = compileStruct(fields, version, flexible);
    versions.set(version, codec);
  }
  return codec;
}

interface Compiled {
  readonly name: string;
  readonly encode: Encode;
  readonly decode: Decode;
}

function compileStruct(fields: readonly Field[], version: number, flexible: boolean): StructCodec {
  const plain: Compiled[] = [];
  const tagged: (Compiled & { tag: number; isDefault: (value: unknown) => boolean })[] = [];
  const absent: { name: string; make: () => unknown }[] = [];
  for (const field of fields) {
    const isTagged = flexible && field.tag !== undefined && inRange(field.taggedVersions, version);
    if (!inRange(field.versions, version)) {
      absent.push({ name: field.name, make: defaultOf(field) });
    } else if (isTagged) {
      absent.push({ name: field.name, make: defaultOf(field) });
      tagged.push({ ...compileField(field, version, flexible), tag: field.tag ?? 0, isDefault: isDefaultOf(field) });
    } else {
      plain.push(compileField(field, version, flexible));
    }
  }
  tagged.sort((one, other) => one.tag - other.tag);

  const encode: Encode = (writer, value) => {
    const values = (value ?? {}) as Values;
    for (const field of plain) field.encode(writer, values[field.name]);
    if (!flexible) return;
    const present = tagged.filter((field) => !field.isDefault(values[field.name]));
    writer.unsignedVarint(present.length);
    for (const field of present) {
      const inner = new Writer(256);
      field.encode(inner, values[field.name]);
      writer.unsignedVarint(field.tag);
      writer.unsignedVarint(inner.length);
      writer.append(inner);
    }
  };

  const decode: Decode = (reader) => {
    const values: Values = {};
    for (const field of plain) values[field.name] = field.decode(reader);
    for (const field of absent) values[field.name] = field.make();
    if (!flexible) return values;
    const count = reader.unsignedVarint();
    for (let i = 0; i < count; i++) {
      const tag = reader.unsignedVarint();
      const size = reader.unsignedVarint();
      const known = tagged.find((field) => field.tag === tag);
      if (known) values[known.name] = known.decode(new Reader(reader.slice(size)));
      else reader.skip(size);
    }
    return values;
  };
  return { encode, decode };
}

function compileField(field: Field, version: number, flexible: boolean): Compiled {
  const nullable = inRange(field.nullable, version);
  const inner = field.fields
    ? compileStruct(field.fields, version, flexible)
    : scalarCodec(field.type as FieldType, flexible, nullable && !field.array);
  const make = defaultOf(field);
  const { name } = field;
  const withDefault = (encode: Encode): Encode => {
    return (writer, value) => {
      try {
        encode(writer, value === undefined ? make() : value);
      } catch (error) {
        if (error instanceof TypeError || error instanceof RangeError) {
          throw new TypeError(`field ${name}: ${error.message}`);
        }
        throw error;
      }
    };
  };
  if (field.array) {
    return {
      name,
      encode: withDefault((writer, value) => writeArray(writer, value, inner.encode, flexible, nullable, name)),
      decode: (reader) => readArray(reader, inner.decode, flexible, nullable, name),
    };
  }
  if (field.fields && nullable) {
    return {
      name,
      encode: withDefault((writer, value) => {
        writer.int8(value === null ? -1 : 1);
        if (value !== null) inner.encode(writer, value);
      }),
      decode: (reader) => (reader.int8() < 0 ? null : inner.decode(reader)),
    };
  }
  return { name, encode: withDefault(inner.encode), decode: inner.decode };
}

function writeArray(
  writer: Writer,
  value: unknown,
  item: Encode,
  flexible: boolean,
  nullable: boolean,
  name: string,
): void {
  if (value === null) {
    invariant(nullable, `${name} may not be null in this version`);
    if (flexible) writer.unsignedVarint(0);
    else writer.int32(-1);
    return;
  }
  const items = value as readonly unknown[];
  if (flexible) writer.unsignedVarint(items.length + 1);
  else writer.int32(items.length);
  for (const element of items) item(writer, element);
}

function readArray(reader: Reader, item: Decode, flexible: boolean, nullable: boolean, name: string): unknown {
  const count = flexible ? reader.unsignedVarint() - 1 : reader.int32();
  if (count < 0) {
    if (nullable && count === -1) return null;
    throw new DecodeError(`${name} may not be null`);
  }
  // Every element takes at least one byte, so a lying count cannot make us allocate more than the frame holds.
  if (count > reader.remaining) throw new DecodeError(`${name} claims ${count} elements in ${reader.remaining} bytes`);
  const items: unknown[] = [];
  for (let i = 0; i < count; i++) items.push(item(reader));
  return items;
}

function scalarCodec(type: FieldType, flexible: boolean, nullable: boolean): StructCodec {
  switch (type) {
    case 'bool':
      return { encode: (writer, value) => writer.int8(value ? 1 : 0), decode: (reader) => reader.int8() !== 0 };
    case 'int8':
      return { encode: (writer, value) => writer.int8(value as number), decode: (reader) => reader.int8() };
    case 'int16':
      return { encode: (writer, value) => writer.int16(value as number), decode: (reader) => reader.int16() };
    case 'uint16':
      return { encode: (writer, value) => writer.uint16(value as number), decode: (reader) => reader.uint16() };
    case 'int32':
      return { encode: (writer, value) => writer.int32(value as number), decode: (reader) => reader.int32() };
    case 'uint32':
      return { encode: (writer, value) => writer.uint32(value as number), decode: (reader) => reader.uint32() };
    case 'int64':
      return { encode: (writer, value) => writer.int64(value as bigint), decode: (reader) => reader.int64() };
    case 'float64':
      return { encode: (writer, value) => writer.float64(value as number), decode: (reader) => reader.float64() };
    case 'uuid':
      return {
        encode: (writer, value) => writer.raw(uuidBytes(value as string)),
        decode: (reader) => reader.slice(16).toString('base64url'),
      };
    case 'string':
      return {
        encode: (writer, value) => {
          invariant(value !== null || nullable, 'a string may not be null in this version');
          writeString(writer, value as string | null, flexible);
        },
        decode: (reader) => readString(reader, flexible, nullable),
      };
    case 'bytes':
    case 'records':
      return {
        encode: (writer, value) => writeBytes(writer, value as Uint8Array | null, flexible),
        decode: (reader) => readBytes(reader, flexible, nullable),
      };
  }
}

function uuidBytes(printed: string): Buffer {
  const bytes = Buffer.from(printed, 'base64url');
  invariant(bytes.length === 16, `"${printed}" is not a uuid in Kafka's printed form`);
  return bytes;
}

function writeString(writer: Writer, value: string | null, flexible: boolean): void {
  if (value === null) {
    if (flexible) writer.unsignedVarint(0);
    else writer.int16(-1);
    return;
  }
  const length = Buffer.byteLength(value);
  invariant(length <= 0x7fff, `a string of ${length} bytes is longer than the protocol allows`);
  if (flexible) writer.unsignedVarint(length + 1);
  else writer.int16(length);
  writer.utf8(value, length);
}

function readString(reader: Reader, flexible: boolean, nullable: boolean): string | null {
  const length = flexible ? reader.unsignedVarint() - 1 : reader.int16();
  if (length >= 0) return reader.utf8(length);
  if (nullable && length === -1) return null;
  throw new DecodeError('a string may not be null here');
}

function writeBytes(writer: Writer, value: Uint8Array | null, flexible: boolean): void {
  if (flexible) writer.unsignedVarint(value === null ? 0 : value.byteLength + 1);
  else writer.int32(value === null ? -1 : value.byteLength);
  if (value !== null) writer.raw(value);
}

function readBytes(reader: Reader, flexible: boolean, nullable: boolean): Buffer | null {
  const length = flexible ? reader.unsignedVarint() - 1 : reader.int32();
  if (length >= 0) return reader.slice(length);
  if (nullable && length === -1) return null;
  throw new DecodeError('bytes may not be null here');
}

function skipTags(reader: Reader): void {
  const count = reader.unsignedVarint();
  for (let i = 0; i < count; i++) {
    reader.unsignedVarint();
    reader.skip(reader.unsignedVarint());
  }
}

function inRange(range: VersionRange | undefined, version: number): boolean {
  return range !== undefined && version >= range.min && (range.max === undefined || version <= range.max);
}

/** A maker, not a value: arrays and structs must not be shared between messages. */
function defaultOf(field: Field): () => unknown {
  if (field.default !== undefined) return () => field.default;
  if (field.array) return () => [];
  switch (field.type) {
    case 'bool':
      return () => false;
    case 'int64':
      return () => 0n;
    case 'string':
      return () => '';
    case 'uuid':
      return () => ZERO_UUID;
    case 'bytes':
    case 'records':
      return () => Buffer.alloc(0);
    case 'struct':
      return structDefault(field.fields ?? []);
    default:
      return () => 0;
  }
}

function structDefault(fields: readonly Field[]): () => Values {
  const makers = fields.map((field) => [field.name, defaultOf(field)] as const);
  return () => Object.fromEntries(makers.map(([name, make]) => [name, make()]));
}

/** Tagged fields at their default are not written (KIP-482). */
function isDefaultOf(field: Field): (value: unknown) => boolean {
  if (field.array && field.default === undefined) {
    return (value) => value === undefined || (value !== null && (value as readonly unknown[]).length === 0);
  }
  if (field.type === 'struct' && field.default === undefined) {
    const inner = (field.fields ?? []).map((each) => [each.name, isDefaultOf(each)] as const);
    return (value) =>
      value === undefined || (value !== null && inner.every(([name, same]) => same((value as Values)[name])));
  }
  const plain = defaultOf(field)();
  return (value) => value === undefined || value === plain;
}
