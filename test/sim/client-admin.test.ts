/** Admin calls under faults: questions are asked again, commands never, and one partition does not spoil the others. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { describeCluster } from '../../src/client/admin/describe-cluster.js';
import { committedOffsets } from '../../src/client/admin/group-offsets.js';
import { describeGroups, listGroups } from '../../src/client/admin/groups.js';
import { listOffsets } from '../../src/client/admin/offsets.js';
import { deleteRecords } from '../../src/client/admin/records.js';
import { createTopic } from '../../src/client/admin/topics.js';
import { KafkaError, OutcomeUnknown } from '../../src/client/types.js';
import { consumerGroupDescribe } from '../../src/protocol/api/consumer-group-describe.js';
import { createTopics } from '../../src/protocol/api/create-topics.js';
import { deleteRecords as deleteRecordsApi } from '../../src/protocol/api/delete-records.js';
import { describeCluster as describeClusterApi } from '../../src/protocol/api/describe-cluster.js';
import { describeGroups as describeGroupsApi } from '../../src/protocol/api/describe-groups.js';
import { listGroups as listGroupsApi } from '../../src/protocol/api/list-groups.js';
import { listOffsets as listOffsetsApi } from '../../src/protocol/api/list-offsets.js';
import { metadata } from '../../src/protocol/api/metadata.js';
import { offsetFetch } from '../../src/protocol/api/offset-fetch.js';
import { ScriptedCluster } from './scripted-cluster.js';

const topic = { name: 't', partitions: 1, replicationFactor: 1 };
const hasCode = (code: number) => (error: unknown) => error instanceof KafkaError && error.code === code;

test('a command whose answer is lost is not sent again: its outcome is unknown [client 3.2]', async () => {
  const kafka = await ScriptedCluster.start(2);
  for (const broker of kafka.brokers) broker.on(createTopics, () => 'hang-up');
  await assert.rejects(kafka.finish(createTopic(kafka.client(), topic)), OutcomeUnknown);
  assert.equal(kafka.broker(1).count(createTopics) + kafka.broker(2).count(createTopics), 1);
});

test('a command that the broker could not finish in time is unknown, not refused [client 3.2]', async () => {
  const kafka = await ScriptedCluster.start(1);
  kafka.broker(1).on(createTopics, () => ({ topics: [{ name: 't', errorCode: 7 }] }));
  await assert.rejects(kafka.finish(createTopic(kafka.client(), topic)), OutcomeUnknown);
  assert.equal(kafka.broker(1).count(createTopics), 1);
});

test('a command refused for its quota is sent again after the silence that was asked for [client 3.2]', async () => {
  const kafka = await ScriptedCluster.start(1);
  let refusals = 1;
  kafka.broker(1).on(createTopics, () => {
    return refusals-- > 0 ? { throttleTimeMs: 2_000, topics: [{ errorCode: 89 }] } : { topics: [{ errorCode: 0 }] };
  });
  await kafka.finish(createTopic(kafka.client(), topic));
  const [first, second] = kafka.broker(1).asked.filter(({ api }) => api === 'CreateTopics');
  assert.ok((second?.atMs ?? 0) - (first?.atMs ?? 0) >= 2_000);
});

test('where brokers do not pass commands on, the controller gets them [client 3.2]', async () => {
  const kafka = await ScriptedCluster.start(2);
  kafka.controller = 2;
  kafka.broker(1).on(createTopics, () => ({ topics: [{ errorCode: 41 }] }));
  kafka.broker(2).on(createTopics, () => ({ topics: [{ errorCode: 0 }] }));
  await kafka.finish(createTopic(kafka.client({ bootstrap: [kafka.broker(1).address] }), topic));
  assert.equal(kafka.broker(2).count(createTopics), 1);
});

test('a question whose answer is lost is asked again, of somebody else if need be [client 3.2]', async () => {
  const kafka = await ScriptedCluster.start(2);
  let lost = 0;
  for (const broker of kafka.brokers) {
    broker.on(describeClusterApi, () => (lost++ === 0 ? 'hang-up' : { clusterId: 'scripted' }));
  }
  assert.equal((await kafka.finish(describeCluster(kafka.client()))).clusterId, 'scripted');
  assert.equal(lost, 2);
});

const latest = { kind: 'latest' } as const;
const places = [0, 1, 2].map((partition) => ({ topic: 't', partition }));

test('a moved leader is looked up, and only its partitions are asked for again [client 3.3]', async () => {
  const kafka = await ScriptedCluster.start(2);
  kafka.lead('t', [1, 2, 1]);
  const answering = (id: number, moved: (partition: number) => boolean) => {
    kafka.broker(id).on(listOffsetsApi, ({ topics }) => ({
      topics: topics.map(({ name, partitions }) => ({
        name,
        partitions: partitions.map(({ partitionIndex, currentLeaderEpoch }) => ({
          partitionIndex,
          errorCode: moved(partitionIndex) ? 6 : 0,
          offset: BigInt(10 * id + currentLeaderEpoch),
        })),
      })),
    }));
  };
  answering(1, (partition) => partition === 2);
  answering(2, () => false);
  kafka.broker(1).on(metadata, () => {
    const answer = kafka.described;
    kafka.lead('t', [1, 2, 2], 3);
    return answer;
  });
  const client = kafka.client({ bootstrap: [kafka.broker(1).address] });
  const found = await kafka.finish(listOffsets(client, places, latest));
  assert.deepEqual([...found].map(([key, each]) => [key, each.ok && each.value.offset]).sort(), [
    ['t/0', 10n],
    ['t/1', 20n],
    ['t/2', 23n],
  ]);
  assert.equal(kafka.broker(1).count(listOffsetsApi), 1);
});

for (const code of [6, 74, 75]) {
  test(`a leader that answers ${code} for good is told as that, when the time is over`, async () => {
    const kafka = await ScriptedCluster.start(1);
    kafka.lead('t', [1]);
    kafka.broker(1).on(listOffsetsApi, () => ({
      topics: [{ name: 't', partitions: [{ partitionIndex: 0, errorCode: code }] }],
    }));
    const asked = listOffsets(kafka.client(), [{ topic: 't', partition: 0 }], latest, { timeoutMs: 3_000 });
    const found = (await kafka.finish(asked)).get('t/0');
    assert.ok(found?.ok === false && hasCode(code)(found.error));
    assert.ok(kafka.broker(1).count(listOffsetsApi) > 2);
  });
}

test('a partition without leader, one of a silent broker and one that does not exist spoil nothing [client 3.3]', async () => {
  const kafka = await ScriptedCluster.start(2);
  kafka.lead('t', [1, -1, 2]);
  kafka.broker(1).on(listOffsetsApi, () => ({
    topics: [{ name: 't', partitions: [{ partitionIndex: 0, errorCode: 0, offset: 5n }] }],
  }));
  kafka.broker(2).on(listOffsetsApi, () => 'silence');
  const asked = [...places, { topic: 't', partition: 9 }];
  const client = kafka.client({ bootstrap: [kafka.broker(1).address] });
  const found = await kafka.finish(listOffsets(client, asked, latest, { timeoutMs: 5_000 }));
  const told = [...found].map(([key, each]) => [key, each.ok ? each.value.offset : each.error.name]).sort();
  assert.deepEqual(told, [
    ['t/0', 5n],
    ['t/1', 'KafkaError'],
    ['t/2', 'OutcomeUnknown'],
    ['t/9', 'KafkaError'],
  ]);
});

test('deletions that were sent are not sent again [client 3.2]', async () => {
  const kafka = await ScriptedCluster.start(1);
  kafka.lead('t', [1]);
  kafka.broker(1).on(deleteRecordsApi, () => 'hang-up');
  const asked = deleteRecords(kafka.client(), [{ topic: 't', partition: 0, offset: 5n }]);
  const found = (await kafka.finish(asked)).get('t/0');
  assert.ok(found?.ok === false && found.error instanceof OutcomeUnknown);
  assert.equal(kafka.broker(1).count(deleteRecordsApi), 1);
});

test('a group of the newer protocol is not called dead, and one that nobody knows is absent [client 3.4]', async () => {
  const kafka = await ScriptedCluster.start(1);
  kafka.broker(1).on(consumerGroupDescribe, ({ groupIds }) => ({
    groups: groupIds.map((groupId) => {
      return { groupId, errorCode: groupId === 'newer' ? 0 : 69, groupState: groupId === 'newer' ? 'Stable' : '' };
    }),
  }));
  kafka.broker(1).on(describeGroupsApi, ({ groups }) => ({
    groups: groups.map((groupId) => ({ groupId, groupState: groupId === 'classic' ? 'Empty' : 'Dead' })),
  }));
  const found = await kafka.finish(describeGroups(kafka.client(), ['newer', 'classic', 'nobody']));
  assert.deepEqual(
    [...found.values()].map(({ group, type, state }) => [group, type, state]),
    [
      ['newer', 'consumer', 'Stable'],
      ['classic', 'classic', 'Empty'],
    ],
  );
});

test('groups of a coordinator that has moved are asked for where it is now [client 3.4]', async () => {
  const kafka = await ScriptedCluster.start(2);
  kafka.broker(1).on(offsetFetch, ({ groups }) => {
    kafka.coordinator = 2;
    return { groups: groups.map(({ groupId }) => ({ groupId, errorCode: 16 })) };
  });
  const partitions = [{ partitionIndex: 0, committedOffset: 4n, errorCode: 0 }];
  kafka.broker(2).on(offsetFetch, ({ groups }) => ({
    groups: groups.map(({ groupId }) => ({ groupId, topics: [{ name: 't', partitions }] })),
  }));
  const found = await kafka.finish(committedOffsets(kafka.client(), ['g']));
  assert.deepEqual(found.get('g'), [{ topic: 't', partition: 0, offset: 4n, leaderEpoch: -1, metadata: '' }]);
});

test('a list that lacks the groups of one broker is no list [client 3.4]', async () => {
  const kafka = await ScriptedCluster.start(2);
  kafka.broker(1).on(listGroupsApi, () => ({ groups: [{ groupId: 'g' }] }));
  kafka.broker(2).on(listGroupsApi, () => 'silence');
  const asked = listGroups(kafka.client({ bootstrap: [kafka.broker(1).address] }), { timeoutMs: 5_000 });
  await assert.rejects(kafka.finish(asked), OutcomeUnknown);
});
