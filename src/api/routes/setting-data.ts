/** A setting of Kafka's in the published words, whatever it is a setting of. */
import type { TopicConfig } from '../ports.js';

export function settingData(clusterId: string, config: TopicConfig) {
  return {
    cluster_id: clusterId,
    name: config.name,
    value: config.isSensitive ? null : config.value,
    is_default: config.isDefault,
    is_read_only: config.isReadOnly,
    is_sensitive: config.isSensitive,
    source: published(config.source),
    synonyms: config.synonyms.map(({ name, value, source }) => {
      return { name, value: config.isSensitive ? null : value, source: published(source) };
    }),
  };
}

/** Sources that are newer than the published enum. */
function published(source: string): string {
  return source === 'DYNAMIC_GROUP_CONFIG' ? 'UNKNOWN' : source;
}
