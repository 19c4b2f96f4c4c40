/** Idempotent producers: each sends a batch again, in the same words, until it is answered. */
import { randomInt } from '../../../src/base/random.js';
import { initProducerId } from '../../../src/protocol/api/init-producer-id.js';
import { produce } from '../../../src/protocol/api/produce.js';
import { encodeBatch } from '../../../src/protocol/records/encode.js';
import type { Wire } from '../../harness/wire.js';
import { type Around, fine, keyOf, PLACES, PLAIN, type Place } from './places.js';

/** What a client of either version of transactions asks with. */
export const FIRST = { produce: 11, offsets: 4, end: 4, add: 3 };
export const RAISING = { produce: 12, offsets: 5, end: 5 };
export const NO_TRANSACTION = {
  transactionalId: null,
  transactionTimeoutMs: 60_000,
  producerId: -1n,
  producerEpoch: -1,
};

/** One record that somebody sent. `offset` undefined: it was never acknowledged. */
export interface Sent {
  readonly place: Place;
  readonly key: string;
  readonly value: string;
  offset: bigint | undefined;
}

interface Batch {
  readonly place: Place;
  readonly bytes: Buffer;
  readonly sent: Sent[];
  readonly last: number;
}

const OUT_OF_ORDER = 45;

export class IdempotentProducer {
  readonly #around: Around;
  /** Where all that was ever sent is noted. */
  readonly #noted: Sent[];
  #id = -1n;
  #next = new Map<string, number>();
  /** Sent, and not answered: it is sent again before anything else. */
  #pending: Batch | undefined;

  constructor(around: Around, noted: Sent[]) {
    this.#around = around;
    this.#noted = noted;
  }

  async work(wire: Wire): Promise<void> {
    if (this.#id < 0n) {
      const answer = await wire.ask(initProducerId, NO_TRANSACTION);
      fine(answer.errorCode, 'InitProducerId');
      this.#id = answer.producerId;
      this.#next = new Map();
    }
    this.#pending ??= this.#nextBatch();
    const { place, bytes, sent, last } = this.#pending;
    const { errorCode, baseOffset } = await send(wire, place, bytes);
    if (this.#around.mayLose && errorCode === OUT_OF_ORDER) {
      this.#id = -1n;
      this.#pending = undefined;
      return;
    }
    fine(errorCode, `produce of ${sent[0]?.value.slice(0, 8)} to ${keyOf(place)}`);
    for (const [at, each] of sent.entries()) each.offset = baseOffset + BigInt(at);
    this.#next.set(keyOf(place), last + 1);
    this.#pending = undefined;
  }

  #nextBatch(): Batch {
    const { random } = this.#around;
    const place = PLACES[randomInt(random, PLACES.length)] ?? { topic: PLAIN, partition: 0 };
    const sent = Array.from({ length: 1 + randomInt(random, 3) }, () => sentTo(this.#around, place));
    const baseSequence = this.#next.get(keyOf(place)) ?? 0;
    const records = recordsOf(this.#around, sent);
    const bytes = encodeBatch({ records, producerId: this.#id, producerEpoch: 0, baseSequence });
    this.#noted.push(...sent);
    return { place, bytes, sent, last: baseSequence + sent.length - 1 };
  }
}

export function sentTo({ random, next }: Around, place: Place): Sent {
  const value = `v${next()}-${'x'.repeat(randomInt(random, 300))}`;
  return { place, key: `k${randomInt(random, 6)}`, value, offset: undefined };
}

export function recordsOf({ nowMs }: Around, sent: readonly Sent[]) {
  const timestamp = BigInt(nowMs());
  return sent.map(({ key, value }) => ({ timestamp, key: Buffer.from(key), value: Buffer.from(value) }));
}

export async function send(
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
