/**
 * ACLs: made, shown and deleted, by filters of every kind, with combinations that may not be. Every ACL that is made names
 * this seed, in its principal or its resource, and of what is shown only those are compared: other seeds leave theirs.
 */

import type { Random } from '../../../src/base/random.js';
import { createAcls } from '../../../src/protocol/api/create-acls.js';
import { deleteAcls } from '../../../src/protocol/api/delete-acls.js';
import { describeAcls } from '../../../src/protocol/api/describe-acls.js';
import { chance, mostly, pick, randomInt } from '../draws.js';
import { type Names, PREFIX } from '../names.js';
import { type Drawing, type Operation, type Step, step } from '../operation.js';

const [UNKNOWN, ANY, MATCH, STRANGE] = [0, 1, 2, 99];
const [LITERAL, PREFIXED] = [3, 4];
const TYPES = [2, 2, 2, 3, 3, 4, 5, 6, 7];
const CLUSTER = 4;
/** All there are, sensible for the resource or not. */
const OPERATIONS = [2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14];
const [DENY, ALLOW] = [2, 3];
const PRINCIPALS = [`User:${PREFIX}a`, `User:${PREFIX}b`, `Group:${PREFIX}a`, `User:${PREFIX}a:b`];
const HOSTS = ['*', '127.0.0.1', '::1', '', 'a host'];
const NAMES = [`${PREFIX}`, `${PREFIX}a`, `${PREFIX}ab`, `${PREFIX}abc`, '*'];

interface Named {
  readonly resourceName: string;
  readonly principal: string;
}

export const aclOperations: readonly Operation[] = [
  { name: 'create ACLs', weight: 2, draw: (drawing) => creating(drawing) },
  { name: 'describe ACLs', weight: 2, draw: (drawing) => describing(drawing) },
  { name: 'delete ACLs', weight: 1, draw: (drawing) => deleting(drawing) },
];

function drawAcl(random: Random) {
  const resourceType = pick(random, TYPES);
  const isOfCluster = resourceType === CLUSTER && chance(random, 0.8);
  return {
    resourceType,
    resourceName: isOfCluster
      ? 'kafka-cluster'
      : mostly(random, pick(random, NAMES), 0.04, ['', 'a b', 'kafka-cluster']),
    resourcePatternType: mostly(random, LITERAL, 0.35, [PREFIXED]),
    principal: pick(random, PRINCIPALS),
    host: mostly(random, '*', 0.3, HOSTS),
    operation: pick(random, OPERATIONS),
    permissionType: pick(random, [ALLOW, ALLOW, DENY]),
  };
}

function creating(drawing: Drawing): Step | undefined {
  const { random } = drawing;
  const version = drawing.version(createAcls);
  if (version === undefined) return undefined;
  const drawn = Array.from({ length: mostly(random, 1, 0.3, [0, 2, 3]) }, () => drawAcl(random));
  const [first] = drawn;
  const twice = first !== undefined && chance(random, 0.08) ? [...drawn, first] : drawn;
  // To one such Apache Kafka answers −1 for the whole request: docs/spec/broker.md 9.8.
  const creations = twice.length === 1 && chance(random, 0.15) ? [spoilt(random, twice[0] ?? drawAcl(random))] : twice;
  return step({
    operation: 'create ACLs',
    api: createAcls,
    version,
    request: () => ({ creations }),
    settle: (side) => side.fence(),
  });
}

function spoilt<T extends object>(random: Random, acl: T): T {
  const field = pick(random, ['resourceType', 'resourcePatternType', 'operation', 'permissionType']);
  return { ...acl, [field]: pick(random, [UNKNOWN, ANY, MATCH, STRANGE, -1]) };
}

function drawFilter(random: Random) {
  const { resourcePatternType, resourceName, ...acl } = drawAcl(random);
  const filter = {
    resourceTypeFilter: mostly(random, ANY, 0.5, [acl.resourceType]),
    resourceNameFilter: mostly<string | null>(random, resourceName, 0.4, [null]),
    patternTypeFilter: pick(random, [resourcePatternType, ANY, MATCH, MATCH]),
    principalFilter: mostly<string | null>(random, null, 0.4, [acl.principal, `User:${PREFIX}nobody`, '']),
    hostFilter: mostly<string | null>(random, null, 0.2, [acl.host]),
    operation: mostly(random, ANY, 0.3, [acl.operation]),
    permissionType: mostly(random, ANY, 0.3, [acl.permissionType]),
  };
  if (!chance(random, 0.06)) return filter;
  const field = pick(random, ['resourceTypeFilter', 'patternTypeFilter', 'operation', 'permissionType']);
  return { ...filter, [field]: pick(random, [UNKNOWN, STRANGE, MATCH, -1]) };
}

function describing(drawing: Drawing): Step | undefined {
  const version = drawing.version(describeAcls);
  if (version === undefined) return undefined;
  return describedBy(version, drawFilter(drawing.random));
}

/** All that this seed has made. */
export function allAcls(drawing: Drawing): Step | undefined {
  const version = drawing.version(describeAcls);
  if (version === undefined) return undefined;
  const filter = { resourceTypeFilter: ANY, resourceNameFilter: null, patternTypeFilter: ANY, principalFilter: null };
  return describedBy(version, { ...filter, hostFilter: null, operation: ANY, permissionType: ANY });
}

function describedBy(version: number, filter: ReturnType<typeof drawFilter>): Step {
  return step({
    operation: 'describe ACLs',
    api: describeAcls,
    version,
    request: () => filter,
    tidy: (answer, names) => {
      const acls = answer.resources.flatMap(({ acls: own, ...resource }) =>
        own.map((acl) => ({ ...resource, ...acl })),
      );
      return { ...answer, resources: ownOf(acls, names) };
    },
  });
}

/** Only by filters that name this seed. */
function deleting(drawing: Drawing): Step | undefined {
  const { random } = drawing;
  const version = drawing.version(deleteAcls);
  if (version === undefined) return undefined;
  const filters = Array.from({ length: mostly(random, 1, 0.3, [0, 2, 3]) }, () => {
    const filter = drawFilter(random);
    const own = [filter.resourceNameFilter, filter.principalFilter].some((each) => each?.includes(PREFIX));
    return own ? filter : { ...filter, principalFilter: PRINCIPALS[randomInt(random, PRINCIPALS.length)] ?? '' };
  });
  return step({
    operation: 'delete ACLs',
    api: deleteAcls,
    version,
    request: () => ({ filters }),
    settle: (side) => side.fence(),
    tidy: (answer, names) => ({
      ...answer,
      filterResults: answer.filterResults.map((result) => ({
        ...result,
        matchingAcls: ownOf(result.matchingAcls, names),
      })),
    }),
  });
}

function ownOf<T extends Named>(acls: readonly T[], names: Names): string[] {
  const own = acls.filter(({ resourceName, principal }) => `${principal} ${resourceName}`.includes(names.prefix));
  return own.map((acl) => JSON.stringify(Object.entries(acl).sort())).sort();
}
