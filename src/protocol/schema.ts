/**
 * Kafka's wire format as data. An API is one constant (one file below `api/`, imported from Kafka's own message
 * definitions by tools/import-messages.ts); `codec.ts` compiles it once into encoders and decoders per version.
 *
 * How values look in TypeScript: int64 is bigint; every smaller integer, float64 is number; uuid is its printed form
 * (22 characters of base64url); bytes and records are Buffer; nullable fields may be null. A field outside its
 * version range is left out when writing and has its default when reading. A decoded Buffer is a slice of the frame.
 */
export type FieldType =
  | 'bool'
  | 'int8'
  | 'int16'
  | 'uint16'
  | 'int32'
  | 'uint32'
  | 'int64'
  | 'float64'
  | 'string'
  | 'uuid'
  | 'bytes'
  | 'records';

/** Inclusive range of versions; `max` undefined means "and all later ones". */
export interface VersionRange {
  readonly min: number;
  readonly max?: number | undefined;
}

export interface Field {
  readonly name: string;
  readonly type: FieldType | 'struct';
  /** True: an array of `type`. */
  readonly array?: boolean;
  readonly versions: VersionRange;
  readonly nullable?: VersionRange;
  /** Set when the field travels as a tagged field in `taggedVersions`. */
  readonly tag?: number;
  readonly taggedVersions?: VersionRange;
  /** Zero, '', false, empty or null when not given. */
  readonly default?: unknown;
  /** Only for `struct`. */
  readonly fields?: readonly Field[];
}

/** `Q` and `S` are the decoded shapes of request and response; they exist only for the type checker. */
export interface Api<Q, S> {
  readonly key: number;
  readonly name: string;
  /** What we can read and write. */
  readonly versions: { readonly min: number; readonly max: number };
  /** First version with compact lengths and tagged fields; undefined when there is none. */
  readonly flexibleFrom: number | undefined;
  readonly request: readonly Field[];
  readonly response: readonly Field[];
  readonly _shapes?: readonly [Q, S];
}

/** What an encoder takes: every field may be left out and then has its default. */
export type Draft<T> = T extends bigint | number | string | boolean | null | undefined | Buffer
  ? T
  : T extends readonly (infer E)[]
    ? readonly Draft<E>[]
    : { readonly [K in keyof T]?: Draft<T[K]> };

/** A message that travels inside a bytes field and carries its own version. */
export interface Message<T> {
  readonly name: string;
  readonly versions: { readonly min: number; readonly max: number };
  readonly flexibleFrom: number | undefined;
  readonly fields: readonly Field[];
  readonly _shape?: T;
}
