/** One member of the classic protocol that speaks the consumers' own subscription, in raw requests, one step at a time. */
import { consumerProtocolAssignment } from '../../src/protocol/api/consumer-protocol-assignment.js';
import { consumerProtocolSubscription } from '../../src/protocol/api/consumer-protocol-subscription.js';
import { heartbeat } from '../../src/protocol/api/heartbeat.js';
import { joinGroup } from '../../src/protocol/api/join-group.js';
import { leaveGroup } from '../../src/protocol/api/leave-group.js';
import { syncGroup } from '../../src/protocol/api/sync-group.js';
import { decodeMessage, encodeMessage } from '../../src/protocol/codec.js';
import type { Wire } from './wire.js';
import type { WireTopic } from './wire-topic.js';

const [ID_REQUIRED, REBALANCING] = [79, 27];
const PROTOCOL = 'cooperative-sticky';

export class ClassicMember {
  readonly wire: () => Wire;
  readonly group: string;
  readonly topic: WireTopic;
  readonly instanceId: string | null;
  id = '';
  generation = -1;
  /** As it was last told. */
  partitions: readonly number[] = [];

  constructor(wire: () => Wire, group: string, topic: WireTopic, instanceId: string | null = null) {
    this.wire = wire;
    this.group = group;
    this.topic = topic;
    this.instanceId = instanceId;
  }

  /** Says what it has. A new one asks for its id first. */
  async join(protocolType = 'consumer', name = PROTOCOL): Promise<Awaited<ReturnType<ClassicMember['ask']>>> {
    const answer = await this.ask(this.id, protocolType, name);
    if (answer.errorCode !== ID_REQUIRED) return this.#taken(answer);
    return this.#taken(await this.ask(answer.memberId, protocolType, name));
  }

  /** Sends just this, and takes nothing in. */
  ask(memberId: string, protocolType = 'consumer', name = PROTOCOL) {
    const ownedPartitions = [{ topic: this.topic.name, partitions: [...this.partitions] }];
    const subscription = { topics: [this.topic.name], ownedPartitions, generationId: this.generation };
    return this.wire().ask(joinGroup, {
      groupId: this.group,
      sessionTimeoutMs: 6000,
      rebalanceTimeoutMs: 20_000,
      memberId,
      groupInstanceId: this.instanceId,
      protocolType,
      protocols: [{ name, metadata: encodeMessage(consumerProtocolSubscription, 2, subscription) }],
    });
  }

  /** A leader names everybody's partitions. */
  async sync(
    assignments: Readonly<Record<string, readonly number[]>> = {},
    said: { generation?: number; name?: string } = {},
  ) {
    const answer = await this.wire().ask(syncGroup, {
      groupId: this.group,
      generationId: said.generation ?? this.generation,
      memberId: this.id,
      groupInstanceId: this.instanceId,
      protocolType: 'consumer',
      protocolName: said.name ?? PROTOCOL,
      assignments: Object.entries(assignments).map(([memberId, partitions]) => ({
        memberId,
        assignment: encodeMessage(consumerProtocolAssignment, 2, {
          assignedPartitions: [{ topic: this.topic.name, partitions: [...partitions] }],
        }),
      })),
    });
    if (answer.errorCode === 0) {
      const { assignedPartitions } = decodeMessage(consumerProtocolAssignment, answer.assignment).body;
      this.partitions = assignedPartitions.flatMap(({ partitions }) => partitions).sort((one, other) => one - other);
    }
    return answer.errorCode;
  }

  async beat(generationId = this.generation): Promise<number> {
    const { group: groupId, id: memberId, instanceId: groupInstanceId } = this;
    return (await this.wire().ask(heartbeat, { groupId, generationId, memberId, groupInstanceId })).errorCode;
  }

  /** A heartbeat, and where it is told to, one join with what follows. Of a group of the newer protocol: nobody is waited for. */
  async follow(): Promise<void> {
    const code = await this.beat();
    if (code !== 0 && code !== REBALANCING) throw new Error(`${this.id} of ${this.group} was answered ${code}`);
    if (code !== REBALANCING) return;
    const joined = await this.join();
    if (joined.errorCode !== 0)
      throw new Error(`${this.id} of ${this.group} joins and is answered ${joined.errorCode}`);
    const synced = await this.sync();
    if (synced !== 0 && synced !== REBALANCING) throw new Error(`${this.id} of ${this.group} syncs: ${synced}`);
  }

  async leave(): Promise<number | undefined> {
    const members = [{ memberId: this.id, groupInstanceId: this.instanceId }];
    return (await this.wire().ask(leaveGroup, { groupId: this.group, members })).members[0]?.errorCode;
  }

  #taken<A extends { errorCode: number; memberId: string; generationId: number }>(answer: A): A {
    if (answer.errorCode === 0) {
      this.id = answer.memberId;
      this.generation = answer.generationId;
    }
    return answer;
  }
}
