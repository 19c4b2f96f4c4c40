/** How a transaction's state is written in `__transaction_state`: Kafka's own layout, version 0. */
import { decodeMessage, encodeMessage } from '../../protocol/codec.js';
import type { Message } from '../../protocol/schema.js';
import type { JournalRecord } from '../topics/internal-journal.js';

export type TransactionStatus =
  | 'Empty'
  | 'Ongoing'
  | 'PrepareCommit'
  | 'PrepareAbort'
  | 'CompleteCommit'
  | 'CompleteAbort';

/** Place in the list = number in the record. */
const statuses: readonly TransactionStatus[] = [
  'Empty',
  'Ongoing',
  'PrepareCommit',
  'PrepareAbort',
  'CompleteCommit',
  'CompleteAbort',
];

export interface TransactionRecord {
  readonly transactionalId: string;
  readonly producerId: bigint;
  readonly producerEpoch: number;
  readonly timeoutMs: number;
  readonly status: TransactionStatus;
  readonly partitions: readonly { readonly topic: string; readonly partition: number }[];
  readonly updatedMs: number;
  readonly startedMs: number;
  /** What a raise that named it has replaced. In memory alone, as in Kafka: a start forgets it. */
  readonly raisedFrom?: ProducerIdentity | undefined;
}

export interface ProducerIdentity {
  readonly producerId: bigint;
  readonly producerEpoch: number;
}

const v = { min: 0 };

const keyMessage: Message<{ transactionalId: string }> = {
  name: 'TransactionLogKey',
  versions: { min: 0, max: 0 },
  flexibleFrom: undefined,
  fields: [{ name: 'transactionalId', type: 'string', versions: v }],
};

interface Value {
  producerId: bigint;
  producerEpoch: number;
  transactionTimeoutMs: number;
  transactionStatus: number;
  transactionPartitions: { topic: string; partitionIds: number[] }[] | null;
  transactionLastUpdateTimestampMs: bigint;
  transactionStartTimestampMs: bigint;
}

const valueMessage: Message<Value> = {
  name: 'TransactionLogValue',
  versions: { min: 0, max: 0 },
  flexibleFrom: undefined,
  fields: [
    { name: 'producerId', type: 'int64', versions: v },
    { name: 'producerEpoch', type: 'int16', versions: v },
    { name: 'transactionTimeoutMs', type: 'int32', versions: v },
    { name: 'transactionStatus', type: 'int8', versions: v },
    {
      name: 'transactionPartitions',
      type: 'struct',
      array: true,
      versions: v,
      nullable: v,
      fields: [
        { name: 'topic', type: 'string', versions: v },
        { name: 'partitionIds', type: 'int32', array: true, versions: v },
      ],
    },
    { name: 'transactionLastUpdateTimestampMs', type: 'int64', versions: v },
    { name: 'transactionStartTimestampMs', type: 'int64', versions: v },
  ],
};

export function encodeTransaction(record: TransactionRecord): JournalRecord {
  const byTopic = new Map<string, number[]>();
  for (const { topic, partition } of record.partitions) {
    byTopic.set(topic, [...(byTopic.get(topic) ?? []), partition]);
  }
  return {
    key: transactionKey(record.transactionalId),
    value: encodeMessage(valueMessage, 0, {
      producerId: record.producerId,
      producerEpoch: record.producerEpoch,
      transactionTimeoutMs: record.timeoutMs,
      transactionStatus: statuses.indexOf(record.status),
      transactionPartitions: [...byTopic].map(([topic, partitionIds]) => ({ topic, partitionIds })),
      transactionLastUpdateTimestampMs: BigInt(record.updatedMs),
      transactionStartTimestampMs: BigInt(record.startedMs),
    }),
  };
}

export function transactionKey(transactionalId: string): Buffer {
  return encodeMessage(keyMessage, 0, { transactionalId });
}

/** `record` undefined: this id is gone. Throws DecodeError. */
export function decodeTransaction({ key, value }: JournalRecord): {
  readonly transactionalId: string;
  readonly record: TransactionRecord | undefined;
} {
  const { transactionalId } = decodeMessage(keyMessage, key).body;
  if (value === null) return { transactionalId, record: undefined };
  const { body } = decodeMessage(valueMessage, value);
  return {
    transactionalId,
    record: {
      transactionalId,
      producerId: body.producerId,
      producerEpoch: body.producerEpoch,
      timeoutMs: body.transactionTimeoutMs,
      status: statuses[body.transactionStatus] ?? 'Empty',
      partitions: (body.transactionPartitions ?? []).flatMap(({ topic, partitionIds }) =>
        partitionIds.map((partition) => ({ topic, partition })),
      ),
      updatedMs: Number(body.transactionLastUpdateTimestampMs),
      startedMs: Number(body.transactionStartTimestampMs),
    },
  };
}
