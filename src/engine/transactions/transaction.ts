/**
 * One transaction, from its first partition to its end. Every request carries the epoch that the transaction began with, so
 * that a takeover in between, in this process or another, fences all that is left of it. A batch is sent again after a lost
 * answer: the leader knows it by its sequence. Spec: docs/spec/journal.md 5.1, 5.3.
 */
import { addOffsetsToTxn } from '../../protocol/api/add-offsets-to-txn.js';
import { type AddPartitionsToTxnResponse, addPartitionsToTxn } from '../../protocol/api/add-partitions-to-txn.js';
import { produce } from '../../protocol/api/produce.js';
import { errorCode } from '../../protocol/errors.js';
import { encodeBatch, type RecordToEncode } from '../../protocol/records/encode.js';
import { inWords, verdictOf } from './answers.js';
import { findPartition } from './partition-place.js';
import { again, bounded, type Patience, persist, type Refused, requestMs, type Unavailable } from './persist.js';
import type { Answered, Fenced, Holding, TransactionalProducer } from './transactional-producer.js';

/** Versions above belong to transactions of version 2, where partitions join by themselves and an end raises the epoch. */
const ADD_VERSION_MAX = 3;
const PRODUCE_VERSION_MAX = 11;

export interface Target {
  readonly topic: string;
  readonly partition: number;
  /** [1.3] Undefined: whichever topic has that name. */
  readonly topicId: string | undefined;
}

export type Appended =
  | { readonly kind: 'appended'; readonly broker: number; readonly baseOffset: bigint }
  | Exclude<Answered, { readonly kind: 'done' }>;

export type Ended =
  | { readonly kind: 'ended' }
  /** It may have ended as asked, or may yet: only reading tells. */
  | { readonly kind: 'unknown'; readonly reason: string }
  /** Surely not ended as asked. */
  | { readonly kind: 'broken'; readonly reason: string }
  | Fenced
  | Refused
  | Unavailable;

export class Transaction {
  readonly #producer: TransactionalProducer;
  readonly #holding: Holding;
  /** As it was when the transaction began. */
  readonly #epoch: number;

  constructor(producer: TransactionalProducer, holding: Holding) {
    this.#producer = producer;
    this.#holding = holding;
    this.#epoch = holding.epoch;
  }

  get identity() {
    const { transactionalId, producerId } = this.#holding;
    return { transactionalId, producerId, producerEpoch: this.#epoch };
  }

  /** A request of this transaction had no answer: it may still arrive, and must not find the next one under this epoch. */
  doubt(): void {
    this.#holding.doubtful = true;
  }

  async addPartitions(within: Patience, targets: readonly Pick<Target, 'topic' | 'partition'>[]): Promise<Answered> {
    const { transactionalId, producerId, producerEpoch } = this.identity;
    const request = {
      v3AndBelowTransactionalId: transactionalId,
      v3AndBelowProducerId: producerId,
      v3AndBelowProducerEpoch: producerEpoch,
      v3AndBelowTopics: targets.map(({ topic, partition }) => ({ name: topic, partitions: [partition] })),
    };
    const { outcome } = await this.#producer.ask(
      within,
      this.#holding,
      'AddPartitionsToTxn',
      (channel, timeoutMs) => channel.send(addPartitionsToTxn, request, { timeoutMs, versionMax: ADD_VERSION_MAX }),
      firstRefusal,
    );
    return outcome;
  }

  async addOffsets(within: Patience, groupId: string): Promise<Answered> {
    const request = { ...this.identity, groupId };
    const { outcome } = await this.#producer.ask(
      within,
      this.#holding,
      'AddOffsetsToTxn',
      (channel, timeoutMs) => channel.send(addOffsetsToTxn, request, { timeoutMs, versionMax: ADD_VERSION_MAX }),
      (answer) => answer.errorCode,
    );
    return outcome;
  }

  /** One batch. The partition must have been added. */
  async append(within: Patience, target: Target, records: readonly RecordToEncode[]): Promise<Appended> {
    const { cluster } = this.#producer.around;
    const { topic, partition } = target;
    const { transactionalId, producerId, producerEpoch } = this.identity;
    const key = `${topic}/${partition}`;
    const baseSequence = this.#holding.sequences.get(key) ?? 0;
    const batch = encodeBatch({ records, transactional: true, producerId, producerEpoch, baseSequence });
    const { outcome, unanswered } = await persist<Appended>(within, async () => {
      const place = await findPartition(cluster, within, topic, partition);
      if (place.kind === 'absent') return again(`there is no topic ${topic}`);
      if (place.kind !== 'found') return place;
      if (target.topicId !== undefined && place.topicId !== target.topicId) {
        return { kind: 'broken', reason: `the topic ${topic} was deleted and made again` };
      }
      const channel = await bounded(within, cluster.channel(place.broker, transactionalId));
      const timeoutMs = requestMs(within);
      const topicData = [{ name: topic, partitionData: [{ index: partition, records: batch }] }];
      const request = { transactionalId, acks: -1, timeoutMs: Math.ceil(timeoutMs), topicData };
      const answer = await channel.send(produce, request, { timeoutMs, versionMax: PRODUCE_VERSION_MAX });
      const written = answer.responses[0]?.partitionResponses[0];
      if (written === undefined) return again(`an answer without partitions for ${topic}`);
      // 46: a repetition of a batch that is in the log already.
      if (written.errorCode === 0 || written.errorCode === errorCode.DUPLICATE_SEQUENCE_NUMBER) {
        return { kind: 'appended', broker: place.broker, baseOffset: written.baseOffset };
      }
      const reason = inWords(`Produce to ${topic}`, written.errorCode, written.errorMessage);
      const verdict = verdictOf(written.errorCode);
      return verdict === 'again' || verdict === 'done' ? again(reason) : { kind: verdict, reason };
    });
    if (outcome.kind === 'appended') this.#holding.sequences.set(key, (baseSequence + records.length) % 2 ** 31);
    if (outcome.kind !== 'appended' || unanswered > 0) this.#holding.doubtful = true;
    return outcome;
  }

  /** The decision itself: once this has been answered it can never come out otherwise. */
  async commit(within: Patience): Promise<Ended> {
    const { outcome, attempts } = await this.#producer.end(within, this.#holding, { epoch: this.#epoch, commit: true });
    if (outcome.kind === 'done') return { kind: 'ended' };
    this.#holding.doubtful = true;
    // Also a code of an earlier attempt proves nothing: 15 stands for a write that may have been made after all.
    const may = outcome.kind === 'unavailable' ? attempts > 0 : attempts > 1;
    return may ? { kind: 'unknown', reason: outcome.reason } : outcome;
  }

  /** Nothing of it will count, whether this could be said to the coordinator or not: it never hears of a commit. */
  async abort(within: Patience): Promise<Ended> {
    const { outcome } = await this.#producer.end(within, this.#holding, { epoch: this.#epoch, commit: false });
    if (outcome.kind === 'done') return { kind: 'ended' };
    this.#holding.doubtful = true;
    return outcome;
  }
}

/** 55 stands for "not tried, because of another one". */
function firstRefusal(answer: AddPartitionsToTxnResponse): number {
  const codes = answer.resultsByTopicV3AndBelow.flatMap(({ resultsByPartition }) =>
    resultsByPartition.map(({ partitionErrorCode }) => partitionErrorCode),
  );
  if (codes.length === 0) return errorCode.UNKNOWN_SERVER_ERROR;
  const refused = codes.filter((code) => code !== 0);
  return refused.find((code) => code !== errorCode.OPERATION_NOT_ATTEMPTED) ?? refused[0] ?? 0;
}
