/** The check of `current_leader_epoch` that reading APIs share (KIP-320). */
import { errorCode } from '../../protocol/errors.js';

/** From the client: no check is asked for. Any other epoch is held against the leader's, also one that no leader can have. */
const NO_CHECK = -1;

/** 0, FENCED_LEADER_EPOCH or UNKNOWN_LEADER_EPOCH. */
export function leaderEpochError(currentLeaderEpoch: number, leaderEpoch: number): number {
  if (currentLeaderEpoch === NO_CHECK || currentLeaderEpoch === leaderEpoch) return errorCode.NONE;
  return currentLeaderEpoch < leaderEpoch ? errorCode.FENCED_LEADER_EPOCH : errorCode.UNKNOWN_LEADER_EPOCH;
}
