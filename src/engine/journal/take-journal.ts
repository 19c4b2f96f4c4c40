/**
 * Fence, mark, read: in this order (X13). After InitProducerId of `klink-state` and `klink-groups` no older klink can begin
 * or end anything; the barrier of the new epoch closes the partition itself to it and stands where only the true leader can
 * have put it; what is read up to it, with everything below decided, is all that was ever decided. A log end alone would be
 * the word of a leader that may have been replaced. Spec: docs/spec/journal.md 5.3.
 */
import { type Patience, patience, type Refused, type Unavailable } from '../transactions/persist.js';
import type { TransactionalProducer } from '../transactions/transactional-producer.js';
import { writeBarrier } from './decision.js';
import type { HangingTransactions } from './hanging.js';
import { STATE_TOPIC } from './journal-topics.js';
import { type ReadOptions, readLog } from './read-log.js';
import { endsEpoch, StateReader } from './read-state.js';

/** For one attempt; whoever opens tries again, without end, and says why. */
const FENCE_MS = 10_000;

export interface JournalProducers {
  readonly state: TransactionalProducer;
  readonly groups: TransactionalProducer;
}

export interface TakenJournal {
  readonly kind: 'taken';
  readonly reader: StateReader;
  /** Everything below is in `reader`. */
  readonly position: bigint;
  /** By our wall clock, right before the marker was asked for that `reader` has seen. */
  readonly askedMs: number;
}

export async function takeJournal(
  producers: JournalProducers,
  stateId: string,
  hanging: HangingTransactions,
  reading: ReadOptions,
): Promise<TakenJournal | Refused | Unavailable> {
  const { around } = producers.state;
  const within = patience(around, FENCE_MS, reading.signal);
  const fenced = await fence(producers, within);
  if (fenced.kind !== 'fenced') return fenced;
  const { producerId, epoch, askedMs } = fenced;
  const reader = new StateReader(stateId, producerId);
  reader.awaitMarker(endsEpoch(producerId, epoch));
  const read = await readLog(
    around,
    {
      topic: STATE_TOPIC,
      topicId: stateId,
      from: 'start',
      committedOnly: true,
      visit: (batch, visible) => reader.visit(batch, visible),
      enough: () => reader.markerSeen,
      stuck: (place, left) => hanging.settle(place, producerId, left),
    },
    reading,
  );
  if (read.kind === 'read') return { kind: 'taken', reader, position: read.position, askedMs };
  return { kind: read.kind === 'refused' ? 'refused' : 'unavailable', reason: read.reason };
}

interface Fenced {
  readonly kind: 'fenced';
  readonly producerId: bigint;
  readonly epoch: number;
  readonly askedMs: number;
}

async function fence({ state, groups }: JournalProducers, within: Patience): Promise<Fenced | Refused | Unavailable> {
  for (const producer of [state, groups]) {
    const taken = await producer.takeOver(within);
    // Nobody can be fenced by taking over: this stands for a right that is missing.
    if (taken.kind === 'fenced') return { kind: 'refused', reason: taken.reason };
    if (taken.kind !== 'done') return taken;
  }
  const askedMs = state.around.clock.nowMs();
  const barrier = await writeBarrier(state, within);
  switch (barrier.kind) {
    case 'written':
      return { kind: 'fenced', producerId: barrier.producerId, epoch: barrier.epoch, askedMs };
    case 'fenced':
    case 'unknown':
      return { kind: 'unavailable', reason: `another klink opens the journal: ${barrier.reason}` };
    case 'refused':
    case 'unavailable':
      return barrier;
  }
}
