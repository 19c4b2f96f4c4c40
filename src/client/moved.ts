/** Codes that say "not here", or "not yet": who coordinates, or who leads, is found anew before the next attempt. */
import { errorCode } from '../protocol/errors.js';

/** The coordinator has moved, is loading, or is being found. */
export const COORDINATOR_MOVES: ReadonlySet<number> = new Set([
  errorCode.COORDINATOR_LOAD_IN_PROGRESS,
  errorCode.COORDINATOR_NOT_AVAILABLE,
  errorCode.NOT_COORDINATOR,
]);

/** The leader has moved, or there is none at the moment, or the asked broker does not know yet that it leads. */
export const LEADER_MOVES: ReadonlySet<number> = new Set([
  errorCode.UNKNOWN_TOPIC_OR_PARTITION,
  errorCode.LEADER_NOT_AVAILABLE,
  errorCode.NOT_LEADER_OR_FOLLOWER,
  errorCode.REPLICA_NOT_AVAILABLE,
  errorCode.KAFKA_STORAGE_ERROR,
  errorCode.FENCED_LEADER_EPOCH,
  errorCode.UNKNOWN_LEADER_EPOCH,
  errorCode.OFFSET_NOT_AVAILABLE,
  errorCode.UNKNOWN_TOPIC_ID,
]);
