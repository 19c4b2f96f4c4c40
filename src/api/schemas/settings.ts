/** Published settings: of topics, brokers and links. One enum of sources serves all three. */
import { z } from 'zod';
import { resource, word } from './common.js';

export const configSources = [
  'DYNAMIC_TOPIC_CONFIG',
  'DYNAMIC_BROKER_LOGGER_CONFIG',
  'DYNAMIC_BROKER_CONFIG',
  'DYNAMIC_DEFAULT_BROKER_CONFIG',
  'DYNAMIC_CLUSTER_LINK_CONFIG',
  'DYNAMIC_CLIENT_METRICS_CONFIG',
  'STATIC_BROKER_CONFIG',
  'DEFAULT_CONFIG',
  'UNKNOWN',
] as const;

export const nameValue = z
  .strictObject({
    name: z.string().describe('Name of the setting.'),
    value: z.string().nullish().describe('Its value; null or left out: the default.'),
  })
  .meta({ id: 'NameValue', description: 'A setting.' });

export const oneValue = z
  .strictObject({ value: z.string().describe('The value to set.') })
  .meta({ id: 'UpdateConfigRequest', description: 'The new value of one setting.' });

export const alteration = z
  .strictObject({
    data: z
      .array(
        z
          .strictObject({
            name: z.string().describe('Name of the setting.'),
            value: z.string().nullish().describe('The value to set.'),
            operation: z
              .enum(['SET', 'DELETE'])
              .nullish()
              .describe('DELETE, or no value: back to the default. Left out: SET.'),
          })
          .meta({ id: 'ConfigAlteration', description: 'The change of one setting.' }),
      )
      .describe('All of them are changed, or none.'),
    validate_only: z.boolean().nullish().describe('Check and refuse as otherwise, but change nothing.'),
  })
  .meta({ id: 'AlterConfigsRequest', description: 'Changes of several settings at once.' });

const synonym = z
  .strictObject({
    name: z.string().describe('Name of the setting at its level.'),
    value: z.string().nullable().describe('Null where it is sensitive.'),
    source: word(configSources).describe('The level.'),
  })
  .meta({ id: 'ConfigSynonym', description: 'The value of a setting at one level.' });

const setting = {
  cluster_id: z.string().describe('The cluster.'),
  name: z.string().describe('Name of the setting.'),
  value: z.string().nullable().describe('The value in force; null where it is sensitive.'),
  is_default: z.boolean().describe('Nobody has set it, at any level.'),
  is_read_only: z.boolean().describe('It cannot be changed.'),
  is_sensitive: z.boolean().describe('Its value is never told.'),
  source: word(configSources).describe('The level that the value comes from.'),
};

const kafkaSetting = {
  ...setting,
  synonyms: z.array(synonym).describe('The value at each level, the one in force first.'),
};

export const topicConfig = resource('KafkaTopicConfig', 'A setting of a topic.', {
  ...kafkaSetting,
  topic_name: z.string().describe('The topic.'),
});

export const topicDefaultConfig = resource('KafkaTopicDefaultConfig', 'What a setting of a topic falls back to.', {
  ...kafkaSetting,
  topic_name: z.string().describe('The topic.'),
});

export const clusterConfig = resource('KafkaClusterConfig', 'A setting that holds for all brokers of a cluster.', {
  ...kafkaSetting,
  config_type: z.string().meta({ const: 'BROKER', description: 'What it is a setting of.' }),
});

export const brokerConfig = resource('KafkaBrokerConfig', 'A setting of one broker.', {
  ...kafkaSetting,
  broker_id: z.int().describe('The broker.'),
});

export const linkConfig = resource('KafkaLinkConfigData', 'A setting of a cluster link.', {
  ...setting,
  link_name: z.string().describe('The link.'),
  default: z.boolean().describe('`is_default`, as older clients read it.'),
  read_only: z.boolean().describe('`is_read_only`, as older clients read it.'),
  sensitive: z.boolean().describe('`is_sensitive`, as older clients read it.'),
  synonyms: z.array(z.string()).describe('Other names of the setting.'),
  note: z.string().nullable().describe("klink's own: what people should know of it."),
});
