/** The admin's calls in @platformatic/kafka. */
import type { Admin } from '@platformatic/kafka';
import type { AdminOperation } from '../job.js';

const TOPIC_SETTINGS = 2;
/** An empty list would name the brokers of no partition at all; the types know nothing else. */
const byBroker = null as unknown as [];
const SET = 0;
const TOPIC = 2;
const LITERAL = 3;
const ANY = 1;
const READ = 3;
const ALLOW = 3;
const EARLIEST = -2n;
const LATEST = -1n;

export async function operate(admin: Admin, operation: AdminOperation): Promise<Record<string, unknown>> {
  switch (operation.op) {
    case 'describe-cluster': {
      const { id, brokers } = await admin.metadata({ topics: [] });
      return { clusterId: id, brokers: brokers.size };
    }
    case 'create-topic': {
      const { topic, partitions, config } = operation;
      const configs = Object.entries(config).map(([name, value]) => ({ name, value }));
      await admin.createTopics({ topics: [topic], partitions, replicas: 1, configs });
      return {};
    }
    case 'list-topics':
      return { topics: await admin.listTopics() };
    case 'describe-topic':
      return { partitions: await partitionsOf(admin, operation.topic) };
    case 'create-partitions':
      await admin.createPartitions({
        topics: [{ name: operation.topic, count: operation.count, assignments: byBroker }],
      });
      return {};
    case 'describe-configs': {
      const resource = { resourceType: TOPIC_SETTINGS, resourceName: operation.topic } as const;
      const [found] = await admin.describeConfigs({ resources: [resource] });
      return { config: Object.fromEntries((found?.configs ?? []).map(({ name, value }) => [name, value])) };
    }
    case 'alter-configs': {
      const configs = Object.entries(operation.config).map(([name, value]) => ({
        name,
        configOperation: SET as 0,
        value,
      }));
      await admin.incrementalAlterConfigs({
        resources: [{ resourceType: TOPIC_SETTINGS, resourceName: operation.topic, configs }],
      });
      return {};
    }
    case 'list-offsets': {
      const count = await partitionsOf(admin, operation.topic);
      const at = async (timestamp: bigint) => {
        const partitions = Array.from({ length: count }, (_, partitionIndex) => ({ partitionIndex, timestamp }));
        const [found] = await admin.listOffsets({ topics: [{ name: operation.topic, partitions }] });
        return (found?.partitions ?? [])
          .toSorted((a, b) => a.partitionIndex - b.partitionIndex)
          .map(({ offset }) => Number(offset));
      };
      return { earliest: await at(EARLIEST), latest: await at(LATEST) };
    }
    case 'delete-records': {
      const { topic, partition, before } = operation;
      await admin.deleteRecords({ topics: [{ name: topic, partitions: [{ partition, offset: BigInt(before) }] }] });
      return {};
    }
    case 'list-groups':
      return { groups: [...(await admin.listGroups()).keys()] };
    case 'describe-group': {
      const found = (await admin.describeGroups({ groups: [operation.group] })).get(operation.group);
      return { state: found?.state, members: found?.members.size };
    }
    case 'group-offsets': {
      const { group, topic } = operation;
      const count = await partitionsOf(admin, topic);
      const partitionIndexes = Array.from({ length: count }, (_, i) => i);
      const [found] = await admin.listConsumerGroupOffsets({
        groups: [{ groupId: group, topics: [{ name: topic, partitionIndexes }] }],
      });
      const own = found?.topics.find(({ name }) => name === topic)?.partitions ?? [];
      const offsets = new Map(own.map(({ partitionIndex, committedOffset }) => [partitionIndex, committedOffset]));
      return {
        offsets: partitionIndexes.map((i) => {
          const offset = offsets.get(i) ?? -1n;
          return offset < 0n ? null : Number(offset);
        }),
      };
    }
    case 'alter-group-offsets': {
      const { group, topic, partition, offset } = operation;
      const partitionOffsets = [{ partition, offset: BigInt(offset) }];
      await admin.alterConsumerGroupOffsets({ groupId: group, topics: [{ name: topic, partitionOffsets }] });
      return {};
    }
    case 'delete-group':
      await admin.deleteGroups({ groups: [operation.group] });
      return {};
    case 'create-acl': {
      const { topic, principal } = operation;
      const allowed = { principal, host: '*', operation: READ, permissionType: ALLOW } as const;
      await admin.createAcls({ creations: [{ ...ofTopic(topic), ...allowed }] });
      return {};
    }
    case 'describe-acls': {
      const found = await admin.describeAcls({ filter: { ...ofTopic(operation.topic), ...anybody } });
      return { acls: found.flatMap(({ acls }) => acls).length };
    }
    case 'delete-acls': {
      const found = await admin.deleteAcls({ filters: [{ ...ofTopic(operation.topic), ...anybody }] });
      return { acls: found.length };
    }
    case 'delete-topic':
      await admin.deleteTopics({ topics: [operation.topic] });
      return {};
  }
}

async function partitionsOf(admin: Admin, topic: string): Promise<number> {
  const { topics } = await admin.metadata({ topics: [topic], forceUpdate: true });
  return topics.get(topic)?.partitionsCount ?? 0;
}

const ofTopic = (resourceName: string) =>
  ({ resourceType: TOPIC, resourceName, resourcePatternType: LITERAL }) as const;

const anybody = { principal: null, host: null, operation: ANY, permissionType: ANY } as const;
