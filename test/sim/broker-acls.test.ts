/** ACLs that make no sense are answered in Kafka's words: test/differential met them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAcls } from '../../src/protocol/api/create-acls.js';
import { deleteAcls } from '../../src/protocol/api/delete-acls.js';
import { describeAcls } from '../../src/protocol/api/describe-acls.js';
import type { Api, Draft } from '../../src/protocol/schema.js';
import { openSimWire, startSimBroker } from './sim-broker.js';
import { World } from './world.js';

const ANY = 1;
const CONFIG = {
  'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
  'super.users': 'User:ANONYMOUS',
};
const ACL = { resourceType: 2, resourceName: 't', resourcePatternType: 3, principal: 'User:a', host: '*' };
const sound = { ...ACL, operation: 3, permissionType: 3 };
const all = {
  resourceTypeFilter: ANY,
  resourceNameFilter: null,
  patternTypeFilter: ANY,
  principalFilter: null,
  hostFilter: null,
  operation: ANY,
  permissionType: ANY,
};

async function started() {
  const world = new World(1);
  const wire = await openSimWire(world, await startSimBroker(world, 'broker', { config: CONFIG }));
  const ask = <Q, S>(api: Api<Q, S>, request: Draft<Q>) => world.finish(api.name, 20_000, wire.ask(api, request));
  return { ask };
}

test('an ACL with a code that nobody knows is refused without its number [9.8]', async () => {
  const { ask } = await started();
  const told = async (wrong: object) => {
    const { results } = await ask(createAcls, { creations: [{ ...sound, ...wrong }] });
    return [results[0]?.errorCode, results[0]?.errorMessage];
  };
  assert.deepEqual(await told({}), [0, '']);
  assert.deepEqual(await told({ resourceType: 99 }), [42, 'Invalid resourceType UNKNOWN']);
  assert.deepEqual(await told({ resourcePatternType: -1 }), [42, 'Invalid patternType UNKNOWN']);
  assert.deepEqual(await told({ operation: 99 }), [42, 'Invalid operation UNKNOWN']);
  assert.deepEqual(await told({ permissionType: 99 }), [42, 'Invalid permissionType UNKNOWN']);
  const colon = 'no colon is present separating the principal type from the principal name';
  assert.deepEqual(await told({ principal: 'a' }), [42, `Could not parse principal from \`a\` (${colon})`]);
});

test('by a filter with a code that nobody knows nothing is found, and nothing may be deleted [9.8]', async () => {
  const { ask } = await started();
  await ask(createAcls, { creations: [sound] });
  const shown = async (filter: object) => {
    const { errorCode, errorMessage, resources } = await ask(describeAcls, { ...all, ...filter });
    return [errorCode, errorMessage, resources.length];
  };
  assert.deepEqual(await shown({ operation: 99 }), [0, '', 0]);
  const pattern = [42, 'Unknown patternFilter.', 0];
  const entry = [42, 'Unknown entryFilter.', 0];
  const filters = [
    { ...all, resourceTypeFilter: 99 },
    { ...all, patternTypeFilter: -1 },
    { ...all, operation: 99 },
    { ...all, permissionType: 99 },
    { ...all, patternTypeFilter: 2, principalFilter: 'User:nobody' },
  ];
  const { filterResults } = await ask(deleteAcls, { filters });
  assert.deepEqual(
    filterResults.map(({ errorCode, errorMessage, matchingAcls }) => [errorCode, errorMessage, matchingAcls.length]),
    [pattern, pattern, entry, entry, [0, null, 0]],
  );
  assert.deepEqual(await shown({}), [0, '', 1], 'it is still there');
});
