/** Settings of topics and brokers: read, and changed one by one (KIP-339), so that nobody else's change is undone. */
import { fail, ok, type Result } from '../../base/result.js';
import { describeConfigs } from '../../protocol/api/describe-configs.js';
import { incrementalAlterConfigs } from '../../protocol/api/incremental-alter-configs.js';
import { errorCode } from '../../protocol/errors.js';
import type { Draft } from '../../protocol/schema.js';
import type { KafkaCluster, KafkaError } from '../types.js';
import { ADMIN_PURPOSE, command, demandDone, isUnanswered, question, refusal } from './ask.js';
import { type AdminOptions, Patience } from './patience.js';
import type { ValidateOptions } from './topics.js';

const TOPIC = 2;
const BROKER = 4;
const SET = 0;
const DELETE = 1;
/** So many topics per request: the answer names every setting of each. */
const TOPICS_PER_REQUEST = 200;

const sources: Readonly<Record<number, string>> = {
  1: 'DYNAMIC_TOPIC_CONFIG',
  2: 'DYNAMIC_BROKER_CONFIG',
  3: 'DYNAMIC_DEFAULT_BROKER_CONFIG',
  4: 'STATIC_BROKER_CONFIG',
  5: 'DEFAULT_CONFIG',
  6: 'DYNAMIC_BROKER_LOGGER_CONFIG',
  7: 'DYNAMIC_CLIENT_METRICS_CONFIG',
  8: 'DYNAMIC_GROUP_CONFIG',
};

export interface ConfigSynonym {
  readonly name: string;
  readonly value: string | null;
  readonly source: string;
}

export interface ConfigEntry extends ConfigSynonym {
  /** Set by nobody, at no level. */
  readonly isDefault: boolean;
  readonly isReadOnly: boolean;
  /** Its value is never told. */
  readonly isSensitive: boolean;
  /** The value in force first; empty unless asked for. */
  readonly synonyms: readonly ConfigSynonym[];
}

export interface DescribeConfigsOptions extends AdminOptions {
  /** Default: all settings. */
  readonly names?: readonly string[] | undefined;
  readonly synonyms?: boolean;
}

/** By topic: its settings, or why they were not told. Rejects only when nobody answers. */
export async function topicConfigs(
  cluster: KafkaCluster,
  topics: readonly string[],
  options: DescribeConfigsOptions = {},
): Promise<ReadonlyMap<string, Result<readonly ConfigEntry[], KafkaError>>> {
  const patience = new Patience(cluster, options);
  const found = new Map<string, Result<readonly ConfigEntry[], KafkaError>>();
  for (let from = 0; from < topics.length; from += TOPICS_PER_REQUEST) {
    const asked = topics.slice(from, from + TOPICS_PER_REQUEST);
    const request = describeRequest(TOPIC, asked, options);
    const { results } = await question(cluster, patience, describeConfigs, request);
    for (const { resourceName, errorCode, errorMessage, configs } of results) {
      const what = `reading the settings of topic "${resourceName}" at ${cluster.name}`;
      found.set(
        resourceName,
        errorCode === 0 ? ok(configs.map(entryOf)) : fail(refusal(errorCode, what, errorMessage)),
      );
    }
    for (const topic of asked) {
      if (!found.has(topic)) found.set(topic, fail(refusal(errorCode.UNKNOWN_SERVER_ERROR, `settings of "${topic}"`)));
    }
  }
  return found;
}

/** The settings of one topic. Rejects with KafkaError (3, 29 …) or NotSent. */
export async function topicConfig(
  cluster: KafkaCluster,
  topic: string,
  options: DescribeConfigsOptions = {},
): Promise<readonly ConfigEntry[]> {
  const found = (await topicConfigs(cluster, [topic], options)).get(topic);
  if (found?.ok) return found.value;
  throw found?.error ?? refusal(errorCode.UNKNOWN_SERVER_ERROR, `settings of "${topic}"`);
}

/** The settings of one broker, which only that broker tells. Rejects with KafkaError, NotSent or OutcomeUnknown. */
export async function brokerConfig(
  cluster: KafkaCluster,
  broker: number,
  options: DescribeConfigsOptions = {},
): Promise<readonly ConfigEntry[]> {
  const patience = new Patience(cluster, options);
  const request = describeRequest(BROKER, [String(broker)], options);
  for (;;) {
    try {
      const channel = await cluster.channel(broker, ADMIN_PURPOSE);
      const result = (await channel.send(describeConfigs, request, patience.ask())).results[0];
      const code = result?.errorCode ?? errorCode.UNKNOWN_SERVER_ERROR;
      if (result === undefined || code !== 0) {
        throw refusal(code, `reading the settings of broker ${broker} of ${cluster.name}`, result?.errorMessage);
      }
      return result.configs.map(entryOf);
    } catch (error) {
      if (!isUnanswered(error) || !(await patience.another())) throw error;
    }
  }
}

/** What is set for all brokers at once, and can be changed while they run. Rejects with KafkaError or NotSent. */
export async function brokerDefaults(
  cluster: KafkaCluster,
  options: DescribeConfigsOptions = {},
): Promise<readonly ConfigEntry[]> {
  const request = describeRequest(BROKER, [''], options);
  const result = (await question(cluster, new Patience(cluster, options), describeConfigs, request)).results[0];
  const code = result?.errorCode ?? errorCode.UNKNOWN_SERVER_ERROR;
  if (result === undefined || code !== 0) {
    throw refusal(code, `reading the settings of all brokers of ${cluster.name}`, result?.errorMessage);
  }
  return result.configs.map(entryOf);
}

export interface ConfigEdit {
  readonly name: string;
  /** Undefined: back to the default. */
  readonly value: string | undefined;
}

/** All of them or none. Rejects with KafkaError (40 INVALID_CONFIG …), NotSent or OutcomeUnknown; safe to repeat. */
export function alterTopicConfig(
  cluster: KafkaCluster,
  topic: string,
  edits: readonly ConfigEdit[],
  options: ValidateOptions = {},
): Promise<void> {
  return alter(cluster, { type: TOPIC, name: topic, words: `topic "${topic}"` }, edits, options);
}

/** `broker` undefined: the default for all brokers. Otherwise as `alterTopicConfig`. */
export function alterBrokerConfig(
  cluster: KafkaCluster,
  broker: number | undefined,
  edits: readonly ConfigEdit[],
  options: ValidateOptions = {},
): Promise<void> {
  const name = broker === undefined ? '' : String(broker);
  return alter(cluster, { type: BROKER, name, words: name === '' ? 'all brokers' : `broker ${name}` }, edits, options);
}

async function alter(
  cluster: KafkaCluster,
  resource: { readonly type: number; readonly name: string; readonly words: string },
  edits: readonly ConfigEdit[],
  options: ValidateOptions,
): Promise<void> {
  const request = {
    validateOnly: options.validateOnly ?? false,
    resources: [
      {
        resourceType: resource.type,
        resourceName: resource.name,
        configs: edits.map(({ name, value }) => ({
          name,
          configOperation: value === undefined ? DELETE : SET,
          value: value ?? null,
        })),
      },
    ],
  };
  const patience = new Patience(cluster, options);
  const answer = await command(cluster, patience, incrementalAlterConfigs, request, ({ responses }) =>
    responses.map((each) => each.errorCode),
  );
  const result = answer.responses[0];
  const code = result?.errorCode ?? errorCode.UNKNOWN_SERVER_ERROR;
  demandDone(code, `changing the settings of ${resource.words} at ${cluster.name}`, result?.errorMessage);
}

function describeRequest(resourceType: number, names: readonly string[], options: DescribeConfigsOptions) {
  const configurationKeys = options.names === undefined ? null : [...options.names];
  return {
    includeSynonyms: options.synonyms ?? false,
    resources: names.map((resourceName) => ({ resourceType, resourceName, configurationKeys })),
  } satisfies Draft<unknown>;
}

interface WireConfig {
  readonly name: string;
  readonly value: string | null;
  readonly readOnly: boolean;
  readonly configSource: number;
  readonly isSensitive: boolean;
  readonly synonyms: readonly { readonly name: string; readonly value: string | null; readonly source: number }[];
}

function entryOf(config: WireConfig): ConfigEntry {
  const source = sourceName(config.configSource);
  return {
    name: config.name,
    value: config.value,
    source,
    isDefault: source === 'DEFAULT_CONFIG',
    isReadOnly: config.readOnly,
    isSensitive: config.isSensitive,
    synonyms: config.synonyms.map(({ name, value, source }) => ({ name, value, source: sourceName(source) })),
  };
}

function sourceName(code: number): string {
  return sources[code] ?? 'UNKNOWN';
}
