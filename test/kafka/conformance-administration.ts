/**
 * The part of the broker's conformance suite about what administrators ask of groups, users and quotas, the odd requests included.
 * test/differential met them.
 */
import assert from 'node:assert/strict';
import type { Address } from '../../src/base/connection.js';
import { type AlterClientQuotasRequest, alterClientQuotas } from '../../src/protocol/api/alter-client-quotas.js';
import { alterUserScramCredentials } from '../../src/protocol/api/alter-user-scram-credentials.js';
import { consumerProtocolSubscription } from '../../src/protocol/api/consumer-protocol-subscription.js';
import { describeClientQuotas } from '../../src/protocol/api/describe-client-quotas.js';
import { describeGroups } from '../../src/protocol/api/describe-groups.js';
import { findCoordinator } from '../../src/protocol/api/find-coordinator.js';
import { joinGroup } from '../../src/protocol/api/join-group.js';
import { leaveGroup } from '../../src/protocol/api/leave-group.js';
import { offsetDelete } from '../../src/protocol/api/offset-delete.js';
import { offsetFetch } from '../../src/protocol/api/offset-fetch.js';
import { encodeMessage } from '../../src/protocol/codec.js';
import { until } from '../harness/until.js';
import { Wire } from '../harness/wire.js';
import type { WireTopic } from '../harness/wire-topic.js';
import type { Suite } from './conformance-behaviours.js';

interface Bench {
  readonly topic: (configs?: Readonly<Record<string, string>>, partitions?: number) => Promise<WireTopic>;
  readonly wire: () => Wire;
  readonly address: () => Address;
}

const NOT_YET = [14, 15, 16];
let made = 0;

export function administrationConformance(suite: Suite, bench: Bench): void {
  const newGroup = async () => {
    const groupId = `d-${process.pid}-${Date.now()}-${made++}`;
    await until('a loaded coordinator', 30_000, async () => {
      await bench.wire().ask(findCoordinator, { keyType: 0, key: groupId, coordinatorKeys: [groupId] });
      const { groups } = await bench.wire().ask(offsetFetch, { groups: [{ groupId, topics: null }] }, 8);
      return !NOT_YET.includes(groups[0]?.errorCode ?? 0);
    });
    return groupId;
  };
  const stateOf = async (groupId: string) =>
    (await bench.wire().ask(describeGroups, { groups: [groupId] }, 5)).groups[0]?.groupState;
  const joining = (groupId: string, groupInstanceId: string, topics: string[], memberId = '') => ({
    groupId,
    sessionTimeoutMs: 6000,
    rebalanceTimeoutMs: 10_000,
    memberId,
    groupInstanceId,
    protocolType: 'consumer',
    protocols: [{ name: 'one', metadata: encodeMessage(consumerProtocolSubscription, 1, { topics }) }],
  });

  suite.describe('administrators', () => {
    const leftBeforeTheRound = 'who leaves with others is gone before the round in which they would have been [5.1]';
    suite.behaviour(leftBeforeTheRound, ['rounds of groups'], async (otherwise) => {
      const groupId = await newGroup();
      const oneByOne = otherwise('rounds of groups');
      const wires = await Promise.all([0, 1].map(() => Wire.open(bench.address())));
      try {
        const [one, two] = wires as [Wire, Wire];
        const first = await one.ask(joinGroup, joining(groupId, 'a', []));
        const second = two.ask(joinGroup, joining(groupId, 'b', []));
        await until('a round', 10_000, async () => (await stateOf(groupId)) === 'PreparingRebalance');
        const instances = ['a', 'b', 'c'];
        const members = instances.map((groupInstanceId) => ({ memberId: '', groupInstanceId }));
        const left = await bench.wire().ask(leaveGroup, { groupId, members });
        assert.deepEqual(
          left.members.map(({ errorCode }) => errorCode),
          [0, 0, 25],
        );
        const { errorCode, memberId, generationId } = await second;
        assert.deepEqual([errorCode, memberId === '', generationId], oneByOne ? [0, false, 2] : [25, true, -1]);
        assert.equal(await stateOf(groupId), 'Empty');
        const next = await one.ask(joinGroup, joining(groupId, 'a', []));
        assert.equal(
          next.generationId,
          first.generationId + (oneByOne ? 3 : 2),
          'one round without anybody lies in between',
        );
      } finally {
        for (const wire of wires) wire.close();
      }
    });

    suite.behaviour('offsets of a partition that is not there are none, whoever reads the topic [5.1]', async () => {
      const groupId = await newGroup();
      const { name } = await bench.topic();
      await bench.wire().ask(joinGroup, joining(groupId, 'a', [name]));
      const topics = [{ name, partitions: [0, 7, -1].map((partitionIndex) => ({ partitionIndex })) }];
      const answer = await bench.wire().ask(offsetDelete, { groupId, topics });
      const codes = new Map(answer.topics[0]?.partitions.map((each) => [each.partitionIndex, each.errorCode]));
      assert.deepEqual([codes.get(0), codes.get(7), codes.get(-1)], [86, 3, 3]);
    });

    const BYTES = 'producer_byte_rate';
    const quotas = async (...entries: AlterClientQuotasRequest['entries']) => {
      const answer = await bench.wire().ask(alterClientQuotas, { entries });
      return answer.entries.map(({ errorCode, errorMessage }) => [errorCode, errorMessage]);
    };
    const set = (key: string, value: number) => ({ key, value, remove: false });

    suite.behaviour('an entity of quotas that is named twice is changed by the first, and refused [9.7]', async () => {
      const entityName = `q-${process.pid}-${Date.now()}-${made++}`;
      const user = { entityType: 'user', entityName };
      const both = [user, { entityType: 'client-id', entityName: 'c' }];
      const twice = (text: string) => [42, `Ignoring duplicate entity ClientQuotaEntity(entries={${text}})`];
      const [one, other] = [set(BYTES, 1e9), set(BYTES, 2e9)];
      const named = twice(`user=${entityName}`);
      assert.deepEqual(await quotas({ entity: [user], ops: [one] }, { entity: [user], ops: [other] }), [named]);
      assert.deepEqual(await quotas({ entity: both, ops: [one, other] }), [twice(`client-id=c, user=${entityName}`)]);
      const asked = { components: [{ entityType: 'user', matchType: 0, match: entityName }], strict: false };
      await until('the quota', 10_000, async () => {
        const { entries } = await bench.wire().ask(describeClientQuotas, asked);
        return entries?.length === 1 && entries[0]?.values[0]?.value === 1e9;
      });
      const last = [{ ...user, entityName: 'somebody' }, user];
      assert.deepEqual(await quotas({ entity: last, ops: [{ ...one, remove: true }] }), [[0, null]]);
      await until('no quota', 10_000, async () => {
        return (await bench.wire().ask(describeClientQuotas, asked)).entries?.length === 0;
      });
    });

    suite.behaviour('quotas that may not be are refused in the words of Kafka [9.7]', async () => {
      const told = async (entity: [type: string, name: string | null][], key: string, value: number) => {
        const named = entity.map(([entityType, entityName]) => ({ entityType, entityName }));
        const request = { entries: [{ entity: named, ops: [set(key, value)] }], validateOnly: true };
        return (await bench.wire().ask(alterClientQuotas, request)).entries[0]?.errorMessage;
      };
      const RATE = 'connection_creation_rate';
      assert.equal(await told([['user', 'u']], BYTES, 1e19), `Proposed value for ${BYTES} is too large for a LONG.`);
      assert.equal(await told([['user', 'u']], BYTES, 2 ** 60), null);
      assert.equal(await told([['ip', null]], RATE, 3e9), `Proposed value for ${RATE} is too large for an INT.`);
      const combined = 'Invalid quota entity combination, IP entity shouldnot be combined with User or ClientId';
      assert.equal(
        await told(
          [
            ['user', 'u'],
            ['ip', null],
          ],
          BYTES,
          1e9,
        ),
        combined,
      );
      for (const address of ['10.1', '167772161']) assert.equal(await told([['ip', address]], RATE, 1), null, address);
    });

    suite.behaviour('a question about quotas is looked at part by part [9.7]', async () => {
      const part = (entityType: string, matchType: number, match: string | null) => ({ entityType, matchType, match });
      const told = async (...components: ReturnType<typeof part>[]) => {
        const { errorCode, errorMessage } = await bench.wire().ask(describeClientQuotas, { components });
        return [errorCode, errorMessage];
      };
      assert.deepEqual(await told(part('', 0, 'x')), [42, 'Invalid empty entity type.']);
      assert.deepEqual(await told(part('none', 0, null)), [35, 'Unsupported entity type none']);
      const twice = 'Entity type user cannot appear more than once in the filter.';
      assert.deepEqual(await told(part('user', 0, 'x'), part('user', 2, null)), [42, twice]);
      assert.deepEqual(await told(part('user', 3, 'x'), part('none', 0, 'x')), [42, 'Unknown match type 3']);
      const none = 'Request specified MATCH_TYPE_EXACT, but set match string to null.';
      assert.deepEqual(await told(part('user', 0, null)), [42, none]);
      const combined = 'IP filter component should not be used with user or clientId filter component.';
      const address = await told(part('ip', 1, null), part('user', 0, 'x'));
      assert.deepEqual(address, [42, `Invalid entity filter component combination. ${combined}`]);
    });

    suite.behaviour('a SCRAM user gets no key that is made of nothing [9.3]', async () => {
      const name = `s-${process.pid}-${Date.now()}-${made++}`;
      const key = { mechanism: 1, iterations: 4096, salt: Buffer.from('salt') };
      const upsertions = [
        { ...key, name, saltedPassword: Buffer.alloc(0) },
        { ...key, name: `${name}-else`, saltedPassword: Buffer.alloc(32, 1) },
      ];
      const { results } = await bench.wire().ask(alterUserScramCredentials, { deletions: [], upsertions });
      const codes = new Map(results.map(({ user, errorCode, errorMessage }) => [user, [errorCode, errorMessage]]));
      assert.deepEqual(
        [codes.get(name), codes.get(`${name}-else`)],
        [
          [-1, null],
          [0, null],
        ],
      );
    });
  });
}
