/**
 * How a transaction's state is written in `__transaction_state`: Kafka's own layout, version 1, the first that knows of
 * transactions of version 2. What a klink before them has written is version 0, and is read as well.
 */
import { decodeMessage, encodeMessage } from '../../protocol/codec.js';
import type { Field, Message } from '../../protocol/schema.js';
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
  /** The id before the last change of state; another one than `producerId` once its epochs were used up. −1: none. */
  readonly previousProducerId: bigint;
  /** Takes over with epoch 0 when the transaction that is being ended has its markers. −1: the id stays. */
  readonly nextProducerId: bigint;
  /** What the last raise has replaced, if who asked for it was known. −1: none. In memory alone: a start forgets it. */
  readonly lastProducerEpoch: number;
  /** By the rules of which version the last change was made: 2 raises the epoch with each end (KIP-890). */
  readonly clientVersion: ClientVersion;
}

/** 0 stands for every version before 2, as in Kafka. */
export type ClientVersion = 0 | 2;

/** Of an id that is new: nothing came before, nothing is due. */
export const NO_PRODUCER_ID = -1n;
export const NO_PRODUCER_EPOCH = -1;
const VALUE_VERSION = 1;

const v = { min: 0 };
/** A tagged field, from version 1 on. */
const tagged = (name: string, type: 'int64' | 'int16', tag: number): Field => {
  const since = { min: 1 };
  return { name, type, versions: since, tag, taggedVersions: since, default: type === 'int64' ? NO_PRODUCER_ID : 0 };
};

const keyMessage: Message<{ transactionalId: string }> = {
  name: 'TransactionLogKey',
  versions: { min: 0, max: 0 },
  flexibleFrom: undefined,
  fields: [{ name: 'transactionalId', type: 'string', versions: v }],
};

interface Value {
  producerId: bigint;
  previousProducerId: bigint;
  nextProducerId: bigint;
  clientTransactionVersion: number;
  producerEpoch: number;
  transactionTimeoutMs: number;
  transactionStatus: number;
  transactionPartitions: { topic: string; partitionIds: number[] }[] | null;
  transactionLastUpdateTimestampMs: bigint;
  transactionStartTimestampMs: bigint;
}

const valueMessage: Message<Value> = {
  name: 'TransactionLogValue',
  versions: { min: 0, max: VALUE_VERSION },
  flexibleFrom: 1,
  fields: [
    { name: 'producerId', type: 'int64', versions: v },
    tagged('previousProducerId', 'int64', 0),
    tagged('nextProducerId', 'int64', 1),
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
    tagged('clientTransactionVersion', 'int16', 2),
  ],
};

export function encodeTransaction(record: TransactionRecord): JournalRecord {
  const byTopic = new Map<string, number[]>();
  for (const { topic, partition } of record.partitions) {
    byTopic.set(topic, [...(byTopic.get(topic) ?? []), partition]);
  }
  return {
    key: transactionKey(record.transactionalId),
    value: encodeMessage(valueMessage, VALUE_VERSION, {
      producerId: record.producerId,
      producerEpoch: record.producerEpoch,
      transactionTimeoutMs: record.timeoutMs,
      transactionStatus: statuses.indexOf(record.status),
      transactionPartitions: [...byTopic].map(([topic, partitionIds]) => ({ topic, partitionIds })),
      transactionLastUpdateTimestampMs: BigInt(record.updatedMs),
      transactionStartTimestampMs: BigInt(record.startedMs),
      previousProducerId: record.previousProducerId,
      nextProducerId: record.nextProducerId,
      clientTransactionVersion: record.clientVersion,
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
      previousProducerId: body.previousProducerId,
      nextProducerId: body.nextProducerId,
      lastProducerEpoch: NO_PRODUCER_EPOCH,
      clientVersion: body.clientTransactionVersion >= 2 ? 2 : 0,
    },
  };
}
