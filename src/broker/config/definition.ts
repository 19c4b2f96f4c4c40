/**
 * What a setting is: its type, default, and which values Kafka accepts. Topic and broker settings are tables of these.
 * Serves docs/spec/broker.md §6.
 */
import { doubleInText, doubleOf } from './double.js';

export type ConfigType = 'BOOLEAN' | 'STRING' | 'INT' | 'LONG' | 'DOUBLE' | 'LIST';

/** Numbers of DescribeConfigs. */
export const configTypeNumber: Readonly<Record<ConfigType, number>> = {
  BOOLEAN: 1,
  STRING: 2,
  INT: 3,
  LONG: 5,
  DOUBLE: 6,
  LIST: 7,
};

export interface ConfigDefinition {
  readonly name: string;
  readonly type: ConfigType;
  /** Null: no value unless one is given. */
  readonly default: string | null;
  /** For numbers, inclusive. */
  readonly min?: number | bigint;
  readonly max?: number | bigint;
  /** For strings and lists: what is allowed. */
  readonly oneOf?: readonly string[];
  /** For lists: of replicas, `partition:broker`, or all of them, `*`. */
  readonly ofReplicas?: true;
  /** Topic settings: the broker setting that holds when the topic has none of its own. */
  readonly brokerName?: string;
  /** Broker settings: may be changed while the broker runs. */
  readonly dynamic?: boolean;
}

export const LONG_MAX = 9223372036854775807n;

/** Undefined, or why the value is refused, in the words Kafka's tools show. */
export function refusalOf(definition: ConfigDefinition, value: string): string | undefined {
  const refuse = (why: string, as = value) => `Invalid value ${as} for configuration ${definition.name}: ${why}`;
  switch (definition.type) {
    case 'BOOLEAN':
      return /^(true|false)$/i.test(value.trim()) ? undefined : refuse('Expected value to be either true or false');
    case 'INT':
    case 'LONG':
      if (!/^[+-]?\d+$/.test(value.trim())) {
        return refuse(`Not a number of type ${definition.type}`);
      }
      return refusalOfRange(definition, BigInt(value.trim()), refuse);
    case 'DOUBLE': {
      const number = doubleOf(value);
      if (number === undefined) return refuse('Not a number of type DOUBLE');
      if (definition.min !== undefined && number < Number(definition.min)) {
        return refuse(`Value must be at least ${definition.min}`, inItsForm(definition, value));
      }
      if (definition.max !== undefined && number > Number(definition.max)) {
        return refuse(`Value must be no more than ${definition.max}`, inItsForm(definition, value));
      }
      return undefined;
    }
    case 'STRING':
      return definition.oneOf && !definition.oneOf.includes(value.trim())
        ? refuse(`String must be one of: ${definition.oneOf.join(', ')}`, value.trim())
        : undefined;
    case 'LIST': {
      if (definition.ofReplicas && !areReplicas(listOf(value))) {
        const form = '[partitionId]:[brokerId],[partitionId]:[brokerId],...';
        const why = `${definition.name} must be the literal '*' or a list of replicas in the following format: ${form}`;
        return refuse(why, `[${listOf(value).join(', ')}]`);
      }
      const strange = listOf(value).find((each) => definition.oneOf && !definition.oneOf.includes(each));
      if (strange === '') return `Configuration '${definition.name}' values must not be empty.`;
      return strange === undefined
        ? undefined
        : refuse(`String must be one of: ${definition.oneOf?.join(', ')}`, strange);
    }
  }
}

/** Kafka lets empty ones stand between commas. */
function areReplicas(list: readonly string[]): boolean {
  return list.join('') === '*' || list.every((each) => /^(\d+:\d+)?$/.test(each));
}

function refusalOfRange(
  definition: ConfigDefinition,
  number: bigint,
  refuse: (why: string) => string,
): string | undefined {
  const typeMax = definition.type === 'INT' ? 2147483647n : LONG_MAX;
  const typeMin = -typeMax - 1n;
  if (number > typeMax || number < typeMin) return refuse(`Not a number of type ${definition.type}`);
  if (definition.min !== undefined && number < BigInt(definition.min)) {
    return refuse(`Value must be at least ${definition.min}`);
  }
  if (definition.max !== undefined && number > BigInt(definition.max)) {
    return refuse(`Value must be no more than ${definition.max}`);
  }
  return undefined;
}

/** What stands between commas, which may be nothing. */
export function listOf(value: string): string[] {
  return value.trim() === '' ? [] : value.trim().split(/\s*,\s*/);
}

/** A sound value as it is shown: read, and written down again. */
export function inItsForm({ type, oneOf }: ConfigDefinition, value: string): string {
  switch (type) {
    case 'BOOLEAN':
      return value.trim().toLowerCase();
    case 'INT':
    case 'LONG':
      return String(BigInt(value.trim().replace(/^\+/, '')));
    case 'DOUBLE':
      return doubleInText(doubleOf(value) ?? Number.NaN);
    case 'STRING':
      return value.trim();
    case 'LIST':
      return (oneOf === undefined ? listOf(value) : [...new Set(listOf(value))]).join(',');
  }
}
