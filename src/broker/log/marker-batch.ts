/** The batch that ends a transaction on one partition. */
import { endMarkerKey, endMarkerValue } from '../../protocol/records/control.js';
import type { BatchToEncode } from '../../protocol/records/encode.js';
import type { TimestampType } from '../../protocol/records/header.js';

export interface MarkerToAppend {
  readonly producerId: bigint;
  readonly epoch: number;
  readonly coordinatorEpoch: number;
  readonly commit: boolean;
  /** What WriteTxnMarkers says of it; not said by our own coordinator, whose markers are right. */
  readonly transactionVersion?: number;
  /** Of WriteTxnMarkers: may be too large for the topic. Our own coordinator's never is, or its transaction would not end. */
  readonly isFromOutside?: boolean;
}

/** Also of a marker the timestamp's type is the topic's. */
export function markerBatch(marker: MarkerToAppend, timestamp: bigint, timestampType: TimestampType): BatchToEncode {
  const key = endMarkerKey(marker.commit ? 'commit' : 'abort');
  const value = endMarkerValue(marker.coordinatorEpoch);
  return {
    records: [{ timestamp, key, value }],
    transactional: true,
    control: true,
    timestampType,
    producerId: marker.producerId,
    producerEpoch: marker.epoch,
  };
}
