/** What the brokers are asked to do: each row of the table stands on its own. */

export type Operation = 'produce' | 'fetch';

export interface Row {
  readonly operation: Operation;
  readonly batchBytes: number;
  readonly partitions: number;
  /** With `flush.messages=1`: an answer waits for the disk. */
  readonly isFlushed: boolean;
  /** Behind the warm-up; the same for both brokers. */
  readonly measuredBytes: number;
}

export const RECORD_BYTES = 1024;
/** What the just-in-time compilers get to see before anything is counted, as a share of what is measured. */
export const WARM_UP_SHARE = 0.4;
export const CONNECTIONS = 4;

/** What waits for a disk is slower by far. Two rows tell what safety against a loss of power costs. */
const FLUSHED = [
  { batchBytes: 16 << 10, partitions: 1, times: 0.05 },
  { batchBytes: 256 << 10, partitions: 1, times: 0.4 },
];
const SHAPES = [
  { batchBytes: 16 << 10, partitions: 1, times: 1 },
  { batchBytes: 16 << 10, partitions: 100, times: 1 },
  { batchBytes: 256 << 10, partitions: 1, times: 2 },
  { batchBytes: 256 << 10, partitions: 100, times: 2 },
];

/** Produce first: the fetch of the same shape reads what it has left. Small batches cost more, so fewer bytes of them are sent. */
export function rows(megabytes: number): Row[] {
  const row = (operation: Operation, { times, ...shape }: (typeof SHAPES)[number], isFlushed: boolean): Row => {
    return { operation, ...shape, isFlushed, measuredBytes: megabytes * times * 1e6 };
  };
  return [
    ...SHAPES.flatMap((shape) => [row('produce', shape, false), row('fetch', shape, false)]),
    ...FLUSHED.map((shape) => row('produce', shape, true)),
  ];
}

/** As `--only` takes it. */
export function nameOf({ batchBytes, partitions, isFlushed }: Row): string {
  return `${batchBytes >> 10}/${partitions}${isFlushed ? '/flushed' : ''}`;
}

export function shapeOf({ batchBytes, partitions, isFlushed }: Row): string {
  const shape = `${batchBytes >> 10} KiB batches, ${partitions} ${partitions === 1 ? 'partition' : 'partitions'}`;
  return isFlushed ? `${shape}, on the disk before it is answered` : shape;
}
