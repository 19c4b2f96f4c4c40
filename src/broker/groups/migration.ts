/**
 * A group changes from one protocol to the other while its members live (KIP-848's online migration). Pure.
 * Serves docs/spec/broker.md §5.6.
 */
import type { Topics } from '../topics/topics.js';
import { NOTHING_ASSIGNED } from './answers.js';
import type { ConsumerGroup, Held, MemberAssignment, MemberMetadata, Target } from './consumer-group.js';
import type { ConsumerEntry } from './consumer-journal.js';
import { assignmentIn, encodedAssignment, subscriptionIn } from './consumer-protocol.js';
import { Group, type Member } from './group.js';
import { topicsHash } from './topics-hash.js';

type Names = Pick<Topics, 'get' | 'byId'>;

/**
 * What the group is in the newer protocol: everybody has what the last generation assigned to it. Undefined: a member does
 * not speak the consumers' own protocol.
 */
export function upgraded(group: Group, topics: Names): ConsumerEntry[] | undefined {
  const epoch = group.generation;
  const members: ConsumerEntry[] = [];
  const targets: ConsumerEntry[] = [];
  const assignments: ConsumerEntry[] = [];
  const read = new Set<string>();
  const given: Target[] = [];
  for (const member of group.members.values()) {
    // Each of its protocols says the same of it; which one is chosen is open while the group rebalances.
    const [protocol] = member.protocols;
    const subscription = protocol && subscriptionIn(protocol.metadata, topics);
    const target = assignmentIn(member.assignment, topics);
    if (subscription === undefined || target === undefined) return undefined;
    for (const topic of subscription.topics) read.add(topic);
    given.push(target);
    const about = { group: group.id, memberId: member.id };
    const metadata: MemberMetadata = {
      instanceId: member.instanceId,
      rackId: subscription.rackId,
      clientId: member.clientId,
      clientHost: member.clientHost,
      topics: subscription.topics,
      regex: '',
      rebalanceTimeoutMs: member.rebalanceTimeoutMs,
      assignor: null,
      classic: { sessionTimeoutMs: member.sessionTimeoutMs, protocols: member.protocols },
    };
    const assigned: Held = new Map(
      [...target].map(([topicId, partitions]) => [topicId, new Map([...partitions].map((at) => [at, epoch] as const))]),
    );
    const value: MemberAssignment = {
      epoch,
      previousEpoch: epoch,
      progress: 'stable',
      assigned,
      revoking: new Map(),
    };
    members.push({ ...about, kind: 'member', value: metadata });
    targets.push({ ...about, kind: 'target', value: target });
    assignments.push({ ...about, kind: 'current', value });
  }
  // Who takes over a name in it then keeps what it has. Where something is nobody's, or somebody has to join again to be told,
  // the next heartbeat begins an epoch.
  const isSettled = group.state === 'Stable' && isAllGiven(read, given, topics);
  const hash = isSettled ? topicsHash(read, topics) : 0n;
  return [
    ...members,
    { group: group.id, kind: 'epoch', value: { epoch, topicsHash: hash } },
    ...targets,
    { group: group.id, kind: 'assignment', value: { epoch, atMs: 0 } },
    ...assignments,
  ];
}

/** Every partition of these topics was assigned to somebody. */
function isAllGiven(names: ReadonlySet<string>, given: readonly Target[], topics: Names): boolean {
  return [...names].every((name) => {
    const topic = topics.get(name);
    if (topic === undefined) return true;
    const owned = new Set(given.flatMap((target) => [...(target.get(topic.id) ?? [])]));
    return topic.partitions.every((_, partition) => owned.has(partition));
  });
}

/**
 * What the group is in the classic protocol, without those that leave: as if a leader had assigned what everybody has. Who has yet
 * to give something back has it until it joins again, so that nobody else is given it, whichever protocol comes next.
 */
export function downgraded(
  group: ConsumerGroup,
  without: readonly string[],
  now: { ms: number; topics: Names },
): Group {
  const classic = new Group(group.id, now.ms, group.offsets);
  classic.protocolType = group.protocolType;
  classic.generation = group.epoch;
  classic.become('Stable', now.ms);
  for (const { id, classic: side, ...metadata } of group.members.values()) {
    if (without.includes(id) || side === null) continue;
    const member: Member = {
      id,
      instanceId: metadata.instanceId,
      clientId: metadata.clientId,
      clientHost: metadata.clientHost,
      sessionTimeoutMs: side.sessionTimeoutMs,
      rebalanceTimeoutMs: metadata.rebalanceTimeoutMs,
      protocols: side.protocols,
      ...NOTHING_ASSIGNED,
    };
    classic.members.set(id, member);
    if (member.instanceId !== null) classic.instances.set(member.instanceId, id);
    classic.leader ??= id;
  }
  classic.protocolName = classic.chooseProtocol();
  classic.noteSubscriptions();
  for (const member of classic.members.values()) {
    member.assignment = encodedAssignment(group.heldBy(member.id), classic.metadataOf(member), now.topics);
  }
  return classic;
}
