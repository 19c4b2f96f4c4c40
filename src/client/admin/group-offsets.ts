/** Which offsets groups have committed. */
import { offsetFetch } from '../../protocol/api/offset-fetch.js';
import { errorCode } from '../../protocol/errors.js';
import type { Channel, KafkaCluster, SendOptions } from '../types.js';
import { refusal } from './ask.js';
import { askCoordinators, type CoordinatorWord } from './coordinators.js';
import { byTopic, type Place } from './leaders.js';
import type { AdminOptions } from './patience.js';

export interface CommittedOffset extends Place {
  readonly offset: bigint;
  /** −1 when the committer did not say. */
  readonly leaderEpoch: number;
  readonly metadata: string;
}

export interface CommittedOptions extends AdminOptions {
  /** Default: all partitions for which something is committed. */
  readonly places?: readonly Place[] | undefined;
  /** Waits for commits of transactions that are still open (KIP-447); default true. */
  readonly stable?: boolean;
}

/** From 10 on topics go by id only. */
const LAST_BY_NAME = 9;
/** From 8 on one request names many groups. */
const BATCHED_FROM = 8;

/** By group; a group that does not exist has committed nothing. Rejects with KafkaError (30 …) or NotSent. */
export async function committedOffsets(
  cluster: KafkaCluster,
  groups: readonly string[],
  options: CommittedOptions = {},
): Promise<ReadonlyMap<string, readonly CommittedOffset[]>> {
  const topics =
    options.places === undefined
      ? null
      : byTopic(options.places).map(([name, partitions]) => ({
          name,
          partitionIndexes: partitions.map(({ partition }) => partition),
        }));
  const requireStable = options.stable ?? true;
  const ask = async (channel: Channel, asked: readonly string[], send: SendOptions) => {
    const version = channel.versionOf(offsetFetch, LAST_BY_NAME) ?? 0;
    if (version >= BATCHED_FROM) return askAt(channel, asked, { topics, requireStable }, send);
    const words: CoordinatorWord<readonly CommittedOffset[]>[] = [];
    for (const group of asked) words.push(...(await askAt(channel, [group], { topics, requireStable }, send)));
    return words;
  };
  const told = await askCoordinators(cluster, groups, 'reading the committed offsets', ask, options);
  const found = new Map<string, readonly CommittedOffset[]>();
  for (const [group, { code, value }] of told) {
    const absent = code === errorCode.GROUP_ID_NOT_FOUND;
    if (code !== 0 && !absent) throw refusal(code, `reading the offsets of group "${group}" at ${cluster.name}`);
    found.set(group, absent ? [] : value);
  }
  return found;
}

interface Wanted {
  readonly topics: readonly { readonly name: string; readonly partitionIndexes: readonly number[] }[] | null;
  readonly requireStable: boolean;
}

async function askAt(
  channel: Channel,
  groups: readonly string[],
  { topics, requireStable }: Wanted,
  send: SendOptions,
): Promise<readonly CoordinatorWord<readonly CommittedOffset[]>[]> {
  const request = {
    groupId: groups[0] ?? '',
    topics,
    requireStable,
    groups: groups.map((groupId) => ({ groupId, memberId: null, memberEpoch: -1, topics })),
  };
  const answer = await channel.send(offsetFetch, request, { ...send, versionMax: LAST_BY_NAME });
  const told = answer.groups.length > 0 ? answer.groups : [{ ...answer, groupId: groups[0] ?? '' }];
  return told.map(({ groupId, errorCode, topics }) => {
    const partitions = topics.flatMap(({ name, partitions }) => partitions.map((each) => ({ topic: name, ...each })));
    const failed = partitions.find((each) => each.errorCode !== 0);
    return {
      group: groupId,
      code: errorCode || (failed?.errorCode ?? 0),
      value: partitions
        .filter(({ committedOffset }) => committedOffset >= 0n)
        .map(({ topic, partitionIndex, committedOffset, committedLeaderEpoch, metadata }) => ({
          topic,
          partition: partitionIndex,
          offset: committedOffset,
          leaderEpoch: committedLeaderEpoch,
          metadata: metadata ?? '',
        })),
    };
  });
}
