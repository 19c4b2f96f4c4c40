/**
 * A load on one whole broker: producers of three kinds, members of groups of both protocols, fences, an administrator. Each
 * client notes what was acknowledged and what it does not know, and goes on when the broker is there again.
 * What must be there then is in `broker-judge.ts`.
 */
import { type Random, randomInt } from '../../../src/base/random.js';
import { STANDARD_AUTHORIZER } from '../../../src/broker/config/broker-configs.js';
import { createTopics } from '../../../src/protocol/api/create-topics.js';
import { findCoordinator } from '../../../src/protocol/api/find-coordinator.js';
import { metadata } from '../../../src/protocol/api/metadata.js';
import type { Wire } from '../../harness/wire.js';
import { Administrator } from './administrator.js';
import { ClassicGroups, ClassicMember } from './classic-members.js';
import { ConsumerGroups, ConsumerMember } from './consumer-members.js';
import { type DescribedGroup, describedGroups } from './descriptions.js';
import { LastingChanges } from './lasting-changes.js';
import { Fencer } from './markers.js';
import { type Around, COMPACTED, demand, fine, GROUPS, GROWING, Offsets, PLAIN, SHORT } from './places.js';
import { IdempotentProducer, type Sent } from './produce.js';
import { outMs, SESSION_MS, Sessions, type Vanished } from './sessions.js';
import { StaticDialects } from './static-dialects.js';
import { StaticGroups } from './static-groups.js';
import { StaticMember } from './static-members.js';
import { TRANSACTIONAL_ID, type Transaction, TransactionalProducer } from './transactions.js';

const MEMBERS = 3;
const STATIC_MEMBERS = 5;
const ASSIGNMENT_MS = 1000;
/** How often members are heard of that do nothing else. */
const STEP_MS = 120;
const STEPS_MAX = 30;

/** What the clients know. */
export interface Knowledge {
  readonly sent: readonly Sent[];
  readonly transactions: readonly Transaction[];
  readonly offsets: Offsets;
  readonly topics: Map<string, 'there' | 'gone' | 'unknown'>;
  /** Of the first partition of `PLAIN`. */
  readonly deleted: { readonly acknowledged: bigint; readonly asked: bigint };
  readonly changes: LastingChanges;
  readonly groups: ConsumerGroups;
  readonly statics: StaticGroups;
  readonly sessions: Sessions;
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
  readonly #statics: readonly StaticMember[];
  readonly #fencer: Fencer;
  readonly #administrator: Administrator;
  readonly #changes: LastingChanges;

  /** What the broker is to be told that the load counts on. */
  readonly config: Readonly<Record<string, string>>;

  constructor(random: Random, { nowMs, pause }: Pick<Around, 'nowMs' | 'pause'>, mayLose: boolean) {
    let next = 0;
    const sessions = new Sessions(nowMs);
    const around: Around = { random, nowMs, pause, mayLose, offsets: new Offsets(), sessions, next: () => next++ };
    const assignmentIntervalMs = random.next() < 0.3 ? ASSIGNMENT_MS : 0;
    this.config = {
      'authorizer.class.name': STANDARD_AUTHORIZER,
      'super.users': 'User:ANONYMOUS',
      'group.initial.rebalance.delay.ms': String(randomInt(random, 2) * 5),
      'group.min.session.timeout.ms': '100',
      'group.consumer.min.session.timeout.ms': '100',
      'group.consumer.session.timeout.ms': String(SESSION_MS),
      'group.consumer.min.heartbeat.interval.ms': '100',
      'group.consumer.heartbeat.interval.ms': '200',
      'group.consumer.assignment.interval.ms': String(assignmentIntervalMs),
    };
    const several = <T>(count: number, make: () => T): T[] => Array.from({ length: count }, make);
    this.#around = around;
    this.#producers = several(2, () => new IdempotentProducer(around, this.#sent));
    this.#transactional = new TransactionalProducer(around);
    this.#groups = new ConsumerGroups();
    this.#classic = several(MEMBERS, () => new ClassicMember(around, this.#classicGroups, this.#groups));
    this.#newer = several(MEMBERS, () => new ConsumerMember(around, this.#groups));
    const statics = new StaticGroups(nowMs);
    const told = { groups: statics, classic: this.#classicGroups, owners: this.#groups, assignmentIntervalMs };
    const dialects = new StaticDialects(around, told);
    this.#statics = several(STATIC_MEMBERS, () => new StaticMember(around, dialects));
    this.#fencer = new Fencer(around);
    const groups = { classic: this.#classicGroups, newer: this.#groups };
    this.#administrator = new Administrator(around, this.#sent, groups);
    this.#changes = new LastingChanges(around);
    this.known = {
      changes: this.#changes,
      sent: this.#sent,
      transactions: this.#transactional.transactions,
      offsets: around.offsets,
      topics: this.#administrator.topics,
      deleted: this.#administrator.deleted,
      groups: this.#groups,
      statics,
      sessions,
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
      wanted(GROWING, 1, {}),
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
      repeat(0, (wire) => this.#changes.work(wire)),
      ...this.#classic.map((each) => repeat(6, (wire) => each.work(wire))),
      ...this.#newer.map((each) => repeat(6, (wire) => each.work(wire))),
      ...this.#statics.map((each) => repeat(6, (wire) => each.work(wire))),
      repeat(1, (wire) => this.#fencer.work(wire)),
    ];
  }

  get #members(): readonly (ClassicMember | ConsumerMember | StaticMember)[] {
    return [...this.#classic, ...this.#newer, ...this.#statics];
  }

  /** Some static members have ended as their broker has, and come back. */
  someEnd(): void {
    for (const each of this.#statics) if (this.#around.random.next() < 0.3) each.end();
  }

  /** Some of the members are never heard of again. */
  someVanish(): void {
    for (const each of this.#members) if (this.#around.random.next() < 0.4) each.vanish();
  }

  /** What the others do until those must be out, and what they had is given to others. */
  get keepers(): ((wire: Wire) => Promise<void>)[] {
    const { nowMs, pause, random } = this.#around;
    const until = nowMs() + outMs(random.next() < 0.3 ? 2 : 1);
    let isOver = false;
    return this.#members.map((each) => async (wire) => {
      for (let i = 0; !isOver; i++) {
        demand(i < STEPS_MAX, 'what members had that are gone is given to nobody');
        await each.stay(wire);
        await pause(STEP_MS);
        isOver ||= nowMs() >= until && this.#isShared;
      }
    });
  }

  /** Whoever is in a group knows what it has, and together they have everything. */
  get #isShared(): boolean {
    const all = this.#members.flatMap(({ holding }) => holding ?? []);
    return GROUPS.every((group) => {
      const told = all.filter((each) => each.group === group).map(({ partitions }) => partitions);
      const held = told.flat();
      return told.length === 0 || (!told.includes(undefined) && held.includes(0) && held.includes(1));
    });
  }

  /** Sessions are over: who vanished is out, and others have what it had. */
  async judgeSessions(wire: Wire): Promise<void> {
    const { sessions, statics } = this.known;
    const { due } = sessions;
    judgeAbsent(await describedGroups(wire), due);
    sessions.areGone(due);
    for (const { group, name } of due) statics.remove(group, name);
  }

  /** The broker has ended, and is there again: what was open is decided, one way or the other. */
  async settle(wire: Wire): Promise<void> {
    this.known.sessions.started();
    for (const { register } of this.known.offsets.all) register.settle();
    this.#changes.settle();
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
    this.known.statics.forget();
    this.known.sessions.forget();
    for (const each of this.#members) each.forget();
    this.#fencer.forget();
  }
}

/** Of those that were seen to be out none is in a group. */
export function judgeAbsent(groups: readonly DescribedGroup[], gone: readonly Vanished[]): void {
  const there = new Set<string>();
  for (const { group, members } of groups) {
    for (const { memberId, instanceId } of members) there.add(`${group} ${memberId}`).add(`${group} ${instanceId}`);
  }
  for (const { group, name } of gone) demand(!there.has(`${group} ${name}`), `${name} is in ${group} still`);
}
