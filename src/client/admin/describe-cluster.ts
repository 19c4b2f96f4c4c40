/** Who the cluster is, and what the asking principal may do with it. */

import { type AclOperation, rightsIn } from '../../protocol/acl-codes.js';
import { describeCluster as describeClusterApi } from '../../protocol/api/describe-cluster.js';
import type { KafkaCluster } from '../types.js';
import { demand, question } from './ask.js';
import { type AdminOptions, Patience } from './patience.js';

export interface ClusterDescription {
  readonly clusterId: string;
  readonly controllerId: number;
  readonly brokers: readonly {
    readonly id: number;
    readonly host: string;
    readonly port: number;
    readonly rack: string | null;
  }[];
  /** What this principal may do on the cluster itself; without authorizer everything. Undefined: not told. */
  readonly rights: ReadonlySet<AclOperation> | undefined;
}

/** Rejects with KafkaError or NotSent (also where the broker is older than 2.8 and lacks the request). */
export async function describeCluster(cluster: KafkaCluster, options: AdminOptions = {}): Promise<ClusterDescription> {
  const request = { includeClusterAuthorizedOperations: true, endpointType: 1 };
  const answer = await question(cluster, new Patience(cluster, options), describeClusterApi, request);
  demand(answer.errorCode, `describing ${cluster.name}`, answer.errorMessage);
  return {
    clusterId: answer.clusterId,
    controllerId: answer.controllerId,
    brokers: answer.brokers.map(({ brokerId, host, port, rack }) => ({ id: brokerId, host, port, rack })),
    rights: rightsIn(answer.clusterAuthorizedOperations),
  };
}
