/** DescribeConfigs for topics, for groups and for this broker, with sources and synonyms. */

import type { DescribeConfigsRequest, DescribeConfigsResponse } from '../../protocol/api/describe-configs.js';
import { errorCode } from '../../protocol/errors.js';
import type { Draft } from '../../protocol/schema.js';
import { brokerConfigs } from '../config/broker-configs.js';
import { type ConfigValue, configSource } from '../config/configs.js';
import { type ConfigDefinition, configTypeNumber } from '../config/definition.js';
import { groupConfigs } from '../config/group-configs.js';
import { resourceType } from '../config/resource-type.js';
import { topicConfigs } from '../config/topic-configs.js';
import { type Rights, refusedCode } from '../security/rights.js';
import type { BrokerState, Handler } from '../state.js';
import { refusalOfTopicName } from '../topics/topic-name.js';

type Wanted = DescribeConfigsRequest['resources'][number];
type Answer = Draft<DescribeConfigsResponse['results'][number]>;
type ConfigAnswer = Draft<DescribeConfigsResponse['results'][number]['configs'][number]>;

export const answerDescribeConfigs: Handler<DescribeConfigsRequest, DescribeConfigsResponse> = (
  broker,
  request,
  { rights },
) => ({
  results: request.resources.map((wanted) => {
    const refusal = refusalOf(wanted, rights);
    if (refusal === undefined) return describe(broker, wanted, request.includeSynonyms);
    const { resourceType, resourceName } = wanted;
    return { resourceType, resourceName, errorCode: refusal, errorMessage: 'Authorization failed.' };
  }),
});

function refusalOf({ resourceType: type, resourceName }: Wanted, rights: Rights): number | undefined {
  if (type === resourceType.topic && !rights.may('DESCRIBE_CONFIGS', 'TOPIC', resourceName)) return refusedCode.TOPIC;
  if (type === resourceType.broker && !rights.mayOnCluster('DESCRIBE_CONFIGS')) return refusedCode.CLUSTER;
  if (type === resourceType.group && !rights.may('DESCRIBE_CONFIGS', 'GROUP', resourceName)) return refusedCode.GROUP;
  return undefined;
}

function describe(broker: BrokerState, wanted: Wanted, includeSynonyms: boolean): Answer {
  const about = { resourceType: wanted.resourceType, resourceName: wanted.resourceName };
  const refuse = (code: number, errorMessage: string): Answer => ({ ...about, errorCode: code, errorMessage });
  const pick = (definitions: readonly ConfigDefinition[], values: (name: string) => ConfigValue[], fixed: boolean) =>
    definitions
      .filter(({ name }) => wanted.configurationKeys === null || wanted.configurationKeys.includes(name))
      .map((definition) => answerOf(definition, values(definition.name), { includeSynonyms, fixed }));
  switch (wanted.resourceType) {
    case resourceType.topic: {
      const topic = broker.topics.get(wanted.resourceName);
      if (topic === undefined) {
        const refusedName = refusalOfTopicName(wanted.resourceName);
        if (refusedName !== undefined) return refuse(errorCode.INVALID_TOPIC_EXCEPTION, refusedName);
        return refuse(errorCode.UNKNOWN_TOPIC_OR_PARTITION, 'This server does not host this topic-partition.');
      }
      return {
        ...about,
        configs: pick(topicConfigs, (name) => broker.configs.topicValues(name, topic.overrides), false),
      };
    }
    case resourceType.broker: {
      const everyBroker = wanted.resourceName === '';
      if (!everyBroker && wanted.resourceName !== String(broker.nodeId)) {
        const text = `Unexpected broker id, expected ${broker.nodeId} or empty string, but received ${wanted.resourceName}`;
        return refuse(errorCode.INVALID_REQUEST, text);
      }
      const values = (name: string) =>
        broker.configs.brokerValues(name).filter(({ source }) => !everyBroker || source === configSource.allBrokers);
      const known = everyBroker ? brokerConfigs.filter(({ name }) => values(name).length > 0) : brokerConfigs;
      return { ...about, configs: pick(known, values, true) };
    }
    case resourceType.group: {
      if (wanted.resourceName === '') return refuse(errorCode.INVALID_REQUEST, 'Group name must not be empty');
      // Whether there is such a group or not: what it would have.
      const overrides: ReadonlyMap<string, string> = broker.configs.groups.get(wanted.resourceName) ?? new Map();
      return { ...about, configs: pick(groupConfigs, (name) => broker.configs.groupValues(name, overrides), false) };
    }
    default:
      return refuse(errorCode.INVALID_REQUEST, `Resource type ${wanted.resourceType} has no settings here`);
  }
}

/** Of the resource itself: under its own name. */
const ownSources: ReadonlySet<number> = new Set([configSource.topic, configSource.group]);

function answerOf(
  definition: ConfigDefinition,
  values: readonly ConfigValue[],
  how: { readonly includeSynonyms: boolean; readonly fixed: boolean },
): ConfigAnswer {
  const [value] = values;
  return {
    name: definition.name,
    value: value?.value ?? null,
    readOnly: how.fixed && !definition.dynamic,
    configSource: value?.source ?? configSource.default,
    isSensitive: false,
    synonyms: how.includeSynonyms
      ? values.map((each) => ({
          name: ownSources.has(each.source) ? definition.name : (definition.brokerName ?? definition.name),
          value: each.value,
          source: each.source,
        }))
      : [],
    configType: configTypeNumber[definition.type],
    documentation: null,
  };
}
