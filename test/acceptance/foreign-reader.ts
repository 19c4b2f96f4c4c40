/** A client that is not ours reads topics whole, and tries to write: what klink says is not taken on trust. */
import { Kafka, logLevel, type SASLOptions } from 'kafkajs';

export interface ForeignRecord {
  readonly partition: number;
  readonly offset: number;
  readonly key: string | null;
  readonly value: string;
  readonly timestamp: string;
}

export interface ForeignCluster {
  readonly bootstrap: string;
  readonly sasl?: SASLOptions;
  /** PEM. */
  readonly ssl?: { readonly ca: string };
}

const READ_WITHIN_MS = 60_000;

/** All records in order of partition and offset. Rejects when `count` of them do not come in time, or more do. */
export async function readWhole(cluster: ForeignCluster, topic: string, count: number): Promise<ForeignRecord[]> {
  const kafka = foreignClient(cluster);
  const groupId = `foreign-${process.pid}-${topic}-${Math.random().toString(36).slice(2)}`;
  const consumer = kafka.consumer({ groupId });
  const records: ForeignRecord[] = [];
  await consumer.connect();
  try {
    await consumer.subscribe({ topic, fromBeginning: true });
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`a foreign client read ${records.length} of ${count} records of ${topic}`)),
        READ_WITHIN_MS,
      );
      const done = () => {
        clearTimeout(timer);
        resolve();
      };
      consumer.on(consumer.events.CRASH, ({ payload }) => {
        clearTimeout(timer);
        reject(payload.error);
      });
      consumer
        .run({
          eachMessage: async ({ partition, message }) => {
            const { offset, key, value, timestamp } = message;
            records.push({
              partition,
              offset: Number(offset),
              key: key?.toString() ?? null,
              value: value?.toString() ?? '',
              timestamp,
            });
            if (records.length >= count) done();
          },
        })
        .catch(reject);
    });
  } finally {
    await consumer.disconnect();
  }
  return records.sort((a, b) => a.partition - b.partition || a.offset - b.offset);
}

/** Rejects with the broker's refusal. */
export async function foreignWrite(cluster: ForeignCluster, topic: string): Promise<void> {
  const producer = foreignClient(cluster).producer({ retry: { retries: 0 } });
  await producer.connect();
  try {
    await producer.send({ topic, messages: [{ value: 'from somewhere else' }] });
  } finally {
    await producer.disconnect();
  }
}

/** Next offset per partition that the group has committed; −1 where it has none. */
export async function committed(cluster: ForeignCluster, group: string, topic: string): Promise<number[]> {
  const admin = foreignClient(cluster).admin();
  await admin.connect();
  try {
    const [found] = await admin.fetchOffsets({ groupId: group, topics: [topic] });
    const offsets: number[] = [];
    for (const each of found?.partitions ?? []) offsets[each.partition] = Number(each.offset);
    return offsets;
  } finally {
    await admin.disconnect();
  }
}

function foreignClient({ bootstrap, sasl, ssl }: ForeignCluster): Kafka {
  return new Kafka({
    clientId: 'foreign',
    brokers: bootstrap.split(','),
    logLevel: logLevel.NOTHING,
    ...(sasl === undefined ? {} : { sasl }),
    ...(ssl === undefined ? {} : { ssl }),
  });
}
