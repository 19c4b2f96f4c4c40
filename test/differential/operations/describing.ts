/** What is told of producers and transactions: DescribeProducers, DescribeTransactions, ListTransactions. */
import { describeProducers } from '../../../src/protocol/api/describe-producers.js';
import { describeTransactions } from '../../../src/protocol/api/describe-transactions.js';
import { listTransactions } from '../../../src/protocol/api/list-transactions.js';
import { byTopic, chance, drawPlaces, mostly, type Place, some } from '../draws.js';
import { PREFIX } from '../names.js';
import { type Drawing, type Operation, type Step, step } from '../operation.js';
import { idOf, transactionalOf } from './producers.js';

export const describingOperations: readonly Operation[] = [
  {
    name: 'describe producers',
    weight: 1.5,
    draw: (drawing) => producersOf(drawing, drawPlaces(drawing.random, drawing.world, 3)),
  },
  {
    name: 'describe transactions',
    weight: 1.5,
    draw: (drawing) => {
      const ids = transactionalOf(drawing.world).map(({ transactionalId }) => transactionalId);
      return transactionsOf(drawing, some(drawing.random, [...new Set([...ids, `${PREFIX}nobody`])], 3));
    },
  },
  { name: 'list transactions', weight: 0.5, draw: (drawing) => listing(drawing) },
];

export function producersOf(drawing: Drawing, places: readonly Place[]): Step | undefined {
  const version = drawing.version(describeProducers);
  if (version === undefined) return undefined;
  return step({
    operation: 'describe producers',
    api: describeProducers,
    version,
    request: () => ({
      topics: byTopic(places).map(({ name, places: own }) => ({
        name,
        partitionIndexes: own.map(({ index }) => index),
      })),
    }),
    tidy: (answer, names) => ({
      ...answer,
      topics: answer.topics.map((topic) => ({
        ...topic,
        partitions: topic.partitions.map((partition) => ({
          ...partition,
          activeProducers: [...partition.activeProducers].sort((one, other) =>
            String(names.nameOf('producer', one.producerId)) < String(names.nameOf('producer', other.producerId))
              ? -1
              : 1,
          ),
        })),
      })),
    }),
  });
}

export function transactionsOf(drawing: Drawing, transactionalIds: readonly string[]): Step | undefined {
  const version = drawing.version(describeTransactions);
  if (version === undefined) return undefined;
  return step({
    operation: 'describe transactions',
    api: describeTransactions,
    version,
    request: () => ({ transactionalIds }),
    tidy: (answer) => ({
      ...answer,
      transactionStates: answer.transactionStates.map((state) => ({
        ...state,
        // Of one that is not there it is no producer's.
        producerId: state.errorCode === 0 ? state.producerId : null,
        noProducerId: state.errorCode === 0 ? null : String(state.producerId),
        topics: [...state.topics]
          .map(({ topic, partitions }) => ({ topic, partitions: [...partitions].sort() }))
          .sort((one, other) => (one.topic < other.topic ? -1 : 1)),
      })),
    }),
  });
}

function listing(drawing: Drawing): Step | undefined {
  const { random, world } = drawing;
  const version = drawing.version(listTransactions);
  if (version === undefined) return undefined;
  const states = ['Ongoing', 'Empty', 'CompleteCommit', 'CompleteAbort', 'Dead', 'NoSuchState', 'ongoing'];
  const stateFilters = chance(random, 0.5) ? [] : some(random, states, 2);
  const producers = chance(random, 0.7) ? [] : some(random, world.producers, 2);
  const durationFilter = mostly(random, -1n, 0.2, [0n, 3_600_000n, -5n]);
  const pattern = mostly<string | null>(random, null, 0.5, [`${PREFIX}.*`, '', `${PREFIX}tx[01]`, '(', 'tx0']);
  return step({
    operation: 'list transactions',
    api: listTransactions,
    version,
    request: (names) => ({
      stateFilters,
      producerIdFilters: producers.map((producer) => idOf(producer, names)),
      durationFilter,
      transactionalIdPattern: pattern,
    }),
    tidy: (answer, names) => ({
      ...answer,
      unknownStateFilters: [...answer.unknownStateFilters].sort(),
      transactionStates: answer.transactionStates
        .filter(({ transactionalId }) => transactionalId.startsWith(names.prefix))
        .sort((one, other) => (one.transactionalId < other.transactionalId ? -1 : 1)),
    }),
  });
}
