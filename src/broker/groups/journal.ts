/**
 * How groups and offsets are written in `__consumer_offsets`: Kafka's own layout (offset key 1 and value 3, group key 2
 * and value 3).
 */
import { decodeMessage, encodeMessage } from '../../protocol/codec.js';
import type { Field, Message } from '../../protocol/schema.js';
import type { JournalRecord } from '../topics/internal-journal.js';
import { type ConsumerEntry, decodeConsumerEntry } from './consumer-journal.js';

export interface CommittedOffset {
  readonly offset: bigint;
  readonly leaderEpoch: number;
  readonly metadata: string;
  readonly committedMs: number;
  /** Where the commit said how long it is to be kept (OffsetCommit 2 to 4). */
  readonly expiresMs?: number | undefined;
}

export interface OffsetPlace {
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
}

export interface GroupRecord {
  readonly protocolType: string;
  readonly generation: number;
  readonly protocol: string | null;
  readonly leader: string | null;
  readonly stateSinceMs: number;
  readonly members: readonly {
    readonly memberId: string;
    readonly groupInstanceId: string | null;
    readonly clientId: string;
    readonly clientHost: string;
    readonly rebalanceTimeout: number;
    readonly sessionTimeout: number;
    readonly subscription: Buffer;
    readonly assignment: Buffer;
  }[];
}

export type DecodedGroupEntry =
  | { readonly kind: 'offset'; readonly place: OffsetPlace; readonly committed: CommittedOffset | undefined }
  | { readonly kind: 'group'; readonly group: string; readonly record: GroupRecord | undefined }
  | { readonly kind: 'consumer'; readonly group: string; readonly entry: ConsumerEntry }
  | { readonly kind: 'unknown' };

const OFFSET_KEY_VERSION = 1;
const GROUP_KEY_VERSION = 2;
const VALUE_VERSION = 3;
/** The only one that says when an offset expires; it has no leader epoch. */
const EXPIRING_VERSION = 1;
const NEVER = -1n;

const v = { min: 0 };
const text = (name: string): Field => ({ name, type: 'string', versions: v });
const nullableText = (name: string): Field => ({ name, type: 'string', versions: v, nullable: v });
const int = (name: string): Field => ({ name, type: 'int32', versions: v });

const offsetKey: Message<OffsetPlace> = {
  name: 'OffsetCommitKey',
  versions: { min: 0, max: OFFSET_KEY_VERSION },
  flexibleFrom: undefined,
  fields: [text('group'), text('topic'), int('partition')],
};

interface OffsetValue {
  offset: bigint;
  leaderEpoch: number;
  metadata: string;
  commitTimestamp: bigint;
  expireTimestamp: bigint;
}

const offsetValue: Message<OffsetValue> = {
  name: 'OffsetCommitValue',
  versions: { min: EXPIRING_VERSION, max: VALUE_VERSION },
  flexibleFrom: undefined,
  fields: [
    { name: 'offset', type: 'int64', versions: v },
    { name: 'leaderEpoch', type: 'int32', versions: { min: VALUE_VERSION }, default: -1 },
    text('metadata'),
    { name: 'commitTimestamp', type: 'int64', versions: v },
    {
      name: 'expireTimestamp',
      type: 'int64',
      versions: { min: EXPIRING_VERSION, max: EXPIRING_VERSION },
      default: NEVER,
    },
  ],
};

const groupKey: Message<{ group: string }> = {
  name: 'GroupMetadataKey',
  versions: { min: GROUP_KEY_VERSION, max: GROUP_KEY_VERSION },
  flexibleFrom: undefined,
  fields: [text('group')],
};

interface GroupValue {
  protocolType: string;
  generation: number;
  protocol: string | null;
  leader: string | null;
  currentStateTimestamp: bigint;
  members: {
    memberId: string;
    groupInstanceId: string | null;
    clientId: string;
    clientHost: string;
    rebalanceTimeout: number;
    sessionTimeout: number;
    subscription: Buffer;
    assignment: Buffer;
  }[];
}

const groupValue: Message<GroupValue> = {
  name: 'GroupMetadataValue',
  versions: { min: VALUE_VERSION, max: VALUE_VERSION },
  flexibleFrom: undefined,
  fields: [
    text('protocolType'),
    int('generation'),
    nullableText('protocol'),
    nullableText('leader'),
    { name: 'currentStateTimestamp', type: 'int64', versions: v },
    {
      name: 'members',
      type: 'struct',
      array: true,
      versions: v,
      fields: [
        text('memberId'),
        nullableText('groupInstanceId'),
        text('clientId'),
        text('clientHost'),
        int('rebalanceTimeout'),
        int('sessionTimeout'),
        { name: 'subscription', type: 'bytes', versions: v },
        { name: 'assignment', type: 'bytes', versions: v },
      ],
    },
  ],
};

/** `committed` undefined: the offset is deleted. */
export function encodeOffset(place: OffsetPlace, committed: CommittedOffset | undefined): JournalRecord {
  const key = encodeMessage(offsetKey, OFFSET_KEY_VERSION, { ...place });
  if (committed === undefined) return { key, value: null };
  const { offset, leaderEpoch, metadata, committedMs, expiresMs } = committed;
  const expireTimestamp = expiresMs === undefined ? NEVER : BigInt(expiresMs);
  const body = { offset, leaderEpoch, metadata, commitTimestamp: BigInt(committedMs), expireTimestamp };
  const version = expiresMs === undefined ? VALUE_VERSION : EXPIRING_VERSION;
  return { key, value: encodeMessage(offsetValue, version, body) };
}

/** `record` undefined: the group is deleted. */
export function encodeGroup(group: string, record: GroupRecord | undefined): JournalRecord {
  const key = encodeMessage(groupKey, GROUP_KEY_VERSION, { group });
  if (record === undefined) return { key, value: null };
  const { stateSinceMs, members, ...rest } = record;
  const body = { ...rest, currentStateTimestamp: BigInt(stateSinceMs), members: [...members] };
  return { key, value: encodeMessage(groupValue, VALUE_VERSION, body) };
}

/** Throws DecodeError. */
export function decodeGroupEntry({ key, value }: JournalRecord): DecodedGroupEntry {
  const version = key.length >= 2 ? key.readInt16BE(0) : -1;
  if (version === GROUP_KEY_VERSION) {
    const { group } = decodeMessage(groupKey, key).body;
    if (value === null) return { kind: 'group', group, record: undefined };
    const { currentStateTimestamp, ...rest } = decodeMessage(groupValue, value).body;
    return { kind: 'group', group, record: { ...rest, stateSinceMs: Number(currentStateTimestamp) } };
  }
  const entry = decodeConsumerEntry({ key, value }, version);
  if (entry) return { kind: 'consumer', group: entry.group, entry };
  if (version < 0 || version > OFFSET_KEY_VERSION) return { kind: 'unknown' };
  const place = decodeMessage(offsetKey, key).body;
  if (value === null) return { kind: 'offset', place, committed: undefined };
  const { commitTimestamp, expireTimestamp, ...rest } = decodeMessage(offsetValue, value).body;
  const expiresMs = expireTimestamp === NEVER ? undefined : Number(expireTimestamp);
  return { kind: 'offset', place, committed: { ...rest, committedMs: Number(commitTimestamp), expiresMs } };
}
