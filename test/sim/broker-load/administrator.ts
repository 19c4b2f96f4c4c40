/** What an administrator does meanwhile: topics made and deleted, records, offsets and whole groups deleted. */
import { randomInt } from '../../../src/base/random.js';
import { createTopics } from '../../../src/protocol/api/create-topics.js';
import { deleteGroups } from '../../../src/protocol/api/delete-groups.js';
import { deleteRecords } from '../../../src/protocol/api/delete-records.js';
import { deleteTopics } from '../../../src/protocol/api/delete-topics.js';
import { offsetCommit } from '../../../src/protocol/api/offset-commit.js';
import { offsetDelete } from '../../../src/protocol/api/offset-delete.js';
import type { Wire } from '../../harness/wire.js';
import type { ClassicGroups } from './classic-members.js';
import type { ConsumerGroups } from './consumer-members.js';
import { type Around, fine, GROUPS, keyOf, PLAIN, Wrong } from './places.js';
import type { Sent } from './produce.js';
import { NOTHING } from './register.js';

const NON_EMPTY_GROUP = 68;
const NO_GROUP = 69;
const SUBSCRIBED = 86;
const EXTRA_TOPICS_MAX = 4;

export class Administrator {
  readonly topics = new Map<string, 'there' | 'gone' | 'unknown'>();
  /** Of the first partition of `PLAIN`. */
  readonly deleted = { acknowledged: 0n, asked: 0n };
  readonly #around: Around;
  readonly #sent: readonly Sent[];
  readonly #groups: { readonly classic: ClassicGroups; readonly newer: ConsumerGroups };

  constructor(
    around: Around,
    sent: readonly Sent[],
    groups: { readonly classic: ClassicGroups; readonly newer: ConsumerGroups },
  ) {
    this.#around = around;
    this.#sent = sent;
    this.#groups = groups;
  }

  async work(wire: Wire): Promise<void> {
    const dice = this.#around.random.next();
    if (dice < 0.25) await this.#createTopic(wire);
    else if (dice < 0.45) await this.#deleteTopic(wire);
    else if (dice < 0.65) await this.#deleteRecords(wire);
    else if (dice < 0.85) await this.#deleteOffset(wire);
    else await this.#deleteGroup(wire);
  }

  /** From outside, of a group that nobody is in. */
  async commitOutside(wire: Wire): Promise<void> {
    const { random, next, offsets } = this.#around;
    const partitionIndex = randomInt(random, 2);
    const value = next();
    const register = offsets.of('outside', partitionIndex);
    const write = register.begin(value);
    const partitions = [{ partitionIndex, committedOffset: BigInt(value), committedMetadata: '' }];
    const request = { groupId: 'outside', generationIdOrMemberEpoch: -1, topics: [{ name: PLAIN, partitions }] };
    const answer = await wire.ask(offsetCommit, request, 8);
    fine(answer.topics[0]?.partitions[0]?.errorCode, 'OffsetCommit');
    register.acknowledge(write);
  }

  async #createTopic(wire: Wire): Promise<void> {
    const { random } = this.#around;
    const name = `extra${randomInt(random, EXTRA_TOPICS_MAX)}`;
    const before = this.topics.get(name);
    if (before === 'there' || before === 'unknown') return;
    this.topics.set(name, 'unknown');
    const wanted = { name, numPartitions: 2, replicationFactor: 1 };
    const answer = await wire.ask(createTopics, { topics: [wanted], timeoutMs: 1000 });
    fine(answer.topics[0]?.errorCode, 'CreateTopics');
    this.topics.set(name, 'there');
  }

  async #deleteTopic(wire: Wire): Promise<void> {
    const there = [...this.topics].find(([, state]) => state === 'there')?.[0];
    if (there === undefined) return;
    this.topics.set(there, 'unknown');
    const answer = await wire.ask(deleteTopics, { topicNames: [there], timeoutMs: 1000 }, 5);
    fine(answer.responses[0]?.errorCode, 'DeleteTopics');
    this.topics.set(there, 'gone');
  }

  async #deleteRecords(wire: Wire): Promise<void> {
    const { deleted } = this;
    const sent = this.#sent.filter(({ place, offset }) => keyOf(place) === `${PLAIN}-0` && offset !== undefined);
    const { offset } = sent[randomInt(this.#around.random, sent.length || 1)] ?? {};
    if (offset === undefined || offset <= deleted.asked) return;
    deleted.asked = offset;
    const wanted = [{ name: PLAIN, partitions: [{ partitionIndex: 0, offset }] }];
    const answer = await wire.ask(deleteRecords, { topics: wanted, timeoutMs: 1000 });
    fine(answer.topics[0]?.partitions[0]?.errorCode, 'DeleteRecords');
    deleted.acknowledged = offset;
  }

  async #deleteOffset(wire: Wire): Promise<void> {
    const { random, offsets } = this.#around;
    const groupId = GROUPS[randomInt(random, GROUPS.length)] ?? 'outside';
    const partitionIndex = randomInt(random, 2);
    const register = offsets.of(groupId, partitionIndex);
    const write = register.begin(NOTHING);
    const topics = [{ name: PLAIN, partitions: [{ partitionIndex }] }];
    const answer = await wire.ask(offsetDelete, { groupId, topics });
    const code = answer.errorCode || (answer.topics[0]?.partitions[0]?.errorCode ?? -1);
    if (code === 0) register.acknowledge(write);
    else register.refuse(write);
    if (![0, NO_GROUP, NON_EMPTY_GROUP, SUBSCRIBED].includes(code))
      throw new Wrong(`OffsetDelete was answered ${code}`);
  }

  async #deleteGroup(wire: Wire): Promise<void> {
    const { random, offsets } = this.#around;
    const groupId = GROUPS[randomInt(random, GROUPS.length)] ?? 'outside';
    const registers = offsets.all.filter(({ group }) => group === groupId).map(({ register }) => register);
    const writes = registers.map((register) => ({ register, write: register.begin(NOTHING) }));
    this.#groups.classic.mayEnd(groupId);
    this.#groups.newer.mayEnd(groupId);
    const answer = await wire.ask(deleteGroups, { groupsNames: [groupId] });
    const code = answer.results[0]?.errorCode ?? -1;
    this.#groups.classic.mayEnd(groupId);
    this.#groups.newer.mayEnd(groupId);
    for (const { register, write } of writes) {
      if (code === 0) register.acknowledge(write);
      else register.refuse(write);
    }
    if (![0, NO_GROUP, NON_EMPTY_GROUP].includes(code)) throw new Wrong(`DeleteGroups was answered ${code}`);
  }
}
