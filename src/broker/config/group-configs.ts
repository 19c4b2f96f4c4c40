/**
 * The settings that one group can have of its own (resource type 32): those of consumer groups. Each stands for a setting of
 * the broker, which is in force where the group has none. Serves docs/spec/broker.md §6.
 */
import type { ConfigDefinition } from './definition.js';

export interface GroupConfigDefinition extends ConfigDefinition {
  readonly brokerName: string;
  /** Broker settings: what an operator lets groups choose. */
  readonly minName: string;
  readonly maxName: string;
}

const SESSION = 'consumer.session.timeout.ms';
const HEARTBEAT = 'consumer.heartbeat.interval.ms';

/** In the order in which Kafka looks whether they are within their bounds. */
export const groupConfigs: readonly GroupConfigDefinition[] = [
  consumerConfig(HEARTBEAT, '5000', 1),
  consumerConfig(SESSION, '45000', 1),
  consumerConfig('consumer.assignment.interval.ms', '1000', 0),
];

function consumerConfig(name: string, preset: string, min: number): GroupConfigDefinition {
  const bound = (which: 'min' | 'max') => `group.${name.replace('consumer.', `consumer.${which}.`)}`;
  const names = { brokerName: `group.${name}`, minName: bound('min'), maxName: bound('max') };
  return { name, type: 'INT', default: preset, min, ...names };
}

/** Why a group cannot have these, each of which is sound; `broker`: the number of a broker setting. In Kafka's words. */
export function groupConflictIn(
  values: ReadonlyMap<string, string>,
  broker: (name: string) => number,
): string | undefined {
  const chosen = ({ name, brokerName }: GroupConfigDefinition) => Number(values.get(name) ?? broker(brokerName));
  for (const definition of groupConfigs) {
    const { name, minName, maxName } = definition;
    const value = chosen(definition);
    if (value < broker(minName)) return `${name} must be greater than or equal to ${minName}`;
    if (value > broker(maxName)) return `${name} must be less than or equal to ${maxName}`;
  }
  const of = (name: string) => Number(values.get(name) ?? broker(`group.${name}`));
  return of(SESSION) > of(HEARTBEAT) ? undefined : `${SESSION} must be greater than ${HEARTBEAT}`;
}

/** What an operator allows may have changed since the group was given its value. */
export function inForce(definition: GroupConfigDefinition, value: number, broker: (name: string) => number): number {
  return Math.min(broker(definition.maxName), Math.max(broker(definition.minName), value));
}
