/** `consumer.offset.group.filters`: which consumer groups have their offsets synced. By names of the source. */
import type { Result } from '../base/result.js';
import { type NameFilters, noFilters, parseNameFilters, selectsName } from './name-filters.js';

export type GroupFilters = NameFilters;

export const noGroups: GroupFilters = noFilters;

/** The empty text is the default: no group. */
export function parseGroupFilters(text: string): Result<GroupFilters, string> {
  return parseNameFilters(text, { field: 'groupFilters', what: 'group' });
}

export function selectsGroup(filters: GroupFilters, group: string): boolean {
  return selectsName(filters, group);
}

/** The groups that are chosen one by one. */
export function namedGroups(filters: GroupFilters): readonly string[] {
  const named = filters.filters.filter(({ name, pattern }) => pattern === 'LITERAL' && name !== '*');
  return [...new Set(named.map(({ name }) => name))].filter((name) => selectsGroup(filters, name));
}
