/** Kafka's message definitions as its jars hold them. */
export interface RawField {
  name: string;
  type: string;
  versions: string;
  nullableVersions?: string;
  tag?: number;
  taggedVersions?: string;
  default?: string | number | boolean;
  fields?: RawField[];
}

export interface RawMessage {
  apiKey?: number;
  type: 'request' | 'response' | 'data' | 'header';
  name: string;
  listeners?: string[];
  validVersions: string;
  flexibleVersions: string;
  latestVersionUnstable?: boolean;
  fields: RawField[];
  commonStructs?: RawField[];
}

/** `3+` has no upper one. */
export function bounds(text: string): [number, number | undefined] {
  if (text.endsWith('+')) return [Number(text.slice(0, -1)), undefined];
  const [min, max] = text.split('-').map(Number);
  return [min ?? 0, max ?? min];
}

export function structFields(field: RawField, message: RawMessage): RawField[] | undefined {
  if (field.fields) return field.fields;
  const plain = field.type.replace('[]', '');
  return message.commonStructs?.find((struct) => struct.name === plain)?.fields;
}
