/**
 * One transactional producer that outlives its broker: by the rules of version 1 or of version 2, as chance has it. What a
 * crash leaves undecided it asks for again, or goes on with; sometimes it leaves that to whoever takes its id over.
 */
import { randomInt } from '../../../src/base/random.js';
import { addOffsetsToTxn } from '../../../src/protocol/api/add-offsets-to-txn.js';
import { addPartitionsToTxn } from '../../../src/protocol/api/add-partitions-to-txn.js';
import { endTxn } from '../../../src/protocol/api/end-txn.js';
import { initProducerId } from '../../../src/protocol/api/init-producer-id.js';
import { txnOffsetCommit } from '../../../src/protocol/api/txn-offset-commit.js';
import { encodeBatch } from '../../../src/protocol/records/encode.js';
import type { Wire } from '../../harness/wire.js';
import { type Around, demand, fine, GROUPS, keyOf, PLACES, PLAIN, type Place } from './places.js';
import { FIRST, NO_TRANSACTION, RAISING, recordsOf, type Sent, send, sentTo } from './produce.js';
import type { Write } from './register.js';

export const TRANSACTIONAL_ID = 'tx';

export interface Transaction {
  readonly sent: Sent[];
  readonly offsets: { readonly write: Write; isAcknowledged: boolean }[];
  end: 'open' | 'commit-asked' | 'committed' | 'abort';
}

interface Claim {
  readonly transactionalId: string;
  readonly producerId: bigint;
  readonly producerEpoch: number;
}

/** Begun, and not known to be over. */
interface Current {
  readonly claim: Claim;
  readonly raises: boolean;
  readonly transaction: Transaction;
  /** Undefined: its end was not asked for. */
  commit: boolean | undefined;
}

const OUT_OF_ORDER = 45;
const OLD_EPOCH = 47;
const CONCURRENT_TRANSACTIONS = 51;
const END_TRIES_MAX = 100;

/** Of an answer after which only a new epoch helps. */
class Lost extends Error {}

export class TransactionalProducer {
  readonly transactions: Transaction[] = [];
  readonly #around: Around;
  #current: Current | undefined;
  /** Undefined: to be asked for. */
  #identity: (Claim & { readonly raises: boolean }) | undefined;
  /** The last that an answer named. */
  #told: { readonly producerId: bigint; readonly producerEpoch: number } | undefined;

  constructor(around: Around) {
    this.#around = around;
  }

  async work(wire: Wire, count: number): Promise<void> {
    try {
      for (let i = 0; i < count; i++) await this.#transact(wire, this.#identity ?? (await this.takeOver(wire)));
    } catch (error) {
      if (!(error instanceof Lost)) throw error;
      this.#identity = undefined;
      this.#current = undefined;
    }
  }

  /** Ends whatever is open, and is told an epoch that nobody was told before. */
  async takeOver(wire: Wire): Promise<Claim & { readonly raises: boolean }> {
    this.#current = undefined;
    this.#identity = undefined;
    const init = { ...NO_TRANSACTION, transactionalId: TRANSACTIONAL_ID, transactionTimeoutMs: 600_000 };
    const { errorCode, producerId, producerEpoch } = await wire.ask(initProducerId, init);
    fine(errorCode, 'InitProducerId of the transactional producer');
    const told = this.#told;
    const isNew = told === undefined || producerId !== told.producerId || producerEpoch > told.producerEpoch;
    demand(isNew, `the id is taken over at epoch ${producerEpoch}, ${told?.producerEpoch} was told before`);
    this.#told = { producerId, producerEpoch };
    const raises = this.#around.random.next() < 0.5;
    this.#identity = { transactionalId: TRANSACTIONAL_ID, producerId, producerEpoch, raises };
    return this.#identity;
  }

  /** What it does when the broker is there again. False: something may be open still. */
  async resume(wire: Wire): Promise<boolean> {
    const current = this.#current;
    if (current === undefined) return this.#identity !== undefined;
    const { random } = this.#around;
    const { sent, offsets } = current.transaction;
    const isWhole = sent.length > 0 && sent.every(({ offset }) => offset !== undefined);
    const isAllThere = offsets.every(({ isAcknowledged }) => isAcknowledged);
    if (random.next() < 0.2 || (current.commit === undefined && !(isWhole && isAllThere))) return false;
    current.commit ??= random.next() < 0.7;
    const { commit } = current;
    for (let times = 1 + randomInt(random, 3); times > 0; times--) await this.#end(wire, current, commit);
    return true;
  }

  /** After a loss. */
  forget(): void {
    this.transactions.length = 0;
    this.#current = undefined;
    this.#identity = undefined;
    this.#told = undefined;
  }

  async #transact(wire: Wire, { raises, ...claim }: Claim & { readonly raises: boolean }): Promise<void> {
    const { random } = this.#around;
    const transaction: Transaction = { sent: [], offsets: [], end: 'open' };
    const current: Current = { claim, raises, transaction, commit: undefined };
    this.transactions.push(transaction);
    this.#current = current;
    const places = [PLACES[0], PLACES[1], PLACES[3]].flatMap((each) => (each ? [each] : []));
    if (!raises) await addPlaces(wire, claim, places);
    for (const place of places) await this.#produce(wire, current, place);
    while (random.next() < 0.5) await this.#commitOffset(wire, current);
    await this.#end(wire, current, random.next() < 0.7);
  }

  /** Of a client of version 1: how many records it has sent to a place since it has its epoch. */
  readonly #sequences = new Map<string, number>();

  async #produce(wire: Wire, { claim, raises, transaction }: Current, place: Place): Promise<void> {
    const sent = sentTo(this.#around, place);
    transaction.sent.push(sent);
    const key = `${claim.producerId} ${claim.producerEpoch} ${keyOf(place)}`;
    const baseSequence = this.#sequences.get(key) ?? 0;
    this.#sequences.set(key, baseSequence + 1);
    const { producerId, producerEpoch } = claim;
    const records = recordsOf(this.#around, [sent]);
    const batch = encodeBatch({ producerId, producerEpoch, baseSequence, transactional: true, records });
    const version = raises ? RAISING.produce : FIRST.produce;
    const answer = await send(wire, place, batch, { transactionalId: TRANSACTIONAL_ID, version });
    this.#checkLoss(answer.errorCode);
    // A start forgets what only deleted records told of a producer, as Kafka's does: of this one its markers remain.
    const isForgotten = place.topic === PLAIN && place.partition === 0 && !raises && baseSequence > 0;
    if (isForgotten && answer.errorCode === OUT_OF_ORDER) throw new Lost();
    fine(answer.errorCode, `a transactional produce to ${keyOf(place)}`);
    sent.offset = answer.baseOffset;
  }

  async #commitOffset(wire: Wire, { claim, raises, transaction }: Current): Promise<void> {
    const { random, offsets, next } = this.#around;
    const groupId = GROUPS[randomInt(random, GROUPS.length)] ?? 'outside';
    const partitionIndex = randomInt(random, 2);
    if (!raises) fine((await wire.ask(addOffsetsToTxn, { ...claim, groupId })).errorCode, 'AddOffsetsToTxn');
    const value = next();
    const register = offsets.of(groupId, partitionIndex);
    const write = register.begin(value, 'open');
    const noted = { write, isAcknowledged: false };
    transaction.offsets.push(noted);
    const topics = [{ name: PLAIN, partitions: [{ partitionIndex, committedOffset: BigInt(value) }] }];
    const request = { ...claim, groupId, generationId: -1, topics };
    const answer = await wire.ask(txnOffsetCommit, request, raises ? RAISING.offsets : FIRST.offsets);
    const code = answer.topics[0]?.partitions[0]?.errorCode;
    this.#checkLoss(code);
    fine(code, 'TxnOffsetCommit');
    register.placed(write);
    noted.isAcknowledged = true;
  }

  /** May be asked for again, in the same words. */
  async #end(wire: Wire, current: Current, commit: boolean): Promise<void> {
    const { claim, raises, transaction } = current;
    current.commit = commit;
    if (transaction.end !== 'committed') transaction.end = commit ? 'commit-asked' : 'abort';
    for (const { write } of transaction.offsets) if (write.counts === 'open') write.counts = commit ? 'perhaps' : 'no';
    const request = { ...claim, committed: commit };
    const version = raises ? RAISING.end : FIRST.end;
    let ended = await wire.ask(endTxn, request, version);
    for (let tries = 0; ended.errorCode === CONCURRENT_TRANSACTIONS && tries < END_TRIES_MAX; tries++) {
      ended = await wire.ask(endTxn, request, version);
    }
    fine(ended.errorCode, `EndTxn ${version} of ${claim.producerId} at ${claim.producerEpoch}`);
    if (commit) transaction.end = 'committed';
    if (commit) for (const { write } of transaction.offsets) write.counts = 'yes';
    this.#current = undefined;
    if (!raises) {
      this.#identity = { ...claim, raises };
      return;
    }
    const { producerId, producerEpoch } = ended;
    const isNext = producerId === claim.producerId && producerEpoch === claim.producerEpoch + 1;
    demand(isNext, `an end at epoch ${claim.producerEpoch} told of ${producerId} and ${producerEpoch}`);
    this.#told = { producerId, producerEpoch };
    this.#identity = { ...claim, producerEpoch, raises };
  }

  /** What the coordinator knew was lost, and what it had let in was not: an epoch is given out twice, as by Kafka. */
  #checkLoss(code: number | undefined): void {
    if (this.#around.mayLose && (code === OUT_OF_ORDER || code === OLD_EPOCH)) throw new Lost();
  }
}

async function addPlaces(wire: Wire, claim: Claim, places: readonly Place[]): Promise<void> {
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
