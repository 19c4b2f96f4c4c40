/**
 * A load on one whole broker, and what it may expect afterwards: idempotent producers, a transactional one, group
 * offsets, topics made and deleted, records deleted. Each client notes what was acknowledged and what it does not know.
 * The judge is in `broker-judge.ts`.
 */
import { type Random, randomInt } from '../../src/base/random.js';
import { addOffsetsToTxn } from '../../src/protocol/api/add-offsets-to-txn.js';
import { addPartitionsToTxn } from '../../src/protocol/api/add-partitions-to-txn.js';
import { createTopics } from '../../src/protocol/api/create-topics.js';
import { deleteRecords } from '../../src/protocol/api/delete-records.js';
import { deleteTopics } from '../../src/protocol/api/delete-topics.js';
import { endTxn } from '../../src/protocol/api/end-txn.js';
import { findCoordinator } from '../../src/protocol/api/find-coordinator.js';
import { initProducerId } from '../../src/protocol/api/init-producer-id.js';
import { offsetCommit } from '../../src/protocol/api/offset-commit.js';
import { produce } from '../../src/protocol/api/produce.js';
import { txnOffsetCommit } from '../../src/protocol/api/txn-offset-commit.js';
import { encodeBatch } from '../../src/protocol/records/encode.js';
import type { Wire } from '../harness/wire.js';

export interface Place {
  readonly topic: string;
  readonly partition: number;
}

/** Never shortened but by DeleteRecords. */
export const PLAIN = 'plain';
/** Retention by size takes its oldest segments. */
export const SHORT = 'short';
export const COMPACTED = 'compacted';
export const PLACES: readonly Place[] = [
  { topic: PLAIN, partition: 0 },
  { topic: PLAIN, partition: 1 },
  { topic: SHORT, partition: 0 },
  { topic: COMPACTED, partition: 0 },
];
export const TRANSACTIONAL_ID = 'tx';

/** One record that somebody sent. `offset` undefined: it was never acknowledged. */
export interface Sent {
  readonly place: Place;
  readonly key: string;
  readonly value: string;
  offset: bigint | undefined;
}

export interface Transaction {
  readonly sent: Sent[];
  /** What it commits for group `tx-group`; undefined: nothing. */
  offset: number | undefined;
  end: 'open' | 'commit-asked' | 'committed' | 'abort';
}

/** What the clients know. */
export class Knowledge {
  readonly plain: Sent[] = [];
  readonly transactions: Transaction[] = [];
  /** Of `plain` 0. */
  deleted = { acknowledged: 0n, asked: 0n };
  committed = { acknowledged: -1, asked: -1 };
  readonly topics = new Map<string, 'there' | 'gone' | 'unknown'>();
}

interface Batch {
  readonly bytes: Buffer;
  readonly sent: Sent[];
  readonly last: number;
}

/** Thrown where an answer is none that a correct broker gives. */
export class Wrong extends Error {}

export class Workload {
  readonly known = new Knowledge();
  readonly #random: Random;
  readonly #nowMs: () => number;
  /** After a loss of what was acknowledged a producer begins anew instead of complaining. */
  readonly #mayLose: boolean;
  readonly #producers: IdempotentProducer[];
  #values = 0;

  constructor(random: Random, nowMs: () => number, mayLose: boolean) {
    this.#random = random;
    this.#nowMs = nowMs;
    this.#mayLose = mayLose;
    this.#producers = [0, 1].map(() => new IdempotentProducer());
  }

  async prepare(wire: Wire): Promise<void> {
    const wanted = (name: string, numPartitions: number, configs: Record<string, string>) => ({
      name,
      numPartitions,
      replicationFactor: 1,
      configs: Object.entries(configs).map(([key, value]) => ({ name: key, value })),
    });
    const topics = [
      wanted(PLAIN, 2, { 'retention.ms': '-1' }),
      wanted(SHORT, 1, { 'retention.ms': '-1', 'retention.bytes': '4000' }),
      wanted(COMPACTED, 1, { 'cleanup.policy': 'compact', 'min.cleanable.dirty.ratio': '0.01' }),
    ];
    const answer = await wire.ask(createTopics, { topics, timeoutMs: 1000 });
    for (const each of answer.topics) fine(each.errorCode, `creation of ${each.name}`);
    await wire.ask(findCoordinator, { keyType: 0, coordinatorKeys: ['g'] });
    await wire.ask(findCoordinator, { keyType: 1, coordinatorKeys: [TRANSACTIONAL_ID] });
  }

  /** What each client does until its connection ends, or until it has done enough. */
  get clients(): ((wire: Wire) => Promise<void>)[] {
    const some = (least: number) => least + randomInt(this.#random, 12);
    return [
      ...this.#producers.map((each) => async (wire: Wire) => {
        for (let i = some(8); i > 0; i--) await this.#produce(wire, each);
      }),
      async (wire) => this.#transact(wire, some(2)),
      async (wire) => {
        for (let i = some(2); i > 0; i--) await this.#commitOffset(wire);
      },
      async (wire) => {
        for (let i = some(1); i > 0; i--) await this.#administrate(wire);
      },
    ];
  }

  #value(): string {
    return `v${this.#values++}-${'x'.repeat(randomInt(this.#random, 300))}`;
  }

  #place(): Place {
    return PLACES[randomInt(this.#random, PLACES.length)] ?? { topic: PLAIN, partition: 0 };
  }

  #sent(place: Place): Sent {
    return { place, key: `k${randomInt(this.#random, 6)}`, value: this.#value(), offset: undefined };
  }

  #records(sent: readonly Sent[]) {
    const timestamp = BigInt(this.#nowMs());
    return sent.map(({ key, value }) => ({ timestamp, key: Buffer.from(key), value: Buffer.from(value) }));
  }

  async #produce(wire: Wire, producer: IdempotentProducer): Promise<void> {
    if (producer.id < 0n) {
      const answer = await wire.ask(initProducerId, NO_TRANSACTION);
      fine(answer.errorCode, 'InitProducerId');
      producer.begin(answer.producerId);
    }
    const [place, batch] = producer.pending ?? this.#nextBatch(producer);
    producer.pending = [place, batch];
    const { errorCode, baseOffset } = await send(wire, place, batch.bytes);
    if (this.#mayLose && errorCode === OUT_OF_ORDER) {
      producer.id = -1n;
      producer.pending = undefined;
      return;
    }
    fine(errorCode, `produce of ${batch.sent[0]?.value.slice(0, 8)} to ${place.topic}-${place.partition}`);
    for (const [at, each] of batch.sent.entries()) each.offset = baseOffset + BigInt(at);
    producer.next.set(keyOf(place), batch.last + 1);
    producer.pending = undefined;
  }

  #nextBatch(producer: IdempotentProducer): [Place, Batch] {
    const place = this.#place();
    const sent = Array.from({ length: 1 + randomInt(this.#random, 3) }, () => this.#sent(place));
    const baseSequence = producer.next.get(keyOf(place)) ?? 0;
    const bytes = encodeBatch({
      records: this.#records(sent),
      producerId: producer.id,
      producerEpoch: 0,
      baseSequence,
    });
    this.known.plain.push(...sent);
    return [place, { bytes, sent, last: baseSequence + sent.length - 1 }];
  }

  /** By the rules of version 1 or of version 2, as chance has it: the id changes hands between them. */
  async #transact(wire: Wire, count: number): Promise<void> {
    const init = { ...NO_TRANSACTION, transactionalId: TRANSACTIONAL_ID, transactionTimeoutMs: 600_000 };
    const identity = await wire.ask(initProducerId, init);
    fine(identity.errorCode, 'InitProducerId of the transactional producer');
    const { producerId } = identity;
    let { producerEpoch } = identity;
    const raises = this.#random.next() < 0.5;
    let next = new Map<string, number>();
    for (let i = 0; i < count; i++) {
      const claim = { transactionalId: TRANSACTIONAL_ID, producerId, producerEpoch };
      const transaction: Transaction = { sent: [], offset: undefined, end: 'open' };
      this.known.transactions.push(transaction);
      const places = [PLACES[0], PLACES[1], PLACES[3]].flatMap((each) => (each ? [each] : []));
      if (!raises) await addPlaces(wire, claim, places);
      for (const place of places) {
        const sent = this.#sent(place);
        transaction.sent.push(sent);
        const baseSequence = next.get(keyOf(place)) ?? 0;
        next.set(keyOf(place), baseSequence + 1);
        const batch = { producerId, producerEpoch, baseSequence, transactional: true, records: this.#records([sent]) };
        const answer = await send(wire, place, encodeBatch(batch), {
          transactionalId: TRANSACTIONAL_ID,
          version: raises ? RAISING.produce : FIRST.produce,
        });
        // What the coordinator knew was lost, and what it had let in was not: an epoch is given out twice, as by Kafka.
        if (this.#mayLose && [OUT_OF_ORDER, OLD_EPOCH].includes(answer.errorCode)) return;
        fine(answer.errorCode, 'a transactional produce');
        sent.offset = answer.baseOffset;
      }
      if (this.#random.next() < 0.5) {
        const offset = this.#values++;
        if (!raises) {
          fine((await wire.ask(addOffsetsToTxn, { ...claim, groupId: 'tx-group' })).errorCode, 'AddOffsetsToTxn');
        }
        transaction.offset = offset;
        const topics = [{ name: PLAIN, partitions: [{ partitionIndex: 0, committedOffset: BigInt(offset) }] }];
        const request = { ...claim, groupId: 'tx-group', generationId: -1, topics };
        const answer = await wire.ask(txnOffsetCommit, request, raises ? RAISING.offsets : FIRST.offsets);
        const code = answer.topics[0]?.partitions[0]?.errorCode;
        if (this.#mayLose && (code === OUT_OF_ORDER || code === OLD_EPOCH)) return;
        fine(code, 'TxnOffsetCommit');
      }
      const committed = this.#random.next() < 0.7;
      transaction.end = committed ? 'commit-asked' : 'abort';
      const ended = await wire.ask(endTxn, { ...claim, committed }, raises ? RAISING.end : FIRST.end);
      fine(ended.errorCode, 'EndTxn');
      if (committed) transaction.end = 'committed';
      if (!raises) continue;
      if (ended.producerId !== producerId || ended.producerEpoch !== producerEpoch + 1) {
        throw new Wrong(`an end at epoch ${producerEpoch} told of ${ended.producerId} and ${ended.producerEpoch}`);
      }
      producerEpoch = ended.producerEpoch;
      next = new Map();
    }
  }

  async #commitOffset(wire: Wire): Promise<void> {
    const offset = this.known.committed.asked + 1;
    this.known.committed.asked = offset;
    const partitions = [{ partitionIndex: 0, committedOffset: BigInt(offset), committedMetadata: '' }];
    const request = { groupId: 'g', generationIdOrMemberEpoch: -1, topics: [{ name: PLAIN, partitions }] };
    const answer = await wire.ask(offsetCommit, request, 8);
    fine(answer.topics[0]?.partitions[0]?.errorCode, 'OffsetCommit');
    this.known.committed.acknowledged = offset;
  }

  async #administrate(wire: Wire): Promise<void> {
    const { topics, deleted, plain } = this.known;
    const there = [...topics].find(([, state]) => state === 'there')?.[0];
    const dice = this.#random.next();
    if (dice < 0.4) {
      const name = `extra${topics.size}`;
      topics.set(name, 'unknown');
      const wanted = { name, numPartitions: 2, replicationFactor: 1 };
      const answer = await wire.ask(createTopics, { topics: [wanted], timeoutMs: 1000 });
      fine(answer.topics[0]?.errorCode, 'CreateTopics');
      topics.set(name, 'there');
    } else if (dice < 0.7 && there !== undefined) {
      topics.set(there, 'unknown');
      const answer = await wire.ask(deleteTopics, { topicNames: [there], timeoutMs: 1000 }, 5);
      fine(answer.responses[0]?.errorCode, 'DeleteTopics');
      topics.set(there, 'gone');
    } else {
      const acknowledged = plain.filter(({ place, offset }) => keyOf(place) === `${PLAIN}-0` && offset !== undefined);
      const { offset } = acknowledged[randomInt(this.#random, acknowledged.length || 1)] ?? {};
      if (offset === undefined || offset <= deleted.asked) return;
      deleted.asked = offset;
      const wanted = [{ name: PLAIN, partitions: [{ partitionIndex: 0, offset }] }];
      const answer = await wire.ask(deleteRecords, { topics: wanted, timeoutMs: 1000 });
      fine(answer.topics[0]?.partitions[0]?.errorCode, 'DeleteRecords');
      deleted.acknowledged = offset;
    }
  }

  /** After a loss: what is there is what counts from now on. */
  forget(): void {
    this.known.plain.length = 0;
    this.known.transactions.length = 0;
    this.known.committed.acknowledged = -1;
  }
}

class IdempotentProducer {
  id = -1n;
  next = new Map<string, number>();
  /** Sent, and not answered: it is sent again before anything else. */
  pending: [Place, Batch] | undefined;

  begin(id: bigint): void {
    this.id = id;
    this.next = new Map();
  }
}

const OUT_OF_ORDER = 45;
const OLD_EPOCH = 47;
/** What a client of either version of transactions asks with. */
const FIRST = { produce: 11, offsets: 4, end: 4, add: 3 };
const RAISING = { produce: 12, offsets: 5, end: 5 };
const NO_TRANSACTION = { transactionalId: null, transactionTimeoutMs: 60_000, producerId: -1n, producerEpoch: -1 };

export function keyOf({ topic, partition }: Place): string {
  return `${topic}-${partition}`;
}

function fine(code: number | undefined, what: string): void {
  if (code !== 0) throw new Wrong(`${what} was answered ${code}`);
}

async function addPlaces(
  wire: Wire,
  claim: { readonly transactionalId: string; readonly producerId: bigint; readonly producerEpoch: number },
  places: readonly Place[],
): Promise<void> {
  const request = {
    v3AndBelowTransactionalId: claim.transactionalId,
    v3AndBelowProducerId: claim.producerId,
    v3AndBelowProducerEpoch: claim.producerEpoch,
    v3AndBelowTopics: places.map(({ topic, partition }) => ({ name: topic, partitions: [partition] })),
  };
  const added = await wire.ask(addPartitionsToTxn, request, FIRST.add);
  for (const each of added.resultsByTopicV3AndBelow.flatMap((topic) => topic.resultsByPartition)) {
    fine(each.partitionErrorCode, 'AddPartitionsToTxn');
  }
}

async function send(
  wire: Wire,
  place: Place,
  records: Buffer,
  how: { readonly transactionalId: string | null; readonly version: number } = {
    transactionalId: null,
    version: FIRST.produce,
  },
) {
  const topicData = [{ name: place.topic, partitionData: [{ index: place.partition, records }] }];
  const request = { transactionalId: how.transactionalId, acks: -1, timeoutMs: 1000, topicData };
  const answer = await wire.ask(produce, request, how.version);
  const partition = answer.responses[0]?.partitionResponses[0];
  return { errorCode: partition?.errorCode ?? -1, baseOffset: partition?.baseOffset ?? -1n };
}
