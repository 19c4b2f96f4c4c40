/**
 * A cluster of one partition that answers what a test says, for tests of settling: replicas that lag, epochs that ended
 * elsewhere, producer state that disagrees, log ends that move. No broker behaves like this for long.
 */
import { setImmediate } from 'node:timers/promises';
import { systemClock } from '../../src/base/node/clock.js';
import { seededRandom } from '../../src/base/random.js';
import { type Channel, type KafkaCluster, NotSent, OutcomeUnknown } from '../../src/client/types.js';
import { describeProducers } from '../../src/protocol/api/describe-producers.js';
import { fetch } from '../../src/protocol/api/fetch.js';
import { listOffsets } from '../../src/protocol/api/list-offsets.js';
import { offsetForLeaderEpoch } from '../../src/protocol/api/offset-for-leader-epoch.js';
import { batchesIn } from '../../src/protocol/records/header.js';
import type { Api } from '../../src/protocol/schema.js';

export class ScriptedPartition {
  topic = 't';
  topicId = 'topic-id';
  leader = 1;
  leaderEpoch = 0;
  logStart = 0n;
  /** Undefined: the log end. */
  highWatermark: bigint | undefined;
  batches: readonly Buffer[] = [];
  aborted: { producerId: bigint; firstOffset: bigint }[] = [];
  /** Where each epoch ended; what is not named is answered by the last batch of it. */
  epochEnds = new Map<number, { readonly epoch: number; readonly end: bigint } | 'unknown'>();
  producers: { readonly producerId: bigint; readonly lastSequence: number }[] = [];
  diverging: { readonly epoch: number; readonly endOffset: bigint } | undefined;
  /** Brokers that do not answer. */
  readonly down = new Set<number>();
  /** Called before each answer, with the name of the API. */
  onAsk: (api: string) => void = () => {};
  /** `last_fetched_epoch` of every fetch, in order. */
  readonly fetchedWith: number[] = [];
  metadataAsked = 0;

  get logEnd(): bigint {
    let end = this.logStart;
    for (const batch of batchesIn(Buffer.concat(this.batches))) if (batch.kind === 'batch') end = batch.nextOffset;
    return end;
  }

  cluster(): KafkaCluster {
    return {
      name: 'scripted',
      clock: systemClock,
      random: seededRandom(1),
      metadata: async () => {
        this.metadataAsked++;
        this.onAsk('Metadata');
        return {
          clusterId: 'c',
          answeredBy: 1,
          controllerId: 1,
          brokers: [{ id: 1, host: 'h', port: 1 }],
          topics: [
            {
              name: this.topic,
              topicId: this.topicId,
              isInternal: false,
              errorCode: 0,
              authorizedOperations: 0,
              partitions: [
                {
                  partition: 0,
                  leader: this.leader,
                  leaderEpoch: this.leaderEpoch,
                  replicas: [1],
                  isr: [1],
                  errorCode: 0,
                },
              ],
            },
          ],
        };
      },
      channel: async (wanted) => {
        const broker = wanted === 'any' ? 1 : wanted;
        if (this.down.has(broker)) throw new NotSent(`broker ${broker} does not answer`);
        return this.#channel(broker);
      },
      coordinator: () => Promise.reject(new NotSent('not here')),
      controller: () => Promise.reject(new NotSent('not here')),
      close: async () => {},
    };
  }

  #channel(brokerId: number): Channel {
    const answer = (api: Api<unknown, unknown>, request: unknown): unknown => {
      this.onAsk(api.name);
      switch (api.key) {
        case offsetForLeaderEpoch.key:
          return this.#epochEnd(request as never);
        case listOffsets.key:
          return this.#offset(request as never);
        case describeProducers.key:
          return {
            topics: [
              {
                name: this.topic,
                partitions: [
                  {
                    partitionIndex: 0,
                    errorCode: 0,
                    activeProducers: this.producers.map((each) => ({ lastTimestamp: 0n, producerEpoch: 0, ...each })),
                  },
                ],
              },
            ],
          };
        case fetch.key:
          return this.#fetch(request as never);
        default:
          throw new NotSent(`${api.name} is not scripted`);
      }
    };
    return {
      brokerId,
      purpose: 'scripted',
      open: true,
      serial: 1,
      inFlight: 0,
      versionOf: (api) => api.versions.max,
      send: async (api, request) => {
        // As from a socket: whoever asks without end lets others run.
        await setImmediate();
        if (this.down.has(brokerId)) throw new OutcomeUnknown(`broker ${brokerId} does not answer`);
        return answer(api as Api<unknown, unknown>, request) as never;
      },
      close() {},
      reset() {},
    };
  }

  #epochEnd(request: { topics: [{ partitions: [{ leaderEpoch: number; currentLeaderEpoch: number }] }] }) {
    const { leaderEpoch: asked, currentLeaderEpoch } = request.topics[0].partitions[0];
    const found =
      this.epochEnds.get(asked) ??
      (asked === this.leaderEpoch ? { epoch: asked, end: this.logEnd } : this.#lastOf(asked));
    const errorCode = currentLeaderEpoch < this.leaderEpoch ? 74 : 0;
    const end = found === 'unknown' ? { epoch: -1, end: -1n } : found;
    const partition = { partition: 0, errorCode, leaderEpoch: end.epoch, endOffset: end.end };
    return { topics: [{ topic: this.topic, partitions: [partition] }] };
  }

  #lastOf(epoch: number) {
    let end = this.logStart;
    for (const batch of batchesIn(Buffer.concat(this.batches))) {
      if (batch.kind === 'batch' && batch.partitionLeaderEpoch <= epoch) end = batch.nextOffset;
    }
    return { epoch, end };
  }

  #offset(request: { topics: [{ partitions: [{ timestamp: bigint }] }] }) {
    const { timestamp } = request.topics[0].partitions[0];
    const offset = timestamp === -2n ? this.logStart : (this.highWatermark ?? this.logEnd);
    return { topics: [{ name: this.topic, partitions: [{ partitionIndex: 0, errorCode: 0, offset }] }] };
  }

  #fetch(request: { topics: [{ partitions: [{ fetchOffset: bigint; lastFetchedEpoch: number }] }] }) {
    const { fetchOffset, lastFetchedEpoch } = request.topics[0].partitions[0];
    this.fetchedWith.push(lastFetchedEpoch);
    const diverges = this.diverging !== undefined && lastFetchedEpoch >= 0;
    const records = Buffer.concat(
      this.batches.filter((bytes) => {
        const [batch] = batchesIn(bytes);
        return !diverges && batch?.kind === 'batch' && batch.nextOffset > fetchOffset;
      }),
    );
    const data = {
      partitionIndex: 0,
      errorCode: 0,
      records,
      abortedTransactions: this.aborted,
      highWatermark: this.logEnd,
      lastStableOffset: this.logEnd,
      logStartOffset: this.logStart,
      divergingEpoch: diverges ? this.diverging : { epoch: -1, endOffset: -1n },
    };
    return { errorCode: 0, throttleTimeMs: 0, responses: [{ topicId: this.topicId, partitions: [data] }] };
  }
}
