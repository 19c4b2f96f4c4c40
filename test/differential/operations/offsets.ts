/** Offsets of groups that have no members: committed plainly and in transactions, and read. */
import { offsetCommit } from '../../../src/protocol/api/offset-commit.js';
import { offsetFetch } from '../../../src/protocol/api/offset-fetch.js';
import { txnOffsetCommit } from '../../../src/protocol/api/txn-offset-commit.js';
import { byTopic, chance, drawPlaces, mostly, some } from '../draws.js';
import { type Drawing, type Operation, type Step, step } from '../operation.js';
import type { Topic } from '../world.js';
import { drawGroup, drawSpeaker, isIn, runsOut } from './producers.js';

const METADATA: readonly (string | null)[] = ['', 'noted', null, 'x'.repeat(4096), 'x'.repeat(4097), 'ä'.repeat(4096)];

export const offsetOperations: readonly Operation[] = [
  { name: 'commit offsets', weight: 2, draw: (drawing) => committing(drawing) },
  { name: 'commit offsets in a transaction', weight: 2, draw: (drawing) => committingInTransaction(drawing) },
  {
    name: 'read committed offsets',
    weight: 2,
    draw: (drawing) => {
      const { random, world } = drawing;
      const groups = some(random, [...world.groups, drawGroup(drawing)], 2);
      return offsetsOf(drawing, groups, {
        topics: chance(random, 0.4) ? null : world.topics,
        stable: chance(random, 0.4),
      });
    },
  },
];

function drawCommitted(drawing: Drawing) {
  const { random, world } = drawing;
  return drawPlaces(random, world, 3).map((place) => ({
    ...place,
    committedOffset: mostly(random, 5n, 0.6, [0n, -1n, -2n, place.partition?.end ?? 9n, 1n << 62n]),
    committedLeaderEpoch: mostly(random, -1, 0.3, [0, 1, -2]),
    committedMetadata: mostly(random, 'noted', 0.3, METADATA),
  }));
}

function committing(drawing: Drawing): Step | undefined {
  const { random } = drawing;
  const version = drawing.version(offsetCommit);
  if (version === undefined) return undefined;
  const groupId = mostly(random, drawGroup(drawing), 0.02, ['']);
  const places = drawCommitted(drawing);
  const generation = mostly(random, -1, 0.05, [0, 1, -2]);
  const memberId = mostly(random, '', 0.05, ['somebody']);
  const groupInstanceId = mostly<string | null>(random, null, 0.03, ['static', '']);
  return step({
    operation: 'commit offsets',
    api: offsetCommit,
    version,
    request: (names) => ({
      groupId,
      generationIdOrMemberEpoch: generation,
      memberId,
      groupInstanceId,
      topics: byTopic(places).map(({ name, id, places: own }) => ({
        name,
        topicId: names.topicId(id),
        partitions: own.map(partitionOfCommit),
      })),
    }),
    learn: (answer) => learnGroup(drawing, groupId, answer?.topics),
  });
}

function partitionOfCommit(place: ReturnType<typeof drawCommitted>[number]) {
  const { index, committedOffset, committedLeaderEpoch, committedMetadata } = place;
  return { partitionIndex: index, committedOffset, committedLeaderEpoch, committedMetadata };
}

function learnGroup(
  { world }: Drawing,
  groupId: string,
  topics: readonly { readonly partitions: readonly { readonly errorCode: number }[] }[] | undefined,
): void {
  const isTaken = topics?.some(({ partitions }) => partitions.some(({ errorCode }) => errorCode === 0));
  // The group without a name is the same for all seeds.
  if (isTaken && groupId !== '' && !world.groups.includes(groupId)) world.groups.push(groupId);
}

function committingInTransaction(drawing: Drawing): Step | undefined {
  const { random } = drawing;
  const speaker = drawSpeaker(drawing);
  if (speaker === undefined) return undefined;
  const own = speaker.producer.protocol === 2 ? { min: 5 } : { max: 4 };
  const version = drawing.version(txnOffsetCommit, chance(random, 0.05) ? {} : own);
  if (version === undefined) return undefined;
  const groupId = mostly(random, drawGroup(drawing), 0.02, ['']);
  const places = drawCommitted(drawing);
  const generationId = mostly(random, -1, 0.05, [0, 1, -2]);
  const memberId = mostly(random, '', 0.05, ['somebody']);
  return step({
    operation: 'commit offsets in a transaction',
    api: txnOffsetCommit,
    version,
    isNotYet: ({ topics }) =>
      topics.some(({ partitions }) => partitions.some(({ errorCode }) => [14, 16, 51].includes(errorCode))),
    request: (names) => ({
      ...speaker.named(names),
      groupId,
      generationId,
      memberId,
      topics: byTopic(places).map(({ name, places: ofTopic }) => ({
        name,
        partitions: ofTopic.map(partitionOfCommit),
      })),
    }),
    settle: runsOut(drawing, [speaker.transactionalId]),
    learn: (answer) => {
      learnGroup(drawing, groupId, answer?.topics);
      if (version >= 5 && answer?.topics.some(({ partitions }) => partitions.some(({ errorCode }) => errorCode === 0)))
        isIn(drawing, speaker.producer, []);
    },
  });
}

/** `topics` null: all that there are. */
export function offsetsOf(
  drawing: Drawing,
  groups: readonly string[],
  asked: { readonly topics: readonly Topic[] | null; readonly stable: boolean },
): Step | undefined {
  const [first] = groups;
  // Other seeds have offsets in the group without a name.
  if (asked.topics === null && groups.includes('')) return undefined;
  const version = drawing.version(offsetFetch, asked.topics === null ? { min: 2 } : {});
  if (version === undefined || first === undefined) return undefined;
  const topics = asked.topics?.map(({ id, name, partitions }) => ({
    id,
    name,
    partitionIndexes: partitions.map(({ index }) => index),
  }));
  return step({
    operation: 'read committed offsets',
    api: offsetFetch,
    version,
    request: (names) => ({
      groupId: first,
      topics: topics?.map(({ name, partitionIndexes }) => ({ name, partitionIndexes })) ?? null,
      groups: groups.map((groupId) => ({
        groupId,
        topics:
          topics?.map(({ id, name, partitionIndexes }) => ({ name, topicId: names.topicId(id), partitionIndexes })) ??
          null,
      })),
      requireStable: asked.stable,
    }),
    // Other seeds have offsets in the group without a name.
    tidy: (answer, names) => ({
      ...answer,
      topics: sorted(answer.topics).filter(({ name }) => name.startsWith(names.prefix)),
      groups: answer.groups.map((group) => ({
        ...group,
        topics: sorted(group.topics).filter(({ name }) => name === '' || name.startsWith(names.prefix)),
      })),
    }),
  });
}

/** Who asks for all of a group's offsets gets them in no order. */
function sorted<
  P extends { readonly partitionIndex: number },
  T extends { readonly name: string; readonly partitions: readonly P[] },
>(topics: readonly T[]): T[] {
  return [...topics]
    .map((topic) => ({
      ...topic,
      partitions: [...topic.partitions].sort((a, b) => a.partitionIndex - b.partitionIndex),
    }))
    .sort((one, other) => (one.name < other.name ? -1 : 1));
}
