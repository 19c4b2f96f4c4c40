/** `klink cluster` and its verbs. */
import type { Command } from 'commander';
import { group } from '../command.js';
import {
  clusterConfigurationDescribe,
  clusterConfigurationList,
  clusterConfigurationUpdate,
} from '../commands/cluster-configuration.js';
import { clusterDescribe } from '../commands/cluster-describe.js';
import { clusterEndpointList } from '../commands/cluster-endpoint.js';
import { clusterList } from '../commands/cluster-list.js';
import { clusterUse } from '../commands/cluster-use.js';
import type { Io } from '../io.js';

export function clusterNoun(io: Io): Command {
  return group('cluster', 'See the managed Kafka clusters and select one.', [
    clusterList(io),
    clusterUse(io),
    clusterDescribe(io),
    group('configuration', 'See and change what is set for all brokers of a cluster.', [
      clusterConfigurationList(io),
      clusterConfigurationDescribe(io),
      clusterConfigurationUpdate(io),
    ]),
    group('endpoint', 'See where to connect to a cluster.', [clusterEndpointList(io)]),
  ]);
}
