/** Produce: batches of plain, idempotent and transactional producers, to one or a few partitions. */
import type { ProduceResponsePartitionProduceResponse } from '../../../src/protocol/api/produce.js';
import { produce } from '../../../src/protocol/api/produce.js';
import { type DrawnBatch, drawBatch } from '../batches.js';
import { byTopic, chance, drawPlaces, maybePick, mostly, type Place } from '../draws.js';
import { type Drawing, type Operation, type Step, step } from '../operation.js';
import type { Partition, Producer } from '../world.js';
import { isIn, runsOut } from './producers.js';

interface Entry extends Place {
  readonly batch: DrawnBatch;
}

const SENT_MAX = 20;
/** From here on the partition is taken into the transaction by Produce itself. */
const ADDS_FROM = 12;
const BY_ID_FROM = 13;
const ACKS = [0, 0, 0, 1, 1, 1, 1, 5, -2];

export const produceOperations: readonly Operation[] = [
  { name: 'produce', weight: 14, draw: (drawing) => producing(drawing) },
];

function producing(drawing: Drawing): Step | undefined {
  const { random, world } = drawing;
  const producer = chance(random, 0.3) ? undefined : maybePick(random, world.producers);
  const isTransactional = producer?.transactionalId != null;
  const own = producer?.protocol === 2 ? { min: ADDS_FROM } : { max: ADDS_FROM - 1 };
  const version = drawing.version(produce, isTransactional && !chance(random, 0.05) ? own : {});
  if (version === undefined) return undefined;
  // What a coordinator refuses of others leaves its trace in the partition of Apache Kafka: it refuses later sequences.
  const transactionalId = mostly(random, producer?.transactionalId ?? null, isTransactional ? 0.02 : 0, [
    null,
    'nobody',
  ]);
  const places = inTransaction(drawing, producer, drawPlaces(random, world, chance(random, 0.8) ? 1 : 3));
  const lies = chance(random, 0.2) ? 0.5 : 0;
  const entries: Entry[] = places.map((place) => ({
    ...place,
    batch: drawBatch(random, { world, producer, partition: place.partition, lies }),
  }));
  const isHasty = world.hasty.has(producer?.transactionalId ?? '');
  const acks = isHasty ? -1 : mostly(random, -1, 0.12, ACKS);
  return step({
    operation: 'produce',
    api: produce,
    version,
    unanswered: acks === 0,
    request: (names) => ({
      transactionalId,
      acks,
      timeoutMs: 30_000,
      topicData: byTopic(entries).map(({ name, id, places: own }) => ({
        name,
        topicId: names.topicId(id),
        partitionData: own.map(({ index, batch }) => ({ index, records: batch.bytes(names) })),
      })),
    }),
    settle: runsOut(drawing, isTransactional ? [transactionalId, producer.transactionalId] : []),
    learn: (answer, names) => {
      const told = ({ name, id, index }: Place) =>
        answer?.responses
          .find((each) => (version >= BY_ID_FROM ? each.topicId === names.topicId(id) : each.name === names.own(name)))
          ?.partitionResponses.find((each) => each.index === index);
      for (const entry of entries) learnOf(drawing, entry, { producer, told: told(entry), version });
    },
  });
}

/** Mostly to where the transaction is already, unless the request takes a partition into it. */
function inTransaction({ random }: Drawing, producer: Producer | undefined, places: Place[]): Place[] {
  if (producer?.transactionalId == null || producer.protocol === 2 || chance(random, 0.1)) return places;
  const partition = maybePick(random, [...producer.added]);
  if (partition === undefined) return places;
  return [{ name: partition.topic.name, id: partition.topic.id, index: partition.index, partition }];
}

function learnOf(
  drawing: Drawing,
  { partition, batch }: Entry,
  {
    producer,
    told,
    version,
  }: {
    readonly producer: Producer | undefined;
    readonly told: ProduceResponsePartitionProduceResponse | undefined;
    readonly version: number;
  },
): void {
  if (partition === undefined || told?.errorCode !== 0) return;
  const isNew = told.baseOffset >= partition.end;
  if (isNew) {
    partition.end = told.baseOffset + BigInt(batch.count);
    partition.bases.push(told.baseOffset);
  }
  if (producer === undefined) return;
  if (isNew) remember(producer, partition, batch);
  if (producer.transactionalId === null || version < ADDS_FROM) return;
  isIn(drawing, producer, [partition]);
}

function remember(producer: Producer, partition: Partition, batch: DrawnBatch): void {
  const { count, sequence, epoch } = batch;
  producer.next.set(partition, (sequence + count) % 2 ** 31);
  producer.sent.push({ partition, sequence, count, epoch });
  if (producer.sent.length > SENT_MAX) producer.sent.shift();
}
