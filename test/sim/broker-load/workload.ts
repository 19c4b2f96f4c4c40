/**
 * A load on one whole broker: producers of three kinds, members of groups of both protocols, fences, an administrator. Each
 * client notes what was acknowledged and what it does not know, and goes on when the broker is there again.
 * What must be there then is in `broker-judge.ts`.
 */
import { type Random, randomInt } from '../../../src/base/random.js';
import { createTopics } from '../../../src/protocol/api/create-topics.js';
import { findCoordinator } from '../../../src/protocol/api/find-coordinator.js';
import { metadata } from '../../../src/protocol/api/metadata.js';
import type { Wire } from '../../harness/wire.js';
import { Administrator } from './administrator.js';
import { ClassicGroups, ClassicMember } from './classic-members.js';
import { ConsumerGroups, ConsumerMember } from './consumer-members.js';
import { Fencer } from './markers.js';
import { type Around, COMPACTED, fine, Offsets, PLAIN, SHORT } from './places.js';
import { IdempotentProducer, type Sent } from './produce.js';
import { TRANSACTIONAL_ID, type Transaction, TransactionalProducer } from './transactions.js';

const MEMBERS = 3;

/** What the clients know. */
export interface Knowledge {
  readonly sent: readonly Sent[];
  readonly transactions: readonly Transaction[];
  readonly offsets: Offsets;
  readonly topics: Map<string, 'there' | 'gone' | 'unknown'>;
  /** Of the first partition of `PLAIN`. */
  readonly deleted: { readonly acknowledged: bigint; readonly asked: bigint };
  readonly groups: ConsumerGroups;
}

export class Workload {
  readonly known: Knowledge;
  readonly #around: Around;
  readonly #sent: Sent[] = [];
  readonly #producers: readonly IdempotentProducer[];
  readonly #transactional: TransactionalProducer;
  readonly #classicGroups = new ClassicGroups();
  readonly #groups: ConsumerGroups;
  readonly #classic: readonly ClassicMember[];
  readonly #newer: readonly ConsumerMember[];
  readonly #fencer: Fencer;
  readonly #administrator: Administrator;

  constructor(random: Random, nowMs: () => number, mayLose: boolean) {
    let next = 0;
    const around: Around = { random, nowMs, mayLose, offsets: new Offsets(), next: () => next++ };
    const several = <T>(count: number, make: () => T): T[] => Array.from({ length: count }, make);
    this.#around = around;
    this.#producers = several(2, () => new IdempotentProducer(around, this.#sent));
    this.#transactional = new TransactionalProducer(around);
    this.#groups = new ConsumerGroups(nowMs);
    this.#classic = several(MEMBERS, () => new ClassicMember(around, this.#classicGroups, this.#groups));
    this.#newer = several(MEMBERS, () => new ConsumerMember(around, this.#groups));
    this.#fencer = new Fencer(around);
    const groups = { classic: this.#classicGroups, newer: this.#groups };
    this.#administrator = new Administrator(around, this.#sent, groups);
    this.known = {
      sent: this.#sent,
      transactions: this.#transactional.transactions,
      offsets: around.offsets,
      topics: this.#administrator.topics,
      deleted: this.#administrator.deleted,
      groups: this.#groups,
    };
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
    const described = await wire.ask(metadata, { topics: [{ name: PLAIN }] });
    this.#groups.topicId = described.topics[0]?.topicId;
  }

  /** What each client does until its connection ends, or until it has done enough. */
  get clients(): ((wire: Wire) => Promise<void>)[] {
    const some = (least: number) => least + randomInt(this.#around.random, 12);
    const repeat = (least: number, work: (wire: Wire) => Promise<void>) => async (wire: Wire) => {
      for (let i = some(least); i > 0; i--) await work(wire);
    };
    return [
      ...this.#producers.map((each) => repeat(8, (wire) => each.work(wire))),
      (wire) => this.#transactional.work(wire, some(2)),
      repeat(2, (wire) => this.#administrator.commitOutside(wire)),
      repeat(1, (wire) => this.#administrator.work(wire)),
      ...this.#classic.map((each) => repeat(6, (wire) => each.work(wire))),
      ...this.#newer.map((each) => repeat(6, (wire) => each.work(wire))),
      repeat(1, (wire) => this.#fencer.work(wire)),
    ];
  }

  /** The broker has ended, and is there again: what was open is decided, one way or the other. */
  async settle(wire: Wire): Promise<void> {
    for (const { register } of this.known.offsets.all) register.settle();
    if (this.#around.mayLose) this.#transactional.forget();
    const isDecided = !this.#around.mayLose && (await this.#transactional.resume(wire));
    if (!isDecided) await this.#transactional.takeOver(wire);
  }

  /** After a loss: what is there is what counts from now on. */
  forget(): void {
    this.#sent.length = 0;
    this.#transactional.forget();
    this.#classicGroups.forget();
    this.#groups.forget();
    for (const each of [...this.#classic, ...this.#newer]) each.forget();
    this.#fencer.forget();
  }
}
