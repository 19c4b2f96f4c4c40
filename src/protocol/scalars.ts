/** How a single value of each type stands in a frame, in either direction. Source: the Apache Kafka protocol guide. */
import { invariant } from '../base/invariant.js';
import { DecodeError, type Reader } from './reader.js';
import type { FieldType } from './schema.js';
import type { Writer } from './writer.js';

const STRING_BYTES_MAX = 0x7fff;
/** Of at most three bytes each: what a string may have. */
const MESSAGE_CHARACTERS_MAX = Math.floor(STRING_BYTES_MAX / 3);

export type Encode = (writer: Writer, value: unknown) => void;
export type Decode = (reader: Reader) => unknown;

export interface FieldCodec {
  readonly encode: Encode;
  readonly decode: Decode;
}

export function scalarCodec(type: FieldType, flexible: boolean, nullable: boolean): FieldCodec {
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

/** Words for people. They quote what the other side sent, which may be as long as the protocol allows: then they are cut. */
export function messageCodec(flexible: boolean, nullable: boolean): FieldCodec {
  const { encode, decode } = scalarCodec('string', flexible, nullable);
  return {
    encode: (writer, value) => {
      const isLong = typeof value === 'string' && value.length > MESSAGE_CHARACTERS_MAX;
      encode(writer, isLong ? `${value.slice(0, MESSAGE_CHARACTERS_MAX - 1)}…` : value);
    },
    decode,
  };
}

function uuidBytes(printed: string): Buffer {
  const bytes = Buffer.from(printed, 'base64url');
  invariant(bytes.length === 16, `"${printed}" is not a uuid in Kafka's printed form`);
  return bytes;
}

export function writeString(writer: Writer, value: string | null, flexible: boolean): void {
  if (value === null) {
    if (flexible) writer.unsignedVarint(0);
    else writer.int16(-1);
    return;
  }
  const length = Buffer.byteLength(value);
  invariant(length <= STRING_BYTES_MAX, `a string of ${length} bytes is longer than the protocol allows`);
  if (flexible) writer.unsignedVarint(length + 1);
  else writer.int16(length);
  writer.utf8(value, length);
}

export function readString(reader: Reader, flexible: boolean, nullable: boolean): string | null {
  const length = flexible ? reader.unsignedVarint() - 1 : reader.int16();
  if (length >= 0) {
    const text = reader.utf8(length);
    // What is not UTF-8 becomes replacement characters of three bytes each, and an answer has to be able to repeat it.
    if (length > MESSAGE_CHARACTERS_MAX && Buffer.byteLength(text) > STRING_BYTES_MAX) {
      throw new DecodeError(`a string of ${length} bytes that is too long, or not UTF-8`);
    }
    return text;
  }
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
