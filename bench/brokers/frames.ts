/** The frames that a generator sends again and again: made beforehand, so that sending one costs a write and nothing else. */
import { produce } from '../../src/protocol/api/produce.js';
import { encodeRequest } from '../../src/protocol/codec.js';
import { encodeBatch } from '../../src/protocol/records/encode.js';
import { Numbers } from '../loads.js';
import type { Job } from './job.js';
import { RECORD_BYTES } from './rows.js';

/** `max.request.size` of a producer. */
const REQUEST_BYTES_MAX = 1 << 20;
const PRODUCE_VERSION = 13;
/** What a record takes beside its value, and a batch beside its records. */
const RECORD_OVERHEAD = 12;
const BATCH_OVERHEAD = 61;

export interface PreparedRequest {
  readonly bytes: Buffer;
  /** Of its batches. */
  readonly batchBytes: number;
}

/** As many records as a producer with this `batch.size` puts into one. Random: nothing can be compressed on the way. */
export function preparedBatch(batchBytes: number): Buffer {
  const random = new Numbers(20_261_126);
  const count = Math.floor((batchBytes - BATCH_OVERHEAD) / (RECORD_BYTES + RECORD_OVERHEAD));
  const timestamp = BigInt(Date.now());
  const records = Array.from({ length: count }, () => ({ timestamp, value: random.bytes(RECORD_BYTES) }));
  return encodeBatch({ records, codec: 'none' });
}

/** What one connection sends in turn: together they hold one batch for each of its partitions. */
export function produceRequests(job: Job, partitions: readonly number[], batch: Buffer): PreparedRequest[] {
  const perRequest = Math.max(1, Math.floor(REQUEST_BYTES_MAX / job.batchBytes));
  const requests: PreparedRequest[] = [];
  for (let at = 0; at < partitions.length; at += perRequest) {
    const partitionData = partitions.slice(at, at + perRequest).map((index) => ({ index, records: batch }));
    const chunks = encodeRequest(
      produce,
      PRODUCE_VERSION,
      { correlationId: 0, clientId: 'bench' },
      {
        transactionalId: null,
        acks: -1,
        timeoutMs: 30_000,
        topicData: [{ name: job.topic.name, topicId: job.topic.id, partitionData }],
      },
    );
    requests.push({ bytes: Buffer.concat(chunks), batchBytes: partitionData.length * batch.length });
  }
  return requests;
}

export const produceVersion = PRODUCE_VERSION;
