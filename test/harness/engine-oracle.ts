/**
 * Judges a mirror by reading both logs whole, with nothing of the engine's: where is the first offset at which a reader of
 * the mirror sees something else than at the source, or a writer but klink left something? Contents must be unique.
 */

import { decodeBatch } from '../../src/protocol/records/decode.js';
import { batchesIn } from '../../src/protocol/records/header.js';
import { LogReader, type SeenRecord, textOf } from './engine-log.js';
import type { WireTopic } from './wire-topic.js';

export interface Judgement {
  /** First bad offset of the mirror, and what is wrong there; undefined: nothing is. */
  readonly bad: { readonly offset: bigint; readonly what: string } | undefined;
  readonly sourceStart: bigint;
  /** Last stable offset. */
  readonly sourceEnd: bigint;
  readonly mirrorStart: bigint;
  readonly mirrorEnd: bigint;
  readonly records: number;
}

export async function judge(
  source: WireTopic,
  mirror: WireTopic,
  partition: number,
  ids: { readonly data: bigint; readonly isMarker: (producerId: bigint) => boolean },
): Promise<Judgement> {
  const theirs = await new LogReader(source).visible(partition);
  const sourceStart = await source.known(-2n, { partition });
  const mirrorStart = await mirror.known(-2n, { partition });
  const mirrorEnd = await mirror.known(-1n, { partition });
  let bad: Judgement['bad'];
  let position = mirrorStart;
  let sequence: number | undefined;
  let records = 0;
  const wrong = (offset: bigint, what: string) => {
    bad ??= { offset, what };
  };
  while (position < mirrorEnd && !bad) {
    const answer = await mirror.fetch(position, { partition });
    const before = position;
    for (const batch of batchesIn(answer.records ?? Buffer.alloc(0))) {
      if (batch.kind !== 'batch') throw new Error(`magic ${batch.magic}`);
      if (batch.nextOffset <= position) continue;
      if (batch.baseOffset > position) wrong(position, 'nothing stands there');
      if (!batch.crcMatches()) wrong(position, 'checksum');
      if (batch.isControl) {
        if (!ids.isMarker(batch.producerId)) wrong(position, 'a marker of somebody else');
        const hidden = theirs.records.get(position);
        if (position >= sourceStart && hidden) wrong(position, 'a marker where the source has a record');
        if (position >= theirs.stable) wrong(position, 'a marker above the source end');
      } else {
        if (batch.producerId !== ids.data) wrong(position, 'records of somebody else');
        if (sequence !== undefined && batch.baseSequence !== sequence) {
          wrong(position, `sequence ${batch.baseSequence} where ${sequence} is due`);
        }
        sequence = batch.baseSequence + batch.recordCount;
        for (const record of decodeBatch(batch)) {
          if (record.offset < position) continue;
          records++;
          const twin = theirs.records.get(record.offset);
          if (record.offset >= sourceStart && (twin === undefined || different(twin, record))) {
            wrong(record.offset, `${textOf(record)} where the source has ${twin ? textOf(twin) : 'nothing'}`);
          }
        }
      }
      position = batch.nextOffset;
    }
    if (position === before) throw new Error(`the mirror gives nothing at ${position}`);
  }
  return { bad, sourceStart, sourceEnd: theirs.stable, mirrorStart, mirrorEnd, records };
}

function different(one: SeenRecord, other: SeenRecord): boolean {
  return textOf(one) !== textOf(other);
}
