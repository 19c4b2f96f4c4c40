/**
 * The journal: decisions in `_klink.state`, observations in `_klink.seen`, every event in `_klink.audit`. One call after the
 * other; what was opened, decided or confirmed holds until somebody else opens it. Refuses to call a decision committed before
 * the log shows it, and to go on after an outcome that is not known. Spec: docs/spec/journal.md §5.
 */
import { invariant } from '../../base/invariant.js';
import { type Patience, patience, persist, type Refused, type Unavailable } from '../transactions/persist.js';
import {
  JOURNAL_ID,
  type ProducerSurroundings,
  TRANSACTION_TIMEOUT_MS,
  TransactionalProducer,
} from '../transactions/transactional-producer.js';
import type { KeyedValue } from './batches.js';
import { writeDecision } from './decision.js';
import { HangingTransactions } from './hanging.js';
import { AUDIT_TOPIC, type FoundTopics, findTopics, makeTopics, SEEN_TOPIC, STATE_TOPIC } from './journal-topics.js';
import { appendObservations } from './observe.js';
import { type ReadOptions, readLog, STUCK_MS } from './read-log.js';
import { readObservations, type SeenRecord } from './read-observations.js';
import { endsEpoch, introduction, isReserved, type StateReader } from './read-state.js';
import { type JournalProducers, takeJournal } from './take-journal.js';

/** For one attempt at what is tried without end by whoever calls. */
const ATTEMPT_MS = 10_000;
const MAKE_TOPICS_MS = 20_000;
/** The log is looked through for foreign records this often, long before compaction could act on them. */
const LOOK_THROUGH_MS = 600_000;

export interface JournalRecord {
  readonly key: string;
  readonly value: string | null;
}

export type OpenOutcome =
  | {
      readonly kind: 'opened';
      readonly entries: readonly JournalRecord[];
      readonly observations: readonly JournalRecord[];
      readonly fresh: boolean;
    }
  | Refused
  | Unavailable;

export type CommitOutcome =
  | { readonly kind: 'committed' }
  | { readonly kind: 'fenced'; readonly reason: string }
  | { readonly kind: 'unknown'; readonly reason: string }
  | Refused
  | Unavailable;

export type ConfirmOutcome =
  | { readonly kind: 'current' }
  | { readonly kind: 'fenced'; readonly reason: string }
  | Unavailable;

export interface Journal {
  /**
   * [3.2] By how much, at most, the wall clock of the broker that leads the journal was ahead of ours when it stamped the last
   * marker that was asked of it; undefined: none was yet.
   */
  readonly clockAheadMs: number | undefined;
  open(): Promise<OpenOutcome>;
  commit(records: readonly JournalRecord[], audit: readonly string[]): Promise<CommitOutcome>;
  observe(records: readonly JournalRecord[]): Promise<{ readonly kind: 'done' } | Refused | Unavailable>;
  confirm(): Promise<ConfirmOutcome>;
  close(): Promise<void>;
}

export interface JournalOptions extends ProducerSurroundings {
  /** Of `klink-groups`: opening the journal fences both ids (7.1). */
  readonly groups: TransactionalProducer;
  /** How long a transaction of somebody else may hide decisions; default: as long as one of klink's own may last. */
  readonly hangingMs?: number;
  /** How long a log that does not move is read on; default 10 s. */
  readonly stuckMs?: number;
}

export function createJournal(options: JournalOptions): Journal {
  return new KafkaJournal(options);
}

interface Open {
  readonly kind: 'open';
  readonly reader: StateReader;
  readonly stateId: string;
  ids: FoundTopics['ids'];
  /** Everything below was read. */
  position: bigint;
  lookedThroughMs: number;
}

type Phase =
  | Open
  /** No topic of that name yet: whoever decides first makes it. */
  | { readonly kind: 'absent' }
  | { readonly kind: 'over'; readonly reason: string };

class KafkaJournal implements Journal {
  readonly #options: JournalOptions;
  readonly #producers: JournalProducers;
  readonly #hanging: HangingTransactions;
  readonly #ending = new AbortController();
  #phase: Phase = { kind: 'over', reason: 'the journal has not been opened' };
  #queue: Promise<unknown> = Promise.resolve();
  #clockAheadMs: number | undefined;

  constructor(options: JournalOptions) {
    this.#options = options;
    const { cluster, clock, random, log, groups } = options;
    const state = new TransactionalProducer({ cluster, clock, random, log, transactionalId: JOURNAL_ID });
    this.#producers = { state, groups };
    const patienceMs = options.hangingMs ?? TRANSACTION_TIMEOUT_MS;
    this.#hanging = new HangingTransactions({ cluster, clock, log, patienceMs });
  }

  get clockAheadMs(): number | undefined {
    return this.#clockAheadMs;
  }

  open(): Promise<OpenOutcome> {
    return this.#inTurn(() => this.#open());
  }

  commit(records: readonly JournalRecord[], audit: readonly string[]): Promise<CommitOutcome> {
    invariant(records.length > 0, 'a decision has at least one record');
    invariant(!records.some(({ key }) => isReserved(key)), 'the key belongs to the journal itself');
    return this.#inTurn(() => this.#commit(records, audit));
  }

  async observe(records: readonly JournalRecord[]): Promise<{ readonly kind: 'done' } | Refused | Unavailable> {
    const phase = this.#phase;
    const topicId = phase.kind === 'open' ? phase.ids.get(SEEN_TOPIC) : undefined;
    if (topicId === undefined) return { kind: 'unavailable', reason: `${SEEN_TOPIC} is not open` };
    const written = await appendObservations(this.#options, topicId, records, this.#within());
    await this.#inTurn(() => this.#lookThrough());
    return written;
  }

  confirm(): Promise<ConfirmOutcome> {
    return this.#inTurn(() => this.#confirm());
  }

  async close(): Promise<void> {
    this.#ending.abort(new Error('the journal was closed'));
    await this.#queue;
    this.#phase = { kind: 'over', reason: 'the journal was closed' };
  }

  async #open(): Promise<OpenOutcome> {
    this.#phase = { kind: 'over', reason: 'the journal is being opened' };
    const within = this.#within();
    const { outcome: topics } = await persist(within, () => findTopics(this.#options.cluster, within));
    if (topics.kind !== 'found') return topics;
    if (!topics.ids.has(STATE_TOPIC)) {
      this.#phase = { kind: 'absent' };
      return { kind: 'opened', entries: [], observations: [], fresh: true };
    }
    const open = await this.#take(topics);
    if (open.kind !== 'open') return open;
    const observations = await this.#observations(open);
    if (observations.kind !== 'seen') {
      return { kind: observations.kind === 'refused' ? 'refused' : 'unavailable', reason: observations.reason };
    }
    this.#phase = open;
    const { entries, decided } = open.reader;
    return { kind: 'opened', entries, observations: observations.records, fresh: !decided };
  }

  /** Fences and reads; then `open` holds all that was ever decided. */
  async #take(topics: FoundTopics): Promise<Open | Refused | Unavailable> {
    const { clock } = this.#options;
    const stateId = topics.ids.get(STATE_TOPIC);
    invariant(stateId !== undefined, 'the state topic is there');
    const taken = await takeJournal(this.#producers, stateId, this.#hanging, this.#reading);
    if (taken.kind !== 'taken') return taken;
    const { reader, position } = taken;
    this.#compareClocks(taken.askedMs, reader);
    this.#report(reader);
    if (!reader.decided && reader.foreign !== undefined) {
      // [5.4] Neither a journal nor clean: taking it for a new one could mean to forget the old one.
      const { records, firstOffset } = reader.foreign;
      const reason = `${STATE_TOPIC} holds ${records} records from offset ${firstOffset} on that klink did not write, and no decision. Delete the topic, or restore the journal.`;
      return { kind: 'refused', reason };
    }
    const { ids } = topics;
    const open: Open = { kind: 'open', reader, stateId, ids, position, lookedThroughMs: clock.monotonicMs() };
    const mended = await this.#mend(open);
    return mended ?? open;
  }

  async #observations(open: Open): Promise<Awaited<ReturnType<typeof readObservations>>> {
    const none: readonly SeenRecord[] = [];
    const topicId = open.ids.get(SEEN_TOPIC);
    if (topicId === undefined || !open.reader.decided) return { kind: 'seen', records: none };
    return readObservations(this.#options, topicId, this.#reading);
  }

  async #commit(records: readonly JournalRecord[], audit: readonly string[]): Promise<CommitOutcome> {
    const ready = await this.#ready();
    if (ready.kind !== 'open') return ready;
    const written = await this.#write(ready, records, audit);
    if (written.kind === 'fenced' || written.kind === 'unknown') this.#phase = { ...written, kind: 'over' };
    if (written.kind === 'committed') await this.#mend(ready);
    return written;
  }

  /** A journal with all its topics, fenced. */
  async #ready(): Promise<Open | Exclude<CommitOutcome, { readonly kind: 'committed' }>> {
    const phase = this.#phase;
    if (phase.kind === 'over') return { kind: 'unavailable', reason: phase.reason };
    if (phase.kind === 'open' && phase.ids.has(AUDIT_TOPIC) && phase.ids.has(SEEN_TOPIC)) return phase;
    const within = this.#within(MAKE_TOPICS_MS);
    const { outcome: topics } = await persist(within, () => makeTopics(this.#options.cluster, within));
    if (topics.kind !== 'found') return topics;
    if (phase.kind === 'open') {
      phase.ids = topics.ids;
      return phase;
    }
    const open = await this.#take(topics);
    if (open.kind !== 'open') return open;
    if (open.reader.decided) {
      const reason = 'another klink made the journal and decided first';
      this.#phase = { kind: 'over', reason };
      return { kind: 'fenced', reason };
    }
    this.#phase = open;
    return open;
  }

  async #write(open: Open, records: readonly KeyedValue[], audit: readonly string[]): Promise<CommitOutcome> {
    const { state } = this.#producers;
    const producerId = state.holding?.producerId ?? -1n;
    const first = open.reader.knowsWriter(producerId) ? [] : [introduction(producerId, open.stateId)];
    const auditId = open.ids.get(AUDIT_TOPIC);
    const decision = { records: [...first, ...records], audit, stateId: open.stateId, auditId };
    const askedMs = this.#options.clock.nowMs();
    const outcome = await writeDecision(state, decision, this.#ending.signal);
    if (outcome.kind !== 'decided') return outcome;
    const shown = await this.#readOn(open, producerId);
    if (shown.kind === 'committed') this.#compareClocks(askedMs, open.reader);
    return shown;
  }

  /** [5.3] Committed when the last stable offset has passed it: its batches and its end are read from the leader. */
  async #readOn(open: Open, producerId: bigint): Promise<CommitOutcome> {
    const { reader, stateId } = open;
    reader.awaitMarker(endsEpoch(producerId, this.#producers.state.holding?.epoch ?? -1));
    let shown = false;
    const read = await readLog(
      this.#options,
      {
        topic: STATE_TOPIC,
        topicId: stateId,
        from: open.position,
        committedOnly: true,
        visit(batch, visible) {
          shown ||= batch.kind === 'batch' && visible && batch.producerId === producerId;
          reader.visit(batch, visible);
        },
        enough: () => shown && reader.markerSeen,
      },
      this.#reading,
    );
    if (read.kind !== 'read') return { kind: 'unknown', reason: `decided, but not to be read yet: ${read.reason}` };
    open.position = read.position;
    return { kind: 'committed' };
  }

  async #confirm(): Promise<ConfirmOutcome> {
    const phase = this.#phase;
    const within = this.#within();
    if (phase.kind === 'over') return { kind: 'unavailable', reason: phase.reason };
    if (phase.kind === 'absent') {
      const { outcome: topics } = await persist(within, () => findTopics(this.#options.cluster, within));
      if (topics.kind === 'unavailable') return topics;
      const made = topics.kind !== 'found' || topics.ids.has(STATE_TOPIC);
      return made ? { kind: 'fenced', reason: 'another klink has made the journal' } : { kind: 'current' };
    }
    const renewed = await this.#producers.state.renew(within);
    if (renewed.kind === 'done') return { kind: 'current' };
    if (renewed.kind === 'fenced') this.#phase = { kind: 'over', reason: renewed.reason };
    return renewed.kind === 'fenced' ? renewed : { kind: 'unavailable', reason: renewed.reason };
  }

  /** Looks for records that nobody but klink should have written. */
  async #lookThrough(): Promise<void> {
    const phase = this.#phase;
    const nowMs = this.#options.clock.monotonicMs();
    if (phase.kind !== 'open' || nowMs - phase.lookedThroughMs < LOOK_THROUGH_MS) return;
    phase.lookedThroughMs = nowMs;
    const read = await readLog(
      this.#options,
      {
        topic: STATE_TOPIC,
        topicId: phase.stateId,
        from: phase.position,
        committedOnly: true,
        visit: (batch, visible) => phase.reader.visit(batch, visible),
        enough: ({ position, lastStableOffset }) => position >= lastStableOffset,
      },
      this.#reading,
    );
    if (read.kind === 'read') phase.position = read.position;
    else this.#options.log.warn({ reason: read.reason }, 'the journal could not be looked through');
    await this.#mend(phase);
  }

  /**
   * [5.1] Compaction keeps the newest record of a key, whoever wrote it: ours go behind the foreign ones again. Undefined
   * when all is well.
   */
  async #mend(open: Open): Promise<Refused | Unavailable | undefined> {
    const { overwritten } = open.reader;
    if (overwritten.length === 0) return undefined;
    this.#report(open.reader);
    const written = await this.#write(open, overwritten, []);
    if (written.kind === 'committed') return undefined;
    const reason = `${overwritten.length} records of ${STATE_TOPIC} stand below foreign ones of the same key: ${written.reason}`;
    this.#options.log.error({ reason }, 'the journal could not be mended yet');
    if (written.kind === 'fenced' || written.kind === 'unknown') this.#phase = { kind: 'over', reason };
    return { kind: written.kind === 'refused' ? 'refused' : 'unavailable', reason };
  }

  /** The marker was written after it was asked for: it stands at most so far ahead. */
  #compareClocks(askedMs: number, { markerStampedMs }: StateReader): void {
    if (markerStampedMs !== undefined) this.#clockAheadMs = markerStampedMs - askedMs;
  }

  #report({ foreign }: StateReader): void {
    if (foreign === undefined) return;
    const { records, firstOffset, lastOffset } = foreign;
    const producerIds = foreign.producerIds.slice(0, 10).map(String);
    this.#options.log.warn(
      { topic: STATE_TOPIC, records, firstOffset: String(firstOffset), lastOffset: String(lastOffset), producerIds },
      'records that klink did not write stand in the journal; they do not count',
    );
  }

  get #reading(): ReadOptions {
    return { signal: this.#ending.signal, stuckMs: this.#options.stuckMs ?? STUCK_MS };
  }

  #within(forMs = ATTEMPT_MS): Patience {
    return patience(this.#options, forMs, this.#ending.signal);
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#queue.then(work);
    this.#queue = turn.catch(() => undefined);
    return turn;
  }
}
