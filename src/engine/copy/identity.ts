/**
 * Who writes: D, the producer id of a mirror topic's data, and M, that of a link's gap markers. Both are derived, so any
 * klink that knows the journal knows them, and brokers never give such numbers out (allocated ids count up from 0).
 * Spec: docs/spec/engine.md 1.1, 1.2.
 */
import { createHash } from 'node:crypto';
import type { Lineage, MarkerIdentity } from '../../model/assignment.js';

/** D never changes its epoch; the promotion barrier is the only thing that does. */
export const DATA_EPOCH = 0;
/** The barrier's epoch: nobody can raise it any more. */
export const BARRIER_EPOCH = 32_767;
/** [1.2] At this epoch M's number is raised instead: 32767 is never used. */
export const MARKER_EPOCH_MAX = 32_766;

const TWO_62 = 1n << 62n;

export interface DataIdentity {
  readonly linkId: string;
  readonly destinationTopicId: string;
  readonly lineage: Pick<Lineage, 'number' | 'random'>;
}

/** [1.2] D: the lineage's random bits are part of it, since a restored counter alone would reuse ids (T11). */
export function dataProducerId({ linkId, destinationTopicId, lineage }: DataIdentity): bigint {
  return derived(['D', linkId, destinationTopicId, String(lineage.number), lineage.random]);
}

/** [1.2] M: one per link and destination; the number rises when its epochs are used up. */
export function markerProducerId(linkId: string, number: number): bigint {
  return derived(['M', linkId, String(number)]);
}

/** [1.2] Every M up to the journalled number: what the tail proof takes for ours. */
export function markerProducerIds(linkId: string, numberMax: number): ReadonlySet<bigint> {
  const ids = new Set<bigint>();
  for (let number = 0; number <= numberMax; number++) ids.add(markerProducerId(linkId, number));
  return ids;
}

/** [1.2] The identity after this one; the caller journals it before its first use. */
export function nextMarkerIdentity(now: MarkerIdentity): MarkerIdentity {
  if (now.epoch >= MARKER_EPOCH_MAX) return { number: now.number + 1, epoch: 0 };
  return { number: now.number, epoch: now.epoch + 1 };
}

/** 2⁶² + 62 bits: never negative (a negative id would switch the sequence check off), never an allocated one. */
function derived(parts: readonly string[]): bigint {
  const digest = createHash('sha256').update(parts.join('\0')).digest();
  return TWO_62 + (digest.readBigUInt64BE(0) & (TWO_62 - 1n));
}
