/** What differs between the settings that a topic has set itself and those that are wanted. */
import { type ConfigEdit, topicConfig } from '../../client/admin/configs.js';
import type { KafkaCluster } from '../../client/types.js';
import type { SettingChanges } from '../../model/mirror.js';

/** As ConfigEntry names its source when the topic has set it itself. */
export const OWN_SETTING = 'DYNAMIC_TOPIC_CONFIG';

/** Null as a wanted value: the topic shall have none of its own. Rejects with KafkaError or NotSent. */
export async function settingsThatDiffer(
  cluster: KafkaCluster,
  topic: string,
  wanted: SettingChanges,
): Promise<readonly ConfigEdit[]> {
  const names = Object.keys(wanted);
  if (names.length === 0) return [];
  const entries = await topicConfig(cluster, topic, { names });
  const own = new Map(entries.filter(({ source }) => source === OWN_SETTING).map(({ name, value }) => [name, value]));
  return Object.entries(wanted).flatMap(([name, value]) =>
    (own.get(name) ?? null) === value ? [] : [{ name, value: value ?? undefined }],
  );
}
