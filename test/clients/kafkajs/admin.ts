/** The admin's calls in kafkajs. */
import kafkajs from 'kafkajs';
import type { AdminOperation } from '../job.js';

export async function operate(admin: kafkajs.Admin, operation: AdminOperation): Promise<Record<string, unknown>> {
  switch (operation.op) {
    case 'describe-cluster': {
      const { clusterId, brokers } = await admin.describeCluster();
      return { clusterId, brokers: brokers.length };
    }
    case 'create-topic': {
      const { topic, partitions, config } = operation;
      const configEntries = Object.entries(config).map(([name, value]) => ({ name, value }));
      await admin.createTopics({ topics: [{ topic, numPartitions: partitions, configEntries }] });
      return {};
    }
    case 'list-topics':
      return { topics: await admin.listTopics() };
    case 'describe-topic': {
      const { topics } = await admin.fetchTopicMetadata({ topics: [operation.topic] });
      return { partitions: topics[0]?.partitions.length };
    }
    case 'create-partitions':
      await admin.createPartitions({ topicPartitions: [{ topic: operation.topic, count: operation.count }] });
      return {};
    case 'describe-configs': {
      const wanted = [{ type: kafkajs.ConfigResourceTypes.TOPIC, name: operation.topic }];
      const { resources } = await admin.describeConfigs({ resources: wanted, includeSynonyms: false });
      const entries = resources[0]?.configEntries ?? [];
      return { config: Object.fromEntries(entries.map(({ configName, configValue }) => [configName, configValue])) };
    }
    case 'alter-configs': {
      const configEntries = Object.entries(operation.config).map(([name, value]) => ({ name, value }));
      const resource = { type: kafkajs.ConfigResourceTypes.TOPIC, name: operation.topic, configEntries };
      await admin.alterConfigs({ validateOnly: false, resources: [resource] });
      return {};
    }
    case 'list-offsets': {
      const offsets = await admin.fetchTopicOffsets(operation.topic);
      offsets.sort((a, b) => a.partition - b.partition);
      return { earliest: offsets.map(({ low }) => Number(low)), latest: offsets.map(({ high }) => Number(high)) };
    }
    case 'delete-records': {
      const partitions = [{ partition: operation.partition, offset: String(operation.before) }];
      await admin.deleteTopicRecords({ topic: operation.topic, partitions });
      return {};
    }
    case 'list-groups':
      return { groups: (await admin.listGroups()).groups.map(({ groupId }) => groupId) };
    case 'describe-group': {
      const [group] = (await admin.describeGroups([operation.group])).groups;
      return { state: group?.state, members: group?.members.length };
    }
    case 'group-offsets': {
      const [found] = await admin.fetchOffsets({ groupId: operation.group, topics: [operation.topic] });
      const sorted = [...(found?.partitions ?? [])].sort((a, b) => a.partition - b.partition);
      return { offsets: sorted.map(({ offset }) => (offset === '-1' ? null : Number(offset))) };
    }
    case 'alter-group-offsets': {
      const { group, topic, partition, offset } = operation;
      await admin.setOffsets({ groupId: group, topic, partitions: [{ partition, offset: String(offset) }] });
      return {};
    }
    case 'delete-group':
      await admin.deleteGroups([operation.group]);
      return {};
    case 'create-acl':
      await admin.createAcls({ acl: [{ ...ofTopic(operation.topic), ...allowed, principal: operation.principal }] });
      return {};
    case 'describe-acls': {
      const { resources } = await admin.describeAcls({ ...ofTopic(operation.topic), ...anybody });
      return { acls: resources.flatMap(({ acls }) => acls).length };
    }
    case 'delete-acls': {
      const { filterResponses } = await admin.deleteAcls({ filters: [{ ...ofTopic(operation.topic), ...anybody }] });
      return { acls: filterResponses.flatMap(({ matchingAcls }) => matchingAcls).length };
    }
    case 'delete-topic':
      await admin.deleteTopics({ topics: [operation.topic] });
      return {};
  }
}

const ofTopic = (topic: string) => ({
  resourceType: kafkajs.AclResourceTypes.TOPIC,
  resourceName: topic,
  resourcePatternType: kafkajs.ResourcePatternTypes.LITERAL,
});

const allowed = {
  host: '*',
  operation: kafkajs.AclOperationTypes.READ,
  permissionType: kafkajs.AclPermissionTypes.ALLOW,
};

const anybody = {
  operation: kafkajs.AclOperationTypes.ANY,
  permissionType: kafkajs.AclPermissionTypes.ANY,
};
