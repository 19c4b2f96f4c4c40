/** What the brokers are asked to do: each row of the table stands on its own. */

export type Operation = 'produce' | 'fetch';

export interface Row {
  readonly operation: Operation;
  readonly batchBytes: number;
  readonly partitions: number;
  /** Behind the warm-up; the same for both brokers. */
  readonly measuredBytes: number;
}

export const RECORD_BYTES = 1024;
/** What the just-in-time compilers get to see before anything is counted, as a share of what is measured. */
export const WARM_UP_SHARE = 0.4;
export const CONNECTIONS = 4;

const SHAPES = [
  { batchBytes: 16 << 10, partitions: 1, times: 1 },
  { batchBytes: 16 << 10, partitions: 100, times: 1 },
  { batchBytes: 256 << 10, partitions: 1, times: 2 },
  { batchBytes: 256 << 10, partitions: 100, times: 2 },
];

/** Produce first: the fetch of the same shape reads what it has left. Small batches cost more, so fewer bytes of them are sent. */
export function rows(megabytes: number): Row[] {
  return SHAPES.flatMap(({ batchBytes, partitions, times }) =>
    (['produce', 'fetch'] as const).map((operation) => ({
      operation,
      batchBytes,
      partitions,
      measuredBytes: megabytes * times * 1e6,
    })),
  );
}

export function shapeOf({ batchBytes, partitions }: Row): string {
  return `${batchBytes >> 10} KiB batches, ${partitions} ${partitions === 1 ? 'partition' : 'partitions'}`;
}
