/**
 * The end of a partition on brokers of each kind: proof, barrier, and what may follow it. The mirror is written here as the
 * engine would have; producers are forgotten after six seconds, so that T11 can be seen. Spec: docs/spec/promotion.md.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { deleteTopic } from '../../src/client/admin/topics.js';
import type { KafkaCluster } from '../../src/client/types.js';
import type { EndingRequest, PromotionPort } from '../../src/control/ports/promotion.js';
import type { SourceAddress } from '../../src/control/ports/source.js';
import { BARRIER_EPOCH, dataProducerId, markerProducerId } from '../../src/engine/copy/identity.js';
import { noMemory } from '../../src/engine/copy/prove-partition.js';
import { createPromotionPort } from '../../src/engine/promotion/promotion.js';
import { SourceClusters } from '../../src/engine/source/source-clusters.js';
import { anonymousInTheClear } from '../../src/model/link-security.js';
import { initProducerId } from '../../src/protocol/api/init-producer-id.js';
import { writeTxnMarkers } from '../../src/protocol/api/write-txn-markers.js';
import { Destination, surroundings } from '../harness/destination.js';
import { topicName } from '../harness/engine-brokers.js';
import { FaultyNetwork } from '../harness/faulty-network.js';
import { until } from '../harness/until.js';
import type { Wire } from '../harness/wire.js';
import { batchOf, WireTopic } from '../harness/wire-topic.js';

const EXPIRY = { 'producer.id.expiration.ms': '6000', 'producer.id.expiration.check.interval.ms': '500' };
const PLAIN = { producerId: -1n, epoch: -1 };

let destination: Destination;
let klink: KafkaCluster;
let wire: Wire;
let sources: SourceClusters;
let promotion: PromotionPort;

before(async () => {
  destination = await Destination.start(EXPIRY);
  klink = destination.as('klink');
  wire = await destination.wire();
  sources = new SourceClusters({ ...surroundings, resolveSecret: () => ({ ok: false, error: 'no secret' }) });
  promotion = portOf(klink);
});
after(async () => {
  wire.close();
  await sources.close();
  await destination.stop();
});

function portOf(cluster: KafkaCluster, mayWriteMarkers = () => true): PromotionPort {
  return createPromotionPort({ ...surroundings, cluster, sources, lease: { mayWriteMarkers } });
}

function address(bootstrapServers = destination.plaintext): SourceAddress {
  return { linkId: 'link', linkName: 'link', bootstrapServers, security: anonymousInTheClear };
}

class Mirror {
  readonly source: WireTopic;
  readonly topic: WireTopic;
  readonly request: EndingRequest;
  #sequence = 0;

  private constructor(source: WireTopic, topic: WireTopic) {
    this.source = source;
    this.topic = topic;
    this.request = {
      partition: 0,
      markerNumber: 1,
      assignment: {
        linkId: 'link',
        linkName: 'link',
        mirrorTopic: topic.name,
        destinationTopicId: topic.id,
        sourceTopic: source.name,
        sourceTopicId: source.id,
        lineage: { number: 1, random: '00112233445566778899aabbccddeeff', startOffsets: [] },
        mode: 'settle',
        failed: [],
        memory: [noMemory],
      },
    };
  }

  static async make(what: string): Promise<Mirror> {
    const name = topicName(what);
    return new Mirror(await WireTopic.create(wire, `${name}-source`), await WireTopic.create(wire, name));
  }

  get dataId(): bigint {
    return dataProducerId(this.request.assignment);
  }

  /** The same records on both sides. */
  async copy(count: number): Promise<void> {
    const timestamp = BigInt(Date.now());
    const plain = batchOf(PLAIN, this.#sequence, count, { timestamp, baseSequence: -1 });
    assert.equal((await this.source.append(plain))[0], 0);
    const own = batchOf({ producerId: this.dataId }, this.#sequence, count, { timestamp });
    assert.equal((await this.topic.append(own))[0], 0);
    this.#sequence += count;
  }

  prove(source?: SourceAddress) {
    return promotion.prove({ ...this.request, source });
  }

  barrier(end: bigint | undefined, port = promotion) {
    return port.barrier({ ...this.request, end });
  }

  async barriers(): Promise<readonly bigint[]> {
    const batches = await this.topic.batches((await this.topic.offset(-2n)).offset);
    return batches
      .filter((each) => each.isControl && each.producerId === this.dataId && each.producerEpoch === BARRIER_EPOCH)
      .map((each) => each.baseOffset);
  }

  async forgotten(): Promise<void> {
    await until('the broker has forgotten D', 20_000, async () => {
      return (await this.topic.producers()).every(({ producerId }) => producerId !== this.dataId);
    });
  }
}

const done = { kind: 'done' } as const;

// Most of them wait.
describe('the end of a partition', { concurrency: 8 }, () => {
  test('proof: compared with the source where it is named, by identity alone where it is not [8 (2)]', async () => {
    const mirror = await Mirror.make('proof');
    await mirror.copy(5);
    const proven = { kind: 'proven', end: 5n, hasBarrier: false } as const;
    assert.deepEqual(await mirror.prove(address()), { ...proven, sourceUnread: undefined });
    const alone = await mirror.prove();
    assert.deepEqual(alone, { ...proven, sourceUnread: 'the source is not asked' });
  });

  test('proof: a record that differs from the source fails where it is compared, and only there [2.3]', async () => {
    const mirror = await Mirror.make('differs');
    await mirror.copy(5);
    await mirror.source.append(batchOf(PLAIN, 100, 1, { baseSequence: -1, timestamp: 1n }));
    await mirror.topic.append(batchOf({ producerId: mirror.dataId }, 5, 1, { timestamp: 1n }));
    const compared = await mirror.prove(address());
    assert.deepEqual(compared.kind === 'failed' && [compared.failure.reason, compared.failure.offset], [
      'DIVERGED',
      5n,
    ]);
    assert.equal((await mirror.prove()).kind, 'proven');
  });

  test('proof: a source that is silent, or whose secret is gone, leaves identity alone and says why [8]', async () => {
    const mirror = await Mirror.make('silent');
    await mirror.copy(2);
    const silent = await mirror.prove(address('127.0.0.1:1'));
    assert.match(silent.kind === 'proven' ? (silent.sourceUnread ?? '') : silent.kind, /unreachable/);
    const login = { kind: 'password', mechanism: 'PLAIN', username: 'u', passwordReference: 'env:GONE' } as const;
    const secretless = await mirror.prove({ ...address(), security: { login, tls: undefined } });
    assert.equal(secretless.kind === 'proven' && secretless.sourceUnread, 'no secret');
  });

  test('proof: a foreign record at the end of the mirror is found without the source [8 (2)]', async () => {
    const mirror = await Mirror.make('foreign');
    await mirror.copy(3);
    await mirror.topic.append(batchOf(PLAIN, 50, 1, { baseSequence: -1 }));
    const found = await mirror.prove();
    assert.deepEqual(found.kind === 'failed' && [found.failure.reason, found.failure.offset], ['FOREIGN_WRITE', 3n]);
  });

  test('barrier: one marker of D at epoch 32767 at the proven end, and never a second one (T11) [8 (3)]', async () => {
    const mirror = await Mirror.make('barrier');
    await mirror.copy(5);
    assert.deepEqual(await mirror.barrier(5n), done);
    assert.deepEqual([await mirror.topic.end(), await mirror.barriers()], [6n, [5n]]);
    assert.deepEqual(await mirror.barrier(5n), done);
    assert.deepEqual(await mirror.barrier(undefined), done);
    assert.deepEqual([await mirror.topic.end(), await mirror.barriers()], [6n, [5n]]);
    const proven = { kind: 'proven', end: 5n, hasBarrier: true } as const;
    assert.deepEqual(await mirror.prove(address()), { ...proven, sourceUnread: undefined });
  });

  test('barrier: an empty partition gets one too [8 (3)]', async () => {
    const mirror = await Mirror.make('empty');
    assert.equal((await mirror.prove()).kind, 'proven');
    assert.deepEqual(await mirror.barrier(0n), done);
    assert.deepEqual([await mirror.topic.end(), await mirror.barriers()], [1n, [0n]]);
    assert.deepEqual(await mirror.barrier(0n), done);
    assert.equal(await mirror.topic.end(), 1n);
  });

  test('barrier: a partition that ends in a gap gets one behind the gap [8 (3)]', async () => {
    const mirror = await Mirror.make('gap');
    await mirror.copy(2);
    await mirror.topic.markers([{ producerId: markerProducerId('link', 1), epoch: 3 }]);
    assert.deepEqual(await mirror.barrier(3n), done);
    assert.deepEqual([await mirror.topic.end(), await mirror.barriers()], [4n, [3n]]);
  });

  test('barrier: late data of the mirror is refused behind it, the known batch too (47) [8 (3)]', async () => {
    const mirror = await Mirror.make('zombie');
    await mirror.copy(5);
    const again = batchOf({ producerId: mirror.dataId }, 0, 5);
    const next = batchOf({ producerId: mirror.dataId }, 5, 2);
    assert.deepEqual(await mirror.barrier(5n), done);
    assert.equal((await mirror.topic.append(again))[0], 47);
    assert.equal((await mirror.topic.append(next))[0], 47);
    assert.equal(await mirror.topic.end(), 6n);
  });

  test('barrier: the first native record has the offset behind it (X6) [8 (3)]', async () => {
    const mirror = await Mirror.make('native');
    await mirror.copy(10);
    assert.deepEqual(await mirror.barrier(10n), done);
    assert.deepEqual(await mirror.topic.append(batchOf(PLAIN, 0, 1, { baseSequence: -1 })), [0, 11n]);
    const request = { transactionalId: null, transactionTimeoutMs: 10_000, producerId: -1n, producerEpoch: -1 };
    const native = await wire.ask(initProducerId, request, 4);
    const writer = { producerId: native.producerId, epoch: native.producerEpoch };
    assert.deepEqual(await mirror.topic.append(batchOf(writer, 0, 2)), [0, 12n]);
    // Repeated by a klink that was killed before it noted its success: the topic is an ordinary one by now.
    assert.deepEqual(await mirror.barrier(10n), done);
    assert.deepEqual([await mirror.topic.end(), await mirror.barriers()], [14n, [10n]]);
  });

  test('barrier: not written where the log end is not the proven one any more [8 (3)]', async () => {
    const mirror = await Mirror.make('moved');
    await mirror.copy(5);
    await mirror.topic.append(batchOf(PLAIN, 0, 1, { baseSequence: -1 }));
    assert.equal((await mirror.barrier(5n)).kind, 'moved');
    assert.equal((await mirror.barrier(9n)).kind, 'moved');
    assert.deepEqual([await mirror.topic.end(), await mirror.barriers()], [6n, []]);
  });

  test('barrier: a failed partition gets it at its log end, once, even when D is forgotten (T11) [8 (3)]', async () => {
    const mirror = await Mirror.make('failed');
    await mirror.copy(5);
    await mirror.topic.append(batchOf(PLAIN, 0, 3, { baseSequence: -1 }));
    assert.deepEqual(await mirror.barrier(undefined), done);
    assert.deepEqual([await mirror.topic.end(), await mirror.barriers()], [9n, [8n]]);
    await mirror.forgotten();
    assert.deepEqual(await mirror.barrier(undefined), done);
    assert.equal(await mirror.topic.end(), 9n);
  });

  test('barrier: known by the log although the leader has forgotten D, and the other way round (T11) [8 (3)]', async () => {
    const [log, state] = [await Mirror.make('by-log'), await Mirror.make('by-state')];
    for (const mirror of [log, state]) {
      await mirror.copy(4);
      assert.deepEqual(await mirror.barrier(4n), done);
    }
    await state.topic.deleteRecords(5n);
    assert.deepEqual(await state.barrier(4n), done, 'the log start has passed it');
    assert.deepEqual(await state.barrier(undefined), done);
    assert.equal(await state.topic.end(), 5n);
    await log.forgotten();
    assert.deepEqual(await log.barrier(4n), done);
    assert.equal(await log.topic.end(), 5n);
  });

  test('barrier: written where D has been forgotten before (T11) [8 (3)]', async () => {
    const mirror = await Mirror.make('forgotten');
    await mirror.copy(4);
    await mirror.forgotten();
    assert.deepEqual(await mirror.barrier(4n), done);
    assert.deepEqual([await mirror.topic.end(), await mirror.barriers()], [5n, [4n]]);
    assert.equal((await mirror.topic.append(batchOf({ producerId: mirror.dataId }, 4, 1)))[0], 47);
  });

  test('barrier: a lost answer is settled by reading, never by a second barrier (T11) [4.3]', async () => {
    const faults = [{ kind: 'lose-answer' }, { kind: 'lose-request' }, { kind: 'deliver-late', ms: 700 }] as const;
    await Promise.all(
      faults.map(async (fault) => {
        const mirror = await Mirror.make(fault.kind);
        await mirror.copy(3);
        const network = new FaultyNetwork(surroundings.network);
        const port = portOf(destination.as('klink', network));
        network.plan(writeTxnMarkers, fault);
        const sentAtMs = performance.now();
        assert.equal((await mirror.barrier(3n, port)).kind, 'waiting', fault.kind);
        await until('the barrier is there', 20_000, async () => (await mirror.barrier(3n, port)).kind === 'done');
        await until('the late one must have arrived', 5_000, () => performance.now() > sentAtMs + 1_200);
        assert.deepEqual([await mirror.topic.end(), await mirror.barriers()], [4n, [3n]], fault.kind);
      }),
    );
  });

  test('barrier: not in a topic that was deleted and made again [1.3]', async () => {
    const mirror = await Mirror.make('again');
    await mirror.copy(1);
    await deleteTopic(klink, mirror.topic.name);
    let made: WireTopic | undefined;
    await until('it is made again', 20_000, async () => {
      made = await WireTopic.create(wire, mirror.topic.name);
      return true;
    });
    await made?.append(batchOf(PLAIN, 0, 1, { baseSequence: -1 }));
    assert.equal((await mirror.barrier(1n)).kind, 'refused');
    assert.equal((await mirror.barrier(undefined)).kind, 'refused');
    assert.equal(await made?.end(), 1n);
    const proof = await mirror.prove();
    assert.equal(proof.kind === 'failed' && proof.failure.reason, 'DESTINATION_RECREATED');
  });

  test('obstacle: none where the partition has leader and replicas; of another topic of that name nothing is said [8] [1.3]', async () => {
    const mirror = await Mirror.make('obstacle');
    assert.deepEqual(await promotion.obstacle(mirror.request), { kind: 'free' });
    const absent = { ...mirror.request, partition: 9 };
    assert.equal((await promotion.obstacle(absent)).kind, 'unavailable');
    const assignment = { ...mirror.request.assignment, destinationTopicId: mirror.source.id };
    assert.equal((await promotion.obstacle({ partition: 0, assignment })).kind, 'refused');
    const away = destination.as('klink');
    await away.close();
    assert.equal((await portOf(away).obstacle(mirror.request)).kind, 'unavailable');
  });

  test('barrier: not without the lease [4.1]', async () => {
    const mirror = await Mirror.make('leaseless');
    await mirror.copy(1);
    const leaseless = portOf(klink, () => false);
    assert.equal((await mirror.barrier(1n, leaseless)).kind, 'waiting');
    assert.equal(await mirror.topic.end(), 1n);
  });

  test('proof and barrier: a destination that does not answer is asked again later', async () => {
    const mirror = await Mirror.make('down');
    await mirror.copy(1);
    const away = destination.as('klink');
    await away.close();
    const port = portOf(away);
    assert.equal((await port.prove({ ...mirror.request, source: undefined })).kind, 'unavailable');
    assert.equal((await mirror.barrier(1n, port)).kind, 'unavailable');
  });
});
