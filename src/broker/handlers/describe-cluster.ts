/** DescribeCluster: one broker, which is also the controller. */

import type { DescribeClusterRequest, DescribeClusterResponse } from '../../protocol/api/describe-cluster.js';
import { errorCode } from '../../protocol/errors.js';
import { type Handler, NO_OPERATIONS } from '../state.js';

const [BROKERS, CONTROLLERS] = [1, 2];

export const answerDescribeCluster: Handler<DescribeClusterRequest, DescribeClusterResponse> = (
  broker,
  request,
  context,
) => {
  const { host, port } = context.advertised;
  if (request.endpointType !== BROKERS) {
    return { ...refused(request.endpointType), endpointType: BROKERS };
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

function refused(endpointType: number): Pick<DescribeClusterResponse, 'errorCode' | 'errorMessage'> {
  if (endpointType !== CONTROLLERS) {
    const errorMessage = `Unsupported endpoint type ${endpointType}`;
    return { errorCode: errorCode.UNSUPPORTED_ENDPOINT_TYPE, errorMessage };
  }
  const errorMessage =
    'The request was sent to an endpoint of type BROKER, but we wanted an endpoint of type CONTROLLER';
  return { errorCode: errorCode.MISMATCHED_ENDPOINT_TYPE, errorMessage };
}
