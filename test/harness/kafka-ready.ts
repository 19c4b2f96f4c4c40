/** Waits until a broker is one of its cluster and serves the partitions that it leads. */
import type { Address } from '../../src/base/connection.js';
import { listOffsets } from '../../src/protocol/api/list-offsets.js';
import { metadata } from '../../src/protocol/api/metadata.js';
import { until } from './until.js';
import { Wire } from './wire.js';

export interface Starting {
  readonly id: number;
  readonly address: Address;
  /** Of the whole cluster. */
  readonly nodes: number;
  readonly ended: () => boolean;
}

const READY_WITHIN_MS = 90_000;
const LATEST = -1n;

export async function awaitReady(starting: Starting): Promise<void> {
  let ended = false;
  await until(`node ${starting.id} serves`, READY_WITHIN_MS, async () => {
    ended = starting.ended();
    if (ended) return true;
    const wire = await Wire.open(starting.address);
    try {
      return await serves(wire, starting);
    } finally {
      wire.close();
    }
  });
  if (ended) throw new Error('it ended');
}

async function serves(wire: Wire, { id, nodes }: Starting): Promise<boolean> {
  const { brokers, topics } = await wire.ask(metadata, { topics: null, allowAutoTopicCreation: false });
  if (!brokers.some(({ nodeId }) => nodeId === id)) return false;
  const partitions = topics.flatMap((topic) => topic.partitions);
  // With one node nobody else can lead; with more, others may be down for long.
  if (nodes === 1 && partitions.some(({ leaderId }) => leaderId !== id)) return false;
  const led = topics.map((topic) => ({
    name: topic.name ?? '',
    partitions: topic.partitions
      .filter(({ leaderId }) => leaderId === id)
      .map(({ partitionIndex }) => ({ partitionIndex, currentLeaderEpoch: -1, timestamp: LATEST })),
  }));
  const asked = led.filter((topic) => topic.partitions.length > 0);
  if (asked.length === 0) return true;
  const answer = await wire.ask(listOffsets, { replicaId: -1, isolationLevel: 0, topics: asked });
  return answer.topics.every((topic) => topic.partitions.every(({ errorCode }) => errorCode === 0));
}
