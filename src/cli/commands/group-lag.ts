/** `klink consumer group lag list|describe|summarize`: how far a group is behind the end of what it reads. */
import { type Command, InvalidArgumentError } from 'commander';
import { RequestRefused } from '../../api/client/exchange.js';
import type { ConsumerLagData, LagSummaryData } from '../../api/client/shapes.js';
import { type CommonFlags, commandOn, examples, withCluster, withOutput } from '../command.js';
import { CliFailure } from '../failure.js';
import type { Io } from '../io.js';
import { type Column, printList, printOne } from '../output/print.js';
import { openSession } from '../session.js';
import { orUnknownGroup } from './group-unknown.js';

const lagColumns: readonly Column<ConsumerLagData>[] = [
  { heading: 'Cluster', key: 'cluster', value: (row) => row.cluster_id },
  { heading: 'Consumer Group', key: 'consumer_group', value: (row) => row.consumer_group_id },
  { heading: 'Lag', key: 'lag', value: (row) => row.lag },
  { heading: 'Log End Offset', key: 'log_end_offset', value: (row) => row.log_end_offset },
  { heading: 'Current Offset', key: 'current_offset', value: (row) => row.current_offset },
  { heading: 'Consumer', key: 'consumer', value: (row) => row.consumer_id },
  { heading: 'Instance', key: 'instance', value: (row) => row.instance_id ?? '' },
  { heading: 'Client', key: 'client', value: (row) => row.client_id },
  { heading: 'Topic', key: 'topic', value: (row) => row.topic_name },
  { heading: 'Partition', key: 'partition', value: (row) => row.partition_id },
];

const summaryColumns: readonly Column<LagSummaryData>[] = [
  { heading: 'Cluster', key: 'cluster', value: (row) => row.cluster_id },
  { heading: 'Consumer Group', key: 'consumer_group', value: (row) => row.consumer_group_id },
  { heading: 'Total Lag', key: 'total_lag', value: (row) => row.total_lag },
  { heading: 'Max Lag', key: 'max_lag', value: (row) => row.max_lag },
  { heading: 'Max Lag Consumer', key: 'max_lag_consumer', value: (row) => row.max_lag_consumer_id },
  { heading: 'Max Lag Instance', key: 'max_lag_instance', value: (row) => row.max_lag_instance_id ?? '' },
  { heading: 'Max Lag Client', key: 'max_lag_client', value: (row) => row.max_lag_client_id },
  { heading: 'Max Lag Topic', key: 'max_lag_topic', value: (row) => row.max_lag_topic_name },
  { heading: 'Max Lag Partition', key: 'max_lag_partition', value: (row) => row.max_lag_partition_id },
];

const NO_PARTITION = 40403;

export function groupLagList(io: Io): Command {
  const command = withOutput(
    withCluster(commandOn('list', 'List the lag of a consumer group, partition by partition.')),
  )
    .argument('<consumer-group>')
    .action(async (group: string, flags: CommonFlags) => {
      const session = openSession(flags, io);
      const cluster = await session.cluster();
      const { data } = await orUnknownGroup(session.api.lags(cluster.cluster_id, group), group);
      await printList(io, flags.output, lagColumns, data);
    });
  return examples(command, 'klink consumer group lag list shipping --cluster dr');
}

export function groupLagDescribe(io: Io): Command {
  const command = withOutput(
    withCluster(commandOn('describe', 'Describe the lag of a consumer group on one partition.')),
  )
    .argument('<consumer-group>')
    .requiredOption('--topic <topic>', 'topic that the group reads')
    .requiredOption('--partition <number>', 'partition of the topic', (text) => {
      if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('It must be the number of a partition.');
      return Number(text);
    })
    .action(async (group: string, flags: CommonFlags & { readonly topic: string; readonly partition: number }) => {
      const session = openSession(flags, io);
      const cluster = await session.cluster();
      const { topic, partition } = flags;
      const lag = session.api.lag(cluster.cluster_id, group, topic, partition).catch((error: unknown) => {
        if (!(error instanceof RequestRefused && error.errorCode === NO_PARTITION)) throw error;
        throw new CliFailure(
          `consumer group "${group}" has no offset for partition ${partition} of topic "${topic}"`,
          `See what it has with \`klink consumer group lag list ${group}\`.`,
        );
      });
      await printOne(io, flags.output, lagColumns, await orUnknownGroup(lag, group));
    });
  return examples(command, 'klink consumer group lag describe shipping --topic orders --partition 0 --cluster dr');
}

export function groupLagSummarize(io: Io): Command {
  const command = withOutput(withCluster(commandOn('summarize', 'Summarize the lag of a consumer group.')))
    .argument('<consumer-group>')
    .action(async (group: string, flags: CommonFlags) => {
      const session = openSession(flags, io);
      const cluster = await session.cluster();
      const summary = await orUnknownGroup(session.api.lagSummary(cluster.cluster_id, group), group);
      await printOne(io, flags.output, summaryColumns, summary);
    });
  return examples(command, 'klink consumer group lag summarize shipping --cluster dr');
}
