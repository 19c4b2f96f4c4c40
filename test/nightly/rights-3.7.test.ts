/** Up to Kafka 3.7 markers need CLUSTER_ACTION: the probe says so on a broker of that line, and goes on once it is given. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openCluster } from '../../src/client/cluster.js';
import { createFencePort } from '../../src/engine/fence/fence.js';
import { bootstrapAddresses } from '../../src/engine/source/address.js';
import { engineRights, markerRightUntil37 } from '../../src/model/rights.js';
import { surroundings } from '../harness/destination.js';
import { give } from '../harness/granting.js';
import { useKafka } from '../harness/kafka.js';

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
  await give(admin, engineRights);
  const fence = createFencePort({ ...surroundings, cluster: as('link'), holds: () => true, principal: 'User:link' });
  const refused = await fence.probe();
  assert.match(
    refused.kind === 'refused' ? refused.reason : JSON.stringify(refused),
    /lacks CLUSTER_ACTION on CLUSTER/,
  );
  await give(admin, [markerRightUntil37]);
  assert.deepEqual(await fence.probe(), { kind: 'done', fence: { mode: 2, principal: 'User:link' } });
});
