/**
 * What `retention.ms` will delete at a given time, asked of the leaders beforehand: everything below the first record that
 * is young enough. An upper bound, since a log loses whole segments only. Deletes nothing and guesses no default.
 * Spec: docs/spec/promotion.md 8 (5).
 */
import { brokerConfig, topicConfig } from '../../client/admin/configs.js';
import { type Place, placeKey } from '../../client/admin/leaders.js';
import { listOffsets, type OffsetSpec } from '../../client/admin/offsets.js';
import type { KafkaCluster } from '../../client/types.js';
import { type Unavailable, unavailable } from '../outcome.js';
import { OWN_SETTING } from './settings.js';

const RETENTION = 'retention.ms';
/** Somebody waits for the answer, and a partition without leader has none. */
const WITHIN_MS = 5_000;
/** A broker's default, in the order in which it counts: the finest unit that is set. */
const BROKER_UNITS_MS: readonly (readonly [string, bigint])[] = [
  ['log.retention.ms', 1n],
  ['log.retention.minutes', 60_000n],
  ['log.retention.hours', 3_600_000n],
];

export interface AgedPartition {
  readonly partition: number;
  readonly logStart: bigint;
  /** Everything below may be deleted. */
  readonly below: bigint;
}

export interface Aged {
  readonly kind: 'done';
  /** Negative: nothing is deleted for its age. */
  readonly retentionMs: bigint;
  /** Undefined: its leader does not say. */
  readonly partitions: readonly (AgedPartition | undefined)[];
}

/** `retention` null: the cluster's default. Rejects as the client does. */
export async function agedOut(
  cluster: KafkaCluster,
  topic: string,
  partitions: number,
  { retention, atMs }: { readonly retention: string | null; readonly atMs: number },
): Promise<Aged | Unavailable> {
  const retentionMs = retention === null ? await defaultRetention(cluster, topic) : BigInt(retention);
  if (retentionMs === undefined) return unavailable(`the cluster does not tell its default of ${RETENTION}`);
  if (retentionMs < 0n) return { kind: 'done', retentionMs, partitions: [] };
  const places = Array.from({ length: partitions }, (_, partition) => ({ topic, partition }));
  const timestampMs = BigInt(Math.floor(atMs)) - retentionMs;
  const starts = await offsets(cluster, places, { kind: 'earliest' });
  const ends = await offsets(cluster, places, { kind: 'latest' });
  const young = timestampMs < 0n ? starts : await offsets(cluster, places, { kind: 'at', timestampMs });
  return {
    kind: 'done',
    retentionMs,
    partitions: places.map(({ partition }) => {
      const [logStart, end, first] = [starts.get(partition), ends.get(partition), young.get(partition)];
      if (logStart === undefined || end === undefined || first === undefined) return undefined;
      return { partition, logStart, below: first < 0n ? end : first };
    }),
  };
}

async function offsets(
  cluster: KafkaCluster,
  places: readonly Place[],
  spec: OffsetSpec,
): Promise<ReadonlyMap<number, bigint>> {
  const found = await listOffsets(cluster, places, spec, { timeoutMs: WITHIN_MS });
  const known = new Map<number, bigint>();
  for (const place of places) {
    const answer = found.get(placeKey(place));
    if (answer?.ok) known.set(place.partition, answer.value.offset);
  }
  return known;
}

/** What holds where the topic has set nothing itself: a topic that has does not tell it, so a broker is asked. */
async function defaultRetention(cluster: KafkaCluster, topic: string): Promise<bigint | undefined> {
  const [own] = await topicConfig(cluster, topic, { names: [RETENTION] });
  if (own && own.source !== OWN_SETTING && own.value !== null) return BigInt(own.value);
  const [broker] = (await cluster.metadata([])).brokers;
  if (broker === undefined) return undefined;
  const entries = await brokerConfig(cluster, broker.id, { names: BROKER_UNITS_MS.map(([name]) => name) });
  for (const [name, unit] of BROKER_UNITS_MS) {
    const text = entries.find((each) => each.name === name)?.value;
    if (text == null) continue;
    const value = BigInt(text);
    return value < 0n ? value : value * unit;
  }
  return undefined;
}
