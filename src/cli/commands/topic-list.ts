/** `klink topic list` and `klink topic describe`: what topics a cluster has. */
import type { Command } from 'commander';
import type { TopicData } from '../../api/client/shapes.js';
import { type CommonFlags, commandOn, examples, withCluster, withOutput } from '../command.js';
import type { Io } from '../io.js';
import { type Column, printList, printOne } from '../output/print.js';
import { openSession } from '../session.js';
import { orUnknownTopic } from './topic-unknown.js';

const columns: readonly Column<TopicData>[] = [
  { heading: 'Name', key: 'name', value: (row) => row.topic_name },
  { heading: 'Internal', key: 'is_internal', value: (row) => row.is_internal },
  { heading: 'Replication Factor', key: 'replication_factor', value: (row) => row.replication_factor },
  { heading: 'Partition Count', key: 'partition_count', value: (row) => row.partitions_count },
];

export function topicList(io: Io): Command {
  const command = withOutput(withCluster(commandOn('list', 'List Kafka topics.'))).action(
    async (flags: CommonFlags) => {
      const session = openSession(flags, io);
      const cluster = await session.cluster();
      const { data } = await session.api.topics(cluster.cluster_id);
      await printList(io, flags.output, columns, data);
    },
  );
  return examples(command, 'klink topic list --cluster dr', 'klink topic list -o json');
}

export function topicDescribe(io: Io): Command {
  const command = withOutput(withCluster(commandOn('describe', 'Describe a Kafka topic.')))
    .argument('<topic>')
    .action(async (topic: string, flags: CommonFlags) => {
      const session = openSession(flags, io);
      const cluster = await session.cluster();
      const found = await orUnknownTopic(session.api.topic(cluster.cluster_id, topic), topic, cluster.cluster_id);
      await printOne(io, flags.output, columns, found);
    });
  return examples(command, 'klink topic describe orders --cluster dr');
}
