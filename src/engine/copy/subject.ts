/** What is settled, and with what: one partition as the journal and this process know it. Spec: docs/spec/engine.md 2. */
import type { KafkaCluster } from '../../client/types.js';
import type { PartitionMemory } from '../../model/assignment.js';
import type { OwnIds } from './proof.js';
import type { Topology } from './topology.js';

export interface Subject {
  readonly mirrorTopic: string;
  readonly destinationTopicId: string;
  readonly sourceTopic: string;
  readonly sourceTopicId: string;
  readonly partition: number;
  readonly lineageStart: bigint;
  readonly ids: OwnIds;
  readonly memory: PartitionMemory;
  /** Log end as this process last knew it to be acknowledged; −1: it knew none. */
  readonly acknowledged: bigint;
  /** Up to here `memory.sourceEpochs` is the history of what is mirrored; −1: for nothing that this process knows of. */
  readonly historyEnd: bigint;
}

export interface SettleTools {
  readonly destination: KafkaCluster;
  readonly destinationTopology: Topology;
  /** Undefined: the source is not to be asked (identity alone). */
  readonly source: KafkaCluster | undefined;
  readonly sourceTopology: Topology | undefined;
  /** Bounds how many tails are read at once; undefined: no others are. */
  readonly reading?: <T>(read: () => Promise<T>) => Promise<T>;
}
