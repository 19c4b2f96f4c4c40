/**
 * Where every group of the cluster stands on one topic. Complete or not at all: a partition of `__consumer_offsets` without a
 * leader, a coordinator that loads or moves, would hide groups, and a group that is not seen is not lowered. Spec:
 * docs/spec/groups.md 8 (4).
 */
import { committedOffsets } from '../../client/admin/group-offsets.js';
import { listGroups } from '../../client/admin/groups.js';
import type { Channel, KafkaCluster } from '../../client/types.js';
import { offsetFetch } from '../../protocol/api/offset-fetch.js';
import { errorCode } from '../../protocol/errors.js';
import { type Again, again, bounded, type Patience, requestMs } from '../transactions/persist.js';

const OFFSETS_TOPIC = '__consumer_offsets';
/** Share groups keep no offsets of this kind. */
const WITHOUT_OFFSETS: ReadonlySet<string> = new Set(['share']);

export interface Standing {
  readonly group: string;
  readonly partition: number;
  readonly offset: bigint;
  readonly metadata: string;
}

/** Rejects as the client does. */
export async function standingsOn(
  cluster: KafkaCluster,
  topic: string,
  partitions: number,
  within: Patience,
): Promise<{ readonly kind: 'found'; readonly standings: readonly Standing[] } | Again> {
  const before = await coordinators(cluster, within);
  if (typeof before !== 'string') return before;
  // Nobody has ever asked for a group.
  if (before === '') return { kind: 'found', standings: [] };
  const options = { timeoutMs: requestMs(within), signal: within.signal };
  const listed = await listGroups(cluster, options);
  const names = listed.filter(({ type }) => !WITHOUT_OFFSETS.has(type.toLowerCase())).map(({ group }) => group);
  const after = await coordinators(cluster, within);
  if (after !== before) return typeof after === 'string' ? again('the coordinators of the groups are moving') : after;
  if (names.length === 0) return { kind: 'found', standings: [] };
  const places = Array.from({ length: partitions }, (_, partition) => ({ topic, partition }));
  const found = await committedOffsets(cluster, names, { ...options, places, stable: true });
  const standings = [...found].flatMap(([group, offsets]) =>
    offsets
      .filter((each) => each.topic === topic && each.partition < partitions)
      .map(({ partition, offset, metadata }) => ({ group, partition, offset, metadata })),
  );
  return { kind: 'found', standings };
}

/** Who leads what, as one word to compare; empty when the topic does not exist. */
async function coordinators(cluster: KafkaCluster, within: Patience): Promise<string | Again> {
  const timeoutMs = requestMs(within);
  const { topics } = await bounded(within, cluster.metadata([OFFSETS_TOPIC], { timeoutMs }));
  const offsets = topics.find(({ name }) => name === OFFSETS_TOPIC);
  if (offsets?.errorCode === errorCode.UNKNOWN_TOPIC_OR_PARTITION) return '';
  if (offsets === undefined || offsets.errorCode !== 0) return again(`${OFFSETS_TOPIC} cannot be described`);
  const lost = offsets.partitions.find(({ leader }) => leader < 0);
  if (lost) return again(`partition ${lost.partition} of ${OFFSETS_TOPIC} has no leader: its groups cannot be seen`);
  const led = offsets.partitions.map((each) => `${each.partition}:${each.leader}/${each.leaderEpoch}`);
  return led.sort().join(' ');
}

/** From 10 on topics go by id only. */
const OFFSET_FETCH_VERSION_MAX = 9;
/** From 8 on one request names many groups. */
const OFFSET_FETCH_VERSION_MIN = 8;

/** What counts now, by partition, without regard to what is being committed. Rejects as the channel does. */
export async function offsetsNow(
  channel: Channel,
  of: { readonly group: string; readonly topic: string; readonly partitions: readonly number[] },
  timeoutMs: number,
): Promise<ReadonlyMap<number, bigint>> {
  const topics = [{ name: of.topic, partitionIndexes: [...of.partitions] }];
  const answer = await channel.send(
    offsetFetch,
    { requireStable: false, groups: [{ groupId: of.group, memberId: null, memberEpoch: -1, topics }] },
    { timeoutMs, versionMin: OFFSET_FETCH_VERSION_MIN, versionMax: OFFSET_FETCH_VERSION_MAX },
  );
  const partitions = answer.groups.flatMap((group) => group.topics.flatMap((topic) => topic.partitions));
  return new Map(
    partitions
      .filter((each) => each.errorCode === 0)
      .map((each) => [each.partitionIndex, each.committedOffset] as const),
  );
}
