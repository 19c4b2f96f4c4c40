/** What administrators ask of groups: descriptions, lists, coordinators, and to delete groups or offsets. */
import { deleteGroups } from '../../../src/protocol/api/delete-groups.js';
import { describeGroups } from '../../../src/protocol/api/describe-groups.js';
import { findCoordinator } from '../../../src/protocol/api/find-coordinator.js';
import { listGroups } from '../../../src/protocol/api/list-groups.js';
import { offsetDelete } from '../../../src/protocol/api/offset-delete.js';
import { byTopic, chance, drawPlaces, mostly, pick, some } from '../draws.js';
import { PREFIX } from '../names.js';
import { type Drawing, type Operation, type Step, step } from '../operation.js';
import { byMember } from './classic-groups.js';

const STATES = [
  'Stable',
  'Empty',
  'PreparingRebalance',
  'CompletingRebalance',
  'Assigning',
  'Dead',
  'stable',
  'none',
  '',
];
const TYPES = ['classic', 'consumer', 'Classic', 'share', 'none', ''];
const OFFSETS_TYPE = 0;

export const groupAdministrationOperations: readonly Operation[] = [
  { name: 'describe groups', weight: 2, draw: (drawing) => describing(drawing) },
  { name: 'list groups', weight: 1, draw: (drawing) => listing(drawing) },
  { name: 'find coordinators', weight: 0.5, draw: (drawing) => finding(drawing) },
  { name: 'delete groups', weight: 0.7, draw: (drawing) => deleting(drawing) },
  { name: 'delete offsets', weight: 1.2, draw: (drawing) => deletingOffsets(drawing) },
];

function drawGroups({ random, world }: Drawing): string[] {
  const groups = some(random, [...world.groups, `${PREFIX}nobody`], 2);
  return mostly(random, groups, 0.1, [[...groups, ''], [...groups, ...groups], []]);
}

function describing(drawing: Drawing): Step | undefined {
  const version = drawing.version(describeGroups);
  if (version === undefined) return undefined;
  const groups = drawGroups(drawing);
  const includeAuthorizedOperations = chance(drawing.random, 0.2);
  return step({
    operation: 'describe groups',
    api: describeGroups,
    version,
    ready: (side) => side.fenceGroups(),
    request: () => ({ groups, includeAuthorizedOperations }),
    tidy: (answer, names) => ({
      ...answer,
      groups: answer.groups.map((group) => ({ ...group, members: byMember(group.members, names) })),
    }),
  });
}

/** Other seeds have groups of their own. */
function listing(drawing: Drawing): Step | undefined {
  const { random } = drawing;
  const version = drawing.version(listGroups);
  if (version === undefined) return undefined;
  const statesFilter = chance(random, 0.4) ? [] : some(random, STATES, 2);
  const typesFilter = chance(random, 0.4) ? [] : some(random, TYPES, 2);
  return step({
    operation: 'list groups',
    api: listGroups,
    version,
    ready: (side) => side.fenceGroups(),
    request: () => ({
      ...(version >= 4 ? { statesFilter } : {}),
      ...(version >= 5 ? { typesFilter } : {}),
    }),
    tidy: (answer, names) => ({
      ...answer,
      groups: answer.groups
        .filter(({ groupId }) => groupId.startsWith(names.prefix))
        .sort((one, other) => (one.groupId < other.groupId ? -1 : 1)),
    }),
  });
}

function finding(drawing: Drawing): Step | undefined {
  const { random } = drawing;
  const version = drawing.version(findCoordinator);
  if (version === undefined) return undefined;
  const keyType = mostly(random, OFFSETS_TYPE, 0.3, [1, 2, 3, -1]);
  const keys = drawGroups(drawing);
  return step({
    operation: 'find coordinators',
    api: findCoordinator,
    version,
    request: () => (version >= 4 ? { keyType, coordinatorKeys: keys } : { keyType, key: keys[0] ?? '' }),
  });
}

function deleting(drawing: Drawing): Step | undefined {
  const { world } = drawing;
  const version = drawing.version(deleteGroups);
  if (version === undefined) return undefined;
  const groupsNames = drawGroups(drawing).filter((group) => group !== '');
  return step({
    operation: 'delete groups',
    api: deleteGroups,
    version,
    request: () => ({ groupsNames }),
    learn: (answer) => {
      const gone = answer?.results.filter(({ errorCode }) => errorCode === 0).map(({ groupId }) => groupId) ?? [];
      world.groups.splice(0, world.groups.length, ...world.groups.filter((group) => !gone.includes(group)));
    },
  });
}

function deletingOffsets(drawing: Drawing): Step | undefined {
  const { random, world } = drawing;
  const version = drawing.version(offsetDelete);
  if (version === undefined) return undefined;
  const groupId = pick(random, [...world.groups, `${PREFIX}nobody`]);
  const places = drawPlaces(random, world, 3);
  return step({
    operation: 'delete offsets',
    api: offsetDelete,
    version,
    request: () => ({
      groupId,
      topics: byTopic(places).map(({ name, places: own }) => ({
        name,
        partitions: own.map(({ index }) => ({ partitionIndex: index })),
      })),
    }),
  });
}
