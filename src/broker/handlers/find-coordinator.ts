/** FindCoordinator: always this broker. The first question makes the internal topic that the coordinator writes to. */

import type { FindCoordinatorRequest, FindCoordinatorResponse } from '../../protocol/api/find-coordinator.js';
import { errorCode } from '../../protocol/errors.js';
import { refusedCode } from '../security/rights.js';
import type { Handler } from '../state.js';
import { unlessRefused } from '../topics/disk-refused.js';
import { ensureInternalTopic, OFFSETS_TOPIC, TRANSACTIONS_TOPIC } from '../topics/internal.js';
import { MALFORMED } from './kafka-words.js';

const kinds = new Map<number, { readonly resource: 'GROUP' | 'TRANSACTIONAL_ID'; readonly topic: string }>([
  [0, { resource: 'GROUP', topic: OFFSETS_TOPIC }],
  [1, { resource: 'TRANSACTIONAL_ID', topic: TRANSACTIONS_TOPIC }],
]);
const MANY_KEYS = 4;
/** Coordinators of share groups, which are not offered. */
const SHARE = 2;

export const answerFindCoordinator: Handler<FindCoordinatorRequest, FindCoordinatorResponse> = async (
  broker,
  request,
  context,
) => {
  const { host, port } = context.advertised;
  const kind = kinds.get(request.keyType);
  const keys = context.version >= MANY_KEYS ? request.coordinatorKeys : [request.key];
  const isOfShare = context.version >= MANY_KEYS && request.keyType === SHARE;
  const mayKnow = (key: string) => kind !== undefined && context.rights.may('DESCRIBE', kind.resource, key);
  const ensure = async (topic: string) => {
    await ensureInternalTopic(broker, topic);
    return true;
  };
  // As long as the topic cannot be made there is no coordinator, as in Kafka: clients ask again.
  const isThere =
    kind === undefined ||
    !keys.some(mayKnow) ||
    (await unlessRefused(
      broker.log,
      () => ensure(kind.topic),
      () => false,
    ));
  const answerOf = (key: string) => {
    const none = { errorMessage: null, nodeId: -1, host: '', port: -1 };
    if (kind === undefined)
      return {
        ...none,
        errorCode: errorCode.INVALID_REQUEST,
        errorMessage: isOfShare ? '' : MALFORMED,
      };
    if (!mayKnow(key)) return { ...none, errorCode: refusedCode[kind.resource] };
    if (!isThere) return { ...none, errorCode: errorCode.COORDINATOR_NOT_AVAILABLE };
    const errorMessage = context.version >= MANY_KEYS ? '' : 'NONE';
    return { errorCode: errorCode.NONE, errorMessage, nodeId: broker.nodeId, host, port };
  };
  if (context.version < MANY_KEYS) return answerOf(request.key);
  return { coordinators: keys.map((key) => ({ key, ...answerOf(key) })) };
};
