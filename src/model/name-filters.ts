/**
 * The published filters that choose things by name: consumer groups, source topics. Exclude wins; no filter, nothing.
 * Refuses what it does not know, so that a misspelt filter never chooses too much or too little in silence.
 */
import { fail, ok, type Result } from '../base/result.js';

export interface NameFilter {
  readonly name: string;
  readonly pattern: 'LITERAL' | 'PREFIXED';
  readonly effect: 'INCLUDE' | 'EXCLUDE';
}

export interface NameFilters {
  readonly filters: readonly NameFilter[];
  /** One sentence for each spelling that is accepted although another is published today. */
  readonly notes: readonly string[];
}

export const noFilters: NameFilters = { filters: [], notes: [] };

/** The empty text is the default: nothing. `field` holds them in the JSON, `what` they choose. */
export function parseNameFilters(
  text: string,
  { field, what }: { readonly field: string; readonly what: string },
): Result<NameFilters, string> {
  if (text.trim() === '') return ok(noFilters);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return fail(`it is not JSON: ${error instanceof Error ? error.message : String(error)}.`);
  }
  const entries = isRecord(value) ? value[field] : undefined;
  if (!isRecord(value) || !Array.isArray(entries)) {
    return fail(`it must be an object like {"${field}": [{"name": "*", "patternType": "LITERAL"}]}.`);
  }
  const strange = Object.keys(value).find((key) => key !== field);
  if (strange !== undefined) return fail(`it has an unknown field "${strange}".`);
  const filters: NameFilter[] = [];
  const notes: string[] = [];
  for (const [index, entry] of entries.entries()) {
    const parsed = parseFilter(entry, { place: `${field}[${index}]`, what }, notes);
    if (!parsed.ok) return parsed;
    filters.push(parsed.value);
  }
  return ok({ filters, notes });
}

/** Exclude wins over include, in whatever order they stand. */
export function selectsName({ filters }: NameFilters, name: string): boolean {
  const matching = filters.filter((filter) => matches(filter, name));
  return matching.length > 0 && matching.every((filter) => filter.effect === 'INCLUDE');
}

/** Is it chosen by its own name, not by a pattern? */
export function namesLiterally(choice: NameFilters, name: string): boolean {
  if (!selectsName(choice, name)) return false;
  return choice.filters.some((filter) => filter.pattern === 'LITERAL' && filter.name === name);
}

function matches({ name, pattern }: NameFilter, found: string): boolean {
  if (name === '*') return true;
  return pattern === 'LITERAL' ? found === name : found.startsWith(name);
}

function parseFilter(
  entry: unknown,
  { place, what }: { readonly place: string; readonly what: string },
  notes: string[],
): Result<NameFilter, string> {
  if (!isRecord(entry)) return fail(`${place} must be an object.`);
  const { name, patternType = 'LITERAL', filterType = 'INCLUDE', ...others } = entry;
  const [strange] = Object.keys(others);
  if (strange !== undefined) return fail(`${place} has an unknown field "${strange}".`);
  if (typeof name !== 'string' || name === '') return fail(`${place}.name must be the name of a ${what}, or "*".`);
  const pattern = typeof patternType === 'string' ? patternType.toUpperCase() : patternType;
  if (pattern === 'PREFIX') notes.push(`${place}.patternType: PREFIX is written PREFIXED today.`);
  else if (pattern !== 'LITERAL' && pattern !== 'PREFIXED') {
    return fail(`${place}.patternType must be LITERAL or PREFIXED.`);
  }
  const effect = typeof filterType === 'string' ? filterType.toUpperCase() : filterType;
  if (effect !== 'INCLUDE' && effect !== 'EXCLUDE') return fail(`${place}.filterType must be INCLUDE or EXCLUDE.`);
  return ok({ name, pattern: pattern === 'LITERAL' ? 'LITERAL' : 'PREFIXED', effect });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
