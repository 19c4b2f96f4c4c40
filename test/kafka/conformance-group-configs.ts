/** The part of the broker's conformance suite about what single groups have set for themselves. */
import assert from 'node:assert/strict';
import { consumerGroupDescribe } from '../../src/protocol/api/consumer-group-describe.js';
import { describeConfigs } from '../../src/protocol/api/describe-configs.js';
import { findCoordinator } from '../../src/protocol/api/find-coordinator.js';
import { incrementalAlterConfigs } from '../../src/protocol/api/incremental-alter-configs.js';
import { listConfigResources } from '../../src/protocol/api/list-config-resources.js';
import { ConsumerMember } from '../harness/consumer-member.js';
import { until } from '../harness/until.js';
import type { Wire } from '../harness/wire.js';
import type { WireTopic } from '../harness/wire-topic.js';
import type { Suite } from './conformance-behaviours.js';

interface Bench {
  readonly topic: () => Promise<WireTopic>;
  readonly wire: () => Wire;
}

type Change = readonly [name: string, value: string | null, operation?: number];

const [TOPIC, BROKER, BROKER_LOGGER, GROUP] = [2, 4, 8, 32];
const [SET, REMOVE, APPEND] = [0, 1, 2];
const SESSION = 'consumer.session.timeout.ms';
const HEARTBEAT = 'consumer.heartbeat.interval.ms';
const source = { group: 8, staticBroker: 4, default: 5 };
const NONE_YET = 'settings of groups';
let made = 0;

export async function alterGroup(wire: Wire, group: string, changes: readonly Change[], validateOnly = false) {
  const configs = changes.map(([name, value, configOperation = SET]) => ({ name, value, configOperation }));
  const resources = [{ resourceType: GROUP, resourceName: group, configs }];
  const [answer] = (await wire.ask(incrementalAlterConfigs, { resources, validateOnly })).responses;
  return [answer?.errorCode, answer?.errorMessage];
}

/** Of a consumer group; Kafka shows what share and streams groups have besides. */
export async function groupSettings(wire: Wire, group: string, keys: string[] | null = null) {
  const resources = [{ resourceType: GROUP, resourceName: group, configurationKeys: keys }];
  const [answer] = (await wire.ask(describeConfigs, { resources, includeSynonyms: true })).results;
  assert.equal(answer?.errorCode, 0);
  return new Map(
    answer.configs.filter(({ name }) => name.startsWith('consumer.')).map((each) => [each.name, each] as const),
  );
}

export function groupConfigConformance(suite: Suite, bench: Bench): void {
  const newGroup = () => `s-${process.pid}-${Date.now()}-${made++}`;
  const alter = (group: string, changes: readonly Change[], validateOnly?: boolean) =>
    alterGroup(bench.wire(), group, changes, validateOnly);
  const session = async (group: string) => (await groupSettings(bench.wire(), group, [SESSION])).get(SESSION);

  suite.describe('settings of groups', () => {
    suite.behaviour(
      'a group need not be there to have some of its own, and what it has none of is the broker’s [6]',
      [NONE_YET],
      async (otherwise) => {
        const group = newGroup();
        if (otherwise(NONE_YET)) {
          const resources = [{ resourceType: GROUP, resourceName: group, configurationKeys: null }];
          assert.equal((await bench.wire().ask(describeConfigs, { resources })).results[0]?.errorCode, 42);
          return;
        }
        const before = await groupSettings(bench.wire(), group);
        assert.deepEqual([...before.keys()].sort(), ['consumer.assignment.interval.ms', HEARTBEAT, SESSION]);
        assert.deepEqual(
          [before.get(SESSION)?.value, before.get(SESSION)?.configSource, before.get(SESSION)?.readOnly],
          ['3000', source.staticBroker, false],
        );
        assert.deepEqual(await alter(group, [[SESSION, '4000']], true), [0, null]);
        assert.equal((await session(group))?.value, '3000', 'it was only asked');
        assert.deepEqual(await alter(group, [[SESSION, '4000']]), [0, null]);
        await until('it is in force', 10_000, async () => (await session(group))?.value === '4000');
        assert.deepEqual(
          (await session(group))?.synonyms.map(({ name, value, source }) => [name, value, source]),
          [
            [SESSION, '4000', source.group],
            [`group.${SESSION}`, '3000', source.staticBroker],
            [`group.${SESSION}`, '45000', source.default],
          ],
        );
        assert.deepEqual(await alter(group, [[SESSION, null, REMOVE]]), [0, null]);
        await until('the broker’s is in force', 10_000, async () => (await session(group))?.value === '3000');
      },
    );

    suite.behaviour('what the broker does not allow is refused with the reason [6]', [NONE_YET], async (otherwise) => {
      const group = newGroup();
      if (otherwise(NONE_YET)) {
        assert.equal((await alter(group, [[SESSION, '4000']]))[0], 42);
        return;
      }
      const refused: [Change, string][] = [
        [[SESSION, '999'], `${SESSION} must be greater than or equal to group.consumer.min.session.timeout.ms`],
        [[SESSION, '60001'], `${SESSION} must be less than or equal to group.consumer.max.session.timeout.ms`],
        [[HEARTBEAT, '499'], `${HEARTBEAT} must be greater than or equal to group.consumer.min.heartbeat.interval.ms`],
        [[HEARTBEAT, '15001'], `${HEARTBEAT} must be less than or equal to group.consumer.max.heartbeat.interval.ms`],
        [[HEARTBEAT, '3000'], `${SESSION} must be greater than ${HEARTBEAT}`],
      ];
      for (const [change, said] of refused) assert.deepEqual(await alter(group, [change]), [40, said]);
      assert.equal((await alter(group, [[SESSION, 'long']]))[0], 40);
      assert.equal((await alter(group, [[SESSION, '0']]))[0], 40);
      assert.deepEqual(await alter(group, [['no.such', '1']]), [40, 'Unknown group config name: no.such']);
      assert.equal((await alter(group, [[SESSION, '1', APPEND]]))[0], 40);
      assert.equal((await alter(group, [[SESSION, null]]))[0], 42);
      assert.equal((await alter('', [[SESSION, '4000']]))[0], 42, 'there are none for all groups');
    });

    suite.behaviour('what has settings is listed by its type [10.2]', [NONE_YET], async (otherwise) => {
      const list = (resourceTypes: number[], version = 1) =>
        bench.wire().send(listConfigResources, version, { resourceTypes });
      assert.deepEqual((await list([], 0)).configResources, [], 'client metrics are all that version 0 knows');
      if (otherwise(NONE_YET)) {
        assert.equal(bench.wire().range(listConfigResources)?.max, 0);
        return;
      }
      const t = await bench.topic();
      const group = newGroup();
      assert.deepEqual(await alter(group, [[SESSION, '4000']]), [0, null]);
      const named = async (type: number) =>
        (await list([type])).configResources.map(({ resourceName, resourceType }) => [resourceName, resourceType]);
      await until('the group is listed', 10_000, async () => (await named(GROUP)).some(([name]) => name === group));
      assert.ok((await named(TOPIC)).some(([name, type]) => name === t.name && type === TOPIC));
      assert.equal((await named(BROKER)).length, 1);
      const all = await list([]);
      const types = [...new Set(all.configResources.map(({ resourceType }) => resourceType))];
      assert.deepEqual(
        types.filter((type) => type !== BROKER_LOGGER),
        [GROUP, BROKER, TOPIC],
        'in this order, when no type is named',
      );
      const both = (await list([TOPIC, GROUP, TOPIC])).configResources.map(({ resourceType }) => resourceType);
      assert.deepEqual([...new Set(both)], [GROUP, TOPIC]);
      assert.equal(both.length, (await named(TOPIC)).length + (await named(GROUP)).length, 'each once');
      for (const unknown of [0, 7, 64]) assert.equal((await list([TOPIC, unknown])).errorCode, 35);
      assert.deepEqual(await alter(group, [[SESSION, null, REMOVE]]), [0, null]);
      await until('the group is gone', 10_000, async () => (await named(GROUP)).every(([name]) => name !== group));
    });

    suite.behaviour('the next heartbeat goes by what the group has set [6]', [NONE_YET], async (otherwise) => {
      if (otherwise(NONE_YET)) {
        assert.equal((await alter(newGroup(), [[HEARTBEAT, '2000']]))[0], 42);
        return;
      }
      const t = await bench.topic();
      const [own, ordinary] = [newGroup(), newGroup()];
      await bench.wire().ask(findCoordinator, { keyType: 0, key: own, coordinatorKeys: [own] });
      const A = new ConsumerMember(bench.wire, own, 'A');
      const B = new ConsumerMember(bench.wire, ordinary, 'B');
      assert.equal(await A.join([t]), 0);
      assert.equal((await A.beat()).heartbeatIntervalMs, 1000);
      const changes: Change[] = [
        [SESSION, '30000'],
        [HEARTBEAT, '2000'],
      ];
      assert.deepEqual(await alter(own, changes), [0, null]);
      await until('it is told', 10_000, async () => (await A.beat()).heartbeatIntervalMs === 2000);
      assert.equal(await B.join([t]), 0);
      assert.equal((await B.beat()).heartbeatIntervalMs, 1000, 'other groups have the broker’s');
      await until('B is put out for its silence', 20_000, async () => {
        const { groups } = await bench.wire().ask(consumerGroupDescribe, { groupIds: [ordinary] });
        return groups[0]?.members.length === 0;
      });
      assert.equal((await A.beat()).errorCode, 0, 'A was silent for longer');
      assert.equal(await A.leave(), 0);
    });
  });
}
