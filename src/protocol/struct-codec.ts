/**
 * Compiles the field tables of `api/` into encoders and decoders, once per table and version.
 * Source: the Apache Kafka protocol guide; KIP-482 (tagged fields).
 */
import { invariant } from '../base/invariant.js';
import { DecodeError, Reader } from './reader.js';
import { type Decode, type Encode, type FieldCodec, messageCodec, scalarCodec } from './scalars.js';
import type { Field, FieldType, VersionRange } from './schema.js';
import { Writer } from './writer.js';

type Values = Record<string, unknown>;

/** Fields with words for people. */
const MESSAGES = new Set(['errorMessage', 'batchIndexErrorMessage']);

const ZERO_UUID = 'AAAAAAAAAAAAAAAAAAAAAA';

/** Compiled tables, kept for the life of the process: as many as there are message versions in use. */
const compiled = new WeakMap<readonly Field[], Map<number, FieldCodec>>();

export function structCodec(fields: readonly Field[], version: number, flexible: boolean): FieldCodec {
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

function compileStruct(fields: readonly Field[], version: number, flexible: boolean): FieldCodec {
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
      if (known) values[known.name] = known.decode(new Reader(reader.slice(size), 0, reader.elements));
      else reader.skip(size);
    }
    return values;
  };
  return { encode, decode };
}

function compileField(field: Field, version: number, flexible: boolean): Compiled {
  const nullable = inRange(field.nullable, version);
  const { name } = field;
  const inner = field.fields
    ? compileStruct(field.fields, version, flexible)
    : MESSAGES.has(name)
      ? messageCodec(flexible, nullable)
      : scalarCodec(field.type as FieldType, flexible, nullable && !field.array);
  const make = defaultOf(field);
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
  // An element of one byte becomes an object of a hundred and more.
  reader.elements.left -= count;
  if (reader.elements.left < 0) throw new DecodeError(`${name} has more elements than a message may have`);
  const items: unknown[] = [];
  for (let i = 0; i < count; i++) items.push(item(reader));
  return items;
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
