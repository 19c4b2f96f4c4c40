/**
 * The values in force: what was given at start (static), what was changed at run time (dynamic, per broker or for all),
 * what a topic has of its own, and Kafka's defaults, in Kafka's order of precedence. Pure; `topics/meta-file.ts`
 * makes changes durable. Serves docs/spec/broker.md §6.
 */
import { brokerConfigs } from './broker-configs.js';
import type { ConfigDefinition } from './definition.js';
import { type GroupConfigDefinition, groupConfigs, inForce } from './group-configs.js';
import { staticSettings } from './static-settings.js';
import { conflictIn, type LogSettings, settingsOf, topicConfigs } from './topic-configs.js';

/** Numbers of DescribeConfigs. */
export const configSource = { topic: 1, broker: 2, allBrokers: 3, staticBroker: 4, default: 5, group: 8 } as const;

export interface ConfigValue {
  readonly name: string;
  readonly value: string | null;
  readonly source: number;
}

const topicByName = new Map(topicConfigs.map((each) => [each.name, each]));
const groupByName = new Map(groupConfigs.map((each) => [each.name, each]));
const brokerByName = new Map(brokerConfigs.map((each) => [each.name, each]));

export function topicConfig(name: string): ConfigDefinition | undefined {
  return topicByName.get(name);
}

export function brokerConfig(name: string): ConfigDefinition | undefined {
  return brokerByName.get(name);
}

export function groupConfig(name: string): GroupConfigDefinition | undefined {
  return groupByName.get(name);
}

export class Configs {
  readonly #static: ReadonlyMap<string, string>;
  /** Set for this broker alone, and for all brokers: here one and the same broker, but tools show the difference. */
  readonly dynamic: { broker: Map<string, string>; allBrokers: Map<string, string> };

  /** What single groups have of their own. */
  groups: ReadonlyMap<string, ReadonlyMap<string, string>> = new Map();

  /** Throws with the reason when a static value is unknown or refused. */
  constructor(given: Readonly<Record<string, string>>) {
    this.#static = staticSettings(given);
    this.dynamic = { broker: new Map(), allBrokers: new Map() };
  }

  /** Highest precedence first: the first is the value in force. */
  brokerValues(name: string): ConfigValue[] {
    const values: ConfigValue[] = [];
    const add = (value: string | undefined | null, source: number) => {
      if (value !== undefined) values.push({ name, value, source });
    };
    add(this.dynamic.broker.get(name), configSource.broker);
    add(this.dynamic.allBrokers.get(name), configSource.allBrokers);
    add(this.#static.get(name), configSource.staticBroker);
    add(brokerByName.get(name)?.default, configSource.default);
    return values;
  }

  topicValues(name: string, overrides: ReadonlyMap<string, string>): ConfigValue[] {
    const own = overrides.get(name);
    const values: ConfigValue[] = own === undefined ? [] : [{ name, value: own, source: configSource.topic }];
    const definition = topicByName.get(name);
    if (definition?.brokerName !== undefined) values.push(...this.brokerValues(definition.brokerName));
    else if (definition) values.push({ name, value: definition.default, source: configSource.default });
    return values;
  }

  groupValues(name: string, overrides: ReadonlyMap<string, string>): ConfigValue[] {
    const own = overrides.get(name);
    const values: ConfigValue[] = own === undefined ? [] : [{ name, value: own, source: configSource.group }];
    const definition = groupByName.get(name);
    if (definition) values.push(...this.brokerValues(definition.brokerName));
    return values;
  }

  /** What holds for one group. */
  groupNumber(groupId: string, name: string): number {
    const definition = groupByName.get(name);
    const own = this.groups.get(groupId)?.get(name);
    if (definition === undefined) return Number.NaN;
    if (own === undefined) return this.number(definition.brokerName);
    return inForce(definition, Number(own), (setting) => this.number(setting));
  }

  string(name: string): string {
    return this.brokerValues(name)[0]?.value?.trim() ?? '';
  }

  number(name: string): number {
    return Number(this.string(name));
  }

  boolean(name: string): boolean {
    return this.string(name).toLowerCase() === 'true';
  }

  logSettings(overrides: ReadonlyMap<string, string>): LogSettings {
    return settingsOf((name) => this.topicValues(name, overrides)[0]?.value?.trim() ?? '');
  }

  /** Why a topic cannot have these, each of which is sound, or undefined. */
  conflictIn(overrides: ReadonlyMap<string, string>): string | undefined {
    return conflictIn((name) => this.topicValues(name, overrides)[0]?.value ?? '');
  }
}
