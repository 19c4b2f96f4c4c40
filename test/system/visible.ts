/** The first record that a read_committed reader sees at or above an offset. */

import { LogReader } from '../harness/engine-log.js';
import { WireTopic } from '../harness/wire-topic.js';
import type { TestCluster, TopicOf } from './kill-copy-clusters.js';
import { connectionTo } from './kill-copy-clusters.js';

/** Undefined: there is none. Reads the whole partition: for small topics. */
export async function firstVisible(
  cluster: TestCluster,
  topic: TopicOf,
  partition: number,
  offset: number,
): Promise<number | undefined> {
  const wire = await connectionTo(cluster, topic, partition);
  try {
    const reader = new LogReader(WireTopic.there(wire, topic));
    const offsets = [...(await reader.visible(partition)).records.keys()].map(Number);
    return offsets.sort((a, b) => a - b).find((each) => each >= offset);
  } finally {
    wire.close();
  }
}
