/**
 * `consumer.offset.group.filters`: which consumer groups have their offsets synced. Exclude wins; no filter, no group.
 * Refuses what it does not know, so that a misspelt filter never syncs too much or too little in silence.
 */
import { fail, ok, type Result } from '../base/result.js';

export interface GroupFilter {
  readonly name: string;
  readonly pattern: 'LITERAL' | 'PREFIXED';
  readonly effect: 'INCLUDE' | 'EXCLUDE';
}

export interface GroupFilters {
  readonly filters: readonly GroupFilter[];
  /** One sentence for each spelling that is accepted although another is published today. */
  readonly notes: readonly string[];
}

export const noGroups: GroupFilters = { filters: [], notes: [] };

/** The empty text is the default: no group. */
export function parseGroupFilters(text: string): Result<GroupFilters, string> {
  if (text.trim() === '') return ok(noGroups);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return fail(`it is not JSON: ${error instanceof Error ? error.message : String(error)}.`);
  }
  if (!isRecord(value) || !Array.isArray(value.groupFilters)) {
    return fail('it must be an object like {"groupFilters": [{"name": "*", "patternType": "LITERAL"}]}.');
  }
  const strange = Object.keys(value).find((key) => key !== 'groupFilters');
  if (strange !== undefined) return fail(`it has an unknown field "${strange}".`);
  const filters: GroupFilter[] = [];
  const notes: string[] = [];
  for (const [index, entry] of value.groupFilters.entries()) {
    const parsed = parseFilter(entry, `groupFilters[${index}]`, notes);
    if (!parsed.ok) return parsed;
    filters.push(parsed.value);
  }
  return ok({ filters, notes });
}

/** Exclude wins over include, in whatever order they stand. */
export function selectsGroup({ filters }: GroupFilters, group: string): boolean {
  const matching = filters.filter((filter) => matches(filter, group));
  return matching.length > 0 && matching.every((filter) => filter.effect === 'INCLUDE');
}

/** The groups that are chosen one by one. */
export function namedGroups(filters: GroupFilters): readonly string[] {
  const named = filters.filters.filter(({ name, pattern }) => pattern === 'LITERAL' && name !== '*');
  return [...new Set(named.map(({ name }) => name))].filter((name) => selectsGroup(filters, name));
}

function matches({ name, pattern }: GroupFilter, group: string): boolean {
  if (name === '*') return true;
  return pattern === 'LITERAL' ? group === name : group.startsWith(name);
}

function parseFilter(entry: unknown, place: string, notes: string[]): Result<GroupFilter, string> {
  if (!isRecord(entry)) return fail(`${place} must be an object.`);
  const { name, patternType = 'LITERAL', filterType = 'INCLUDE', ...others } = entry;
  const [strange] = Object.keys(others);
  if (strange !== undefined) return fail(`${place} has an unknown field "${strange}".`);
  if (typeof name !== 'string' || name === '') return fail(`${place}.name must be the name of a group, or "*".`);
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
