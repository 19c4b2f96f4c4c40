/**
 * Where a partition stands and whether that is right: reads the destination's end, tests the proven points, proves the
 * tail against the source, finds the next sequence, and reads the end again. Appends nothing. Gives a settled position,
 * a failure with its first bad offset, or a reason to wait. Spec: docs/spec/engine.md 2.1–2.6, 3.1.
 */
import type { Channel, KafkaCluster } from '../../client/types.js';
import type { PartitionMemory, ProvenPoint, SourceEpochStart } from '../../model/assignment.js';
import { errorName } from '../../protocol/errors.js';
import { batchesIn } from '../../protocol/records/header.js';
import { epochsBelow } from './divergence.js';
import { endOf, epochEnds, logEnd, offsetOf, type Place, placeKey, producerState, readOnce } from './log-probe.js';
import { higher, lower } from './offsets.js';
import { isTestable, testPoint } from './point.js';
import { type Chunk, compareChunk, DestinationFold, type Finding, type OwnIds } from './proof.js';
import { nextSequence } from './sequence.js';
import { type SourceRange, SourceView } from './source-view.js';
import type { Leader, Topology } from './topology.js';

/** Of one side; both are in memory while they are compared. */
const READ_BYTES = 1 << 20;

export interface Subject {
  readonly mirrorTopic: string;
  readonly destinationTopicId: string;
  readonly sourceTopic: string;
  readonly sourceTopicId: string;
  readonly partition: number;
  readonly lineageStart: bigint;
  readonly ids: OwnIds;
  readonly memory: PartitionMemory;
  /** Log end as this process last knew it to be acknowledged; −1: it knew none. */
  readonly acknowledged: bigint;
  /** Up to here `memory.sourceEpochs` is the history of what is mirrored; −1: for nothing that this process knows of. */
  readonly historyEnd: bigint;
}

export interface SettleTools {
  readonly destination: KafkaCluster;
  readonly destinationTopology: Topology;
  /** Undefined: the source is not to be asked (identity alone). */
  readonly source: KafkaCluster | undefined;
  readonly sourceTopology: Topology | undefined;
  /** Bounds how many tails are read at once; undefined: no others are. */
  readonly reading?: <T>(read: () => Promise<T>) => Promise<T>;
}

export interface Settled {
  readonly kind: 'settled';
  readonly leader: Leader;
  readonly logEnd: bigint;
  readonly logStart: bigint;
  readonly nextSequence: number;
  /** Points that passed their test; the void ones are gone. */
  readonly points: readonly ProvenPoint[];
  /** Destination leader epoch of the last batch below the log end; −1: none. */
  readonly destinationEpoch: number;
  readonly sourceEpochs: readonly SourceEpochStart[];
  /** [3.5] For `last_fetched_epoch`. */
  readonly sourceEpoch: number;
  /** Undefined when the source was not read. */
  readonly sourceLogStart: bigint | undefined;
  /** Undefined: compared with the source. Else why it could not be: identity alone. */
  readonly sourceUnread: string | undefined;
  /** [2.4] The destination lost what had been acknowledged. */
  readonly truncated: Truncation | undefined;
  readonly barrier: bigint | undefined;
}

export type SettleOutcome =
  | Settled
  | { readonly kind: 'waiting'; readonly reason: string }
  /** [2.4] What the destination lost is told, whatever is found besides. */
  | { readonly kind: 'failed'; readonly finding: Finding; readonly truncated: Truncation | undefined };

/** Offsets [to, from) were acknowledged, and are gone. */
export interface Truncation {
  readonly from: bigint;
  readonly to: bigint;
}

const waiting = (reason: string): SettleOutcome => ({ kind: 'waiting', reason });

/** Rejects only as the client does (NotSent, OutcomeUnknown): then nothing is known and the caller tries again. */
export async function settle(tools: SettleTools, subject: Subject): Promise<SettleOutcome> {
  const { destinationTopology: topology } = tools;
  await topology.refresh();
  const identity = topology.identity(subject.mirrorTopic, subject.destinationTopicId);
  if (identity === 'recreated') return { kind: 'failed', finding: recreated(subject), truncated: undefined };
  if (identity !== 'same') return waiting('the mirror topic does not exist at the destination');
  const leader = topology.leader(subject.mirrorTopic, subject.partition);
  if (leader === undefined) return waiting('no leader');
  const channel = await tools.destination.channel(leader.broker, 'probe');
  const place: Place = { topic: subject.mirrorTopic, partition: subject.partition, leaderEpoch: leader.epoch };

  const ends = await readEnds(channel, place);
  if (ends.kind === 'waiting') return ends;
  const chosen = await choosePoint(channel, place, subject);
  if (chosen.kind === 'waiting') return chosen;
  const { point } = chosen;
  const truncated = chosen.truncated ?? fallen(subject.acknowledged, ends.end);
  const failed = (finding: Finding): SettleOutcome => ({ kind: 'failed', finding, truncated });

  const source = await SourceView.open(tools, subject);
  if (source.kind === 'failed') {
    // Identity first: a foreign write before the source was made again is still the first bad offset.
    const proof = await prove({ tools, subject, channel, leader, ...ends, point, source: undefined });
    if (proof.kind === 'failed') return failed(proof.finding);
    return failed({ ...source.finding, offset: ends.end });
  }
  const asked = askedLogStart(subject, source.kind === 'open' ? source.view : undefined);
  if (ends.logStart > asked) {
    // [2.5] Only what klink itself asked for may be gone; without the source nobody can tell what that was.
    if (source.kind === 'open') return failed(missingFront(asked, ends.logStart));
    if (tools.source) return waiting(`${source.reason}; the mirror's log start ${ends.logStart} is above ${asked}`);
  }
  if (truncated && source.kind === 'open' && source.view.logStart > truncated.to) {
    const detail = `the destination lost offsets ${truncated.to} to ${truncated.from - 1n}, the source has them no more`;
    return failed({ reason: 'RANGE_LOST', offset: truncated.to, detail });
  }
  if (truncated && source.kind !== 'open' && tools.source) return waiting(source.reason);

  const view = source.kind === 'open' ? source.view : undefined;
  const proof = await prove({ tools, subject, channel, leader, ...ends, point, source: view });
  if (proof.kind === 'failed') return failed(proof.finding);
  if (proof.kind === 'waiting') return proof;
  const { fold, range } = proof;

  const sequence = await readSequence({ channel, place, subject, point, fold, logStart: ends.logStart });
  if (sequence.kind === 'failed') return failed(sequence.finding);
  if (sequence.kind === 'waiting') return sequence;
  // [2.3] A queued batch can land while we read (R1): if the end moved, everything is read again.
  const again = await readEnds(channel, place);
  if (again.kind === 'waiting') return again;
  if (again.end !== ends.end || again.logStart !== ends.logStart) return waiting('the log end is moving');
  await topology.refresh();
  if (topology.identity(subject.mirrorTopic, subject.destinationTopicId) !== 'same') return failed(recreated(subject));

  return {
    kind: 'settled',
    leader,
    logEnd: ends.end,
    logStart: ends.logStart,
    nextSequence: sequence.next,
    points: chosen.points,
    destinationEpoch: fold.lastEpoch >= 0 ? fold.lastEpoch : (point?.destinationEpoch ?? -1),
    sourceEpochs: range.history,
    // Where the log start has passed everything mirrored, nothing is left whose epoch could be asked for.
    sourceEpoch: range.position === ends.end ? range.lastEpoch : -1,
    sourceLogStart: view?.logStart,
    sourceUnread: source.kind === 'open' ? undefined : source.reason,
    truncated,
    barrier: fold.barrier,
  };
}

interface Ends {
  readonly kind: 'ends';
  readonly end: bigint;
  readonly logStart: bigint;
}

/** [2.1] Log end, and high watermark = log end under one leader epoch; until then the partition waits (T13). */
async function readEnds(
  channel: Channel,
  place: Place,
): Promise<Ends | { readonly kind: 'waiting'; readonly reason: string }> {
  const end = await logEnd(channel, place);
  if (end.code !== 0) return notReady('log end', end.code);
  const highWatermark = await offsetOf(channel, 'high-watermark', place);
  if (highWatermark.code !== 0) return notReady('high watermark', highWatermark.code);
  const logStart = await offsetOf(channel, 'log-start', place);
  if (logStart.code !== 0) return notReady('log start', logStart.code);
  if (highWatermark.offset !== end.end) return { kind: 'waiting', reason: 'waiting for replicas' };
  return { kind: 'ends', end: end.end, logStart: logStart.offset };
}

function notReady(what: string, code: number): { readonly kind: 'waiting'; readonly reason: string } {
  return { kind: 'waiting', reason: `the ${what} could not be read: ${errorName(code)}` };
}

type Choice =
  | {
      readonly kind: 'chosen';
      readonly point: ProvenPoint | undefined;
      readonly points: readonly ProvenPoint[];
      readonly truncated: Truncation | undefined;
    }
  | { readonly kind: 'waiting'; readonly reason: string };

/** [2.3] First the point is tested; the newest that passes is where the proof begins, at last the lineage's start. */
async function choosePoint(channel: Channel, place: Place, subject: Subject): Promise<Choice> {
  let truncated: Truncation | undefined;
  const points = subject.memory.provenPoints.filter((point) => isTestable(point, subject.lineageStart));
  for (const [at, point] of points.entries()) {
    const asked = [{ ...place, askedEpoch: point.destinationEpoch }];
    const answer = (await epochEnds(channel, asked)).get(placeKey(place));
    const test = testPoint(point, answer ?? { errorCode: -1, epoch: -1, end: -1n });
    if (test.kind === 'no-answer') return { kind: 'waiting', reason: 'the leader does not know its epochs yet' };
    if (test.kind === 'passed') return { kind: 'chosen', point, points: points.slice(at), truncated };
    truncated = { from: truncated?.from ?? point.offset, to: test.end };
  }
  return { kind: 'chosen', point: undefined, points: [], truncated };
}

/** [2.4] No point says so yet, but what was acknowledged to us is gone. */
function fallen(acknowledged: bigint, end: bigint): Truncation | undefined {
  return acknowledged > end ? { from: acknowledged, to: end } : undefined;
}

/** [2.5] The highest log start that klink may itself have asked for: it follows the source's. */
export function askedLogStart(
  subject: Pick<Subject, 'lineageStart' | 'memory'>,
  source: Pick<SourceView, 'logStart'> | undefined,
): bigint {
  const { provenPoints, sourceLogStart } = subject.memory;
  let asked = higher(subject.lineageStart, sourceLogStart);
  for (const point of provenPoints) asked = higher(asked, point.destinationLogStart);
  return higher(asked, source?.logStart ?? 0n);
}

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
async function prove(task: ProofTask): Promise<Proof> {
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

interface SequenceTask {
  readonly channel: Channel;
  readonly place: Place;
  readonly subject: Subject;
  readonly point: ProvenPoint | undefined;
  readonly fold: DestinationFold;
  readonly logStart: bigint;
}

type SequenceOutcome =
  | { readonly kind: 'known'; readonly next: number }
  | { readonly kind: 'waiting'; readonly reason: string }
  | { readonly kind: 'failed'; readonly finding: Finding };

async function readSequence(task: SequenceTask): Promise<SequenceOutcome> {
  const { channel, place, subject, point, fold, logStart } = task;
  // [3.1] Followers answer DescribeProducers too: the epoch is checked before (by the log end) and after.
  const producer = await producerState(channel, place, subject.ids.data);
  if (producer.code !== 0) return notReady('producer state', producer.code);
  const after = endOf((await epochEnds(channel, [place])).get(placeKey(place)), place.leaderEpoch);
  if (after.code !== 0) return notReady('leader epoch', after.code);
  const begin = point?.offset ?? subject.lineageStart;
  const passed = logStart > begin;
  const verdict = nextSequence({
    lastInLog: fold.lastSequence,
    // The barrier's own epoch has no sequence of data.
    lastAtLeader: fold.barrier === undefined ? producer.state?.lastSequence : undefined,
    point: point && !passed ? { nextSequence: point.nextSequence, recordsSince: fold.dataRecords } : undefined,
    passedPoint: point && passed ? { nextSequence: point.nextSequence } : undefined,
    offsetsSince: passed ? fold.position - begin : undefined,
  });
  if (verdict.kind === 'known') return verdict;
  if (verdict.kind === 'read-again') return { kind: 'waiting', reason: verdict.detail };
  return { kind: 'failed', finding: { reason: 'DIVERGED', offset: begin, detail: verdict.detail } };
}

function missingFront(asked: bigint, logStart: bigint): Finding {
  const detail = `the mirror's log start is ${logStart}, klink asked for ${asked} at most`;
  return { reason: 'RANGE_LOST', offset: asked, detail };
}

function recreated(subject: Subject): Finding {
  const detail = `${subject.mirrorTopic} is another topic now`;
  return { reason: 'DESTINATION_RECREATED', offset: subject.lineageStart, detail };
}
