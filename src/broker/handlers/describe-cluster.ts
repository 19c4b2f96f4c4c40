/** DescribeCluster: one broker, which is also the controller. */

import type { DescribeClusterRequest, DescribeClusterResponse } from '../../protocol/api/describe-cluster.js';
import { errorCode } from '../../protocol/errors.js';
import { type Handler, NO_OPERATIONS } from '../state.js';

const BROKERS = 1;

export const answerDescribeCluster: Handler<DescribeClusterRequest, DescribeClusterResponse> = (
  broker,
  request,
  context,
) => {
  const { host, port } = context.advertised;
  if (request.endpointType !== BROKERS) {
    const errorMessage = 'This is a broker, not a controller endpoint.';
    return { errorCode: errorCode.INVALID_REQUEST, errorMessage, endpointType: BROKERS };
  }
  return {
    endpointType: BROKERS,
    clusterId: broker.clusterId,
    controllerId: broker.nodeId,
    brokers: [{ brokerId: broker.nodeId, host, port, rack: null }],
    clusterAuthorizedOperations: request.includeClusterAuthorizedOperations
      ? context.rights.clusterOperations()
      : NO_OPERATIONS,
  };
};
