/**
 * Kills a process at a chosen moment of its talk with the destination, seen by the proxy in between, and keeps the proof:
 * which request was under way, whether the broker executed it, and that no answer ever came back.
 */
import { fetch } from '../../src/protocol/api/fetch.js';
import { type BatchView, batchesIn } from '../../src/protocol/records/header.js';
import type { KafkaProxy, Place, SeenRequest, Verdict } from '../harness/proxy.js';
import { until } from '../harness/until.js';
import { connectionTo, readEnds, type TestCluster, type TopicOf } from './kill-copy-clusters.js';

const OFFSET_FOR_LEADER_EPOCH = 23;
const ANSWER_WITHIN_MS = 30_000;

export type Moment =
  /** A produce or marker request has left the proxy for the broker. */
  | 'data-sent'
  | 'marker-sent'
  /** The broker has executed it and answered; klink has not heard of it. */
  | 'data-answered'
  | 'marker-answered'
  /** A gap is filled and acknowledged; the data behind it was just about to leave. */
  | 'between'
  /** The first look at log ends after a start: nothing is settled yet. */
  | 'settling';

export interface Proof {
  readonly moment: Moment;
  readonly places: readonly Place[];
  /** Of the request in flight: executed although klink was dead. Undefined where none was in flight. */
  readonly executed: boolean | undefined;
  /** Only `between`: the destination ended with a marker at `end` − 1, and the source has data at `end`. */
  readonly end?: bigint;
}

export class KillWatch {
  readonly #isOurs: (place: Place) => boolean;
  /** What was last done to a partition, as klink knows it. */
  readonly #last = new Map<number, 'marker' | 'data'>();
  #onRequest: ((request: SeenRequest) => Verdict) | undefined;
  #onAnswer: ((request: SeenRequest) => void) | undefined;
  #appends = 0;
  #bytes = 0;
  /** Every marker request is held so long. */
  markersDelayedMs = 0;

  constructor(proxy: KafkaProxy, topic: TopicOf) {
    const id = Buffer.from(topic.id, 'base64url').toString('hex');
    this.#isOurs = (place) => place.topic === topic.name || place.topic === id;
    proxy.hooks = { request: (request) => this.#seen(request), answered: (request) => this.#answered(request) };
  }

  /** Answers to appends to our topic, data or markers, that were free of errors and passed on. */
  get appends(): number {
    return this.#appends;
  }

  /** Of all produce requests among them. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Resolves when the moment has come and `act` was called in it. `kill`: nothing that follows reaches the process any more.
   * `pause`: everything does, but not before `act` has stopped it.
   */
  async meetAt(moment: Moment, how: 'kill' | 'pause', act: () => void, withinMs: number): Promise<SeenRequest> {
    let met: SeenRequest | undefined;
    const meet = (request: SeenRequest) => {
      met = request;
      this.#onRequest = undefined;
      this.#onAnswer = undefined;
      act();
    };
    const [kept, dropped] = how === 'kill' ? (['mute', 'swallow'] as const) : (['forward', 'forward'] as const);
    switch (moment) {
      case 'data-sent':
      case 'marker-sent': {
        const kind = moment === 'data-sent' ? 'produce' : 'markers';
        this.#onRequest = (request) => {
          if (request.kind !== kind) return 'forward';
          if (how === 'pause') meet(request);
          else {
            // The frame is handed to the kernel first; the proxy lives on and delivers all of it.
            setImmediate(() => meet(request));
            this.#onRequest = () => 'swallow';
          }
          return kept;
        };
        break;
      }
      case 'data-answered':
      case 'marker-answered': {
        const kind = moment === 'data-answered' ? 'produce' : 'markers';
        let chosen: SeenRequest | undefined;
        this.#onRequest = (request) => {
          if (chosen !== undefined) return kept;
          if (request.kind !== kind) return 'forward';
          chosen = request;
          return kept;
        };
        this.#onAnswer = (request) => {
          if (request === chosen) meet(request);
        };
        break;
      }
      case 'between':
        this.#onRequest = (request) => {
          if (request.kind !== 'produce') return 'forward';
          if (!request.places.some((place) => this.#last.get(place.partition) === 'marker')) return 'forward';
          meet(request);
          return dropped;
        };
        break;
      case 'settling':
        this.#onRequest = (request) => {
          if (request.apiKey !== OFFSET_FOR_LEADER_EPOCH) return 'forward';
          meet(request);
          return dropped;
        };
        break;
    }
    await until(`the moment "${moment}"`, withinMs, () => met !== undefined);
    if (met === undefined) throw new Error('not met');
    return met;
  }

  /** After the kill: what became of the request in flight, and where the destination stands. Throws without proof. */
  async proof(
    moment: Moment,
    met: SeenRequest,
    sides: {
      readonly source: TestCluster;
      readonly destination: TestCluster;
      readonly topic: TopicOf;
      readonly mirror: TopicOf;
    },
  ): Promise<Proof> {
    if (met.passedOn) throw new Error('the answer was passed on');
    if (moment === 'settling') return { moment, places: [], executed: undefined };
    const places = met.places.filter(this.#isOurs);
    if (moment === 'between') {
      const partition = places.find((place) => this.#last.get(place.partition) === 'marker')?.partition ?? -1;
      const end = (await readEnds(sides.destination, sides.mirror.name, 'uncommitted'))[partition] ?? -1n;
      const marker = await batchAt(sides.destination, sides.mirror, partition, end - 1n);
      const data = await batchAt(sides.source, sides.topic, partition, end);
      if (marker?.isControl !== true) throw new Error(`partition ${partition} does not end with a marker at ${end}`);
      if (data === undefined || data.isControl) throw new Error(`the source has no data at ${partition}/${end}`);
      return { moment, places, executed: undefined, end };
    }
    await until('the broker answers what was in flight', ANSWER_WITHIN_MS, () => met.answer !== undefined).catch(
      () => undefined,
    );
    const executed = met.answer?.codes.filter(this.#isOurs).some(({ code }) => code === 0) ?? false;
    return { moment, places, executed };
  }

  #seen(request: SeenRequest): Verdict {
    if (request.kind !== 'other' && !request.places.some(this.#isOurs)) return 'forward';
    const slow = request.kind === 'markers' && this.markersDelayedMs > 0;
    const verdict = this.#onRequest?.(request) ?? (slow ? { delayMs: this.markersDelayedMs } : 'forward');
    if (request.kind === 'produce' && verdict !== 'swallow') {
      for (const { partition } of request.places.filter(this.#isOurs)) this.#last.set(partition, 'data');
    }
    return verdict;
  }

  #answered(request: SeenRequest): void {
    if (request.kind === 'other') return;
    const done = request.answer?.codes.filter((each) => this.#isOurs(each) && each.code === 0) ?? [];
    if (request.kind === 'markers') for (const { partition } of done) this.#last.set(partition, 'marker');
    if (done.length > 0 && this.#onAnswer === undefined) {
      this.#appends++;
      if (request.kind === 'produce') this.#bytes += request.bytes;
    }
    this.#onAnswer?.(request);
  }
}

/** The batch that holds this offset, as the partition's leader has it. */
async function batchAt(
  cluster: TestCluster,
  topic: TopicOf,
  partition: number,
  offset: bigint,
): Promise<BatchView | undefined> {
  const wire = await connectionTo(cluster, topic, partition);
  try {
    const wanted = { partition, currentLeaderEpoch: -1, lastFetchedEpoch: -1, logStartOffset: -1n };
    const answer = await wire.ask(fetch, {
      replicaId: -1,
      maxWaitMs: 0,
      minBytes: 1,
      maxBytes: 1 << 24,
      isolationLevel: 0,
      sessionEpoch: -1,
      topics: [
        {
          topic: topic.name,
          topicId: topic.id,
          partitions: [{ ...wanted, fetchOffset: offset, partitionMaxBytes: 1 << 20 }],
        },
      ],
    });
    const records = answer.responses[0]?.partitions[0]?.records ?? Buffer.alloc(0);
    for (const batch of batchesIn(records)) {
      if (batch.kind === 'batch' && batch.baseOffset <= offset && offset < batch.nextOffset) return batch;
    }
    return undefined;
  } finally {
    wire.close();
  }
}
