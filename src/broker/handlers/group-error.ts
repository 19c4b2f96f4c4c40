import { errorCode } from '../../protocol/errors.js';
import type { BrokerState } from '../state.js';
import { OFFSETS_TOPIC } from '../topics/internal.js';

/**
 * Offsets are committed and read for a group without a name, too: old consumers had none. Of a group whose journal is offline
 * nobody knows what the disk holds.
 */
export function coordinatorError(broker: BrokerState, groupId: string): number {
  if (broker.topics.get(OFFSETS_TOPIC) === undefined) return errorCode.COORDINATOR_NOT_AVAILABLE;
  return broker.groups.isOffline(groupId) ? errorCode.NOT_COORDINATOR : errorCode.NONE;
}

/** What every group request of members is checked for first. Before anyone asked FindCoordinator there is no coordinator. */
export function groupError(broker: BrokerState, groupId: string): number {
  return groupId === '' ? errorCode.INVALID_GROUP_ID : coordinatorError(broker, groupId);
}
