/** Where two compared answers differ: paths like `responses[0].errorCode`, with both values. */
export interface Unlike {
  readonly path: string;
  readonly reference: unknown;
  readonly other: unknown;
}

export function unlikes(reference: unknown, other: unknown, path = ''): Unlike[] {
  if (Object.is(reference, other)) return [];
  if (Array.isArray(reference) && Array.isArray(other)) {
    const pairs = reference.flatMap((each, i) => (i < other.length ? unlikes(each, other[i], `${path}[${i}]`) : []));
    const lengths = unlikes(reference.length, other.length, `${path}.length`);
    return lengths.length > 0 ? [{ path, reference, other }] : pairs;
  }
  if (isPlain(reference) && isPlain(other)) {
    const names = [...new Set([...Object.keys(reference), ...Object.keys(other)])];
    return names.flatMap((name) => unlikes(reference[name], other[name], path === '' ? name : `${path}.${name}`));
  }
  return [{ path, reference, other }];
}

/** Without the numbers in it: the same field of any entry. */
export function fieldOf(path: string): string {
  return path.replaceAll(/\[\d+\]/g, '[]');
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
