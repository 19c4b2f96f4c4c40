/** FindCoordinator: always this broker. The first question makes the internal topic that the coordinator writes to. */

import type { FindCoordinatorRequest, FindCoordinatorResponse } from '../../protocol/api/find-coordinator.js';
import { errorCode } from '../../protocol/errors.js';
import type { Handler } from '../state.js';
import { ensureInternalTopic, OFFSETS_TOPIC, TRANSACTIONS_TOPIC } from '../topics/internal.js';

const GROUP = 0;
const TRANSACTION = 1;
const MANY_KEYS = 4;

export const answerFindCoordinator: Handler<FindCoordinatorRequest, FindCoordinatorResponse> = async (
  broker,
  request,
  context,
) => {
  const { host, port } = broker.advertised;
  const known = request.keyType === GROUP || request.keyType === TRANSACTION;
  if (known) await ensureInternalTopic(broker, request.keyType === GROUP ? OFFSETS_TOPIC : TRANSACTIONS_TOPIC);
  const answer = known
    ? {
        errorCode: errorCode.NONE,
        errorMessage: context.version >= MANY_KEYS ? '' : null,
        nodeId: broker.nodeId,
        host,
        port,
      }
    : { errorCode: errorCode.INVALID_REQUEST, errorMessage: 'unknown key type', nodeId: -1, host: '', port: -1 };
  if (context.version < MANY_KEYS) return answer;
  return { coordinators: request.coordinatorKeys.map((key) => ({ key, ...answer })) };
};
