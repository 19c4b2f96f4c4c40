/**
 * What a partition remembers of each producer id: epoch, the last five batches, the open transaction. Decides whether a
 * batch or marker may be appended, is a duplicate, or is refused. Pure but for its own map; the caller writes the log.
 * Source: KIP-98, KIP-360; the order of the checks is Apache Kafka's. Serves docs/spec/broker.md §3.
 */
import { type ErrorName, errorCode } from '../../protocol/errors.js';

const REMEMBERED_BATCHES = 5;
export const NO_EPOCH = -1;
const EPOCH_MAX = 2 ** 15 - 1;
/** Transactions of this version end at a raised epoch (KIP-890). */
const RAISES_EPOCH = 2;

export interface RememberedBatch {
  readonly lastSequence: number;
  readonly lastOffset: bigint;
  readonly offsetDelta: number;
  readonly timestamp: bigint;
}

export interface ProducerState {
  readonly producerId: bigint;
  epoch: number;
  coordinatorEpoch: number;
  /** Of the last batch or marker, by the record's own clock: an old record lets its producer expire at once (E10). */
  lastTimestamp: bigint;
  transactionStart: bigint | undefined;
  batches: RememberedBatch[];
}

export interface DataBatch {
  readonly producerId: bigint;
  readonly epoch: number;
  readonly firstSequence: number;
  readonly lastSequence: number;
  readonly baseOffset: bigint;
  readonly lastOffset: bigint;
  readonly maxTimestamp: bigint;
  readonly transactional: boolean;
}

export interface Marker {
  readonly producerId: bigint;
  readonly epoch: number;
  readonly coordinatorEpoch: number;
  readonly offset: bigint;
  readonly timestamp: bigint;
  readonly commit: boolean;
}

export interface AbortedTransaction {
  readonly producerId: bigint;
  readonly firstOffset: bigint;
  /** The marker's offset. */
  readonly lastOffset: bigint;
}

export type Verdict =
  | { readonly kind: 'append' }
  | { readonly kind: 'duplicate'; readonly baseOffset: bigint; readonly lastOffset: bigint; readonly timestamp: bigint }
  | { readonly kind: 'refused'; readonly code: number; readonly message: string };

const APPEND: Verdict = { kind: 'append' };

interface Asked {
  epoch: number;
  sequence: number;
  readonly atMs: number;
  /**
   * As the first request said: where nothing is known of what this producer wrote, only its first batch is taken (transactions
   * of version 2, where a new epoch begins with each transaction).
   */
  readonly beginsAtZero: boolean;
}

export class ProducerStates {
  readonly #states = new Map<bigint, ProducerState>();
  /** First offsets of open transactions; small, so the minimum is looked for. */
  readonly #open = new Map<bigint, bigint>();

  /**
   * What the coordinator was asked about, with the lowest sequence, until a transaction begins or ends here: a later batch must not
   * get in where an earlier one was refused (KIP-890).
   */
  readonly #asked = new Map<bigint, Asked>();

  get all(): IterableIterator<ProducerState> {
    return this.#states.values();
  }

  get count(): number {
    return this.#states.size;
  }

  get(producerId: bigint): ProducerState | undefined {
    return this.#states.get(producerId);
  }

  /** Where the oldest open transaction begins. */
  get firstOpenOffset(): bigint | undefined {
    let first: bigint | undefined;
    for (const offset of this.#open.values()) if (first === undefined || offset < first) first = offset;
    return first;
  }

  judgeData(batch: Omit<DataBatch, 'baseOffset' | 'lastOffset' | 'maxTimestamp'>): Verdict {
    const state = this.#states.get(batch.producerId);
    const asked = this.#asked.get(batch.producerId);
    if (asked?.beginsAtZero && batch.firstSequence !== 0 && (state === undefined || state.batches.length === 0)) {
      const text = `sequence ${batch.firstSequence} of producer ${batch.producerId}, of whom nothing is known; expected 0`;
      return refused('OUT_OF_ORDER_SEQUENCE_NUMBER', text);
    }
    if (asked !== undefined && batch.firstSequence > asked.sequence && !this.#duplicateOf(batch)) {
      const text = `sequence ${batch.firstSequence} of producer ${batch.producerId} is behind ${asked.sequence}, which is not there`;
      return refused('OUT_OF_ORDER_SEQUENCE_NUMBER', text);
    }
    // An id nobody remembers may begin with any sequence: Kafka cannot know what it wrote before it was forgotten.
    if (state === undefined) return APPEND;
    const known = this.#duplicateOf(batch);
    if (known !== undefined) {
      const baseOffset = known.lastOffset - BigInt(known.offsetDelta);
      return { kind: 'duplicate', baseOffset, lastOffset: known.lastOffset, timestamp: known.timestamp };
    }
    if (batch.epoch < state.epoch)
      return refused('INVALID_PRODUCER_EPOCH', `epoch ${batch.epoch} is below ${state.epoch}`);
    const lastSequence =
      batch.epoch === state.epoch ? (state.batches[state.batches.length - 1]?.lastSequence ?? -1) : -1;
    const expected = lastSequence === 2 ** 31 - 1 ? 0 : lastSequence + 1;
    if (state.epoch !== NO_EPOCH && batch.firstSequence !== expected) {
      const text = `sequence ${batch.firstSequence} of producer ${batch.producerId}, expected ${expected}`;
      return refused('OUT_OF_ORDER_SEQUENCE_NUMBER', text);
    }
    if (state.transactionStart !== undefined && !batch.transactional) {
      return refused('INVALID_TXN_STATE', `producer ${batch.producerId} has an open transaction`);
    }
    return APPEND;
  }

  /** The coordinator is about to be asked whether this batch is in a transaction. */
  askedAbout(
    batch: {
      readonly producerId: bigint;
      readonly epoch: number;
      readonly sequence: number;
      readonly beginsAtZero: boolean;
    },
    atMs: number,
  ): void {
    const { producerId, epoch, sequence } = batch;
    const before = this.#asked.get(producerId);
    const { beginsAtZero } = before ?? batch;
    if (before === undefined || before.epoch < epoch)
      this.#asked.set(producerId, { epoch, sequence, atMs, beginsAtZero });
    else if (before.epoch === epoch && sequence < before.sequence) before.sequence = sequence;
  }

  /** Whether this producer has a transaction open, at this epoch. */
  isOpen(producerId: bigint, epoch: number): boolean {
    const state = this.#states.get(producerId);
    return state?.transactionStart !== undefined && state.epoch === epoch;
  }

  isFenced(producerId: bigint, epoch: number): boolean {
    return (this.#states.get(producerId)?.epoch ?? NO_EPOCH) > epoch;
  }

  /**
   * An equal epoch is appended (E8), but for one that says that it is of transactions of version 2 while a transaction is
   * open: their ends raise the epoch.
   */
  judgeMarker(
    marker: Pick<Marker, 'producerId' | 'epoch' | 'coordinatorEpoch'> & { readonly transactionVersion?: number },
  ): Verdict {
    const state = this.#states.get(marker.producerId);
    if (state === undefined) return APPEND;
    if (marker.epoch < state.epoch) {
      return refused('INVALID_PRODUCER_EPOCH', `epoch ${marker.epoch} is below ${state.epoch}`);
    }
    const raises = (marker.transactionVersion ?? 0) >= RAISES_EPOCH && marker.epoch < EPOCH_MAX;
    if (raises && marker.epoch === state.epoch && state.transactionStart !== undefined) {
      return refused('INVALID_PRODUCER_EPOCH', `epoch ${marker.epoch} does not raise that of the open transaction`);
    }
    if (marker.coordinatorEpoch < state.coordinatorEpoch) {
      const text = `coordinator epoch ${marker.coordinatorEpoch} is below ${state.coordinatorEpoch}`;
      return refused('TRANSACTION_COORDINATOR_FENCED', text);
    }
    return APPEND;
  }

  /** Never refuses: what stands in the log has been judged before. */
  applyData(batch: DataBatch): void {
    const state = this.#stateAt(batch.producerId, batch.epoch);
    state.batches.push({
      lastSequence: batch.lastSequence,
      lastOffset: batch.lastOffset,
      offsetDelta: Number(batch.lastOffset - batch.baseOffset),
      timestamp: batch.maxTimestamp,
    });
    if (state.batches.length > REMEMBERED_BATCHES) state.batches.shift();
    state.lastTimestamp = batch.maxTimestamp;
    if (batch.transactional) this.#asked.delete(batch.producerId);
    if (batch.transactional && state.transactionStart === undefined) {
      state.transactionStart = batch.baseOffset;
      this.#open.set(batch.producerId, batch.baseOffset);
    }
  }

  /** The transaction that this marker aborted, if there was one. */
  applyMarker(marker: Marker): AbortedTransaction | undefined {
    const { producerId } = marker;
    const state = this.#stateAt(producerId, marker.epoch);
    const firstOffset = state.transactionStart;
    state.transactionStart = undefined;
    state.coordinatorEpoch = marker.coordinatorEpoch;
    state.lastTimestamp = marker.timestamp;
    this.#open.delete(producerId);
    this.#asked.delete(producerId);
    if (firstOffset === undefined || marker.commit) return undefined;
    return { producerId, firstOffset, lastOffset: marker.offset };
  }

  restore(state: ProducerState): void {
    this.#states.set(state.producerId, state);
    if (state.transactionStart !== undefined) this.#open.set(state.producerId, state.transactionStart);
  }

  forgetExpired(nowMs: number, expirationMs: number): void {
    for (const state of this.#states.values()) {
      if (isExpired(state, nowMs, expirationMs)) this.#states.delete(state.producerId);
    }
    for (const [producerId, { atMs }] of this.#asked) {
      if (nowMs - atMs >= expirationMs) this.#asked.delete(producerId);
    }
  }

  /** Of the last five batches the one that has the same sequences. */
  #duplicateOf(batch: Pick<DataBatch, 'producerId' | 'epoch' | 'firstSequence' | 'lastSequence'>) {
    const state = this.#states.get(batch.producerId);
    if (state?.epoch !== batch.epoch) return undefined;
    return state.batches.find(
      (each) => each.lastSequence === batch.lastSequence && firstSequenceOf(each) === batch.firstSequence,
    );
  }

  #stateAt(producerId: bigint, epoch: number): ProducerState {
    let state = this.#states.get(producerId);
    if (state === undefined) {
      state = { producerId, epoch, coordinatorEpoch: -1, lastTimestamp: -1n, transactionStart: undefined, batches: [] };
      this.#states.set(producerId, state);
    }
    if (state.epoch !== epoch) {
      state.epoch = epoch;
      state.batches = [];
    }
    return state;
  }
}

export function isExpired(state: ProducerState, nowMs: number, expirationMs: number): boolean {
  return state.transactionStart === undefined && BigInt(nowMs) - state.lastTimestamp >= BigInt(expirationMs);
}

function firstSequenceOf(batch: RememberedBatch): number {
  const first = batch.lastSequence - batch.offsetDelta;
  return first >= 0 ? first : first + 2 ** 31;
}

function refused(name: ErrorName, message: string): Verdict {
  return { kind: 'refused', code: errorCode[name], message };
}
