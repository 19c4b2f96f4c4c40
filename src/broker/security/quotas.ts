/** Client quotas (KIP-546): which entities and values may be, and which entries a question means. What holds of them: `../quotas/`. Pure. */
import type { DescribeClientQuotasRequest } from '../../protocol/api/describe-client-quotas.js';
import { errorCode } from '../../protocol/errors.js';
import type { QuotaMeta } from '../topics/meta-file.js';

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
const LONG_MAX = 2 ** 63;
/** In the order in which Kafka names them. */
const TYPES: readonly string[] = ['client-id', 'user', 'ip'];
/** Numbers of DescribeClientQuotas. */
export const match = { exact: 0, default: 1, specified: 2 } as const;

/** Why such an entity can have no quota, or undefined. */
export function refusalOfEntity(entity: Entity): string | undefined {
  const types = Object.keys(entity);
  if (types.length === 0) return 'Invalid empty client quota entity';
  const strange = types.find((type) => !TYPES.includes(type));
  if (strange !== undefined) return `Unhandled client quota entity type: ${strange}`;
  const empty = types.find((type) => entity[type] === '');
  if (empty !== undefined) return `Empty ${empty} not supported`;
  const { ip } = entity;
  if (ip === undefined) return undefined;
  // The blank that is missing is missing in Kafka.
  if (types.length > 1)
    return 'Invalid quota entity combination, IP entity shouldnot be combined with User or ClientId';
  return ip === null || isAddress(ip) ? undefined : `${ip} is not a valid IP or resolvable host.`;
}

/** Of a type that is named twice the last name counts. */
export function entityOf(
  named: readonly { readonly entityType: string; readonly entityName: string | null }[],
): Entity {
  const place = ({ entityType }: { readonly entityType: string }) => TYPES.indexOf(entityType);
  const inOrder = [...named].sort((one, other) => place(one) - place(other));
  return Object.fromEntries(inOrder.map(({ entityType, entityName }) => [entityType, entityName]));
}

/** As Kafka writes it into a sentence. */
export function entityInText(entity: Entity): string {
  const entries = Object.entries(entity).map(([type, name]) => `${type}=${name}`);
  return `ClientQuotaEntity(entries={${entries.join(', ')}})`;
}

export function refusalOfValue(entity: Entity, key: string, value: number): string | undefined {
  const keys = 'ip' in entity ? ofAddresses : ofUsersAndClients;
  const kind = keys.get(key);
  if (kind === undefined) return `Invalid configuration key ${key}`;
  if (!(value > 0)) return `Quota ${key} must be greater than 0`;
  const [max, type] = 'ip' in entity ? [INT_MAX, 'an INT'] : [LONG_MAX, 'a LONG'];
  if (kind === 'whole' && value > max) return `Proposed value for ${key} is too large for ${type}.`;
  if (value === Number.POSITIVE_INFINITY) return `Proposed value for ${key} is too large.`;
  return kind === 'whole' && Math.abs(value % 1) > 1e-6 ? `${key} cannot be a fractional value.` : undefined;
}

export function isSameEntity(one: Entity, other: Entity): boolean {
  const types = Object.keys(one);
  return types.length === Object.keys(other).length && types.every((type) => one[type] === other[type]);
}

export interface QuestionRefusal {
  readonly code: number;
  readonly message: string;
}

/** Why the question cannot be answered, or undefined. Its parts are looked at one after another. */
export function refusalOfQuestion({ components }: DescribeClientQuotasRequest): QuestionRefusal | undefined {
  const refuse = (message: string, code: number = errorCode.INVALID_REQUEST) => ({ code, message });
  const before = new Set<string>();
  for (const { entityType: type, matchType, match: name } of components) {
    if (type === '') return refuse('Invalid empty entity type.');
    if (before.has(type)) return refuse(`Entity type ${type} cannot appear more than once in the filter.`);
    before.add(type);
    if (!TYPES.includes(type)) return refuse(`Unsupported entity type ${type}`, errorCode.UNSUPPORTED_VERSION);
    const kind = Object.keys(match).find((each) => match[each as keyof typeof match] === matchType);
    if (kind === undefined) return refuse(`Unknown match type ${matchType}`);
    const said = `Request specified MATCH_TYPE_${kind.toUpperCase()}`;
    if (matchType === match.exact && name === null) return refuse(`${said}, but set match string to null.`);
    if (matchType !== match.exact && name !== null) return refuse(`${said}, but also specified a match string.`);
  }
  if (!before.has('ip') || before.size === 1) return undefined;
  const not = 'IP filter component should not be used with user or clientId filter component.';
  return refuse(`Invalid entity filter component combination. ${not}`);
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
  // The last of less than four stands for the rest.
  const parts = text.split('.');
  const last = parts.at(-1) ?? '';
  if (parts.length > 4 || !parts.every((part) => /^\d{1,10}$/.test(part))) return false;
  return parts.slice(0, -1).every((part) => Number(part) <= 255) && Number(last) < 256 ** (5 - parts.length);
}
