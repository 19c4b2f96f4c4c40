/**
 * Where a partition stands and whether that is right: reads the destination's end, tests the proven points, proves the
 * tail against the source, finds the next sequence, and reads the end again. Appends nothing. Gives a settled position,
 * a failure with its first bad offset, or a reason to wait. Spec: docs/spec/engine.md 2.1–2.6, 3.1.
 */
import type { Channel } from '../../client/types.js';
import type { ProvenPoint, SourceEpochStart, Truncation } from '../../model/assignment.js';
import { choosePoint, notReady, readEnds } from './log-ends.js';
import { endOf, epochEnds, type Place, placeKey, producerState } from './log-probe.js';
import { higher } from './offsets.js';
import type { DestinationFold, Finding } from './proof.js';
import { nextSequence } from './sequence.js';
import { SourceView } from './source-view.js';
import type { SettleTools, Subject } from './subject.js';
import { prove } from './tail-proof.js';
import type { Leader } from './topology.js';

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
  /** [2.4] `lost`: what the destination lost, and where its log ends now, whatever is waited for. */
  | {
      readonly kind: 'waiting';
      readonly reason: string;
      readonly lost?: { readonly range: Truncation; readonly end: bigint };
    }
  /** [2.4] What the destination lost is told, whatever is found besides. */
  | { readonly kind: 'failed'; readonly finding: Finding; readonly truncated: Truncation | undefined };

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
  if (truncated && source.kind !== 'open' && tools.source) {
    return { kind: 'waiting', reason: source.reason, lost: { range: truncated, end: ends.end } };
  }

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
  const identityAfter = topology.identity(subject.mirrorTopic, subject.destinationTopicId);
  if (identityAfter === 'recreated') return failed(recreated(subject));
  if (identityAfter !== 'same') return waiting('the mirror topic does not exist at the destination');

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
