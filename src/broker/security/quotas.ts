/** Client quotas (KIP-546): which entities and values may be, and which entries a question means. What holds of them: `../quotas/`. Pure. */
import type { DescribeClientQuotasRequest } from '../../protocol/api/describe-client-quotas.js';
import type { QuotaMeta } from '../topics/meta-file.js';
import { twiceIn } from '../twice.js';

export type Entity = QuotaMeta['entity'];

/** Kafka's keys, and whether they take whole numbers only. */
const ofUsersAndClients: ReadonlyMap<string, 'whole' | 'any'> = new Map([
  ['producer_byte_rate', 'whole'],
  ['consumer_byte_rate', 'whole'],
  ['request_percentage', 'any'],
  ['controller_mutation_rate', 'any'],
]);
const ofAddresses: typeof ofUsersAndClients = new Map([['connection_creation_rate', 'whole']]);
/** A connection rate is an INT in Kafka, byte rates are LONGs. */
const INT_MAX = 2 ** 31 - 1;
const TYPES: readonly string[] = ['user', 'client-id', 'ip'];
/** Numbers of DescribeClientQuotas. */
export const match = { exact: 0, default: 1, specified: 2 } as const;

/** Why such an entity can have no quota, or undefined. */
export function refusalOfEntity(named: readonly { readonly entityType: string; readonly entityName: string | null }[]) {
  if (named.length === 0) return 'Invalid empty client quota entity';
  const types = named.map(({ entityType }) => entityType);
  const [twice] = twiceIn(types);
  if (twice !== undefined) return `Invalid client quota entity, duplicate entity entry ${twice}`;
  const strange = types.find((type) => !TYPES.includes(type));
  if (strange !== undefined) return `Unhandled client quota entity type: ${strange}`;
  const empty = named.find(({ entityName }) => entityName === '');
  if (empty !== undefined) return `Empty ${empty.entityType} not supported`;
  const address = named.find(({ entityType }) => entityType === 'ip');
  if (address === undefined) return undefined;
  if (types.length > 1)
    return 'Invalid quota entity combination, IP entity should not be combined with User or ClientId';
  if (address.entityName === null || isAddress(address.entityName)) return undefined;
  return `${address.entityName} is not a valid IP or resolvable host.`;
}

export function refusalOfValue(entity: Entity, key: string, value: number): string | undefined {
  const keys = 'ip' in entity ? ofAddresses : ofUsersAndClients;
  const kind = keys.get(key);
  if (kind === undefined) return `Invalid configuration key ${key}`;
  if (!(value > 0)) return `Quota ${key} must be greater than 0`;
  if (value === Number.POSITIVE_INFINITY) return `Proposed value for ${key} is too large.`;
  if (kind === 'whole' && value > ('ip' in entity ? INT_MAX : Number.MAX_SAFE_INTEGER)) {
    return `Proposed value for ${key} is too large.`;
  }
  return kind === 'whole' && Math.abs(value % 1) > 1e-6 ? `${key} cannot be a fractional value.` : undefined;
}

export function isSameEntity(one: Entity, other: Entity): boolean {
  const types = Object.keys(one);
  return types.length === Object.keys(other).length && types.every((type) => one[type] === other[type]);
}

/** Why the question cannot be answered, or undefined. */
export function refusalOfQuestion({ components }: DescribeClientQuotasRequest): string | undefined {
  const types = components.map(({ entityType }) => entityType);
  const [twice] = twiceIn(types);
  if (twice !== undefined) return `Duplicate ${twice} filter component entity type`;
  if (types.includes('')) return 'Unexpected empty filter component entity type';
  const strange = types.find((type) => !TYPES.includes(type));
  if (strange !== undefined) return `Unsupported entity type ${strange}`;
  if (types.includes('ip') && types.length > 1) {
    return 'Invalid entity filter component combination, IP filter component should not be used with user or clientId filter component.';
  }
  for (const { matchType, match: name } of components) {
    if (matchType === match.exact && name === null) return 'Request specified MATCH_TYPE_EXACT, but set match to null.';
    if (matchType === match.default && name !== null)
      return 'Request specified MATCH_TYPE_DEFAULT, but also specified a match string.';
    if (matchType === match.specified && name !== null)
      return 'Request specified MATCH_TYPE_SPECIFIED, but also specified a match string.';
    if (matchType < match.exact || matchType > match.specified) return `Unknown match type ${matchType}`;
  }
  return undefined;
}

/** Strict: the entity has no type that the question does not name. */
export function isMeant({ components, strict }: DescribeClientQuotasRequest, entity: Entity): boolean {
  if (strict && Object.keys(entity).length !== components.length) return false;
  return components.every(({ entityType, matchType, match: name }) => {
    const value = entity[entityType];
    if (value === undefined) return false;
    if (matchType === match.specified) return true;
    return matchType === match.default ? value === null : value === name;
  });
}

/** Names are not resolved here: that would ask the network. */
function isAddress(text: string): boolean {
  if (text.includes(':')) return /^[0-9a-fA-F:.]+$/.test(text);
  const parts = text.split('.');
  return parts.length === 4 && parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) <= 255);
}
