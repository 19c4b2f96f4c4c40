/**
 * `acl.filters`: which ACLs of the source are brought to the destination. Exclude wins; no filter, no ACL. Takes the published
 * form and that of older guides. Refuses what it does not know, so that a misspelt filter never brings too much or too
 * little in silence. Spec: docs/spec/acls.md.
 */
import { fail, ok, type Result } from '../base/result.js';
import { type Acl, aclOperationNames, aclPermissionTypes, aclResourceTypes } from './acl.js';

const ANY = 'ANY';
const patternWords = [ANY, 'LITERAL', 'PREFIXED', 'MATCH'] as const;
const effects = ['INCLUDE', 'EXCLUDE'] as const;
const resourceWords = [ANY, ...aclResourceTypes] as const;
const operationWords = [ANY, ...aclOperationNames] as const;
const permissionWords = [ANY, ...aclPermissionTypes] as const;

export interface AclSyncFilter {
  readonly effect: (typeof effects)[number];
  readonly resourceType: (typeof resourceWords)[number];
  /** `MATCH`: whatever reaches the name, by `*` and prefixes too. */
  readonly pattern: (typeof patternWords)[number];
  /** Undefined: of any name, principal, host. */
  readonly name: string | undefined;
  readonly operation: (typeof operationWords)[number];
  readonly permission: (typeof permissionWords)[number];
  readonly principal: string | undefined;
  readonly host: string | undefined;
}

export interface AclFilters {
  readonly filters: readonly AclSyncFilter[];
  /** One sentence for each spelling that is accepted although another is published today. */
  readonly notes: readonly string[];
}

export const noAcls: AclFilters = { filters: [], notes: [] };

const EXAMPLE =
  '{"aclFilters": [{"resourceFilter": {"resourceType": "any", "patternType": "any"}, ' +
  '"accessFilter": {"operation": "any", "permissionType": "any"}}]}';

/** The empty text is the default: no ACL. */
export function parseAclFilters(text: string): Result<AclFilters, string> {
  if (text.trim() === '') return ok(noAcls);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return fail(`it is not JSON: ${error instanceof Error ? error.message : String(error)}.`);
  }
  if (!isRecord(value) || !Array.isArray(value.aclFilters)) return fail(`it must be an object like ${EXAMPLE}.`);
  const strange = Object.keys(value).find((key) => key !== 'aclFilters');
  if (strange !== undefined) return fail(`it has an unknown field "${strange}"; it has aclFilters only.`);
  const filters: AclSyncFilter[] = [];
  const notes: string[] = [];
  for (const [index, entry] of value.aclFilters.entries()) {
    const parsed = parseFilter(entry, `aclFilters[${index}]`, notes);
    if (!parsed.ok) return parsed;
    filters.push(parsed.value);
  }
  return ok({ filters, notes });
}

/** Exclude wins over include, in whatever order they stand. */
export function selectsAcl({ filters }: AclFilters, acl: Acl): boolean {
  const matching = filters.filter((filter) => matches(filter, acl));
  return matching.length > 0 && matching.every((filter) => filter.effect === 'INCLUDE');
}

function matches(filter: AclSyncFilter, acl: Acl): boolean {
  return (
    (filter.resourceType === ANY || filter.resourceType === acl.resourceType) &&
    namesResource(filter, acl) &&
    (filter.operation === ANY || filter.operation === acl.operation) &&
    (filter.permission === ANY || filter.permission === acl.permission) &&
    (filter.principal === undefined || filter.principal === acl.principal) &&
    (filter.host === undefined || filter.host === acl.host)
  );
}

function namesResource({ pattern, name }: AclSyncFilter, acl: Acl): boolean {
  if (pattern === 'MATCH') {
    if (name === undefined) return true;
    const { resourceName } = acl;
    return acl.pattern === 'PREFIXED' ? name.startsWith(resourceName) : resourceName === name || resourceName === '*';
  }
  if (pattern !== ANY && pattern !== acl.pattern) return false;
  return name === undefined || name === acl.resourceName;
}

function parseFilter(entry: unknown, place: string, notes: string[]): Result<AclSyncFilter, string> {
  const fields = fieldsOf(entry, place, ['resourceFilter', 'accessFilter']);
  if (!fields.ok) return fields;
  // Without it any access is meant: older guides leave it out.
  const { resourceFilter, accessFilter = {} } = fields.value;
  const resource = fieldsOf(resourceFilter, `${place}.resourceFilter`, [
    'resourceType',
    'patternType',
    'name',
    'filterType',
  ]);
  if (!resource.ok) return resource;
  const access = fieldsOf(accessFilter, `${place}.accessFilter`, ['operation', 'permissionType', 'principal', 'host']);
  if (!access.ok) return access;
  const parts = { ...resource.value, ...access.value };
  const where = (name: string) =>
    `${place}.${name in access.value || accessFields.has(name) ? 'accessFilter' : 'resourceFilter'}.${name}`;
  const chosen = {
    resourceType: oneOf(parts.resourceType, resourceWords, where('resourceType')),
    pattern: oneOf(spelt(parts.patternType, where('patternType'), notes), patternWords, where('patternType')),
    effect: oneOf(parts.filterType ?? 'INCLUDE', effects, where('filterType')),
    operation: oneOf(parts.operation, operationWords, where('operation')),
    permission: oneOf(parts.permissionType, permissionWords, where('permissionType')),
    name: textOf(parts.name, where('name')),
    principal: textOf(parts.principal, where('principal')),
    host: textOf(parts.host, where('host')),
  };
  const { resourceType, pattern, effect, operation, permission, name, principal, host } = chosen;
  if (!resourceType.ok) return resourceType;
  if (!pattern.ok) return pattern;
  if (!effect.ok) return effect;
  if (!operation.ok) return operation;
  if (!permission.ok) return permission;
  if (!name.ok) return name;
  if (!principal.ok) return principal;
  if (!host.ok) return host;
  if (principal.value !== undefined && !/^[^:\s]+:.+$/.test(principal.value)) {
    return fail(`${where('principal')} must be like "User:name".`);
  }
  // LITERAL without a name was written to bring all ACLs, whatever their pattern.
  const every = pattern.value === 'LITERAL' && name.value === undefined;
  return ok({
    effect: effect.value,
    resourceType: resourceType.value,
    pattern: every ? ANY : pattern.value,
    name: name.value,
    operation: operation.value,
    permission: permission.value,
    principal: principal.value,
    host: host.value,
  });
}

const accessFields: ReadonlySet<string> = new Set(['operation', 'permissionType', 'principal', 'host']);

function fieldsOf(value: unknown, place: string, names: readonly string[]): Result<Record<string, unknown>, string> {
  if (!isRecord(value)) return fail(`${place} must be an object with ${names.join(', ')}.`);
  const strange = Object.keys(value).find((key) => !names.includes(key));
  if (strange === undefined) return ok(value);
  return fail(`${place} has an unknown field "${strange}"; it may have ${names.join(', ')}.`);
}

function spelt(given: unknown, place: string, notes: string[]): unknown {
  if (typeof given !== 'string' || given.toUpperCase() !== 'PREFIX') return given;
  notes.push(`${place}: PREFIX is written PREFIXED today.`);
  return 'PREFIXED';
}

/** In any case; left out: any. */
function oneOf<W extends string>(given: unknown, words: readonly W[], place: string): Result<W, string> {
  const text = given ?? ANY;
  const found = typeof text === 'string' ? words.find((each) => each === text.toUpperCase()) : undefined;
  return found === undefined
    ? fail(`${place} must be one of ${words.join(', ')}, not ${JSON.stringify(given)}.`)
    : ok(found);
}

function textOf(given: unknown, place: string): Result<string | undefined, string> {
  if (given === undefined) return ok(undefined);
  return typeof given === 'string' && given !== '' ? ok(given) : fail(`${place} must be a text that is not empty.`);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
