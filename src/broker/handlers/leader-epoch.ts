/** The check of `current_leader_epoch` that reading APIs share (KIP-320). */
import { errorCode } from '../../protocol/errors.js';

/** 0, FENCED_LEADER_EPOCH or UNKNOWN_LEADER_EPOCH; −1 from the client asks for no check. */
export function leaderEpochError(currentLeaderEpoch: number, leaderEpoch: number): number {
  if (currentLeaderEpoch < 0 || currentLeaderEpoch === leaderEpoch) return errorCode.NONE;
  return currentLeaderEpoch < leaderEpoch ? errorCode.FENCED_LEADER_EPOCH : errorCode.UNKNOWN_LEADER_EPOCH;
}
