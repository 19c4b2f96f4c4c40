import { errorCode } from '../../protocol/errors.js';
import type { BrokerState } from '../state.js';
import { OFFSETS_TOPIC } from '../topics/internal.js';

/** Offsets are committed and read for a group without a name, too: old consumers had none. */
export function coordinatorError(broker: BrokerState): number {
  return broker.topics.get(OFFSETS_TOPIC) === undefined ? errorCode.COORDINATOR_NOT_AVAILABLE : errorCode.NONE;
}

/** What every group request of members is checked for first. Before anyone asked FindCoordinator there is no coordinator. */
export function groupError(broker: BrokerState, groupId: string): number {
  return groupId === '' ? errorCode.INVALID_GROUP_ID : coordinatorError(broker);
}
