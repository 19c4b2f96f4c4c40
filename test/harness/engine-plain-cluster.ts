/** A stand-in for the client's cluster. */
import type { Address } from '../../src/base/connection.js';
import { openChannel } from '../../src/client/handshake.js';
import {
  type Channel,
  type ClusterMetadata,
  type KafkaCluster,
  NotSent,
  type SaslPlain,
  type SendOptions,
  type Surroundings,
} from '../../src/client/types.js';
import { metadata } from '../../src/protocol/api/metadata.js';

export function plainCluster(
  name: string,
  bootstrap: Address,
  surroundings: Surroundings,
  sasl?: SaslPlain,
): KafkaCluster {
  const ending = new AbortController();
  const channels = new Map<string, Promise<Channel>>();
  const addresses = new Map<number, Address>();
  const open = (broker: number, purpose: string, address: Address): Promise<Channel> =>
    openChannel(address, {
      ...surroundings,
      cluster: name,
      brokerId: broker,
      purpose,
      clientId: 'klink',
      requestTimeoutMs: 30_000,
      connectTimeoutMs: 10_000,
      sasl,
      signal: ending.signal,
    });
  const channel = async (broker: number | 'any', purpose: string): Promise<Channel> => {
    const id = broker === 'any' ? -1 : broker;
    if (id >= 0 && !addresses.has(id)) await cluster.metadata([]);
    const address = id < 0 ? bootstrap : addresses.get(id);
    if (!address) throw new NotSent(`unknown broker ${id}`);
    const key = `${id}/${purpose}`;
    const known = await channels.get(key)?.catch(() => undefined);
    if (known?.open) return known;
    const fresh = channels.get(key);
    if (fresh && (await fresh.catch(() => undefined))?.open) return fresh;
    const made = open(id, purpose, address);
    channels.set(key, made);
    return made;
  };
  const cluster: KafkaCluster = {
    name,
    async metadata(topics: 'all' | readonly string[], options?: SendOptions): Promise<ClusterMetadata> {
      const answer = await (await channel('any', 'metadata')).send(
        metadata,
        { topics: topics === 'all' ? null : topics.map((each) => ({ name: each })), allowAutoTopicCreation: false },
        options,
      );
      for (const broker of answer.brokers) addresses.set(broker.nodeId, { host: broker.host, port: broker.port });
      return {
        clusterId: answer.clusterId ?? '',
        controllerId: answer.controllerId,
        brokers: answer.brokers.map(({ nodeId, host, port }) => ({ id: nodeId, host, port })),
        topics: answer.topics.map((topic) => ({
          name: topic.name ?? '',
          topicId: topic.topicId,
          isInternal: topic.isInternal,
          errorCode: topic.errorCode,
          authorizedOperations: topic.topicAuthorizedOperations,
          partitions: topic.partitions.map((each) => ({
            partition: each.partitionIndex,
            leader: each.leaderId,
            leaderEpoch: each.leaderEpoch,
            replicas: each.replicaNodes,
            isr: each.isrNodes,
            errorCode: each.errorCode,
          })),
        })),
      };
    },
    channel,
    coordinator: () => Promise.reject(new NotSent('not here')),
    controller: () => Promise.reject(new NotSent('not here')),
    async close() {
      ending.abort(new Error('closed'));
      for (const each of channels.values()) (await each.catch(() => undefined))?.close();
    },
  };
  return cluster;
}
