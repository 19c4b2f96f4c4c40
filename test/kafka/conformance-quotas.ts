/**
 * The part of the broker's conformance suite about quotas. They are set on client ids that nobody else has. What is compared
 * is how long a client is silenced for what it used, never an absolute time; the windows are short (two of a second).
 */
import assert from 'node:assert/strict';
import type { Address } from '../../src/base/connection.js';
import { systemNetwork } from '../../src/base/node/network.js';
import { alterClientQuotas } from '../../src/protocol/api/alter-client-quotas.js';
import { createPartitions } from '../../src/protocol/api/create-partitions.js';
import { createTopics } from '../../src/protocol/api/create-topics.js';
import { deleteTopics } from '../../src/protocol/api/delete-topics.js';
import { fetch } from '../../src/protocol/api/fetch.js';
import { metadata } from '../../src/protocol/api/metadata.js';
import { produce } from '../../src/protocol/api/produce.js';
import { encodeBatch } from '../../src/protocol/records/encode.js';
import { until } from '../harness/until.js';
import { Wire } from '../harness/wire.js';
import type { WireTopic } from '../harness/wire-topic.js';
import type { Suite } from './conformance-behaviours.js';

interface Bench {
  readonly topic: (configs?: Readonly<Record<string, string>>) => Promise<WireTopic>;
  readonly wire: () => Wire;
  readonly address: () => Address;
  readonly newName: () => string;
}

const RATE = 100_000;
const THROTTLING_QUOTA_EXCEEDED = 89;

export function quotaConformance(suite: Suite, bench: Bench): void {
  suite.describe('quotas [broker 9.7]', () => {
    const limit = async (of: Readonly<Record<string, string>>, key: string, value: number) => {
      const entity = Object.entries(of).map(([entityType, entityName]) => ({ entityType, entityName }));
      const entries = [{ entity, ops: [{ key, value, remove: false }] }];
      const answer = await bench.wire().ask(alterClientQuotas, { entries, validateOnly: false });
      assert.equal(answer.entries[0]?.errorCode, 0);
    };
    const client = (clientId: string) => Wire.open(bench.address(), systemNetwork, clientId);
    const put = async (wire: Wire, topic: WireTopic, bytes: number, acks = -1) => {
      const records = encodeBatch({
        records: [{ timestamp: BigInt(Date.now()), value: Buffer.alloc(bytes, 7) }],
      });
      const topicData = [{ name: topic.name, partitionData: [{ index: 0, records }] }];
      return wire.ask(produce, { transactionalId: null, acks, timeoutMs: 10_000, topicData }, 11);
    };

    suite.behaviour(
      'a producer over its rate is answered at once, told for how long, and not read so long',
      async () => {
        const t = await bench.topic();
        const clientId = bench.newName();
        await limit({ 'client-id': clientId }, 'producer_byte_rate', 1_000_000_000);
        await limit({ user: 'ANONYMOUS', 'client-id': clientId }, 'producer_byte_rate', RATE);
        const wire = await client(clientId);
        const bytes = 1.8 * RATE;
        let sent = 0;
        let throttleMs = 0;
        let answeredMs = 0;
        await until('the producer is throttled', 20_000, async () => {
          const since = performance.now();
          const answer = await put(wire, t, bytes);
          sent += bytes;
          answeredMs = performance.now() - since;
          throttleMs = answer.throttleTimeMs;
          return throttleMs > 0;
        });
        // What was sent, in time at this rate, less the second that the windows cover at least.
        assert.ok(throttleMs > 0.5 * (bytes / RATE - 1) * 1000, `${throttleMs} ms for ${sent} bytes`);
        assert.ok(throttleMs < 1.02 * (sent / RATE - 1) * 1000, `${throttleMs} ms for ${sent} bytes`);
        assert.ok(answeredMs < throttleMs, 'it is answered at once');
        const since = performance.now();
        const next = wire.ask(metadata, { topics: [] });
        const other = await client(bench.newName());
        assert.equal((await put(other, t, bytes)).throttleTimeMs, 0, 'who is somebody else is not concerned');
        await next;
        assert.ok(performance.now() - since > 0.8 * throttleMs - answeredMs, 'the next request waits');
      },
    );

    suite.behaviour('a reader over its rate gets nothing for now, and what it asked for later', async () => {
      const t = await bench.topic();
      for (let i = 0; i < 8; i++) await put(bench.wire(), t, 0.4 * RATE);
      const clientId = bench.newName();
      await limit({ 'client-id': clientId }, 'consumer_byte_rate', RATE);
      const wire = await client(clientId);
      const read = async () => {
        const partitions = [{ partition: 0, fetchOffset: 0n, partitionMaxBytes: 10_000_000 }];
        const topics = [{ topic: t.name, topicId: t.id, partitions }];
        const answer = await wire.ask(fetch, { maxWaitMs: 0, minBytes: 1, maxBytes: 10_000_000, topics });
        const bytes = answer.responses[0]?.partitions[0]?.records?.length ?? 0;
        return { bytes, partitions: answer.responses.length, throttleMs: answer.throttleTimeMs };
      };
      await until('no more is read at once than the windows hold', 10_000, async () => {
        const { bytes } = await read();
        return bytes > 0 && bytes <= RATE;
      });
      let throttled = await read();
      for (let i = 0; i < 5 && throttled.throttleMs === 0; i++) throttled = await read();
      assert.deepEqual({ ...throttled, throttleMs: 0 }, { bytes: 0, partitions: 0, throttleMs: 0 });
      assert.ok(throttled.throttleMs > 0, 'it is throttled');
      const since = performance.now();
      await until('it goes on afterwards', 10_000, async () => {
        const again = await read();
        assert.equal(again.throttleMs > 0, again.bytes === 0);
        return again.bytes > 0;
      });
      assert.ok(performance.now() - since > 0.8 * throttled.throttleMs, 'the next request waits');
      await inSession(wire, t);
    });

    /** What is kept back opens no fetch session; in one it was not told, and is news the next time. */
    const inSession = async (wire: Wire, t: WireTopic) => {
      const ask = async (sessionId: number, sessionEpoch: number, fetchOffset?: bigint) => {
        const partitions = [{ partition: 0, fetchOffset: fetchOffset ?? 0n, partitionMaxBytes: 10_000_000 }];
        const topics = fetchOffset === undefined ? [] : [{ topic: t.name, topicId: t.id, partitions }];
        const limits = { maxWaitMs: 0, minBytes: 0, maxBytes: 10_000_000 };
        const answer = await wire.ask(fetch, { ...limits, sessionId, sessionEpoch, topics });
        assert.equal(answer.errorCode, 0);
        const marks = answer.responses.flatMap((topic) => topic.partitions.map(({ highWatermark }) => highWatermark));
        return { id: answer.sessionId, marks, throttled: answer.throttleTimeMs > 0 };
      };
      await until('an answer that would open a session is kept back', 30_000, async () => {
        const { id, marks, throttled } = await ask(0, 0, 0n);
        assert.equal(id === 0, throttled);
        assert.equal(marks.length === 0, throttled);
        return throttled;
      });
      let { id, marks } = { id: 0, marks: [] as bigint[] };
      await until('one is opened', 30_000, async () => {
        ({ id, marks } = await ask(0, 0, 8n));
        return id > 0;
      });
      assert.deepEqual(marks, [8n]);
      let epoch = 1;
      await put(bench.wire(), t, 0.4 * RATE);
      await until('an answer with news is kept back', 30_000, async () => {
        const answer = await ask(id, epoch++, 0n);
        assert.equal(answer.id, id);
        assert.equal(answer.marks.length === 0, answer.throttled);
        if (answer.throttled) return true;
        await put(bench.wire(), t, 1);
        return false;
      });
      const end = await t.end();
      let last = await ask(id, epoch++, end);
      while (last.throttled) last = await ask(id, epoch++, end);
      assert.deepEqual(last.marks, [end], 'without any record, since where it ends was not told');
    };

    suite.behaviour('who uses more of the threads than is allowed is silenced for a window at most', async () => {
      const clientId = bench.newName();
      await limit({ 'client-id': clientId }, 'request_percentage', 0.001);
      const wire = await client(clientId);
      await until('the client is throttled', 20_000, async () => {
        const { throttleTimeMs } = await wire.ask(metadata, { topics: null });
        assert.ok(throttleTimeMs <= 1000, `${throttleTimeMs} ms`);
        return throttleTimeMs > 0;
      });
    });

    suite.behaviour(
      'changes of topics over the rate are refused to who knows the code, and waited for by others',
      async () => {
        const clientId = bench.newName();
        const wire = await client(clientId);
        await limit({ 'client-id': clientId }, 'controller_mutation_rate', 4);
        const create = async (name: string, numPartitions: number, version?: number) => {
          const topic = { name, numPartitions, replicationFactor: 1 };
          const answer = await wire.ask(createTopics, { topics: [topic], timeoutMs: 20_000 }, version);
          return { code: answer.topics[0]?.errorCode, throttleMs: answer.throttleTimeMs };
        };
        const [first, second, third] = [bench.newName(), bench.newName(), bench.newName()];
        // Eight may be made at once. What is asked for beside them in the same request is made as well, and owed: enough
        // that the time which a busy broker takes for it does not pay it.
        assert.deepEqual(await create(first, 14), { code: 0, throttleMs: 0 });
        const refused = await create(second, 1);
        assert.equal(refused.code, THROTTLING_QUOTA_EXCEEDED);
        assert.ok(refused.throttleMs > 0 && refused.throttleMs <= 1_500, `${refused.throttleMs} ms for six partitions`);
        const older = await create(second, 8, 5);
        assert.equal(older.code, 0);
        assert.ok(older.throttleMs > 0 && older.throttleMs <= 2_000, `${older.throttleMs} ms for eight partitions`);
        const grown = await wire.ask(createPartitions, {
          topics: [{ name: second, count: 18, assignments: null }],
          timeoutMs: 20_000,
        });
        assert.equal(grown.results[0]?.errorCode, 0, 'the debt is paid by the silence');
        const gone = { topics: [{ name: first }], topicNames: [first], timeoutMs: 20_000 };
        const kept = await wire.ask(deleteTopics, gone);
        assert.equal(kept.responses[0]?.errorCode, THROTTLING_QUOTA_EXCEEDED);
        assert.deepEqual(await create(third, 1), { code: 0, throttleMs: 0 });
      },
    );
  });
}
