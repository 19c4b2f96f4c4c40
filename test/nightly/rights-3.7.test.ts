/** Up to Kafka 3.7 markers need CLUSTER_ACTION: the probe says so on a broker of that line, and goes on once it is given. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AclBinding, addAcls, findAcls } from '../../src/client/admin/acls.js';
import { openCluster } from '../../src/client/cluster.js';
import { createFencePort } from '../../src/engine/fence/fence.js';
import { bootstrapAddresses } from '../../src/engine/source/address.js';
import { engineRights, markerRightUntil37, type Right } from '../../src/model/rights.js';
import { surroundings } from '../harness/destination.js';
import { useKafka } from '../harness/kafka.js';
import { until } from '../harness/until.js';

test('Kafka 3.7: markers need CLUSTER_ACTION beside the other rights, and the probe names it [10.3]', async (t) => {
  const kafka = await useKafka(t, { version: '3.7.2' });
  const bootstrap = bootstrapAddresses(kafka.sasl);
  assert.ok(bootstrap.ok);
  const as = (user: string) => {
    const cluster = openCluster({
      ...surroundings,
      name: `3.7 as ${user}`,
      bootstrap: bootstrap.value,
      security: { sasl: { mechanism: 'PLAIN', username: user, password: user } },
      clientId: user,
    });
    t.after(() => cluster.close());
    return cluster;
  };
  const admin = as('admin');
  const give = async (rights: readonly Right[]) => {
    const wanted = rights.map(bindingOf);
    await addAcls(admin, wanted);
    await until('they are known', 20_000, async () => {
      const known = await findAcls(admin, { principal: 'User:link' });
      return wanted.every((each) => known.some((acl) => acl.operation === each.operation));
    });
  };
  await give(engineRights);
  const fence = createFencePort({ ...surroundings, cluster: as('link'), holds: () => true, principal: 'User:link' });
  const refused = await fence.probe();
  assert.match(
    refused.kind === 'refused' ? refused.reason : JSON.stringify(refused),
    /lacks CLUSTER_ACTION on CLUSTER/,
  );
  await give([markerRightUntil37]);
  assert.deepEqual(await fence.probe(), { kind: 'done', fence: { mode: 2, principal: 'User:link' } });
});

function bindingOf({ resource, operation, name, prefixed }: Right): AclBinding {
  return {
    resourceType: resource,
    resourceName: name,
    pattern: prefixed ? 'PREFIXED' : 'LITERAL',
    principal: 'User:link',
    host: '*',
    operation,
    permission: 'ALLOW',
  };
}
