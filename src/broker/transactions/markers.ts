/** Appends one transaction marker, for the coordinator and for WriteTxnMarkers alike. Gives the error code. */
import { errorCode } from '../../protocol/errors.js';
import type { GroupCoordinator } from '../groups/coordinator.js';
import { OFFSETS_TOPIC } from '../topics/internal.js';
import type { Topics } from '../topics/topics.js';
import type { MarkerRequest } from './endings.js';

export function appendMarker(
  broker: { readonly topics: Topics; readonly groups: GroupCoordinator },
  { place, ...marker }: MarkerRequest,
  nowMs: number,
): number {
  const { producerId, commit } = marker;
  const log = broker.topics.partition(place.topic, place.partition);
  if (log === undefined) return errorCode.UNKNOWN_TOPIC_OR_PARTITION;
  const outcome = log.appendMarker(marker, nowMs);
  if (outcome.kind === 'refused') return outcome.code;
  if (place.topic === OFFSETS_TOPIC) broker.groups.transactionEnded({ producerId, partition: place.partition, commit });
  return errorCode.NONE;
}
