/** What a read_committed reader sees of one partition, decoded by itself: nothing of the engine's is used to judge it. */
import { controlType } from '../../src/protocol/records/control.js';
import { decodeBatch } from '../../src/protocol/records/decode.js';
import { batchesIn } from '../../src/protocol/records/header.js';
import type { BatchRecord } from '../../src/protocol/records/record.js';
import type { WireTopic } from './wire-topic.js';

export type SeenRecord = BatchRecord;

export class LogReader {
  readonly #topic: WireTopic;

  constructor(topic: WireTopic) {
    this.#topic = topic;
  }

  async visible(partition: number): Promise<{ readonly records: Map<bigint, SeenRecord>; readonly stable: bigint }> {
    const records = new Map<bigint, SeenRecord>();
    let position = await this.#topic.known(-2n, { partition });
    for (;;) {
      const answer = await this.#topic.fetch(position, { partition, isolationLevel: 1 });
      if (answer.errorCode !== 0) throw new Error(`fetch of ${this.#topic.name}/${partition}: ${answer.errorCode}`);
      const start = position;
      const aborted = [...(answer.abortedTransactions ?? [])];
      const open = new Set<bigint>();
      for (const batch of batchesIn(answer.records ?? Buffer.alloc(0))) {
        if (batch.kind === 'foreign') throw new Error(`magic ${batch.magic}`);
        if (!batch.crcMatches()) throw new Error(`checksum at ${batch.baseOffset}`);
        for (const transaction of aborted.splice(0)) {
          if (transaction.firstOffset <= batch.lastOffset) open.add(transaction.producerId);
          else aborted.push(transaction);
        }
        if (batch.isControl) {
          const [record] = decodeBatch(batch);
          if (controlType(record?.key ?? null) === 'abort') open.delete(batch.producerId);
        } else if (!(batch.isTransactional && open.has(batch.producerId))) {
          for (const record of decodeBatch(batch)) {
            if (record.offset >= start) records.set(record.offset, record);
          }
        }
        if (batch.nextOffset > position) position = batch.nextOffset;
      }
      if (position >= answer.lastStableOffset) return { records, stable: answer.lastStableOffset };
      if (position === start) throw new Error(`nothing at ${start} although stable up to ${answer.lastStableOffset}`);
    }
  }
}

/** Everything a reader sees of a record. */
export function textOf(record: SeenRecord): string {
  const hex = (bytes: Buffer | null) => bytes?.toString('hex') ?? 'null';
  const headers = record.headers.map(({ key, value }) => `${key}=${hex(value)}`).join(',');
  return `${record.timestamp} ${hex(record.key)} ${hex(record.value)} ${headers}`;
}
