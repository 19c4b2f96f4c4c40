/**
 * The barrier: one marker of D at epoch 32767, behind which no late batch of the mirror can be appended while the leader
 * remembers D. Looks first, writes at most once per call, and believes the log only; after a lost answer the next call
 * waits a quiet time before it looks. Refuses to write at any other end than the proven one.
 * Spec: docs/spec/promotion.md 8 (3).
 */
import { sleep } from '../../base/clock.js';
import { type Channel, type KafkaCluster, OutcomeUnknown, type Surroundings } from '../../client/types.js';
import type { MirrorAssignment } from '../../model/assignment.js';
import { errorCode, errorName } from '../../protocol/errors.js';
import { batchesIn } from '../../protocol/records/header.js';
import { BARRIER_EPOCH, dataProducerId } from '../copy/identity.js';
import { notReady, readEnds } from '../copy/log-ends.js';
import { logEnd, type Place, placeKey, producerState, readOnce } from '../copy/log-probe.js';
import { sendMarkers } from '../copy/markers.js';
import { mirrorOf, Topology } from '../copy/topology.js';
import type { LeaseView } from '../lease-view.js';
import { type Done, done, type Refused, refused } from '../outcome.js';

const PURPOSE = 'barrier';
/** Above the default of `replica.lag.time.max.ms`: a slow replica looks exactly like a lost reply (4.2). */
const ANSWER_TIMEOUT_MS = 45_000;
/** [4.3] So long after a new connection answers, what was lost on an old one may still be executed (E7). */
const QUIET_MS = 1_500;
const READ_BYTES = 64 << 10;

export interface BarrierTools extends Pick<Surroundings, 'clock' | 'random' | 'log'> {
  readonly cluster: KafkaCluster;
  readonly lease: Pick<LeaseView, 'mayWriteMarkers'>;
  /** Partitions with a barrier that was sent and not answered: looked at only after a quiet time. */
  readonly strays: Set<string>;
}

export interface BarrierRequest {
  readonly assignment: MirrorAssignment;
  readonly partition: number;
  /** The proven end; undefined: the partition failed, and the barrier goes to its log end. */
  readonly end: bigint | undefined;
}

export interface Waiting {
  readonly kind: 'waiting';
  readonly reason: string;
}

export type BarrierOutcome = Done | { readonly kind: 'moved'; readonly reason: string } | Waiting | Refused;

const waiting = (reason: string): Waiting => ({ kind: 'waiting', reason });

/** Rejects as the client does when the destination does not answer; asking again is safe. */
export async function writeBarrier(tools: BarrierTools, request: BarrierRequest): Promise<BarrierOutcome> {
  const { assignment, partition } = request;
  const topology = new Topology(tools.cluster);
  topology.want([mirrorOf(assignment)]);
  const identity = await checkIdentity(topology, assignment);
  if (identity) return identity;
  const leader = topology.leader(assignment.mirrorTopic, partition);
  if (leader === undefined) return waiting('no leader');
  const channel = await tools.cluster.channel(leader.broker, PURPOSE);
  const place = { topic: assignment.mirrorTopic, partition, leaderEpoch: leader.epoch };
  const subject = { channel, place, assignment };

  const stray = `${assignment.destinationTopicId}/${partition}`;
  if (tools.strays.has(stray)) {
    const answers = await logEnd(channel, place);
    if (answers.code !== 0) return notReady('log end', answers.code);
    await sleep(tools.clock, QUIET_MS);
    tools.strays.delete(stray);
  }
  const seen = await look(subject, request.end);
  if (seen.kind !== 'bare') return seen.kind === 'there' ? ((await checkIdentity(topology, assignment)) ?? done) : seen;
  // [4.1] Asked right before sending: nothing asynchronous stands between this line and the request.
  if (!tools.lease.mayWriteMarkers()) return waiting('not the exclusive owner, or not yet');
  const marker = {
    producerId: dataProducerId(assignment),
    epoch: BARRIER_EPOCH,
    entries: 1,
    targets: [{ topic: assignment.mirrorTopic, partition }],
  };
  let code: number;
  try {
    code = (await sendMarkers(channel, marker, ANSWER_TIMEOUT_MS)).get(placeKey(place)) ?? NO_ANSWER;
  } catch (error) {
    if (!(error instanceof OutcomeUnknown)) throw error;
    channel.reset('a barrier was not answered');
    tools.strays.add(stray);
    tools.log.warn({ topic: place.topic, partition, reason: error.message }, 'a barrier was not answered');
    return waiting('the answer to the barrier was lost; whether it was written is looked at');
  }
  // The code is no proof either way (R6): what stands at the end is.
  const after = await look(subject, seen.end);
  if (after.kind === 'there') return (await checkIdentity(topology, assignment)) ?? done;
  if (after.kind === 'bare') return waiting(`the barrier was not written: ${errorName(code)}`);
  return after;
}

const NO_ANSWER = errorCode.UNKNOWN_SERVER_ERROR;

interface Subject {
  readonly channel: Channel;
  readonly place: Place;
  readonly assignment: MirrorAssignment;
}

/** [1.3] Markers go by name: the name must stand for the journalled topic before and after. Undefined: it does. */
async function checkIdentity(topology: Topology, assignment: MirrorAssignment): Promise<Refused | Waiting | undefined> {
  await topology.refresh();
  const identity = topology.identity(assignment.mirrorTopic, assignment.destinationTopicId);
  if (identity === 'same') return undefined;
  if (identity === 'recreated') return refused(`${assignment.mirrorTopic} is another topic now`);
  return waiting('the mirror topic does not exist at the destination');
}

type Sight =
  /** The barrier stands in the log, or the leader knows of it. */
  | { readonly kind: 'there' }
  /** It does not, and every replica has all up to `end`, where it belongs. */
  | { readonly kind: 'bare'; readonly end: bigint }
  | { readonly kind: 'moved'; readonly reason: string }
  | Waiting;

/** [8 (3)] Is the barrier there? By the log where the log can tell, else by D's state at the leader (T11). */
async function look({ channel, place, assignment }: Subject, end: bigint | undefined): Promise<Sight> {
  const log = await readEnds(channel, place);
  if (log.kind === 'waiting') return log;
  if (end !== undefined && log.end < end) return moved(end, log.end);

  // At the proven end; where none was proven, the last batch tells.
  const at = end ?? log.end - 1n;
  if (at >= log.logStart && at < log.end) {
    const found = await isBarrierAt(channel, place, assignment, at);
    if (typeof found === 'object') return found;
    if (found) return { kind: 'there' };
    if (end !== undefined) return moved(end, log.end);
  }
  const producer = await producerState(channel, place, dataProducerId(assignment));
  if (producer.code !== 0) return notReady('producer state', producer.code);
  // Followers answer that question too: the one asked must still lead.
  const after = await logEnd(channel, place);
  if (after.code !== 0) return notReady('leader epoch', after.code);
  if (after.end !== log.end) return waiting('the log end is moving');
  if (producer.state?.epoch === BARRIER_EPOCH) return { kind: 'there' };
  return end !== undefined && log.end > end ? moved(end, log.end) : { kind: 'bare', end: log.end };
}

async function isBarrierAt(
  channel: Channel,
  place: Place,
  assignment: MirrorAssignment,
  offset: bigint,
): Promise<boolean | Waiting> {
  const read = await readOnce(channel, {
    topic: place.topic,
    topicId: assignment.destinationTopicId,
    partition: place.partition,
    leaderEpoch: place.leaderEpoch,
    position: offset,
    lastFetchedEpoch: -1,
    committedOnly: false,
    bytesMax: READ_BYTES,
    waitMs: 100,
  });
  if (read.code !== 0) return notReady('log', read.code);
  for (const batch of batchesIn(read.records)) {
    if (batch.kind === 'foreign') return false;
    if (batch.nextOffset <= offset) continue;
    return batch.isControl && batch.producerId === dataProducerId(assignment) && batch.producerEpoch === BARRIER_EPOCH;
  }
  return waiting(`the leader gave nothing to read at offset ${offset}`);
}

function moved(end: bigint, found: bigint): Sight {
  return { kind: 'moved', reason: `the log end is ${found}, and no barrier stands at the proven end ${end}` };
}
