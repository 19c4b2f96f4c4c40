/**
 * How a broker must behave for klink, said once and asserted on Apache Kafka and on the embedded broker alike. Each test
 * names the experiment (E, X, T, R) or the rule that rests on it. Raw requests, no client library.
 */
import assert from 'node:assert/strict';
import type { Address } from '../../src/base/connection.js';
import { apiVersions } from '../../src/protocol/api/api-versions.js';
import { deleteTopics } from '../../src/protocol/api/delete-topics.js';
import { fetch } from '../../src/protocol/api/fetch.js';
import { listOffsets } from '../../src/protocol/api/list-offsets.js';
import { metadata } from '../../src/protocol/api/metadata.js';
import { decodeResponse, encodeRequest } from '../../src/protocol/codec.js';
import { encodeBatch } from '../../src/protocol/records/encode.js';
import { batchAt, batchesIn } from '../../src/protocol/records/header.js';
import { until } from '../harness/until.js';
import { Wire } from '../harness/wire.js';
import { batchOf, EARLIEST, LATEST, MAX_TIMESTAMP, WireTopic } from '../harness/wire-topic.js';
import { adminConformance } from './conformance-admin.js';
import { administrationConformance } from './conformance-administration.js';
import { answerConformance } from './conformance-answers.js';
import type { Suite } from './conformance-behaviours.js';
import { codeConformance } from './conformance-codes.js';
import { consumerConformance } from './conformance-consumers.js';
import { fetchSessionConformance } from './conformance-fetch-sessions.js';
import { groupConfigConformance } from './conformance-group-configs.js';
import { groupConformance } from './conformance-groups.js';
import { logConformance } from './conformance-log.js';
import { malformedConformance } from './conformance-malformed.js';
import { memberConformance } from './conformance-members.js';
import { migrationConformance } from './conformance-migration.js';
import { quotaConformance } from './conformance-quotas.js';
import { raisingConformance } from './conformance-raising.js';
import { recordConformance } from './conformance-records.js';
import { transactionConformance } from './conformance-transactions.js';

/** A broker under test. Producers do not expire while it is restarted. */
export interface Target {
  readonly address: Address;
  /** A clean stop and start. */
  restart(): Promise<void>;
  kill9(): Promise<void>;
  /** After `kill9`. */
  start(): Promise<void>;
  /** From now on producers expire so soon; connections may end. */
  expireProducersAfter(ms: number): Promise<void>;
}

const D = 2n ** 62n + 12345n;
const M = 2n ** 62n + 777n;
const HOUR_MS = 3_600_000;
const WEEK_MS = 7 * 24 * HOUR_MS;
const SHORT_EXPIRY_MS = 4000;
/** Names differ from run to run: a target may be used twice. */
const run = Date.now().toString(36);

export function conformance(suite: Suite, target: () => Target): void {
  let wire: Wire;
  let made = 0;
  suite.before(async () => {
    wire = await Wire.open(target().address);
  });
  const topic = (configs: Readonly<Record<string, string>> = {}, partitions = 1) =>
    WireTopic.create(wire, `c-${run}-${made++}`, { configs, partitions });
  const reopen = async (old: WireTopic): Promise<WireTopic> => {
    wire = await Wire.open(target().address);
    return WireTopic.find(wire, old.name);
  };

  suite.behaviour('a version that is not there is answered in version 0 with what is there', async () => {
    const { errorCode, apiKeys } = await versionsOf(await Wire.open(target().address));
    assert.equal(errorCode, 35);
    assert.ok(apiKeys.some(({ apiKey }) => apiKey === apiVersions.key));
  });

  suite.describe('compare and append [E1]', () => {
    for (const producerId of [D, 2n ** 63n - 1n, 987654321n]) {
      suite.behaviour(`sequences of producer ${producerId}`, async () => {
        const t = await topic();
        const batches: Buffer[] = [];
        const put = (sequence: number, count: number, epoch = 0) => {
          const batch = batchOf({ producerId, epoch }, sequence, count);
          batches.push(batch);
          return t.append(Buffer.from(batch));
        };
        const again = (index: number) => t.append(Buffer.from(batches[index] ?? Buffer.alloc(0)));
        assert.deepEqual(await put(1_234_567, 10), [0, 0n], 'an unknown id may begin anywhere');
        assert.deepEqual(await again(0), [0, 0n], 'an exact duplicate');
        assert.deepEqual(await put(1_234_577, 5), [0, 10n]);
        assert.deepEqual(await again(0), [0, 0n], 'a duplicate of the batch before');
        assert.equal((await put(1_234_585, 5))[0], 45, 'a gap');
        assert.equal((await put(1_234_577, 9))[0], 45, 'same first, longer');
        assert.equal((await put(1_234_580, 5))[0], 45, 'overlap');
        assert.equal((await put(1_234_578, 2))[0], 45, 'a part');
        assert.equal(await t.end(), 15n);
        for (let i = 0; i < 5; i++) assert.deepEqual(await put(1_234_582 + i, 1), [0, 15n + BigInt(i)]);
        assert.equal((await again(1))[0], 45, 'the sixth last batch is no longer known');
        assert.equal((await put(7, 1, 1))[0], 45, 'a new epoch begins at 0');
        assert.deepEqual(await put(0, 1, 1), [0, 20n]);
        assert.equal((await put(1_234_587, 1, 0))[0], 47, 'an old epoch');
        assert.equal(await t.end(), 21n);
      });
    }

    suite.behaviour('sequences wrap after 2³¹ − 1', async () => {
      const t = await topic();
      assert.deepEqual(await t.append(batchOf({ producerId: D }, 2 ** 31 - 3, 5)), [0, 0n]);
      assert.equal((await t.append(batchOf({ producerId: D }, 3, 1)))[0], 45);
      assert.deepEqual(await t.append(batchOf({ producerId: D }, 2, 1)), [0, 5n]);
    });

    suite.behaviour(
      'five batches in flight on a fresh partition: if the first is refused, the second is not [X1]',
      async () => {
        const t = await topic({ 'max.message.bytes': '1000' });
        const large = encodeBatch({
          records: [{ timestamp: BigInt(Date.now()), value: Buffer.alloc(5000, 1) }],
          producerId: D,
          producerEpoch: 0,
          baseSequence: 0,
        });
        const [first, second] = await Promise.all([t.append(large), t.append(batchOf({ producerId: D }, 1, 3))]);
        assert.equal(first?.[0], 10);
        assert.deepEqual(second, [0, 0n]);
      },
    );
  });

  suite.behaviour('batches that are not sound are refused [E1]', async () => {
    const t = await topic();
    const sound = () => batchOf({ producerId: D }, 0, 1);
    const changed = (change: (batch: Buffer) => void) => {
      const batch = sound();
      change(batch);
      const view = batchAt(batch, 0);
      if (view?.kind === 'batch') view.crc = view.computeCrc();
      return batch;
    };
    const code = async (records: Buffer) => (await t.append(records))[0];
    assert.equal(await code(Buffer.concat([sound(), sound()])), 87, 'two batches');
    assert.equal(await code(changed((batch) => batch.writeBigInt64BE(5n, 0))), 87, 'base offset 5');
    assert.equal(await code(changed((batch) => batch.writeInt16BE(0x20, 21))), 87, 'control bit');
    assert.equal(await code(changed((batch) => batch.writeInt32BE(3, 23))), 87, 'four offsets, one record');
    const flipped = sound();
    flipped.writeUInt8((flipped[flipped.length - 2] ?? 0) ^ 1, flipped.length - 2);
    assert.equal(await code(flipped), 2, 'a flipped bit');
    assert.equal(await code(batchOf({ producerId: D }, 0, 1, { transactional: true })), 53, 'transactional bit, no id');
    assert.equal(await t.end(), 0n);
  });

  suite.behaviour(
    'a timestamp two hours ahead is refused with the record named, where Kafka limits it [E1]',
    ['future timestamps'],
    async (otherwise) => {
      const t = await topic();
      const answer = await t.produce(batchOf({ producerId: D }, 0, 1, { timestamp: BigInt(Date.now() + 2 * HOUR_MS) }));
      const limited = !otherwise('future timestamps');
      assert.equal(answer.errorCode, limited ? 32 : 0);
      if (limited) assert.equal(answer.recordErrors[0]?.batchIndex, 0);
    },
  );

  suite.behaviour('a produce answer tells log start and append time', async () => {
    const t = await topic();
    const batch = batchOf({ producerId: D }, 0, 2);
    const first = await t.produce(Buffer.from(batch));
    assert.equal(first.logAppendTimeMs, -1n);
    assert.equal(first.logStartOffset, 0n);
    const again = await t.produce(Buffer.from(batch));
    assert.equal(again.errorCode, 0);
    assert.equal(again.baseOffset, 0n);
    const sent = batchAt(batch, 0);
    assert.ok(sent?.kind === 'batch');
    assert.equal(
      again.logAppendTimeMs,
      sent.maxTimestamp,
      'a duplicate tells its own time, also with CreateTime [3.4]',
    );
    const timed = await topic({ 'message.timestamp.type': 'LogAppendTime' });
    const answer = await timed.produce(batchOf({ producerId: D }, 0, 2, { timestamp: 1000n }));
    assert.ok(answer.logAppendTimeMs > 1_000_000n);
    const [stored] = await timed.batches();
    assert.equal(stored?.maxTimestamp, answer.logAppendTimeMs);
    assert.equal(stored?.timestampType, 'LogAppendTime');
    assert.ok(stored?.crcMatches());
  });

  suite.behaviour('bytes are kept as they came but for base offset and leader epoch [E2]', async () => {
    const t = await topic();
    for (const [i, codec] of (['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const).entries()) {
      const batch = batchOf({ producerId: D }, 20 * i, 20, { codec });
      const sent = Buffer.from(batch);
      assert.deepEqual(await t.append(batch), [0, BigInt(20 * i)]);
      const { records } = await t.fetch(BigInt(20 * i));
      assert.ok(records);
      assert.deepEqual(records.subarray(16), sent.subarray(16), codec);
      assert.equal(records.readBigInt64BE(0), BigInt(20 * i));
      assert.equal(records.readInt32BE(12), await t.leaderEpoch());
    }
  });

  suite.describe('markers [E4, E8]', () => {
    suite.behaviour('an equal epoch is appended, a lower one refused, for producer and coordinator', async () => {
      const t = await topic();
      assert.equal(await t.markers([{ producerId: M, epoch: 1, coordinatorEpoch: 3 }]), 0);
      assert.equal(await t.markers([{ producerId: M, epoch: 1, coordinatorEpoch: 3, commit: true }]), 0);
      assert.equal(await t.markers([{ producerId: M, epoch: 0, coordinatorEpoch: 3 }]), 47);
      assert.equal(await t.markers([{ producerId: M, epoch: 1, coordinatorEpoch: 2 }]), 52);
      assert.equal(await t.end(), 2n);
      const [first, second] = await t.batches();
      assert.ok(first?.isControl && first.isTransactional && second?.isControl);
      assert.equal(first.producerId, M);
      assert.equal(first.baseSequence, -1);
    });

    suite.behaviour('each entry is one marker, and the answers of one producer are merged', async () => {
      const t = await topic();
      const two = { producerId: M, epoch: 2 };
      const one = { producerId: M, epoch: 1 };
      assert.equal(await t.markers([two, two, one, two, two]), 0);
      assert.equal(await t.end(), 4n, 'one was refused and nobody was told');
      assert.equal(await t.markers([two, one]), 47);
      assert.equal(await t.end(), 5n, 'and 47 does not mean that nothing was appended');
      assert.equal(await t.markers(Array.from({ length: 500 }, () => two)), 0);
      assert.equal(await t.end(), 505n);
    });

    suite.behaviour('an unknown partition is answered with 3', async () => {
      const t = await topic();
      assert.equal(await t.markers([{ producerId: M, epoch: 0 }], 7), 3);
    });

    suite.behaviour('data sequences go on across markers of another id', async () => {
      const t = await topic();
      assert.deepEqual(await t.append(batchOf({ producerId: D }, 0, 2)), [0, 0n]);
      assert.equal(
        await t.markers([
          { producerId: M, epoch: 0 },
          { producerId: M, epoch: 0 },
        ]),
        0,
      );
      assert.deepEqual(await t.append(batchOf({ producerId: D }, 2, 1)), [0, 4n]);
    });

    suite.behaviour('a barrier fences older epochs, also where nothing was written', async () => {
      const t = await topic();
      const last = batchOf({ producerId: D }, 0, 2);
      assert.deepEqual(await t.append(Buffer.from(last)), [0, 0n]);
      assert.equal(await t.markers([{ producerId: D, epoch: 1 }]), 0);
      assert.equal((await t.append(batchOf({ producerId: D }, 2, 1)))[0], 47);
      assert.equal((await t.append(last))[0], 47, 'the known duplicate too');
      assert.equal((await t.append(batchOf({ producerId: D, epoch: 1 }, 2, 1)))[0], 45);
      assert.deepEqual(await t.append(batchOf({ producerId: D, epoch: 1 }, 0, 1)), [0, 3n]);
      const empty = await topic();
      assert.equal(await empty.markers([{ producerId: D, epoch: 32767 }]), 0);
      assert.equal((await empty.append(batchOf({ producerId: D, epoch: 32766 }, 0, 1)))[0], 47);
      assert.equal(await empty.end(), 1n);
    });

    suite.behaviour('DescribeProducers shows data and markers', async () => {
      const t = await topic();
      // Not of its own time, and still young enough for its producer not to be forgotten before it is asked about.
      const timestamp = BigInt(Date.now()) - 60_000n;
      await t.append(batchOf({ producerId: D }, 0, 3, { timestamp }));
      await t.markers([{ producerId: M, epoch: 4, coordinatorEpoch: 2 }]);
      const states = await t.producers();
      const data = states.find(({ producerId }) => producerId === D);
      const marker = states.find(({ producerId }) => producerId === M);
      assert.equal(states.length, 2);
      assert.equal(data?.producerEpoch, 0);
      assert.equal(data?.lastSequence, 2);
      assert.equal(data?.lastTimestamp, timestamp);
      assert.equal(data?.currentTxnStartOffset, -1n);
      assert.equal(marker?.producerEpoch, 4);
      assert.equal(marker?.coordinatorEpoch, 2);
      assert.equal(marker?.lastSequence, -1);
    });
  });

  suite.describe('deleting records', () => {
    suite.behaviour('the log start moves, the log end does not, and reading below is refused', async () => {
      const t = await topic();
      await t.append(batchOf({ producerId: D }, 0, 30));
      assert.equal((await t.deleteRecords(31n)).errorCode, 1, 'above the high watermark');
      const answer = await t.deleteRecords(12n);
      assert.equal(answer.errorCode, 0);
      assert.equal(answer.lowWatermark, 12n);
      assert.equal((await t.offset(EARLIEST)).offset, 12n);
      assert.equal(await t.end(), 30n);
      assert.equal((await t.fetch(11n)).errorCode, 1);
      assert.equal((await t.fetch(12n)).errorCode, 0);
      assert.equal((await t.fetch(31n)).errorCode, 1);
      assert.equal((await t.deleteRecords(-1n)).lowWatermark, 30n);
      assert.equal(await t.end(), 30n);
    });

    suite.behaviour('the producer outlives its records [T1]', async () => {
      const t = await topic();
      const all = batchOf({ producerId: D }, 0, 30);
      await t.append(Buffer.from(all));
      await t.deleteRecords(30n);
      assert.deepEqual(await t.append(all), [0, 0n], 'a known batch is still a duplicate');
      assert.equal((await t.append(batchOf({ producerId: D }, 0, 7)))[0], 45);
      assert.deepEqual(await t.append(batchOf({ producerId: D }, 30, 1)), [0, 30n]);
    });

    suite.behaviour('but not a restart, when nothing of it is left above the log start', async () => {
      const kept = await topic();
      const emptied = await topic();
      for (const t of [kept, emptied]) await t.append(batchOf({ producerId: D }, 0, 30));
      await kept.deleteRecords(20n);
      await emptied.deleteRecords(30n);
      await target().restart();
      const [known, forgotten] = [await reopen(kept), await reopen(emptied)];
      assert.equal((await known.append(batchOf({ producerId: D }, 7, 1)))[0], 45);
      assert.deepEqual(await forgotten.append(batchOf({ producerId: D }, 7, 1)), [0, 30n]);
      assert.equal((await forgotten.offset(EARLIEST)).offset, 30n);
    });
  });

  suite.describe('leader epochs [E14, E15, 4.1]', () => {
    suite.behaviour('a restart raises the epoch; old and new end where they should', async () => {
      let t = await topic();
      const first = await t.leaderEpoch();
      await t.append(batchOf({ producerId: D }, 0, 16));
      await target().restart();
      t = await reopen(t);
      const now = await t.leaderEpoch();
      assert.ok(now > first);
      assert.deepEqual(ends(await t.epochEnd(now, now)), [0, now, 16n], 'nothing appended yet');
      assert.deepEqual(ends(await t.epochEnd(first, now)), [0, first, 16n]);
      assert.deepEqual(ends(await t.epochEnd(now + 1, now)), [0, -1, -1n], 'an epoch nobody knows');
      assert.equal((await t.epochEnd(now, first)).errorCode, 74);
      assert.equal((await t.epochEnd(now, now + 1)).errorCode, 75);
      await t.append(batchOf({ producerId: D }, 16, 4));
      assert.deepEqual(ends(await t.epochEnd(first, now)), [0, first, 16n]);
      assert.deepEqual(ends(await t.epochEnd(now, now)), [0, now, 20n]);

      const diverged = await t.fetch(18n, { lastFetchedEpoch: first });
      assert.equal(diverged.errorCode, 0);
      assert.equal(diverged.records?.length ?? 0, 0);
      assert.deepEqual(diverged.divergingEpoch, { epoch: first, endOffset: 16n });
      const beyond = await t.fetch(25n, { lastFetchedEpoch: now });
      assert.deepEqual(beyond.divergingEpoch, { epoch: now, endOffset: 20n });
      assert.equal((await t.fetch(20n, { lastFetchedEpoch: now + 1 })).errorCode, 1);
      assert.equal((await t.fetch(16n, { lastFetchedEpoch: first })).divergingEpoch.epoch, -1);
      assert.equal((await t.fetch(0n, { currentLeaderEpoch: first })).errorCode, 74);
      assert.equal((await t.fetch(0n, { currentLeaderEpoch: now + 1 })).errorCode, 75);
      // Where the leader is, from version 16 on, and of an old epoch only (KIP-951).
      const [broker] = (await wire.ask(metadata, { topics: [{ name: t.name, topicId: t.id }] })).brokers;
      const leader = { leaderId: broker?.nodeId, leaderEpoch: now };
      const endpoint = { ...broker, rack: null };
      const unsaid = { leaderId: -1, leaderEpoch: -1 };
      const leaderTo = async (currentLeaderEpoch: number, version: number) => {
        const partitions = [{ partition: 0, currentLeaderEpoch, fetchOffset: 0n, partitionMaxBytes: 1 }];
        const request = { sessionEpoch: -1, topics: [{ topic: t.name, topicId: t.id, partitions }] };
        const { responses, nodeEndpoints } = await wire.send(fetch, version, request);
        return { leader: responses[0]?.partitions[0]?.currentLeader, nodeEndpoints };
      };
      assert.deepEqual(await leaderTo(first, 16), { leader, nodeEndpoints: [endpoint] });
      assert.deepEqual(await leaderTo(first, 15), { leader: unsaid, nodeEndpoints: [] }, 'an older version');
      assert.deepEqual(await leaderTo(now + 1, 16), { leader: unsaid, nodeEndpoints: [] }, 'a newer epoch');

      const listed = async (currentLeaderEpoch: number) => {
        const partitions = [{ partitionIndex: 0, currentLeaderEpoch, timestamp: LATEST }];
        const request = { replicaId: -1, topics: [{ name: t.name, partitions }], timeoutMs: 10_000 };
        const answer = (await wire.ask(listOffsets, request)).topics[0]?.partitions[0];
        return [answer?.errorCode, answer?.offset, answer?.leaderEpoch];
      };
      assert.deepEqual(await listed(first), [74, -1n, -1]);
      assert.deepEqual(await listed(now + 1), [75, -1n, -1]);
      assert.deepEqual(await listed(now), [0, 20n, now]);
    });
  });

  suite.describe('reading', () => {
    suite.behaviour('a fetch that finds nothing waits, and is answered by the next append', async () => {
      const t = await topic();
      const other = t.over(await Wire.open(target().address));
      await other.append(batchOf({ producerId: D }, 0, 1));
      const began = performance.now();
      const waiting = t.fetch(1n, { maxWaitMs: 20_000 });
      await other.append(batchOf({ producerId: D }, 1, 1));
      const { errorCode, records } = await waiting;
      assert.equal(errorCode, 0);
      assert.ok((records?.length ?? 0) > 0);
      assert.ok(performance.now() - began < 15_000);
      other.wire.close();
      const idle = await t.fetch(2n, { maxWaitMs: 100 });
      assert.equal(idle.errorCode, 0);
      assert.equal(idle.records?.length ?? 0, 0);
    });

    suite.behaviour('the first batch comes whatever the limit, the second only if it fits', async () => {
      const t = await topic();
      await t.append(batchOf({ producerId: D }, 0, 100));
      await t.append(batchOf({ producerId: D }, 100, 100));
      const { records } = await t.fetch(0n, { maxBytes: 10, partitionMaxBytes: 10 });
      const whole = [...batchesIn(records ?? Buffer.alloc(0))];
      assert.equal(whole.length, 1);
      const inside = await t.fetch(150n);
      const [first] = batchesIn(inside.records ?? Buffer.alloc(0));
      assert.equal(first?.baseOffset, 100n, 'the batch that holds the offset');
    });

    suite.behaviour('a topic made again is another topic [T7]', ['topic ids in Produce'], async (otherwise) => {
      const t = await topic();
      await t.append(batchOf({ producerId: D }, 0, 3));
      await deleteTopic(t);
      const again = await WireTopic.create(wire, t.name);
      assert.notEqual(again.id, t.id);
      assert.equal((await again.fetch(0n, { topicId: t.id })).errorCode, 100);
      await again.append(batchOf({ producerId: D }, 0, 2));
      assert.equal((await again.fetch(0n)).highWatermark, 2n);
      assert.equal((await again.fetch(0n, { version: 12 })).highWatermark, 2n, 'by name: the new one, without a word');
      const stale = await t.produce(batchOf({ producerId: D }, 2, 1));
      assert.equal(stale.errorCode, otherwise('topic ids in Produce') ? 0 : 100);
    });

    suite.behaviour('offsets by time count markers, and the highest timestamp is found [E13]', async () => {
      const t = await topic({ 'message.timestamp.before.max.ms': '9223372036854775807', 'retention.ms': '-1' });
      const old = BigInt(Date.now() - WEEK_MS);
      await t.append(batchOf({ producerId: D }, 0, 1, { timestamp: old }));
      await t.append(batchOf({ producerId: D }, 1, 1, { timestamp: old + 1n }));
      await t.markers([{ producerId: M, epoch: 0 }]);
      await t.append(batchOf({ producerId: D }, 2, 1, { timestamp: old + BigInt(HOUR_MS) }));
      assert.equal((await t.offset(old)).offset, 0n);
      assert.equal((await t.offset(old + 1n)).offset, 1n);
      assert.equal((await t.offset(old + 2n)).offset, 2n, 'the marker carries the time of now');
      assert.equal((await t.offset(BigInt(Date.now() + HOUR_MS))).offset, -1n);
      assert.equal((await t.offset(MAX_TIMESTAMP)).offset, 2n);
      assert.equal((await t.offset(LATEST)).offset, 4n);
    });
  });

  suite.describe('after a crash', () => {
    suite.behaviour('kill -9 keeps what was acknowledged, producers and markers included [E10]', async () => {
      let t = await topic();
      for (let i = 0; i < 7; i++) await t.append(batchOf({ producerId: D }, i * 3, 3));
      await t.markers([{ producerId: M, epoch: 2 }]);
      await target().kill9();
      await target().start();
      t = await reopen(t);
      assert.equal(await t.end(), 22n);
      assert.equal(await t.markers([{ producerId: M, epoch: 1 }]), 47);
      assert.equal((await t.append(batchOf({ producerId: D }, 18, 2)))[0], 45);
      assert.deepEqual(await t.append(batchOf({ producerId: D }, 21, 1)), [0, 22n]);
      const states = await t.producers();
      assert.equal(states.find(({ producerId }) => producerId === D)?.lastSequence, 21);
      assert.equal(states.find(({ producerId }) => producerId === M)?.producerEpoch, 2);
    });

    suite.behaviour(
      'records of last week let their producer be forgotten at a restart; young ones do not [E10]',
      async () => {
        let t = await topic({ 'message.timestamp.before.max.ms': '9223372036854775807', 'retention.ms': '-1' });
        const young = M + 5n;
        const stale = batchOf({ producerId: D }, 0, 10, { timestamp: BigInt(Date.now() - WEEK_MS) });
        assert.deepEqual(await t.append(Buffer.from(stale)), [0, 0n]);
        assert.deepEqual(await t.append(Buffer.from(stale)), [0, 0n], 'remembered for now');
        await t.append(batchOf({ producerId: young }, 0, 1, { timestamp: BigInt(Date.now() + HOUR_MS / 2) }));
        await target().restart();
        t = await reopen(t);
        const ids = (await t.producers()).map(({ producerId }) => producerId);
        assert.deepEqual(ids, [young]);
        assert.deepEqual(await t.append(stale), [0, 11n], 'the stale copy is appended, and only base_offset shows it');
      },
    );
  });

  adminConformance(suite, {
    topic,
    wire: () => wire,
    newName: () => `c-${run}-${made++}`,
  });
  quotaConformance(suite, {
    topic,
    wire: () => wire,
    address: () => target().address,
    newName: () => `c-${run}-${made++}`,
  });
  recordConformance(suite, { topic, open: () => Wire.open(target().address) });
  answerConformance(suite, { topic, wire: () => wire, newName: () => `c-${run}-${made++}` });
  malformedConformance(suite, { topic, wire: () => wire });
  codeConformance(suite, { topic, wire: () => wire, newName: () => `c-${run}-${made++}` });
  logConformance(suite, { topic, wire: () => wire });
  fetchSessionConformance(suite, { topic, wire: () => wire });
  transactionConformance(suite, target, { topic, reopen, wire: () => wire });
  const restart = async () => {
    await target().kill9();
    await target().start();
    wire = await Wire.open(target().address);
  };
  consumerConformance(suite, {
    topic,
    wire: () => wire,
    newName: () => `c-${run}-${made++}`,
    address: () => target().address,
    restart,
  });
  migrationConformance(suite, { topic, wire: () => wire });
  groupConfigConformance(suite, { topic, wire: () => wire });
  raisingConformance(suite, target, { topic, reopen, wire: () => wire });
  administrationConformance(suite, { topic, wire: () => wire, address: () => target().address });
  memberConformance(suite, { wire: () => wire, address: () => target().address });
  groupConformance(suite, {
    topic,
    wire: () => wire,
    address: () => target().address,
  });

  suite.behaviour('a producer is forgotten when its last batch is older than the expiry [E10, T2]', async () => {
    await target().expireProducersAfter(SHORT_EXPIRY_MS);
    wire = await Wire.open(target().address);
    const t = await topic();
    await t.append(batchOf({ producerId: D }, 0, 1));
    assert.equal((await t.producers()).length, 1);
    await until('the producer is forgotten', SHORT_EXPIRY_MS + 60_000, async () => (await t.producers()).length === 0);
    assert.deepEqual(await t.append(batchOf({ producerId: D }, 77, 1)), [0, 1n], 'any sequence, in any place');
  });
}

function ends(answer: { errorCode: number; leaderEpoch: number; endOffset: bigint }): [number, number, bigint] {
  return [answer.errorCode, answer.leaderEpoch, answer.endOffset];
}

async function versionsOf(wire: Wire) {
  const software = { clientSoftwareName: 'wire', clientSoftwareVersion: '1' };
  const chunks = encodeRequest(apiVersions, 3, { correlationId: 9, clientId: 'wire' }, software);
  const frame = Buffer.concat(chunks);
  frame.writeInt16BE(99, 6);
  const answer = decodeResponse(apiVersions, 0, await wire.sendRaw([frame])).body;
  wire.close();
  return answer;
}

async function deleteTopic(t: WireTopic): Promise<void> {
  const topics = [{ name: t.name, topicId: 'AAAAAAAAAAAAAAAAAAAAAA' }];
  const { responses } = await t.wire.ask(deleteTopics, { topics, topicNames: [t.name], timeoutMs: 20_000 });
  assert.equal(responses[0]?.errorCode, 0);
  await until('the topic is gone', 20_000, async () => {
    const answer = await t.wire.ask(metadata, { topics: [{ name: t.name }], allowAutoTopicCreation: false });
    return answer.topics[0]?.errorCode === 3;
  });
}
