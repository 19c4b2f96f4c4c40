import { errorCode } from '../../protocol/errors.js';

/** Old clients do not know PRODUCER_FENCED and are told INVALID_PRODUCER_EPOCH. */
export function olderFencedCode(code: number, isOld: boolean): number {
  return isOld && code === errorCode.PRODUCER_FENCED ? errorCode.INVALID_PRODUCER_EPOCH : code;
}
