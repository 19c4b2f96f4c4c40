/**
 * The records of `_klink.seen` up to where it ends now, the last few of each key: a late one of an earlier controller may
 * stand behind the one that counts (5.2), and who reads them knows which is which. Memory grows with the keys, not with the
 * log. Plain records, read as they are: nothing is decided by them.
 */
import { decodeBatch } from '../../protocol/records/decode.js';
import type { ProducerSurroundings } from '../transactions/transactional-producer.js';
import type { KeyedValue } from './batches.js';
import { SEEN_TOPIC } from './journal-topics.js';
import { type ReadOptions, type ReadOutcome, readLog } from './read-log.js';

const KEPT_PER_KEY = 4;

export interface SeenRecord {
  readonly key: string;
  readonly value: string | null;
}

export async function readObservations(
  around: ProducerSurroundings,
  topicId: string,
  reading: ReadOptions,
): Promise<
  { readonly kind: 'seen'; readonly records: readonly SeenRecord[] } | Exclude<ReadOutcome, { readonly kind: 'read' }>
> {
  const kept = new Map<string, { readonly offset: bigint; readonly record: SeenRecord }[]>();
  let end: bigint | undefined;
  const outcome = await readLog(
    around,
    {
      topic: SEEN_TOPIC,
      topicId,
      from: 'start',
      committedOnly: false,
      visit(batch) {
        if (batch.kind === 'foreign' || batch.isControl || batch.recordCount === 0) return;
        for (const { offset, key, value } of decodeBatch(batch)) {
          if (key === null) continue;
          const record = { key: key.toString('utf8'), value: value?.toString('utf8') ?? null } satisfies KeyedValue;
          const known = kept.get(record.key) ?? [];
          kept.set(record.key, [...known.slice(1 - KEPT_PER_KEY), { offset, record }]);
        }
      },
      enough({ position, highWatermark }) {
        end ??= highWatermark;
        return position >= end;
      },
    },
    reading,
  );
  if (outcome.kind !== 'read') return outcome;
  const inOrder = [...kept.values()].flat().sort((one, other) => (one.offset < other.offset ? -1 : 1));
  return { kind: 'seen', records: inOrder.map(({ record }) => record) };
}
