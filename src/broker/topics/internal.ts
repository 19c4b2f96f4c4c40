/** The broker's own topics. They are made when they are first needed, with the settings that Kafka gives them. */
import type { BrokerState } from '../state.js';
import type { Topic } from './topics.js';

export const OFFSETS_TOPIC = '__consumer_offsets';
export const TRANSACTIONS_TOPIC = '__transaction_state';

/** Smaller than Kafka's: a segment is compacted in one piece, beside the requests. */
const SEGMENT_BYTES = '8388608';

interface InternalTopic {
  readonly partitionsConfig: string;
  readonly configs: Readonly<Record<string, string>>;
}

const internalTopics: ReadonlyMap<string, InternalTopic> = new Map([
  [
    OFFSETS_TOPIC,
    {
      partitionsConfig: 'offsets.topic.num.partitions',
      configs: { 'cleanup.policy': 'compact', 'compression.type': 'producer', 'segment.bytes': SEGMENT_BYTES },
    },
  ],
  [
    TRANSACTIONS_TOPIC,
    {
      partitionsConfig: 'transaction.state.log.num.partitions',
      configs: {
        'cleanup.policy': 'compact',
        'compression.type': 'uncompressed',
        'min.insync.replicas': '1',
        'segment.bytes': SEGMENT_BYTES,
        'unclean.leader.election.enable': 'false',
      },
    },
  ],
]);

/** Undefined when `name` is no internal topic. Resolves when the topic is durable. Rejects with `DiskRefused`. */
export async function ensureInternalTopic(
  broker: Pick<BrokerState, 'topics' | 'configs'>,
  name: string,
): Promise<Topic | undefined> {
  const definition = internalTopics.get(name);
  if (definition === undefined) return undefined;
  const there = broker.topics.get(name) ?? broker.topics.making(name);
  if (there) return there;
  const partitions = broker.configs.number(definition.partitionsConfig);
  const configs = new Map(Object.entries(definition.configs));
  return broker.topics.create({ name, partitions, configs, internal: true });
}

export function isInternalName(name: string): boolean {
  return internalTopics.has(name);
}
