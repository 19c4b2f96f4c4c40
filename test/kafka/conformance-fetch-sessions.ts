/** The part of the broker's conformance suite about fetch sessions (KIP-227). */
import assert from 'node:assert/strict';
import { deleteTopics } from '../../src/protocol/api/delete-topics.js';
import { type FetchRequest, fetch } from '../../src/protocol/api/fetch.js';
import { batchesIn } from '../../src/protocol/records/header.js';
import type { Draft } from '../../src/protocol/schema.js';
import { until } from '../harness/until.js';
import type { Wire } from '../harness/wire.js';
import { batchOf, WireTopic } from '../harness/wire-topic.js';
import type { Suite } from './conformance-behaviours.js';

interface Bench {
  readonly topic: (configs?: Readonly<Record<string, string>>, partitions?: number) => Promise<WireTopic>;
  readonly wire: () => Wire;
}

const P = { producerId: 2n ** 61n + 31n };
const WITHIN_MS = 20_000;
const BY_NAME = 12;
const BY_ID = 16;
const OPENS = { sessionId: 0, sessionEpoch: 0 };

/** One request of a session, and what it is told of: by partition the records and the high watermark, or the error. */
async function ask(wire: Wire, request: Draft<FetchRequest>, version = BY_ID) {
  const limits = { maxWaitMs: 0, minBytes: 0, maxBytes: 1_000_000, isolationLevel: 0 };
  const answer = await wire.send(fetch, version, { ...limits, ...request });
  const told = answer.responses.flatMap(({ partitions }) =>
    partitions.map(({ partitionIndex, errorCode, highWatermark, records }) => {
      if (errorCode !== 0) return `${partitionIndex}: error ${errorCode}`;
      const offsets = [...batchesIn(records ?? Buffer.alloc(0))].map((batch) => batch.baseOffset);
      return `${partitionIndex}: ${offsets.join(' ')} of ${highWatermark}`;
    }),
  );
  return { errorCode: answer.errorCode, sessionId: answer.sessionId, told };
}

function wanted(t: WireTopic, partitions: Readonly<Record<number, bigint>>) {
  const named = Object.entries(partitions).map(([partition, fetchOffset]) => {
    return { partition: Number(partition), fetchOffset, currentLeaderEpoch: -1, partitionMaxBytes: 100_000 };
  });
  return [{ topic: t.name, topicId: t.id, partitions: named }];
}

export function fetchSessionConformance(suite: Suite, bench: Bench): void {
  suite.describe('fetch sessions', () => {
    suite.behaviour('the first answer tells all, the next ones only what is new [4.3]', async () => {
      const t = await bench.topic({}, 2);
      const wire = bench.wire();
      await t.append(batchOf(P, 0, 1));
      const first = await ask(wire, { ...OPENS, topics: wanted(t, { 0: 1n, 1: 0n }) });
      assert.deepEqual(first.told, ['0:  of 1', '1:  of 0']);
      const { sessionId } = first;
      assert.ok(sessionId > 0);
      const next = async (sessionEpoch: number, more: Draft<FetchRequest> = {}) => {
        const answer = await ask(wire, { sessionId, sessionEpoch, topics: [], ...more });
        assert.deepEqual([answer.errorCode, answer.sessionId], [0, sessionId]);
        return answer.told;
      };
      assert.deepEqual(await next(1), []);
      await t.append(batchOf(P, 1, 2));
      assert.deepEqual(await next(2), ['0: 1 of 3'], 'records');
      assert.deepEqual(await next(3), ['0: 1 of 3'], 'again, as long as it asks for them');
      assert.deepEqual(await next(4, { topics: wanted(t, { 0: 3n }) }), []);
      await t.append(batchOf(P, 3, 1), { partition: 1 });
      assert.deepEqual(await next(5), ['1: 0 of 1'], 'of a partition that was named once');
      const forgottenTopicsData = [{ topic: t.name, topicId: t.id, partitions: [1] }];
      assert.deepEqual(await next(6, { forgottenTopicsData }), []);
      assert.deepEqual(await next(7, { topics: wanted(t, { 1: 1n }) }), ['1:  of 1'], 'one that comes back is new');
      assert.deepEqual(await next(8, { topics: wanted(t, { 0: 9n }) }), ['0: error 1']);
      assert.deepEqual(await next(9), ['0: error 1'], 'an error is told each time');
      assert.deepEqual(await next(10, { topics: wanted(t, { 0: 3n }) }), ['0:  of 3'], 'and so is its end');
    });

    suite.behaviour('who was given records is read last next time [4.3]', async () => {
      const t = await bench.topic({}, 2);
      const wire = bench.wire();
      for (const partition of [0, 1]) await t.append(batchOf(P, 0, 1), { partition });
      const maxBytes = 1;
      const first = await ask(wire, { ...OPENS, maxBytes, topics: wanted(t, { 0: 0n, 1: 0n }) });
      assert.deepEqual(first.told, ['0: 0 of 1', '1:  of 1']);
      const { sessionId } = first;
      const second = await ask(wire, { sessionId, sessionEpoch: 1, maxBytes, topics: [] });
      assert.deepEqual(second.told, ['0: 0 of 1'], 'what opened the session does not count');
      const third = await ask(wire, { sessionId, sessionEpoch: 2, maxBytes, topics: [] });
      assert.deepEqual(third.told, ['1: 0 of 1']);
      const fourth = await ask(wire, { sessionId, sessionEpoch: 3, maxBytes, topics: [] });
      assert.deepEqual(fourth.told, ['0: 0 of 1']);
    });

    suite.behaviour('an unknown session, and an epoch that is not the next one, are refused [4.3]', async () => {
      const t = await bench.topic();
      const wire = bench.wire();
      const topics = wanted(t, { 0: 0n });
      const { sessionId } = await ask(wire, { ...OPENS, topics });
      assert.equal((await ask(wire, { sessionId, sessionEpoch: 2, topics: [] })).errorCode, 71);
      assert.equal((await ask(wire, { sessionId, sessionEpoch: 1, topics: [] })).errorCode, 0);
      assert.equal((await ask(wire, { sessionId, sessionEpoch: 1, topics: [] })).errorCode, 71);
      assert.equal((await ask(wire, { sessionId: sessionId ^ 1, sessionEpoch: 1, topics: [] })).errorCode, 70);
      const last = await ask(wire, { sessionId, sessionEpoch: -1, topics });
      assert.deepEqual([last.errorCode, last.sessionId, last.told], [0, 0, ['0:  of 0']]);
      assert.equal((await ask(wire, { sessionId, sessionEpoch: 2, topics: [] })).errorCode, 70, 'it is closed');
    });

    suite.behaviour('one of names does not go on with topic ids, nor the other way round [4.3]', async () => {
      const t = await bench.topic();
      const wire = bench.wire();
      const topics = wanted(t, { 0: 0n });
      for (const [version, other] of [
        [BY_NAME, BY_ID],
        [BY_ID, BY_NAME],
      ] as const) {
        const { sessionId } = await ask(wire, { ...OPENS, topics }, version);
        assert.ok(sessionId > 0);
        assert.equal((await ask(wire, { sessionId, sessionEpoch: 1, topics: [] }, other)).errorCode, 106);
        assert.equal((await ask(wire, { sessionId, sessionEpoch: 1, topics: [] }, version)).errorCode, 0);
      }
    });

    suite.behaviour('one whose last partition is forgotten is over [4.3]', async () => {
      const t = await bench.topic();
      const wire = bench.wire();
      const { sessionId } = await ask(wire, { ...OPENS, topics: wanted(t, { 0: 0n }) });
      const forgottenTopicsData = [{ topic: t.name, topicId: t.id, partitions: [0] }];
      const over = await ask(wire, { sessionId, sessionEpoch: 1, topics: [], forgottenTopicsData });
      assert.deepEqual([over.errorCode, over.sessionId, over.told], [0, 0, []]);
      assert.equal((await ask(wire, { sessionId, sessionEpoch: 2, topics: [] })).errorCode, 70);
    });

    suite.behaviour('what is named when the last partition is forgotten is read without a session [4.3]', async () => {
      const t = await bench.topic();
      const wire = bench.wire();
      const { sessionId } = await ask(wire, { ...OPENS, topics: wanted(t, { 0: 0n }) });
      const forgottenTopicsData = [{ topic: t.name, topicId: t.id, partitions: [0] }];
      const over = await ask(wire, { sessionId, sessionEpoch: 1, topics: wanted(t, { 0: 5n }), forgottenTopicsData });
      assert.deepEqual([over.errorCode, over.sessionId, over.told], [0, 0, ['0: error 1']]);
    });

    suite.behaviour(
      'in one by topic ids a topic that is deleted, or made again, still has its name [4.3]',
      async () => {
        const t = await bench.topic({}, 2);
        const wire = bench.wire();
        const { sessionId, told } = await ask(wire, { ...OPENS, topics: wanted(t, { 0: 0n, 1: 0n }) });
        assert.equal(told.length, 2);
        await removed(t);
        let sessionEpoch = 1;
        await until('the topic is gone', WITHIN_MS, async () => {
          const answer = await ask(wire, { sessionId, sessionEpoch: sessionEpoch++, topics: [] });
          return answer.told.join() === '0: error 3,1: error 3';
        });
        assert.deepEqual((await ask(wire, { ...OPENS, topics: wanted(t, { 0: 0n }) })).told, ['0: error 100']);
        await WireTopic.create(wire, t.name, { partitions: 1 });
        const again = await ask(wire, { sessionId, sessionEpoch: sessionEpoch++, topics: [] });
        assert.deepEqual([...again.told].sort(), ['0: error 103', '1: error 3']);
        // A limit below zero is refused for the first one that is there only, and the other topic counts as one.
        const other = await bench.topic();
        await other.append(batchOf(P, 0, 1));
        const added = await ask(wire, { sessionId, sessionEpoch, maxBytes: -1, topics: wanted(other, { 0: 0n }) });
        assert.ok(added.told.includes('0: 0 of 1'));
      },
    );
  });
}

async function removed({ wire, name }: WireTopic): Promise<void> {
  const topics = [{ name }];
  const { responses } = await wire.ask(deleteTopics, { topics, topicNames: [name], timeoutMs: WITHIN_MS });
  assert.equal(responses[0]?.errorCode, 0);
}
