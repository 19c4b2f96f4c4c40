/** Producers: each connection keeps as many requests under way as Kafka's own producer does. */
import type { Connection } from '../../src/base/connection.js';
import { systemNetwork } from '../../src/base/node/network.js';
import { produce } from '../../src/protocol/api/produce.js';
import { decodeResponse } from '../../src/protocol/codec.js';
import { FrameAssembler } from '../../src/protocol/frames.js';
import { preparedBatch, produceRequests, produceVersion } from './frames.js';
import type { Job } from './job.js';

/** `max.in.flight.requests.per.connection`. */
const IN_FLIGHT = 5;

/** `acknowledged` is called with the bytes of each request that was taken; rejects with the first one that was not. */
export async function generateProduce(job: Job, acknowledged: (bytes: number) => void): Promise<never> {
  const batch = preparedBatch(job.batchBytes);
  const all = Array.from({ length: job.partitions }, (_, index) => index);
  const connections = Array.from({ length: job.connections }, (_, own) => {
    const partitions = job.partitions < job.connections ? all : all.filter((each) => each % job.connections === own);
    return drive(job, partitions, batch, acknowledged);
  });
  return Promise.race(connections);
}

async function drive(
  job: Job,
  partitions: readonly number[],
  batch: Buffer,
  acknowledged: (bytes: number) => void,
): Promise<never> {
  const requests = produceRequests(job, partitions, batch);
  const connection: Connection = await systemNetwork.connect(
    { host: '127.0.0.1', port: job.port },
    { timeoutMs: 10_000 },
  );
  const frames = new FrameAssembler();
  return new Promise((_, reject) => {
    const underWay: number[] = [];
    let next = 0;
    const send = () => {
      const request = requests[next++ % requests.length];
      if (request === undefined) return;
      underWay.push(request.batchBytes);
      connection.write([request.bytes]);
    };
    const answered = (frame: Buffer) => {
      const { body } = decodeResponse(produce, produceVersion, frame);
      for (const { partitionResponses } of body.responses) {
        for (const { index, errorCode, errorMessage } of partitionResponses) {
          if (errorCode !== 0) reject(new Error(`produce to ${index}: error ${errorCode} ${errorMessage ?? ''}`));
        }
      }
      acknowledged(underWay.shift() ?? 0);
      send();
    };
    connection.start({
      data: (chunk) => frames.push(chunk, answered),
      drain() {},
      end: (error) => reject(error ?? new Error('the broker ended the connection')),
    });
    for (let i = 0; i < IN_FLIGHT; i++) send();
  });
}
