/** DescribeConfigs for topics, for groups and for this broker, with sources and synonyms. */

import type { DescribeConfigsRequest, DescribeConfigsResponse } from '../../protocol/api/describe-configs.js';
import { errorCode } from '../../protocol/errors.js';
import type { Draft } from '../../protocol/schema.js';
import { brokerConfigs } from '../config/broker-configs.js';
import { type ConfigValue, configSource } from '../config/configs.js';
import { type ConfigDefinition, configTypeNumber, inItsForm } from '../config/definition.js';
import { groupConfigs } from '../config/group-configs.js';
import { resourceType, resourceTypeWithoutAny } from '../config/resource-type.js';
import { topicConfigs } from '../config/topic-configs.js';
import { type Rights, refusedCode } from '../security/rights.js';
import type { BrokerState, Handler } from '../state.js';
import { refusalOfTopicName } from '../topics/topic-name.js';
import { MALFORMED } from './kafka-words.js';

const TYPES: ReadonlySet<number> = new Set(Object.values({ ...resourceType, ...resourceTypeWithoutAny }));

type Wanted = DescribeConfigsRequest['resources'][number];
type Answer = Draft<DescribeConfigsResponse['results'][number]>;
type ConfigAnswer = Draft<DescribeConfigsResponse['results'][number]['configs'][number]>;

export const answerDescribeConfigs: Handler<DescribeConfigsRequest, DescribeConfigsResponse> = (
  broker,
  request,
  { rights },
) => {
  // With one of a type that nobody knows the whole request is none.
  const isStrange = request.resources.some(({ resourceType: type }) => !TYPES.has(type));
  return { results: isStrange ? request.resources.map(malformed) : described(broker, request, rights) };
};

function described(broker: BrokerState, request: DescribeConfigsRequest, rights: Rights): Answer[] {
  return request.resources.map((wanted) => {
    const refusal = refusalOf(wanted, rights);
    if (refusal === undefined) return describe(broker, wanted, request.includeSynonyms);
    const { resourceType, resourceName } = wanted;
    return { resourceType, resourceName, errorCode: refusal, errorMessage: 'Authorization failed.' };
  });
}

function malformed({ resourceType: type, resourceName }: Wanted): Answer {
  return { resourceType: type, resourceName, errorCode: errorCode.INVALID_REQUEST, errorMessage: MALFORMED };
}

function refusalOf({ resourceType: type, resourceName }: Wanted, rights: Rights): number | undefined {
  if (type === resourceType.topic && !rights.may('DESCRIBE_CONFIGS', 'TOPIC', resourceName)) return refusedCode.TOPIC;
  if (type === resourceType.broker && !rights.mayOnCluster('DESCRIBE_CONFIGS')) return refusedCode.CLUSTER;
  if (type === resourceType.group && !rights.may('DESCRIBE_CONFIGS', 'GROUP', resourceName)) return refusedCode.GROUP;
  return undefined;
}

function describe(broker: BrokerState, wanted: Wanted, includeSynonyms: boolean): Answer {
  const about = { resourceType: wanted.resourceType, resourceName: wanted.resourceName };
  const refuse = (code: number, errorMessage: string): Answer => ({ ...about, errorCode: code, errorMessage });
  const keys = wanted.configurationKeys ?? [];
  const pick = (
    definitions: readonly ConfigDefinition[],
    values: (name: string) => ConfigValue[],
    how: {
      readonly fixed: boolean;
      readonly isSynonym?: (definition: ConfigDefinition, value: ConfigValue) => boolean;
    },
  ) =>
    definitions
      .filter(({ name }) => keys.length === 0 || keys.includes(name))
      .map((definition) => {
        const isSynonym = (value: ConfigValue) => how.isSynonym?.(definition, value) ?? true;
        return answerOf(definition, values(definition.name), { includeSynonyms, fixed: how.fixed, isSynonym });
      });
  switch (wanted.resourceType) {
    case resourceType.topic: {
      const topic = broker.topics.get(wanted.resourceName);
      if (topic === undefined) {
        const refusedName = refusalOfTopicName(wanted.resourceName);
        if (refusedName !== undefined) return refuse(errorCode.INVALID_TOPIC_EXCEPTION, refusedName);
        return { ...about, errorCode: errorCode.UNKNOWN_TOPIC_OR_PARTITION };
      }
      return {
        ...about,
        configs: pick(topicConfigs, (name) => broker.configs.topicValues(name, topic.overrides), {
          fixed: false,
          isSynonym: hasSynonym,
        }),
      };
    }
    case resourceType.broker: {
      const everyBroker = wanted.resourceName === '';
      if (!everyBroker && !/^[+-]?\d+$/.test(wanted.resourceName)) {
        return refuse(errorCode.INVALID_REQUEST, `Broker id must be an integer, but it is: ${wanted.resourceName}`);
      }
      if (!everyBroker && Number(wanted.resourceName) !== broker.nodeId) {
        const text = `Unexpected broker id, expected ${broker.nodeId} or empty string, but received ${wanted.resourceName}`;
        return refuse(errorCode.INVALID_REQUEST, text);
      }
      const values = (name: string) =>
        broker.configs.brokerValues(name).filter(({ source }) => !everyBroker || source === configSource.allBrokers);
      const known = everyBroker ? brokerConfigs.filter(({ name }) => values(name).length > 0) : brokerConfigs;
      return { ...about, configs: pick(known, values, { fixed: true, isSynonym: isOfBroker }) };
    }
    case resourceType.group: {
      if (wanted.resourceName === '') return refuse(errorCode.INVALID_REQUEST, 'Group name must not be empty');
      // Whether there is such a group or not: what it would have.
      const overrides: ReadonlyMap<string, string> = broker.configs.groups.get(wanted.resourceName) ?? new Map();
      const values = (name: string) => broker.configs.groupValues(name, overrides);
      return { ...about, configs: pick(groupConfigs, values, { fixed: false }) };
    }
    default:
      return refuse(errorCode.INVALID_REQUEST, `Resource type ${wanted.resourceType} has no settings here`);
  }
}

/** What Kafka has in several units has no default in the finest one, and what no broker has has none at all. */
const WITHOUT_DEFAULT = ['log.retention.ms', 'log.roll.ms', 'log.roll.jitter.ms', 'log.flush.interval.ms'];

function hasSynonym({ brokerName }: ConfigDefinition, { source }: ConfigValue): boolean {
  return source !== configSource.default || (brokerName !== undefined && !WITHOUT_DEFAULT.includes(brokerName));
}

/** Every broker has one of its own. */
function isOfBroker({ name }: ConfigDefinition, { source }: ConfigValue): boolean {
  return source !== configSource.default || name !== 'node.id';
}

/** Of the resource itself: under its own name. */
const ownSources: ReadonlySet<number> = new Set([configSource.topic, configSource.group]);

function answerOf(
  definition: ConfigDefinition,
  values: readonly ConfigValue[],
  how: {
    readonly includeSynonyms: boolean;
    readonly fixed: boolean;
    readonly isSynonym: (value: ConfigValue) => boolean;
  },
): ConfigAnswer {
  const [value] = values;
  const inForm = (text: string | null | undefined) => (text == null ? null : inItsForm(definition, text));
  return {
    name: definition.name,
    value: inForm(value?.value),
    readOnly: how.fixed && !definition.dynamic,
    configSource: value?.source ?? configSource.default,
    isSensitive: false,
    synonyms: how.includeSynonyms
      ? values
          .filter((each) => each.value != null && how.isSynonym(each))
          .map((each) => ({
            name: ownSources.has(each.source) ? definition.name : (definition.brokerName ?? definition.name),
            value: ownSources.has(each.source) ? inForm(each.value) : each.value,
            source: each.source,
          }))
      : [],
    configType: configTypeNumber[definition.type],
    documentation: null,
  };
}
