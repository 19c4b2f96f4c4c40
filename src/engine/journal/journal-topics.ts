/**
 * The three topics of a journal: what they must be, how they are made, and what to say when klink may not make them.
 * Refuses a topic that could lose decisions (more than one partition, or anything but compaction). Spec: docs/spec/journal.md
 * 5.1, 5.2, 5.4.
 */
import { topicConfig } from '../../client/admin/configs.js';
import { createTopic } from '../../client/admin/topics.js';
import { type ClusterMetadata, type KafkaCluster, KafkaError } from '../../client/types.js';
import { errorCode, errorName } from '../../protocol/errors.js';
import { verdictOf } from '../transactions/answers.js';
import { type Again, again, bounded, leftMs, type Patience, type Refused, requestMs } from '../transactions/persist.js';

export const STATE_TOPIC = '_klink.state';
export const SEEN_TOPIC = '_klink.seen';
export const AUDIT_TOPIC = '_klink.audit';
/** All that is needed at the end of a decision. */
export const JOURNAL_TOPICS = [STATE_TOPIC, SEEN_TOPIC, AUDIT_TOPIC] as const;
export type JournalTopic = (typeof JOURNAL_TOPICS)[number];

const REPLICAS_MAX = 3;
const MIB = 1024 * 1024;

const settings: Readonly<Record<JournalTopic, Readonly<Record<string, string>>>> = {
  [STATE_TOPIC]: {
    'cleanup.policy': 'compact',
    'unclean.leader.election.enable': 'false',
    // Compaction goes by key alone: a foreign record under our key would take ours away. For a day it cannot, whatever
    // time it claims, and klink writes ours again when it sees one.
    'min.compaction.lag.ms': '86400000',
    'message.timestamp.type': 'LogAppendTime',
    'segment.bytes': String(64 * MIB),
    'max.message.bytes': String(10 * MIB),
  },
  [SEEN_TOPIC]: {
    'cleanup.policy': 'compact',
    'unclean.leader.election.enable': 'false',
    // Written all the time and read as a whole at every takeover: kept short.
    'segment.bytes': String(16 * MIB),
    'segment.ms': '600000',
    'min.cleanable.dirty.ratio': '0.1',
    'max.compaction.lag.ms': '600000',
    'max.message.bytes': String(10 * MIB),
  },
  [AUDIT_TOPIC]: {
    'cleanup.policy': 'delete',
    'unclean.leader.election.enable': 'false',
    'retention.ms': String(365 * 24 * 3_600_000),
    'retention.bytes': '-1',
    'max.message.bytes': String(10 * MIB),
  },
};

export interface Replication {
  readonly replicationFactor: number;
  readonly minInsyncReplicas: number;
}

export function journalReplication(brokers: number): Replication {
  const replicationFactor = Math.max(1, Math.min(REPLICAS_MAX, brokers));
  return { replicationFactor, minInsyncReplicas: Math.max(1, replicationFactor - 1) };
}

function configsOf(topic: JournalTopic, { minInsyncReplicas }: Replication): Readonly<Record<string, string>> {
  return { ...settings[topic], 'min.insync.replicas': String(minInsyncReplicas) };
}

export interface FoundTopics {
  readonly kind: 'found';
  /** Topic id by name; what is not there is left out. */
  readonly ids: ReadonlyMap<JournalTopic, string>;
  readonly brokers: number;
}

/** Which of them there are. Refuses a state topic that is none. */
export async function findTopics(cluster: KafkaCluster, within: Patience): Promise<FoundTopics | Refused | Again> {
  const answer = await bounded(within, cluster.metadata(JOURNAL_TOPICS, { timeoutMs: requestMs(within) }));
  const ids = new Map<JournalTopic, string>();
  for (const name of JOURNAL_TOPICS) {
    const found = answer.topics.find((each) => each.name === name);
    if (found === undefined) return again(`no answer about ${name}`);
    if (found.errorCode === errorCode.UNKNOWN_TOPIC_OR_PARTITION) continue;
    if (found.errorCode !== 0) {
      const reason = `${name}: ${errorName(found.errorCode)}`;
      return verdictOf(found.errorCode) === 'again' ? again(reason) : refusal(cluster, answer, reason);
    }
    if (found.partitions.length !== 1) {
      return refusal(cluster, answer, `${name} has ${found.partitions.length} partitions, not 1`);
    }
    ids.set(name, found.topicId);
  }
  if (ids.has(STATE_TOPIC)) {
    const policy = await cleanupPolicy(cluster, within);
    if (policy !== 'compact') {
      return refusal(cluster, answer, `${STATE_TOPIC} has cleanup.policy=${policy}, which would delete decisions`);
    }
  }
  return { kind: 'found', ids, brokers: answer.brokers.length };
}

async function cleanupPolicy(cluster: KafkaCluster, within: Patience): Promise<string> {
  const names = ['cleanup.policy'];
  const found = await topicConfig(cluster, STATE_TOPIC, { names, timeoutMs: requestMs(within), signal: within.signal });
  return found.find(({ name }) => name === 'cleanup.policy')?.value ?? '';
}

/** Makes what is missing. Safe to repeat: a topic that another klink has made meanwhile is as good. */
export async function makeTopics(cluster: KafkaCluster, within: Patience): Promise<FoundTopics | Refused | Again> {
  const found = await findTopics(cluster, within);
  if (found.kind !== 'found') return found;
  const replication = journalReplication(found.brokers);
  let made = false;
  for (const name of JOURNAL_TOPICS) {
    if (found.ids.has(name)) continue;
    made = true;
    const { replicationFactor } = replication;
    const topic = { name, partitions: 1, replicationFactor, configs: configsOf(name, replication) };
    try {
      requestMs(within);
      await createTopic(cluster, topic, { timeoutMs: leftMs(within), signal: within.signal });
    } catch (error) {
      if (!(error instanceof KafkaError)) throw error;
      if (error.code === errorCode.TOPIC_ALREADY_EXISTS) continue;
      if (verdictOf(error.code) === 'again') return again(error.message);
      return { kind: 'refused', reason: `${error.message}. ${howToMake(cluster, replication)}` };
    }
  }
  // Seen once more, so that the ids are those of the topics that are really there.
  return made ? again('the topics of the journal are being made') : found;
}

function refusal(cluster: KafkaCluster, { brokers }: ClusterMetadata, what: string): Refused {
  return { kind: 'refused', reason: `${what}. ${howToMake(cluster, journalReplication(brokers.length))}` };
}

/** [5.4] Exactly what an administrator has to type. */
export function howToMake(cluster: { readonly name: string }, replication: Replication): string {
  const topics = JOURNAL_TOPICS.map((name) => {
    const configs = Object.entries(configsOf(name, replication)).map(([key, value]) => `--config ${key}=${value}`);
    const factor = `--replication-factor ${replication.replicationFactor}`;
    return `kafka-topics.sh --bootstrap-server … --create --topic ${name} --partitions 1 ${factor} ${configs.join(' ')}`;
  });
  const acls = [
    '--topic _klink. --resource-pattern-type prefixed --operation Create --operation Describe --operation DescribeConfigs --operation Read --operation Write',
    '--transactional-id klink- --resource-pattern-type prefixed --operation Describe --operation Write',
    '--cluster --operation Alter --operation Describe',
    "--group '*' --operation Describe --operation Read",
  ].map((what) => `kafka-acls.sh --bootstrap-server … --add --allow-principal User:<klink> ${what}`);
  return [`On ${cluster.name} an administrator can do what klink may not:`, ...topics, ...acls].join('\n');
}
