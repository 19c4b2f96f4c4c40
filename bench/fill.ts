/** Fills the source topic of a load, as several producers with full batches would. */
import type { Wire } from '../test/harness/wire.js';
import { createTopic, produceBatch, type Topic } from './broker.js';
import { type Load, makeBatch, Numbers } from './loads.js';

const IN_FLIGHT_MAX = 8;

export interface Filled {
  readonly load: Load;
  readonly topic: Topic;
  readonly records: number;
  /** Batches as they stand in the log. */
  readonly bytes: number;
}

/** Every partition gets whole batches in turn; `records` is rounded up to that. */
export async function fill(wire: Wire, load: Load, partitions: number, records: number): Promise<Filled> {
  const topic = await createTopic(wire, load.topic, partitions);
  const random = new Numbers(20_261_126);
  const perRound = partitions * load.recordsPerBatch;
  const rounds = Math.ceil(records / perRound);
  const waiting: Promise<bigint>[] = [];
  let bytes = 0;
  for (let round = 0; round < rounds; round++) {
    for (let partition = 0; partition < partitions; partition++) {
      const batch = makeBatch(load, load.recordsPerBatch, Date.now(), random);
      bytes += batch.length;
      const sent = produceBatch(wire, topic, partition, batch);
      sent.catch(() => undefined); // Awaited below, unless one before it fails.
      waiting.push(sent);
      if (waiting.length >= IN_FLIGHT_MAX) await waiting.shift();
    }
  }
  await Promise.all(waiting);
  return { load, topic, records: rounds * perRound, bytes };
}
