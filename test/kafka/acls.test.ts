/** ACLs as REST reads, makes and deletes them, on each kind of broker: KLINK_BROKERS=embedded|4.3.0|3.9.1. */
import assert from 'node:assert/strict';
import test from 'node:test';
import type { AclFilter, NewAcl } from '../../src/api/client/acl-words.js';
import { addAcls, findAcls } from '../../src/client/admin/acls.js';
import { KafkaError } from '../../src/client/types.js';
import { fenceLines, fenceMark } from '../../src/engine/fence/lines.js';
import { errorCode } from '../../src/protocol/errors.js';
import { clusterAdmin } from '../../src/serve/cluster-admin.js';
import { Destination } from '../harness/destination.js';
import { topicName } from '../harness/engine-brokers.js';
import { until } from '../harness/until.js';

const destination = await Destination.start();
test.after(() => destination.stop());
const cluster = destination.as('klink');
const admin = clusterAdmin(cluster);
const any: AclFilter = {
  resourceType: undefined,
  resourceName: undefined,
  pattern: undefined,
  principal: undefined,
  host: undefined,
  operation: undefined,
  permission: undefined,
};

function allow(topic: string, operation: NewAcl['operation'], more: Partial<NewAcl> = {}): NewAcl {
  const [resourceType, permission, pattern] = ['TOPIC', 'ALLOW', 'LITERAL'] as const;
  return {
    resourceType,
    resourceName: topic,
    pattern,
    principal: 'User:app',
    host: '*',
    operation,
    permission,
    ...more,
  };
}

test('acls: made, found by any of their words, and deleted; both may be repeated', async () => {
  const topic = topicName('acls');
  const acls = [allow(topic, 'READ'), allow(topic, 'DESCRIBE_CONFIGS'), allow(topic, 'WRITE', { permission: 'DENY' })];
  const prefixed = allow(topic.slice(0, -1), 'READ', { pattern: 'PREFIXED' });
  await admin.addAcls([...acls, prefixed]);
  await admin.addAcls(acls);
  const operationsOf = async (filter: Partial<AclFilter>) =>
    (await admin.acls({ ...any, ...filter })).map(({ operation }) => operation).sort();
  await until('all are known', 10_000, async () => (await operationsOf({ resourceName: topic })).length === 3);
  assert.deepEqual(await operationsOf({ resourceName: topic }), ['DESCRIBE_CONFIGS', 'READ', 'WRITE']);
  assert.deepEqual(await operationsOf({ resourceName: topic, permission: 'DENY' }), ['WRITE']);
  assert.deepEqual(await operationsOf({ resourceName: topic, principal: 'User:other' }), []);
  assert.deepEqual(
    await operationsOf({ resourceType: 'TOPIC', resourceName: topic, pattern: 'MATCH', operation: 'READ' }),
    ['READ', 'READ'],
  );
  const allowed = { ...any, resourceName: topic, permission: 'ALLOW' } as const;
  const { deleted, keptOfFence } = await admin.removeAcls(allowed);
  assert.deepEqual([deleted.length, keptOfFence], [2, []]);
  await until('they are gone', 10_000, async () => (await operationsOf({ resourceName: topic })).length === 1);
  assert.deepEqual(await admin.removeAcls(allowed), { deleted: [], keptOfFence: [] });
});

test('acls: what a fence is made of stays, and others of the same words go [6.5]', async () => {
  const [fenced, free] = [topicName('fenced'), topicName('free')];
  await addAcls(cluster, [...fenceLines(fenced), fenceMark(fenced), ...fenceLines(free)]);
  await admin.addAcls([allow(fenced, 'READ'), allow(fenced, 'WRITE', { permission: 'DENY' })]);
  const left = async () => (await findAcls(cluster, { resourceName: fenced })).length;
  await until('all are known', 10_000, async () => (await left()) === 7);
  await until('also the others', 10_000, async () => (await findAcls(cluster, { resourceName: free })).length === 4);
  const { deleted, keptOfFence } = await admin.removeAcls({ ...any, resourceName: fenced });
  assert.deepEqual([deleted.length, keptOfFence.length], [2, 5]);
  await until('the fence alone is left', 10_000, async () => (await left()) === 5);
  const unmarked = await admin.removeAcls({ ...any, resourceName: free, principal: 'User:*' });
  assert.deepEqual([unmarked.deleted.length, unmarked.keptOfFence.length], [4, 0], 'without a mark they are nobody’s');
});

if (destination.kind === 'embedded') {
  test('acls: a cluster without authorizer says that it has none', async (t) => {
    const open = await Destination.open();
    t.after(() => open.stop());
    const admin = clusterAdmin(open.as('klink'));
    const topic = topicName('acls');
    const disabled = (error: unknown) => error instanceof KafkaError && error.code === errorCode.SECURITY_DISABLED;
    await assert.rejects(admin.acls(any), disabled);
    await assert.rejects(admin.addAcls([allow(topic, 'READ')]), disabled);
    await assert.rejects(admin.removeAcls({ ...any, resourceName: topic }), disabled);
  });
}
