/**
 * Where a partition's log begins and ends at its leader, and from which proven point on it is read. Gives a reason to wait
 * where the leader does not know it yet. Spec: docs/spec/engine.md 2.1, 2.3, 2.4.
 */
import type { Channel } from '../../client/types.js';
import type { ProvenPoint, Truncation } from '../../model/assignment.js';
import { errorName } from '../../protocol/errors.js';
import { epochEnds, logEnd, offsetOf, type Place, placeKey } from './log-probe.js';
import { isTestable, testPoint } from './point.js';
import type { Subject } from './subject.js';

export interface Ends {
  readonly kind: 'ends';
  readonly end: bigint;
  readonly logStart: bigint;
}

/** [2.1] Log end, and high watermark = log end under one leader epoch; until then the partition waits (T13). */
export async function readEnds(
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

export function notReady(what: string, code: number): { readonly kind: 'waiting'; readonly reason: string } {
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
export async function choosePoint(channel: Channel, place: Place, subject: Subject): Promise<Choice> {
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
