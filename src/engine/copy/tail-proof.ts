/**
 * The tail proof: reads the destination from the proven point to the log end, and the source beside it. Every batch is D's
 * data with contiguous sequences or a marker of M, and what a reader sees equals the source. Gives what was read, the first
 * bad offset, or a reason to wait. Spec: docs/spec/engine.md 2.3, 2.6, 3.5.
 */
import type { Channel } from '../../client/types.js';
import type { ProvenPoint } from '../../model/assignment.js';
import { batchesIn } from '../../protocol/records/header.js';
import { epochsBelow } from './divergence.js';
import { notReady } from './log-ends.js';
import { readOnce } from './log-probe.js';
import { higher, lower } from './offsets.js';
import { type Chunk, compareChunk, DestinationFold, type Finding } from './proof.js';
import type { SourceRange, SourceView } from './source-view.js';
import type { SettleTools, Subject } from './subject.js';
import type { Leader } from './topology.js';

/** Of one side; both are in memory while they are compared. */
const READ_BYTES = 1 << 20;

interface ProofTask {
  readonly tools: SettleTools;
  readonly subject: Subject;
  readonly channel: Channel;
  readonly leader: Leader;
  readonly end: bigint;
  readonly logStart: bigint;
  readonly point: ProvenPoint | undefined;
  readonly source: SourceView | undefined;
}

type Proof =
  | { readonly kind: 'proven'; readonly fold: DestinationFold; readonly range: SourceRange }
  | { readonly kind: 'waiting'; readonly reason: string }
  | { readonly kind: 'failed'; readonly finding: Finding };

/** [2.3] The tail proof, in chunks of what one read gives, so that its memory does not grow with the tail. */
export async function prove(task: ProofTask): Promise<Proof> {
  const { subject, end, logStart, point, source } = task;
  const begin = point?.offset ?? subject.lineageStart;
  const from = higher(begin, logStart);
  // [3.1] The first D batch of a lineage has its first sequence; behind a passed log start the first one read tells.
  const expected = logStart > begin ? undefined : (point?.nextSequence ?? 0);
  const fold = new DestinationFold(subject.ids, from, expected);
  const range: SourceRange = {
    // What the source tells is read from it again; what it is not asked is remembered.
    history: epochsBelow(subject.memory.sourceEpochs, source ? begin : end),
    position: begin,
    lastEpoch: point?.sourceEpoch ?? -1,
  };
  const before = source && (await sinceAcknowledged(source, subject, end));
  if (before?.kind === 'failed') return { kind: 'failed', finding: await asShown(task, before.finding) };
  if (before) return before;
  if (fold.position < end) {
    const read = () => readTail(task, fold, range);
    const wrong = await (task.tools.reading ? task.tools.reading(read) : read());
    if (wrong?.kind === 'failed') return { kind: 'failed', finding: await asShown(task, wrong.finding) };
    if (wrong) return wrong;
  }
  const mirrored = fold.barrier ?? end;
  const wrong = source && (await beyondSource(source, fold, range, mirrored));
  if (wrong?.kind === 'failed') return { kind: 'failed', finding: await asShown(task, wrong.finding) };
  return wrong ?? { kind: 'proven', fold, range };
}

/** Undefined: read to the end, and nothing is wrong. */
async function readTail(
  task: ProofTask,
  fold: DestinationFold,
  range: SourceRange,
): Promise<Exclude<Proof, { kind: 'proven' }> | undefined> {
  const { subject, channel, end, source } = task;
  while (fold.position < end) {
    const read = await readOnce(channel, {
      topic: subject.mirrorTopic,
      topicId: subject.destinationTopicId,
      partition: subject.partition,
      leaderEpoch: task.leader.epoch,
      position: fold.position,
      lastFetchedEpoch: -1,
      committedOnly: false,
      bytesMax: READ_BYTES,
      waitMs: 100,
    });
    if (read.code !== 0) return notReady('destination', read.code);
    const before = fold.position;
    for (const batch of batchesIn(read.records)) {
      if (fold.position >= end) break;
      const finding = fold.add(batch);
      if (finding) return { kind: 'failed', finding };
    }
    if (fold.position === before) return { kind: 'waiting', reason: 'the destination gave nothing to read' };
    if (fold.position > end) return { kind: 'waiting', reason: 'the log end is moving' };
    const chunk = fold.take();
    if (source) {
      const compared = await compareWithSource(source, chunk, range);
      if (compared) return compared;
    }
  }
  return undefined;
}

/**
 * [3.5] What this process has mirrored, or compared, it knows the epochs of: has the source's history changed since? Of what
 * was proven by identity alone it knows none: the records behind the last known epoch may be of any later one.
 */
async function sinceAcknowledged(
  source: SourceView,
  { historyEnd, memory }: Subject,
  end: bigint,
): Promise<Exclude<Proof, { kind: 'proven' }> | undefined> {
  const position = lower(historyEnd, end);
  const history = epochsBelow(memory.sourceEpochs, position);
  const last = history.at(-1);
  return last && source.endsBefore(position, { history, position, lastEpoch: last.epoch });
}

/**
 * [2.3, 3.5] Does the source reach as far, in the history that was mirrored? An offset at or above its log end is TRUNCATED,
 * never "cannot be read"; with markers alone there, more were written than there was a gap.
 */
async function beyondSource(
  source: SourceView,
  fold: DestinationFold,
  range: SourceRange,
  mirrored: bigint,
): Promise<Exclude<Proof, { kind: 'proven' }> | undefined> {
  const ended = await source.endsBefore(mirrored, range);
  if (ended?.kind !== 'failed') return ended;
  const { finding } = ended;
  if (finding.offset < source.logEnd || source.logEnd >= mirrored || fold.dataEnd > source.logEnd) return ended;
  const detail = `markers stand up to ${mirrored - 1n} where the source ends at ${source.logEnd}`;
  return { kind: 'failed', finding: { reason: 'OVERSHOOT', offset: source.logEnd, detail } };
}

/**
 * [2.6] A source that lost the end of a transaction shows its data no more, although that stands below the truncation: the
 * first bad offset is where a reader sees the first difference.
 */
async function asShown(task: ProofTask, finding: Finding): Promise<Finding> {
  const { source, subject } = task;
  if (source === undefined || finding.reason !== 'TRUNCATED') return finding;
  const first = await source.transactionAcross(finding.offset);
  if (first === undefined) return finding;
  const from = higher(first, higher(subject.lineageStart, task.logStart));
  const range: SourceRange = { history: [], position: from, lastEpoch: -1 };
  const wrong = await readTail(
    { ...task, end: finding.offset },
    new DestinationFold(subject.ids, from, undefined),
    range,
  );
  // Not decided at the source: it shows nothing from there on.
  const offset = wrong?.kind === 'failed' ? wrong.finding.offset : wrong ? range.position : finding.offset;
  return offset < finding.offset
    ? { ...finding, offset, detail: `${finding.detail}; a transaction lost its end` }
    : finding;
}

async function compareWithSource(
  source: SourceView,
  chunk: Chunk,
  range: SourceRange,
): Promise<Exclude<Proof, { kind: 'proven' }> | undefined> {
  const read = await source.read(chunk, range);
  if (read.kind !== 'read') return read;
  const finding = compareChunk(chunk, read.fold);
  return finding && { kind: 'failed', finding };
}
