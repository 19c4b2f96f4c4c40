/** All operations, what every sequence begins with, and how everything is read back at its end. */
import type { Drawing, Step } from '../operation.js';
import type { Operations } from '../play.js';
import { aclOperations, allAcls } from './acls.js';
import { classicGroupOperations } from './classic-groups.js';
import { clusterViewOperations } from './cluster-views.js';
import { configOperations } from './configs.js';
import { consumerGroupOperations, newerGroups, newerGroupsOf } from './consumer-groups.js';
import { describingOperations, producersOf, transactionsOf } from './describing.js';
import { groupAdministrationOperations } from './group-administration.js';
import { mixedGroupOperations } from './mixed-groups.js';
import { offsetOperations, offsetsOf } from './offsets.js';
import { produceOperations } from './produce.js';
import { producerOperations, transactionalOf } from './producers.js';
import { allOffsets, readAll, readingOperations } from './reading.js';
import { sessionOperations } from './sessions.js';
import { settingOperations } from './settings.js';
import { creation, topicOperations } from './topics.js';
import { allQuotas, userAndQuotaOperations } from './users-and-quotas.js';

export const allOperations: Operations = {
  drawn: [
    ...topicOperations,
    ...settingOperations,
    ...produceOperations,
    ...producerOperations,
    ...readingOperations,
    ...sessionOperations,
    ...describingOperations,
    ...offsetOperations,
    ...configOperations,
    ...clusterViewOperations,
    ...consumerGroupOperations,
    ...classicGroupOperations,
    ...groupAdministrationOperations,
    ...mixedGroupOperations,
    ...aclOperations,
    ...userAndQuotaOperations,
  ],
  opening: (drawing) => [creation(drawing, true), creation(drawing, true)].filter((each) => each !== undefined),
  closing,
};

function closing(drawing: Drawing): Step[] {
  const { world } = drawing;
  const partitions = world.partitions.flatMap((partition) => {
    const { topic, index } = partition;
    return [
      ...allOffsets(drawing, partition),
      readAll(drawing, partition, 0),
      readAll(drawing, partition, 1),
      producersOf(drawing, [{ name: topic.name, id: topic.id, index, partition }]),
    ];
  });
  const ids = [...new Set(transactionalOf(world).map(({ transactionalId }) => transactionalId))];
  const offsets = world.groups.map((group) => offsetsOf(drawing, [group], { topics: null, stable: false }));
  const newer = newerGroups(world);
  const members = newer.length === 0 ? undefined : newerGroupsOf(drawing, newer);
  const security = [allAcls(drawing), allQuotas(drawing)];
  return [...partitions, transactionsOf(drawing, ids), ...offsets, members, ...security].filter(
    (each) => each !== undefined,
  );
}
