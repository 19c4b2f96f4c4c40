/** The batch that ends a transaction on one partition. */
import { endMarkerKey, endMarkerValue } from '../../protocol/records/control.js';
import type { BatchToEncode } from '../../protocol/records/encode.js';

export interface MarkerToAppend {
  readonly producerId: bigint;
  readonly epoch: number;
  readonly coordinatorEpoch: number;
  readonly commit: boolean;
}

export function markerBatch(marker: MarkerToAppend, timestamp: bigint): BatchToEncode {
  const key = endMarkerKey(marker.commit ? 'commit' : 'abort');
  const value = endMarkerValue(marker.coordinatorEpoch);
  return {
    records: [{ timestamp, key, value }],
    transactional: true,
    control: true,
    producerId: marker.producerId,
    producerEpoch: marker.epoch,
  };
}
