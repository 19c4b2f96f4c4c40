/** May this principal write here? One record, by the client that the principal logged in with. */
import type { KafkaCluster } from '../../src/client/types.js';
import { produce } from '../../src/protocol/api/produce.js';
import { until } from './until.js';
import { batchOf } from './wire-topic.js';

/** The answer's code; the topic's own, or −1, while it cannot be asked. */
export async function write(
  cluster: KafkaCluster,
  name: string,
  records = batchOf({ producerId: -1n, epoch: -1 }, -1, 1),
): Promise<number> {
  const topic = (await cluster.metadata([name])).topics[0];
  const leader = topic?.partitions[0]?.leader ?? -1;
  if (topic === undefined || leader < 0) return topic?.errorCode || -1;
  const answer = await (await cluster.channel(leader, 'test')).send(produce, {
    transactionalId: null,
    acks: -1,
    timeoutMs: 10_000,
    topicData: [{ name, topicId: topic.topicId, partitionData: [{ index: 0, records }] }],
  });
  return answer.responses[0]?.partitionResponses[0]?.errorCode ?? -2;
}

export async function writes(cluster: KafkaCluster, name: string, code: number): Promise<void> {
  await until(`writing to ${name} answers ${code}`, 20_000, async () => (await write(cluster, name)) === code);
}
