/**
 * How groups of the newer protocol are written in `__consumer_offsets`: Kafka's own layout, one record per fact (keys 3
 * and 5 to 8, and 16). A record without a value says that the fact is gone.
 */
import { decodeMessage, encodeMessage } from '../../protocol/codec.js';
import type { Field, Message } from '../../protocol/schema.js';
import type { JournalRecord } from '../topics/internal-journal.js';
import type {
  Held,
  MemberAssignment,
  MemberMetadata,
  MemberProgress,
  ResolvedRegex,
  Target,
} from './consumer-group.js';

export type ConsumerEntry = { readonly group: string } & (
  | { readonly kind: 'epoch'; readonly value: { readonly epoch: number; readonly topicsHash: bigint } | undefined }
  | { readonly kind: 'member'; readonly memberId: string; readonly value: MemberMetadata | undefined }
  | { readonly kind: 'assignment'; readonly value: { readonly epoch: number; readonly atMs: number } | undefined }
  | { readonly kind: 'target'; readonly memberId: string; readonly value: Target | undefined }
  | { readonly kind: 'current'; readonly memberId: string; readonly value: MemberAssignment | undefined }
  | { readonly kind: 'regex'; readonly pattern: string; readonly value: ResolvedRegex | undefined }
);

/** The version of a key is the type of its record. */
const keyType = { epoch: 3, member: 5, assignment: 6, target: 7, current: 8, regex: 16 } as const;
const kindOf = new Map<number, ConsumerEntry['kind']>(
  Object.entries(keyType).map(([kind, type]) => [type, kind as ConsumerEntry['kind']]),
);
const VALUE_VERSION = 0;
/** Kafka's numbers. */
const progressCode: Readonly<Record<MemberProgress, number>> = { stable: 1, unrevoked: 2, unreleased: 3 };
const progressOf = new Map(Object.entries(progressCode).map(([name, code]) => [code, name as MemberProgress]));

const v = { min: 0 };
const text = (name: string): Field => ({ name, type: 'string', versions: v });
const nullableText = (name: string): Field => ({ name, type: 'string', versions: v, nullable: v });
const texts = (name: string): Field => ({ name, type: 'string', array: true, versions: v });
const int = (name: string): Field => ({ name, type: 'int32', versions: v });
const long = (name: string): Field => ({ name, type: 'int64', versions: v });
const tagged = (field: Field, tag: number): Field => ({ ...field, tag, taggedVersions: v });

const key = (name: string, type: number, fields: readonly Field[]) => ({
  name,
  versions: { min: type, max: type },
  flexibleFrom: undefined,
  fields,
});
const value = <T>(name: string, fields: readonly Field[]): Message<T> => ({
  name,
  versions: { min: VALUE_VERSION, max: VALUE_VERSION },
  flexibleFrom: VALUE_VERSION,
  fields,
});

interface Key {
  readonly groupId: string;
  /** The member, or the regular expression. */
  readonly of: string;
}

const keys: Readonly<Record<ConsumerEntry['kind'], Message<Key>>> = {
  epoch: key('ConsumerGroupMetadataKey', keyType.epoch, [text('groupId')]),
  member: key('ConsumerGroupMemberMetadataKey', keyType.member, [text('groupId'), text('of')]),
  assignment: key('ConsumerGroupTargetAssignmentMetadataKey', keyType.assignment, [text('groupId')]),
  target: key('ConsumerGroupTargetAssignmentMemberKey', keyType.target, [text('groupId'), text('of')]),
  current: key('ConsumerGroupCurrentMemberAssignmentKey', keyType.current, [text('groupId'), text('of')]),
  regex: key('ConsumerGroupRegularExpressionKey', keyType.regex, [text('groupId'), text('of')]),
};

interface TopicPartitions {
  topicId: string;
  partitions: number[];
  assignmentEpochs: number[] | null;
}

const topicPartitions = (name: string, more: readonly Field[] = []): Field => ({
  name,
  type: 'struct',
  array: true,
  versions: v,
  fields: [
    { name: 'topicId', type: 'uuid', versions: v },
    { name: 'partitions', type: 'int32', array: true, versions: v },
    ...more,
  ],
});
const epochs: Field = tagged({ name: 'assignmentEpochs', type: 'int32', array: true, versions: v, nullable: v }, 0);

const epochValue = value<{ epoch: number; metadataHash: bigint }>('ConsumerGroupMetadataValue', [
  int('epoch'),
  tagged(long('metadataHash'), 0),
]);

interface MemberValue {
  instanceId: string | null;
  rackId: string | null;
  clientId: string;
  clientHost: string;
  subscribedTopicNames: string[];
  subscribedTopicRegex: string | null;
  rebalanceTimeoutMs: number;
  serverAssignor: string | null;
  classicMemberMetadata: {
    sessionTimeoutMs: number;
    supportedProtocols: { name: string; metadata: Buffer }[];
  } | null;
}

const classicFields: readonly Field[] = [
  int('sessionTimeoutMs'),
  {
    name: 'supportedProtocols',
    type: 'struct',
    array: true,
    versions: v,
    fields: [text('name'), { name: 'metadata', type: 'bytes', versions: v }],
  },
];

const memberValue = value<MemberValue>('ConsumerGroupMemberMetadataValue', [
  nullableText('instanceId'),
  nullableText('rackId'),
  text('clientId'),
  text('clientHost'),
  texts('subscribedTopicNames'),
  nullableText('subscribedTopicRegex'),
  int('rebalanceTimeoutMs'),
  nullableText('serverAssignor'),
  tagged(
    { name: 'classicMemberMetadata', type: 'struct', versions: v, nullable: v, default: null, fields: classicFields },
    0,
  ),
]);

const assignmentValue = value<{ assignmentEpoch: number; assignmentTimestamp: bigint }>(
  'ConsumerGroupTargetAssignmentMetadataValue',
  [int('assignmentEpoch'), tagged(long('assignmentTimestamp'), 0)],
);

const targetValue = value<{ topicPartitions: Pick<TopicPartitions, 'topicId' | 'partitions'>[] }>(
  'ConsumerGroupTargetAssignmentMemberValue',
  [topicPartitions('topicPartitions')],
);

interface CurrentValue {
  memberEpoch: number;
  previousMemberEpoch: number;
  state: number;
  assignedPartitions: TopicPartitions[];
  partitionsPendingRevocation: TopicPartitions[];
}

const currentValue = value<CurrentValue>('ConsumerGroupCurrentMemberAssignmentValue', [
  int('memberEpoch'),
  int('previousMemberEpoch'),
  { name: 'state', type: 'int8', versions: v },
  topicPartitions('assignedPartitions', [epochs]),
  topicPartitions('partitionsPendingRevocation', [epochs]),
]);

const regexValue = value<{ topics: string[]; version: bigint; timestamp: bigint }>(
  'ConsumerGroupRegularExpressionValue',
  [texts('topics'), long('version'), long('timestamp')],
);

export function encodeConsumerEntry(entry: ConsumerEntry): JournalRecord {
  const of = 'memberId' in entry ? entry.memberId : 'pattern' in entry ? entry.pattern : '';
  const body = { groupId: entry.group, of };
  const recordKey = encodeMessage(keys[entry.kind], keyType[entry.kind], body);
  return { key: recordKey, value: entry.value === undefined ? null : encodeValue(entry) };
}

function encodeValue(entry: ConsumerEntry): Buffer | null {
  if (entry.value === undefined) return null;
  switch (entry.kind) {
    case 'epoch': {
      const { epoch, topicsHash: metadataHash } = entry.value;
      return encodeMessage(epochValue, VALUE_VERSION, { epoch, metadataHash });
    }
    case 'member': {
      const { topics, regex, assignor, classic, ...rest } = entry.value;
      const classicMemberMetadata = classic && {
        sessionTimeoutMs: classic.sessionTimeoutMs,
        supportedProtocols: classic.protocols.map(({ name, metadata }) => ({ name, metadata })),
      };
      const named = { subscribedTopicNames: [...topics], subscribedTopicRegex: regex, serverAssignor: assignor };
      return encodeMessage(memberValue, VALUE_VERSION, { ...rest, ...named, classicMemberMetadata });
    }
    case 'assignment': {
      const { epoch: assignmentEpoch, atMs } = entry.value;
      return encodeMessage(assignmentValue, VALUE_VERSION, { assignmentEpoch, assignmentTimestamp: BigInt(atMs) });
    }
    case 'target': {
      const listed = [...entry.value].map(([topicId, partitions]) => ({ topicId, partitions: [...partitions] }));
      return encodeMessage(targetValue, VALUE_VERSION, { topicPartitions: listed });
    }
    case 'current': {
      const { epoch, previousEpoch, progress, assigned, revoking } = entry.value;
      return encodeMessage(currentValue, VALUE_VERSION, {
        memberEpoch: epoch,
        previousMemberEpoch: previousEpoch,
        state: progressCode[progress],
        assignedPartitions: listHeld(assigned),
        partitionsPendingRevocation: listHeld(revoking),
      });
    }
    case 'regex': {
      const { topics, version, atMs } = entry.value;
      return encodeMessage(regexValue, VALUE_VERSION, { topics: [...topics], version, timestamp: BigInt(atMs) });
    }
  }
}

/** Undefined: not a record of such a group. Throws DecodeError. */
export function decodeConsumerEntry(record: JournalRecord, type: number): ConsumerEntry | undefined {
  const kind = kindOf.get(type);
  if (kind === undefined) return undefined;
  const { groupId: group, of } = decodeMessage(keys[kind], record.key).body;
  const bytes = record.value;
  switch (kind) {
    case 'epoch': {
      const body = bytes ? decodeMessage(epochValue, bytes).body : undefined;
      return { kind, group, value: body && { epoch: body.epoch, topicsHash: body.metadataHash } };
    }
    case 'member': {
      const body = bytes ? decodeMessage(memberValue, bytes).body : undefined;
      return { kind, group, memberId: of, value: body && metadataOf(body) };
    }
    case 'assignment': {
      const body = bytes ? decodeMessage(assignmentValue, bytes).body : undefined;
      const said = body && { epoch: body.assignmentEpoch, atMs: Number(body.assignmentTimestamp) };
      return { kind, group, value: said };
    }
    case 'target': {
      const body = bytes ? decodeMessage(targetValue, bytes).body : undefined;
      const listed = body?.topicPartitions.map((each) => [each.topicId, new Set(each.partitions)] as const);
      return { kind, group, memberId: of, value: listed && new Map(listed) };
    }
    case 'current': {
      const body = bytes ? decodeMessage(currentValue, bytes).body : undefined;
      return { kind, group, memberId: of, value: body && assignmentOf(body) };
    }
    case 'regex': {
      const body = bytes ? decodeMessage(regexValue, bytes).body : undefined;
      const said = body && { topics: body.topics, version: body.version, atMs: Number(body.timestamp) };
      return { kind, group, pattern: of, value: said };
    }
  }
}

function metadataOf({
  subscribedTopicNames,
  subscribedTopicRegex,
  serverAssignor,
  classicMemberMetadata,
  ...rest
}: MemberValue): MemberMetadata {
  const classic = classicMemberMetadata && {
    sessionTimeoutMs: classicMemberMetadata.sessionTimeoutMs,
    // Copies: the log's buffer is let go.
    protocols: classicMemberMetadata.supportedProtocols.map(({ name, metadata }) => ({
      name,
      metadata: Buffer.from(metadata),
    })),
  };
  const subscribed = { topics: subscribedTopicNames, regex: subscribedTopicRegex ?? '' };
  return { ...rest, ...subscribed, assignor: serverAssignor, classic };
}

function assignmentOf(body: CurrentValue): MemberAssignment {
  return {
    epoch: body.memberEpoch,
    previousEpoch: body.previousMemberEpoch,
    progress: progressOf.get(body.state) ?? 'stable',
    assigned: heldOf(body.assignedPartitions, body.memberEpoch),
    revoking: heldOf(body.partitionsPendingRevocation, body.memberEpoch),
  };
}

function listHeld(held: Held): TopicPartitions[] {
  return [...held].map(([topicId, partitions]) => ({
    topicId,
    partitions: [...partitions.keys()],
    assignmentEpochs: [...partitions.values()],
  }));
}

function heldOf(listed: readonly TopicPartitions[], epoch: number): Held {
  return new Map(
    listed.map(({ topicId, partitions, assignmentEpochs }) => [
      topicId,
      new Map(partitions.map((partition, at) => [partition, assignmentEpochs?.[at] ?? epoch] as const)),
    ]),
  );
}
