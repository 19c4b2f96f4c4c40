/** REST's view of a cluster: of several brokers that learn of a topic one after the other, and of one with fences. */
import assert from 'node:assert/strict';
import test from 'node:test';
import type { AclFilter } from '../../src/api/client/acl-words.js';
import type { AclBinding } from '../../src/client/admin/acls.js';
import { fenceLines, fenceMark } from '../../src/engine/fence/lines.js';
import { codeOf, operations, patterns, permissions, resources } from '../../src/protocol/acl-codes.js';
import { createTopics } from '../../src/protocol/api/create-topics.js';
import { deleteAcls } from '../../src/protocol/api/delete-acls.js';
import { describeAcls } from '../../src/protocol/api/describe-acls.js';
import { metadata } from '../../src/protocol/api/metadata.js';
import { clusterAdmin } from '../../src/serve/cluster-admin.js';
import { ScriptedCluster } from './scripted-cluster.js';

const topic = { name: 't', partitions: 1, replicationFactor: 1, configs: new Map<string, string>() };

async function twoBrokers(): Promise<ScriptedCluster> {
  const kafka = await ScriptedCluster.start(2);
  for (const broker of kafka.brokers) broker.on(createTopics, () => ({ topics: [{ name: 't', errorCode: 0 }] }));
  kafka.lead('t', [1]);
  return kafka;
}

test('a topic that was made is there for whichever broker is asked next', async () => {
  const kafka = await twoBrokers();
  const unknown = { ...kafka.described, topics: [{ name: 't', errorCode: 3 }] };
  kafka.broker(2).on(metadata, () => (kafka.broker(2).count(metadata) < 4 ? unknown : kafka.described));
  await kafka.finish(clusterAdmin(kafka.client()).createTopic(topic, false));
  assert.equal(kafka.broker(2).count(metadata), 4);
});

test('a broker that stays silent, or never learns of it, keeps nobody for long', async () => {
  for (const second of ['silence', 'unknown'] as const) {
    const kafka = await twoBrokers();
    const unknown = { ...kafka.described, topics: [{ name: 't', errorCode: 3 }] };
    kafka.broker(2).on(metadata, () => (second === 'silence' ? 'silence' : unknown));
    await kafka.finish(clusterAdmin(kafka.client()).createTopic(topic, false));
    assert.ok(kafka.world.nowMs >= 4_900 && kafka.world.nowMs < 7_000, `${second}: ${kafka.world.nowMs}`);
  }
});

function wire(acl: AclBinding) {
  return {
    resourceType: codeOf(resources, acl.resourceType),
    resourceName: acl.resourceName,
    patternType: codeOf(patterns, acl.pattern),
    principal: acl.principal,
    host: acl.host,
    operation: codeOf(operations, acl.operation),
    permissionType: codeOf(permissions, acl.permission),
  };
}

test('a topic that was made is made, also when nobody answers afterwards', async () => {
  const kafka = await twoBrokers();
  let made = false;
  for (const broker of kafka.brokers) {
    broker.on(createTopics, () => {
      made = true;
      return { topics: [{ name: 't', errorCode: 0 }] };
    });
    broker.on(metadata, () => (made ? 'hang-up' : kafka.described));
  }
  await kafka.finish(clusterAdmin(kafka.client()).createTopic(topic, false));
  assert.ok(made);
});

test('ACLs of a topic are deleted without its fence; where nothing is a fence, Kafka finds what to delete [6.5]', async () => {
  const others: AclBinding[] = [
    { ...fenceMark('a'), principal: 'User:app' },
    { ...fenceMark('a'), resourceType: 'GROUP' },
  ];
  const every: AclFilter = {
    resourceType: undefined,
    resourceName: 'a',
    pattern: undefined,
    principal: undefined,
    host: undefined,
    operation: undefined,
    permission: undefined,
  };
  for (const [fence, marked, expected] of [
    [[...fenceLines('a'), fenceMark('a')], true, { exact: others.length, kept: 5 }],
    [fenceLines('a'), false, { exact: others.length + 4, kept: 0 }],
    [[], false, { exact: 0, kept: 0 }],
  ] as const) {
    const kafka = await ScriptedCluster.start(1);
    kafka.broker(1).on(describeAcls, ({ principalFilter }) => {
      const shown = [...fence, ...others].filter(
        ({ principal }) => principalFilter === null || principal === principalFilter,
      );
      const found = principalFilter === null || marked ? shown : [];
      return { resources: found.map((acl) => ({ ...wire(acl), acls: [wire(acl)] })) };
    });
    const asked: string[][] = [];
    kafka.broker(1).on(deleteAcls, ({ filters }) => {
      asked.push(filters.map(({ principalFilter }) => principalFilter ?? 'any'));
      return { filterResults: filters.map(() => ({})) };
    });
    const { keptOfFence } = await kafka.finish(clusterAdmin(kafka.client()).removeAcls(every));
    assert.equal(keptOfFence.length, expected.kept);
    const exact = asked.flat().filter((principal) => principal !== 'any');
    assert.equal(exact.length, expected.exact);
    assert.ok(!marked || !exact.includes('User:*'));
  }
});
