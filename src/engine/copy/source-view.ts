/**
 * The source as the tail proof sees it: where it begins and ends, and what it has in a range. Reads by topic id with the
 * last mirrored batch's epoch, so that a changed history is told and not read. Spec: docs/spec/engine.md 2.3, 3.5.
 */
import type { Channel, KafkaCluster } from '../../client/types.js';
import type { SourceEpochStart } from '../../model/assignment.js';
import { errorCode, errorName } from '../../protocol/errors.js';
import { divergenceStep, type EpochEndAnswer, withSourceEpoch } from './divergence.js';
import { epochEnds, logEnd, offsetOf, type Place, placeKey, readOnce } from './log-probe.js';
import { lower } from './offsets.js';
import { type Chunk, type Finding, SourceFold } from './proof.js';
import type { Topology } from './topology.js';

const READ_BYTES = 1 << 20;
/** More steps than a mirror can have source epochs in its memory would be a broker that talks nonsense. */
const WALK_STEPS_MAX = 1_000;

export interface SourceSubject {
  readonly sourceTopic: string;
  readonly sourceTopicId: string;
  readonly partition: number;
  readonly lineageStart: bigint;
}

/** How far the source was read, the epoch of the batch that ends there, and which epoch began where up to it (3.5). */
export interface SourceRange {
  history: readonly SourceEpochStart[];
  position: bigint;
  lastEpoch: number;
}

export type SourceOpening =
  | { readonly kind: 'open'; readonly view: SourceView }
  | { readonly kind: 'unread'; readonly reason: string }
  | { readonly kind: 'failed'; readonly finding: Finding };

type SourceRead =
  | { readonly kind: 'read'; readonly fold: SourceFold }
  | { readonly kind: 'waiting'; readonly reason: string }
  | { readonly kind: 'failed'; readonly finding: Finding };

export class SourceView {
  readonly #channel: Channel;
  readonly #place: Place;
  readonly #subject: SourceSubject;
  readonly logStart: bigint;
  /** Log end at the leader, not the high watermark: right after an election that may lie below what was mirrored. */
  readonly logEnd: bigint;

  constructor(channel: Channel, place: Place, subject: SourceSubject, ends: { logStart: bigint; logEnd: bigint }) {
    this.#channel = channel;
    this.#place = place;
    this.#subject = subject;
    this.logStart = ends.logStart;
    this.logEnd = ends.logEnd;
  }

  /** Never rejects: a source that does not answer is `unread`, with the reason. */
  static async open(
    tools: { readonly source: KafkaCluster | undefined; readonly sourceTopology: Topology | undefined },
    subject: SourceSubject,
  ): Promise<SourceOpening> {
    const { source, sourceTopology: topology } = tools;
    if (source === undefined || topology === undefined) return { kind: 'unread', reason: 'the source is not asked' };
    try {
      await topology.refresh();
      const identity = topology.identity(subject.sourceTopic, subject.sourceTopicId);
      if (identity === 'recreated') return { kind: 'failed', finding: sourceRecreated(subject.sourceTopic) };
      if (identity !== 'same') return { kind: 'unread', reason: `source topic ${subject.sourceTopic} does not exist` };
      const leader = topology.leader(subject.sourceTopic, subject.partition);
      if (leader === undefined) return { kind: 'unread', reason: 'the source partition has no leader' };
      const channel = await source.channel(leader.broker, 'probe');
      const place = { topic: subject.sourceTopic, partition: subject.partition, leaderEpoch: leader.epoch };
      const end = await logEnd(channel, place);
      if (end.code !== 0) return unread('log end', end.code);
      const start = await offsetOf(channel, 'log-start', place);
      if (start.code !== 0) return unread('log start', start.code);
      const ends = { logStart: start.offset, logEnd: end.end };
      return { kind: 'open', view: new SourceView(channel, place, subject, ends) };
    } catch (error) {
      return { kind: 'unread', reason: unreachable(error) };
    }
  }

  /** What the source has in the chunk's range. Never rejects. */
  async read(chunk: Chunk, range: SourceRange): Promise<SourceRead> {
    const fold = new SourceFold(chunk);
    fold.skipTo(this.logStart);
    while (!fold.done) {
      // Nothing to compare with at and above the source's end; the caller judges that by itself.
      if (fold.position >= this.logEnd) {
        fold.skipTo(chunk.to);
        break;
      }
      const answer = await readOnce(this.#channel, {
        topic: this.#subject.sourceTopic,
        topicId: this.#subject.sourceTopicId,
        partition: this.#subject.partition,
        leaderEpoch: this.#place.leaderEpoch,
        position: fold.position,
        // An epoch that belongs to an earlier offset would be told to end below this one.
        lastFetchedEpoch: range.position === fold.position ? range.lastEpoch : -1,
        committedOnly: true,
        bytesMax: READ_BYTES,
        waitMs: 100,
      }).catch((error: unknown) => unreachable(error));
      if (typeof answer === 'string') return { kind: 'waiting', reason: answer };
      if (answer.diverging.epoch >= 0) {
        const { epoch, endOffset } = answer.diverging;
        const finding = await this.diverged({ epoch, end: endOffset }, range.history, fold.position);
        return { kind: 'failed', finding };
      }
      if (answer.code !== 0) return { kind: 'waiting', reason: `source: ${errorName(answer.code)}` };
      const before = fold.position;
      const seen = fold.epochs.length;
      fold.add(answer);
      for (const { epoch, offset } of fold.epochs.slice(seen)) {
        range.history = withSourceEpoch(range.history, epoch, offset);
      }
      if (fold.position > before) {
        range.lastEpoch = fold.epochs.at(-1)?.epoch ?? range.lastEpoch;
        range.position = fold.position;
      } else {
        // Whatever the last stable offset has passed and is not there was compacted away (T10).
        const nothing = !answer.throttled && answer.lastStableOffset > before;
        if (!nothing) return { kind: 'waiting', reason: 'the source gave nothing to compare with' };
        fold.skipTo(lower(answer.lastStableOffset, chunk.to));
      }
    }
    return { kind: 'read', fold };
  }

  /**
   * [2.3, 3.5] The source ends below `position`, or the epoch of what was mirrored last does: where they last agreed.
   * Undefined: neither.
   */
  async endsBefore(position: bigint, range: SourceRange): Promise<Exclude<SourceRead, { kind: 'read' }> | undefined> {
    if (range.lastEpoch < 0 || range.position > position) {
      if (this.logEnd >= position) return undefined;
      return { kind: 'failed', finding: truncated(this.logEnd, this.logEnd, position) };
    }
    const answer = await this.#askEpoch(range.lastEpoch).catch(() => undefined);
    if (answer === undefined) return { kind: 'waiting', reason: "the source's epochs could not be read" };
    if (answer.epoch === range.lastEpoch && answer.end >= position) return undefined;
    const finding = await this.diverged(answer, range.history, position);
    if (finding.offset < this.logEnd) return { kind: 'failed', finding };
    return { kind: 'failed', finding: truncated(this.logEnd, this.logEnd, position) };
  }

  /** First offset of the transactions that began below `offset` and were aborted, or are open, behind it. */
  async transactionAcross(offset: bigint): Promise<bigint | undefined> {
    const position = offset - 1n;
    if (position < this.logStart) return undefined;
    const answer = await readOnce(this.#channel, {
      topic: this.#subject.sourceTopic,
      topicId: this.#subject.sourceTopicId,
      partition: this.#subject.partition,
      leaderEpoch: this.#place.leaderEpoch,
      position,
      lastFetchedEpoch: -1,
      committedOnly: true,
      bytesMax: READ_BYTES,
      waitMs: 100,
    }).catch(() => undefined);
    if (answer?.code !== 0) return undefined;
    const first = answer.abortedTransactions.reduce(
      (least, { firstOffset }) => lower(least, firstOffset),
      lower(offset, answer.lastStableOffset),
    );
    return first < offset ? first : undefined;
  }

  /**
   * [3.5] The source ends an epoch before `position`: walks down the mirror's epochs until both sides know one, and gives
   * where that one ends in common.
   */
  async diverged(first: EpochEndAnswer, history: readonly SourceEpochStart[], position: bigint): Promise<Finding> {
    const { lineageStart } = this.#subject;
    let answer = first;
    for (let step = 0; step < WALK_STEPS_MAX; step++) {
      const next = divergenceStep(history, answer, { lineageStart, position });
      if (next.kind === 'common') return truncated(next.offset, this.logEnd, position);
      const lowerEpoch = await this.#askEpoch(next.epoch).catch(() => undefined);
      // Without an answer the lowest common point known so far is the honest one.
      if (lowerEpoch === undefined) return truncated(lower(answer.end, lineageStart), this.logEnd, position);
      answer = lowerEpoch;
    }
    return truncated(lineageStart, this.logEnd, position);
  }

  async #askEpoch(epoch: number): Promise<EpochEndAnswer | undefined> {
    const answers = await epochEnds(this.#channel, [{ ...this.#place, askedEpoch: epoch }]);
    const answer = answers.get(placeKey(this.#place));
    if (answer === undefined || answer.errorCode !== errorCode.NONE) return undefined;
    return { epoch: answer.epoch, end: answer.end };
  }
}

export function sourceRecreated(topic: string): Finding {
  return { reason: 'SOURCE_RECREATED', offset: 0n, detail: `source topic ${topic} was deleted and made again` };
}

function truncated(offset: bigint, end: bigint, position: bigint): Finding {
  const detail = `the source ends at ${end} and agrees with the mirror up to ${offset} of ${position}: its log was truncated`;
  return { reason: 'TRUNCATED', offset, detail };
}

function unread(what: string, code: number): SourceOpening {
  return { kind: 'unread', reason: `the source's ${what} could not be read: ${errorName(code)}` };
}

function unreachable(error: unknown): string {
  return `source unreachable: ${error instanceof Error ? error.message : String(error)}`;
}
