/**
 * The settings that a broker is started with: those that it has, each with a value that Kafka would take. Those that Kafka also has
 * in larger units are kept in milliseconds. Serves docs/spec/broker.md §6.
 */
import { similar } from '../../base/similar.js';
import { brokerConfigs } from './broker-configs.js';
import { type ConfigDefinition, refusalOf } from './definition.js';

const MINUTE_MS = 60_000n;
const HOUR_MS = 60n * MINUTE_MS;

/** Tests roll small segments; Kafka hides the same permission behind an internal setting. */
const SEGMENT_BYTES_MIN = 1;

/** Of those that mean the same the one that stands first here counts, below the one in milliseconds. */
const inLargerUnits: readonly { readonly name: string; readonly means: string; readonly unitMs: bigint }[] = [
  { name: 'log.retention.minutes', means: 'log.retention.ms', unitMs: MINUTE_MS },
  { name: 'log.retention.hours', means: 'log.retention.ms', unitMs: HOUR_MS },
  { name: 'log.roll.hours', means: 'log.roll.ms', unitMs: HOUR_MS },
  { name: 'log.roll.jitter.hours', means: 'log.roll.jitter.ms', unitMs: HOUR_MS },
];

const byName = new Map(brokerConfigs.map((each) => [each.name, each]));

/** Throws with the reason, and what to do, when a name is unknown or a value refused. */
export function staticSettings(given: Readonly<Record<string, string>>): Map<string, string> {
  const settings = new Map<string, string>();
  const rest = new Map(Object.entries(given));
  for (const { name, means, unitMs } of inLargerUnits) {
    const value = rest.get(name);
    rest.delete(name);
    const definition = byName.get(means);
    if (value === undefined || !definition) continue;
    checked({ ...definition, name, type: 'INT' }, value);
    const units = BigInt(value.trim());
    if (!settings.has(means)) settings.set(means, String(units < 0n ? -1n : units * unitMs));
  }
  for (const [name, value] of rest) {
    const definition = byName.get(name);
    if (!definition) throw new Error(unknown(name));
    checked(definition, value);
    settings.set(name, value);
  }
  return settings;
}

function checked(definition: ConfigDefinition, value: string): void {
  const isSmall = definition.name === 'log.segment.bytes';
  const refusal = refusalOf(isSmall ? { ...definition, min: SEGMENT_BYTES_MIN } : definition, value);
  if (refusal) throw new Error(refusal);
}

function unknown(name: string): string {
  const near = similar(name, [...byName.keys(), ...inLargerUnits.map((each) => each.name)]).slice(0, 3);
  const meant = near.length > 0 ? ` The nearest that it has: ${near.join(', ')}.` : '';
  return `This broker has no setting ${name}, so it would have no effect: leave it out.${meant} DescribeConfigs lists all.`;
}
