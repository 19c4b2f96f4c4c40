/**
 * Markers that no coordinator of this broker has decided, as klink's fence writes them: for producers that never registered,
 * at coordinator epochs of its own. Whoever was fenced by one stays so.
 */
import { randomInt } from '../../../src/base/random.js';
import { writeTxnMarkers } from '../../../src/protocol/api/write-txn-markers.js';
import { encodeBatch } from '../../../src/protocol/records/encode.js';
import type { Wire } from '../../harness/wire.js';
import { type Around, COMPACTED, demand, fine, keyOf, PLAIN, type Place } from './places.js';
import { send } from './produce.js';

/** Nothing shortens these: what only deleted records told of a producer would be forgotten. */
const FENCED: readonly Place[] = [
  { topic: PLAIN, partition: 1 },
  { topic: COMPACTED, partition: 0 },
];
const OLD_EPOCH = 47;
const COORDINATOR_FENCED = 52;
/** Far above what the broker gives out. */
const FIRST_PRODUCER_ID = 9_000_000_000n;

interface Raised {
  readonly epoch: number;
  readonly coordinatorEpoch: number;
}

interface Fence {
  readonly place: Place;
  readonly producerId: bigint;
  asked: Raised;
  acknowledged: Raised | undefined;
}

export class Fencer {
  readonly #around: Around;
  #fences: Fence[] = [];

  constructor(around: Around) {
    this.#around = around;
  }

  async work(wire: Wire): Promise<void> {
    const { random, next } = this.#around;
    const known = this.#fences[randomInt(random, this.#fences.length * 2 || 1)];
    if (known === undefined) {
      const place = FENCED[randomInt(random, FENCED.length)] ?? { topic: PLAIN, partition: 1 };
      const asked = { epoch: randomInt(random, 100), coordinatorEpoch: 1000 + randomInt(random, 100) };
      const fence = { place, producerId: FIRST_PRODUCER_ID + BigInt(next()), asked, acknowledged: undefined };
      this.#fences.push(fence);
      await this.#raise(wire, fence, asked);
    } else if (random.next() < 0.4) {
      const { epoch, coordinatorEpoch } = known.asked;
      const raised = { epoch: epoch + randomInt(random, 2), coordinatorEpoch: coordinatorEpoch + randomInt(random, 2) };
      await this.#raise(wire, known, raised);
    } else {
      await this.#try(wire, known);
    }
  }

  forget(): void {
    this.#fences = [];
  }

  async #raise(wire: Wire, fence: Fence, raised: Raised): Promise<void> {
    fence.asked = raised;
    fine(await mark(wire, fence, raised, this.#around.random.next() < 0.5), 'WriteTxnMarkers');
    fence.acknowledged = raised;
  }

  /** Nothing below what was acknowledged passes any more. */
  async #try(wire: Wire, fence: Fence): Promise<void> {
    const { acknowledged, asked, place, producerId } = fence;
    if (acknowledged === undefined || acknowledged.epoch === 0) return;
    const { random } = this.#around;
    const told = (code: number, wanted: number, what: string) =>
      demand(code === wanted, `${what} of ${producerId} in ${keyOf(place)} was answered ${code}, not ${wanted}`);
    const below = acknowledged.epoch - 1;
    const dice = random.next();
    if (dice < 0.3) {
      const late = { ...asked, epoch: below };
      told(await mark(wire, fence, late, true), OLD_EPOCH, 'a marker at a lower epoch');
    } else if (dice < 0.6) {
      const late = { ...asked, coordinatorEpoch: acknowledged.coordinatorEpoch - 1 };
      told(await mark(wire, fence, late, true), COORDINATOR_FENCED, 'a marker of a former coordinator');
    } else {
      const records = [
        { timestamp: BigInt(this.#around.nowMs()), key: Buffer.from('f'), value: Buffer.from('fenced') },
      ];
      const batch = encodeBatch({ records, producerId, producerEpoch: below, baseSequence: 0 });
      told((await send(wire, place, batch)).errorCode, OLD_EPOCH, 'a batch at a lower epoch');
    }
  }
}

async function mark(
  wire: Wire,
  { place, producerId }: Fence,
  { epoch, coordinatorEpoch }: Raised,
  commit: boolean,
): Promise<number> {
  const topics = [{ name: place.topic, partitionIndexes: [place.partition] }];
  const marker = { producerId, producerEpoch: epoch, transactionResult: commit, topics, coordinatorEpoch };
  const answer = await wire.ask(writeTxnMarkers, { markers: [marker] }, 1);
  return answer.markers[0]?.topics[0]?.partitions[0]?.errorCode ?? -1;
}
