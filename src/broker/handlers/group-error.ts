import { errorCode } from '../../protocol/errors.js';
import type { BrokerState } from '../state.js';
import { OFFSETS_TOPIC } from '../topics/internal.js';

/** What every group request is checked for first. Before anyone asked FindCoordinator there is no coordinator. */
export function groupError(broker: BrokerState, groupId: string): number {
  if (groupId === '') return errorCode.INVALID_GROUP_ID;
  return broker.topics.get(OFFSETS_TOPIC) === undefined ? errorCode.COORDINATOR_NOT_AVAILABLE : errorCode.NONE;
}
