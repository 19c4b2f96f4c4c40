/** Producers and their transactions: InitProducerId, what takes partitions and offsets in, EndTxn, and markers from outside. */
import { addOffsetsToTxn } from '../../../src/protocol/api/add-offsets-to-txn.js';
import {
  type AddPartitionsToTxnResponse,
  addPartitionsToTxn,
} from '../../../src/protocol/api/add-partitions-to-txn.js';
import { describeTransactions } from '../../../src/protocol/api/describe-transactions.js';
import { endTxn } from '../../../src/protocol/api/end-txn.js';
import { initProducerId } from '../../../src/protocol/api/init-producer-id.js';
import { writeTxnMarkers } from '../../../src/protocol/api/write-txn-markers.js';
import { until } from '../../harness/until.js';
import { byTopic, chance, drawPlaces, maybePick, mostly, type Place, pick, randomInt, some } from '../draws.js';
import { type Names, OWN_PRODUCER_IDS } from '../names.js';
import { type Drawing, type Operation, type Step, step } from '../operation.js';
import { SETTLED_MS, type Side } from '../side.js';
import type { Partition, Producer, World } from '../world.js';

const PRODUCERS_MAX = 8;
const IDS_MAX = 4;
/** Still loading, still finishing the last transaction. */
const NOT_YET = [14, 15, 16, 51];
const LAST_BEFORE_2 = { addPartitions: 3, end: 4 };
const NOBODY = 'nobody-ever';
/** A transaction's time that runs out, and not before its first step is answered. */
const HASTE_MS = 600;

export const isNotYet = ({ errorCode }: { readonly errorCode: number }): boolean => NOT_YET.includes(errorCode);

export const producerOperations: readonly Operation[] = [
  { name: 'begin as a producer', weight: 1.5, draw: (drawing) => plainProducer(drawing) },
  { name: 'begin with a transactional id', weight: 2, draw: (drawing) => transactionalProducer(drawing) },
  { name: 'add partitions to a transaction', weight: 4, draw: (drawing) => adding(drawing) },
  { name: 'ask for transactions as a broker', weight: 2, draw: (drawing) => addingAsBroker(drawing) },
  { name: 'add offsets to a transaction', weight: 1.5, draw: (drawing) => addingOffsets(drawing) },
  { name: 'end a transaction', weight: 4, draw: (drawing) => ending(drawing) },
  { name: 'write markers', weight: 1, draw: (drawing) => marking(drawing) },
];

export function transactionalOf(world: World): (Producer & { readonly transactionalId: string })[] {
  return world.producers.filter(
    (each): each is Producer & { readonly transactionalId: string } => each.transactionalId !== null,
  );
}

export function idOf(producer: Pick<Producer, 'id' | 'own'>, names: Names): bigint {
  return producer.own ?? names.producerId(producer.id);
}

function joins(world: World, producer: Producer): void {
  world.producers.push(producer);
  if (world.producers.length > PRODUCERS_MAX) world.producers.shift();
}

function fresh(id: string, more: Partial<Producer>): Producer {
  const none = { own: undefined, epoch: 0, transactionalId: null, protocol: 2 as const, isOpen: false };
  return { id, ...none, added: new Set(), next: new Map(), sent: [], ...more };
}

function plainProducer(drawing: Drawing): Step | undefined {
  const { random, world } = drawing;
  if (chance(random, 0.3)) joins(world, foreign(drawing));
  const version = drawing.version(initProducerId);
  if (version === undefined) return undefined;
  const before = chance(random, 0.2) ? maybePick(random, world.producers) : undefined;
  const epoch = before?.epoch ?? mostly(random, -1, 0.05, [0, 3]);
  const timeout = mostly(random, 60_000, 0.2, [0, -1, 2 ** 31 - 1]);
  const id = world.name('p');
  return step({
    operation: 'begin as a producer',
    api: initProducerId,
    version,
    isNotYet,
    request: (names) => ({
      transactionalId: null,
      transactionTimeoutMs: timeout,
      producerId: before === undefined ? -1n : idOf(before, names),
      producerEpoch: epoch,
    }),
    bind: ({ producerId }, names) => names.bind('producer', id, producerId),
    learn: (answer) => {
      if (answer?.errorCode === 0) joins(world, fresh(id, { epoch: answer.producerEpoch }));
    },
  });
}

/** One that no broker gave out: mirrored data has them. */
function foreign({ random, world }: Drawing): Producer {
  const own = OWN_PRODUCER_IDS + BigInt(randomInt(random, 1 << 20));
  return fresh(world.name('o'), { own, epoch: pick(random, [0, 0, 5]) });
}

function transactionalProducer(drawing: Drawing): Step | undefined {
  const { random, world } = drawing;
  const version = drawing.version(initProducerId);
  if (version === undefined) return undefined;
  const there = transactionalOf(world);
  const known = there.length >= IDS_MAX || chance(random, 0.4) ? maybePick(random, there) : undefined;
  const transactionalId = known?.transactionalId ?? world.fresh('tx');
  const isRaise = known !== undefined && version >= 3 && chance(random, 0.6);
  const named = isRaise ? mostly(random, known, 0.1, world.producers) : undefined;
  const epoch = named === undefined ? -1 : mostly(random, named.epoch, 0.2, [named.epoch - 1, named.epoch + 1, 0]);
  const timeout = mostly(random, 60_000, 0.15, [0, -1, 900_000, 900_001, 2 ** 31 - 1, HASTE_MS, HASTE_MS, HASTE_MS]);
  const id = world.name('p');
  const protocol = chance(random, 0.6) ? 2 : 1;
  return step({
    operation: 'begin with a transactional id',
    api: initProducerId,
    version,
    isNotYet,
    request: (names) => ({
      transactionalId,
      transactionTimeoutMs: timeout,
      producerId: named === undefined ? -1n : idOf(named, names),
      producerEpoch: epoch,
    }),
    bind: ({ producerId }, names) => names.bind('producer', id, producerId),
    settle: (side) => settled(side, transactionalId),
    learn: (answer) => {
      if (answer?.errorCode !== 0) return;
      joins(world, fresh(id, { epoch: answer.producerEpoch, transactionalId, protocol }));
      if (timeout === HASTE_MS) world.hasty.add(transactionalId);
      else world.hasty.delete(transactionalId);
    },
  });
}

/** Who speaks, mostly as it is, now and then as somebody else. */
interface Speaker {
  readonly producer: Producer;
  readonly transactionalId: string;
  readonly epoch: number;
  readonly id: (names: Names) => bigint;
  /** As most requests of a transaction name their producer. */
  readonly named: (names: Names) => {
    readonly transactionalId: string;
    readonly producerId: bigint;
    readonly producerEpoch: number;
  };
}

export function drawSpeaker({ random, world }: Drawing): Speaker | undefined {
  const all = transactionalOf(world);
  const open = all.filter(({ isOpen }) => isOpen);
  const producer = maybePick(random, open.length > 0 && chance(random, 0.6) ? open : all);
  if (producer === undefined) return undefined;
  const other = mostly(random, producer, 0.02, world.producers);
  const transactionalId = mostly(random, producer.transactionalId, 0.02, [NOBODY, '']);
  const epoch = mostly(random, producer.epoch, 0.05, [producer.epoch - 1, producer.epoch + 1, -1]);
  const id = (names: Names) => idOf(other, names);
  const named = (names: Names) => ({ transactionalId, producerId: id(names), producerEpoch: epoch });
  return { producer, transactionalId, epoch, id, named };
}

function adding(drawing: Drawing): Step | undefined {
  const { random, world } = drawing;
  const speaker = drawSpeaker(drawing);
  if (speaker === undefined || (speaker.producer.protocol === 2 && !chance(random, 0.1))) return undefined;
  const version = drawing.version(addPartitionsToTxn, { max: LAST_BEFORE_2.addPartitions });
  if (version === undefined) return undefined;
  const places = drawPlaces(random, world, 3);
  return step({
    operation: 'add partitions to a transaction',
    api: addPartitionsToTxn,
    version,
    isNotYet: (answer) => codesOfAdding(answer).includes(51),
    request: (names) => ({
      v3AndBelowTransactionalId: speaker.transactionalId,
      v3AndBelowProducerId: speaker.id(names),
      v3AndBelowProducerEpoch: speaker.epoch,
      v3AndBelowTopics: partitionsByTopic(places),
    }),
    settle: runsOut(drawing, [speaker.transactionalId]),
    tidy: tidyAdding,
    learn: (answer) => {
      if (answer === undefined || codesOfAdding(answer).some((code) => code !== 0)) return;
      isIn(
        drawing,
        speaker.producer,
        places.map(({ partition }) => partition),
      );
    },
  });
}

/** What brokers ask each other: of several transactions, and mostly only whether a partition is in. */
function addingAsBroker(drawing: Drawing): Step | undefined {
  const { random, world } = drawing;
  const version = drawing.version(addPartitionsToTxn, { min: LAST_BEFORE_2.addPartitions + 1 });
  const speakers = new Map<string, Speaker>();
  for (let i = randomInt(random, 3); i >= 0; i--) {
    const speaker = drawSpeaker(drawing);
    // Apache Kafka hangs over a transaction that is named twice, and over none.
    if (speaker !== undefined) speakers.set(speaker.transactionalId, speaker);
  }
  if (version === undefined || speakers.size === 0) return undefined;
  const asked = [...speakers.values()].map((speaker) => {
    const added = [...speaker.producer.added].map((partition) => ({ ...placeOf(partition), partition }));
    const places = added.length > 0 && chance(random, 0.5) ? some(random, added, 2) : drawPlaces(random, world, 3);
    return { speaker, places, verifyOnly: chance(random, 0.75) };
  });
  return step({
    operation: 'ask for transactions as a broker',
    api: addPartitionsToTxn,
    version,
    isNotYet: (answer) => codesOfAdding(answer).includes(51),
    request: (names) => ({
      transactions: asked.map(({ speaker, places, verifyOnly }) => ({
        ...speaker.named(names),
        verifyOnly,
        topics: partitionsByTopic(places),
      })),
    }),
    settle: runsOut(
      drawing,
      asked.map(({ speaker }) => speaker.transactionalId),
    ),
    tidy: tidyAdding,
    learn: (answer, names) => {
      for (const { speaker, places, verifyOnly } of asked) {
        const id = names.own(speaker.transactionalId);
        const told = answer?.resultsByTransaction.find(({ transactionalId }) => transactionalId === id);
        if (told === undefined || verifyOnly || codesOfTopics(told.topicResults).some((code) => code !== 0)) continue;
        isIn(
          drawing,
          speaker.producer,
          places.map(({ partition }) => partition),
        );
      }
    },
  });
}

function placeOf({ topic, index }: Partition) {
  return { name: topic.name, id: topic.id, index };
}

function partitionsByTopic(places: readonly Place[]) {
  return byTopic(places).map(({ name, places: own }) => ({ name, partitions: own.map(({ index }) => index) }));
}

function tidyAdding(answer: AddPartitionsToTxnResponse): unknown {
  return {
    ...answer,
    resultsByTransaction: answer.resultsByTransaction.map((each) => ({
      ...each,
      topicResults: sorted(each.topicResults),
    })),
    resultsByTopicV3AndBelow: sorted(answer.resultsByTopicV3AndBelow),
  };
}

interface AddedTopic {
  readonly name: string;
  readonly resultsByPartition: readonly { readonly partitionIndex: number; readonly partitionErrorCode: number }[];
}

function codesOfAdding(answer: AddPartitionsToTxnResponse): number[] {
  const topics = [
    ...answer.resultsByTopicV3AndBelow,
    ...answer.resultsByTransaction.flatMap(({ topicResults }) => topicResults),
  ];
  return [answer.errorCode, ...codesOfTopics(topics)];
}

function codesOfTopics(topics: readonly AddedTopic[]): number[] {
  return topics.flatMap((topic) => topic.resultsByPartition.map(({ partitionErrorCode }) => partitionErrorCode));
}

/** Apache Kafka answers in no order. */
function sorted(topics: readonly AddedTopic[]): AddedTopic[] {
  const order = (one: string | number, other: string | number) => (one < other ? -1 : one > other ? 1 : 0);
  return topics
    .map((topic) => ({
      ...topic,
      resultsByPartition: [...topic.resultsByPartition].sort((a, b) => order(a.partitionIndex, b.partitionIndex)),
    }))
    .sort((a, b) => order(a.name, b.name));
}

function addingOffsets(drawing: Drawing): Step | undefined {
  const { random, world } = drawing;
  const version = drawing.version(addOffsetsToTxn);
  const speaker = drawSpeaker(drawing);
  if (version === undefined || speaker === undefined) return undefined;
  const groupId = mostly(random, drawGroup(drawing), 0.03, ['']);
  return step({
    operation: 'add offsets to a transaction',
    api: addOffsetsToTxn,
    version,
    isNotYet,
    request: (names) => ({
      ...speaker.named(names),
      groupId,
    }),
    settle: runsOut(drawing, [speaker.transactionalId]),
    learn: (answer) => {
      if (answer?.errorCode !== 0) return;
      isIn(drawing, speaker.producer, []);
      if (!world.groups.includes(groupId)) world.groups.push(groupId);
    },
  });
}

const GROUPS_MAX = 3;

export function drawGroup({ random, world }: Drawing): string {
  const known = world.groups.length >= GROUPS_MAX || chance(random, 0.7) ? maybePick(random, world.groups) : undefined;
  return known ?? world.fresh('group');
}

function ending(drawing: Drawing): Step | undefined {
  const { random } = drawing;
  const speaker = drawSpeaker(drawing);
  if (speaker === undefined) return undefined;
  const { producer } = speaker;
  const own = producer.protocol === 2 ? { min: LAST_BEFORE_2.end + 1 } : { max: LAST_BEFORE_2.end };
  const version = drawing.version(endTxn, chance(random, 0.05) ? {} : own);
  if (version === undefined) return undefined;
  const committed = chance(random, 0.6);
  const { id } = producer;
  return step({
    operation: 'end a transaction',
    api: endTxn,
    version,
    isNotYet,
    request: (names) => ({
      ...speaker.named(names),
      committed,
    }),
    bind: ({ errorCode, producerId }, names) => {
      if (errorCode === 0) names.bind('producer', id, producerId);
    },
    settle: (side) => settled(side, speaker.transactionalId),
    learn: (answer) => {
      if (answer?.errorCode !== 0) return;
      hasEnded(producer);
      if (version <= LAST_BEFORE_2.end) return;
      producer.epoch = answer.producerEpoch;
      producer.next.clear();
    },
  });
}

/** A transaction whose time is short is waited for until it has run out: no step comes while it is aborted. */
export function runsOut(
  { world }: Drawing,
  transactionalIds: readonly (string | null)[],
): (side: Side) => Promise<void> {
  const hasty = transactionalIds.filter((id): id is string => id !== null && world.hasty.has(id));
  return async (side) => {
    for (const id of hasty) {
      await until(`a transaction of ${id} to run out`, SETTLED_MS, async () => {
        const { transactionStates } = await side.own.ask(describeTransactions, {
          transactionalIds: [side.names.own(id)],
        });
        const [state] = transactionStates;
        if (state === undefined || NOT_YET.includes(state.errorCode)) return false;
        return !/^Prepare[AC]|^Ongoing/.test(state.transactionState);
      });
    }
  };
}

/** After a step that has begun a transaction, or gone on with it. */
export function isIn({ world }: Drawing, producer: Producer, partitions: readonly (Partition | undefined)[]): void {
  if (producer.transactionalId !== null && world.hasty.has(producer.transactionalId)) {
    hasEnded(producer);
    return;
  }
  producer.isOpen = true;
  for (const partition of partitions) if (partition !== undefined) producer.added.add(partition);
}

function hasEnded(producer: Producer): void {
  producer.isOpen = false;
  producer.added.clear();
}

/** Until its last transaction is over: Kafka writes markers after it has answered. */
async function settled(side: Side, transactionalId: string): Promise<void> {
  await until(`the end of a transaction of ${transactionalId}`, SETTLED_MS, async () => {
    const asked = { transactionalIds: [side.names.own(transactionalId)] };
    const { transactionStates } = await side.own.ask(describeTransactions, asked);
    const [state] = transactionStates;
    return state !== undefined && !NOT_YET.includes(state.errorCode) && !/^Prepare[AC]/.test(state.transactionState);
  });
}

function marking(drawing: Drawing): Step | undefined {
  const { random, world } = drawing;
  const version = drawing.version(writeTxnMarkers);
  if (version === undefined) return undefined;
  // Apache Kafka hangs over partitions that are not there, and over one that is named twice.
  const places = drawPlaces(random, world, 2, 0);
  const markers = some(random, world.producers, 2).map((producer) => ({
    producer,
    producerEpoch: mostly(random, producer.epoch, 0.3, [
      producer.epoch - 1,
      0,
      -1,
      // Ahead of its coordinator the transaction would never end.
      producer.epoch + (producer.transactionalId === null ? 1 : 0),
    ]),
    transactionResult: chance(random, 0.5),
    // A coordinator whose markers are fenced never finishes the transaction.
    coordinatorEpoch: mostly(random, 0, producer.transactionalId === null ? 0.3 : 0, [1, 2, -1]),
    transactionVersion: pick(random, [0, 0, 1, 2]),
  }));
  if (markers.length === 0 || places.length === 0) return undefined;
  const topics = byTopic(places).map(({ name, places: own }) => ({
    name,
    partitionIndexes: own.map(({ index }) => index),
  }));
  return step({
    operation: 'write markers',
    api: writeTxnMarkers,
    version,
    request: (names) => ({
      markers: markers.map(({ producer, ...rest }) => ({ ...rest, producerId: idOf(producer, names), topics })),
    }),
    tidy: (answer, names) => ({
      markers: [...answer.markers].sort((a, b) => (nameOf(names, a) < nameOf(names, b) ? -1 : 1)),
    }),
  });
}

function nameOf(names: Names, { producerId }: { readonly producerId: bigint }): string {
  return String(names.nameOf('producer', producerId));
}
