/**
 * What promotion and failover ask of one partition of the destination: is its tail proven, and is its barrier there.
 * Needs the source only where it is named. Spec: docs/spec/promotion.md §8.
 */
import type { KafkaCluster, Surroundings } from '../../client/types.js';
import type { MirrorAssignment, PartitionFailure } from '../../model/assignment.js';
import { provePartition } from '../copy/prove-partition.js';
import type { LeaseView } from '../lease-view.js';
import { type Done, ofError, type Refused, type Unavailable, unavailable } from '../outcome.js';
import type { SourceAddress } from '../source/address.js';
import type { SourceClusters } from '../source/source-clusters.js';
import { type Waiting, writeBarrier } from './barrier.js';
import { barrierObstacle, type Obstacle } from './obstacle.js';

export interface PromotionOptions extends Pick<Surroundings, 'clock' | 'random' | 'log'> {
  /** The destination, as engine principal. */
  readonly cluster: KafkaCluster;
  readonly sources: SourceClusters;
  /** [4.1] Barriers are markers: a new owner waits before its first. */
  readonly lease: Pick<LeaseView, 'mayWriteMarkers'>;
}

export interface EndingRequest {
  readonly assignment: MirrorAssignment;
  readonly partition: number;
  /** Highest journalled number of M. */
  readonly markerNumber: number;
}

export type Proof =
  | {
      readonly kind: 'proven';
      readonly end: bigint;
      readonly hasBarrier: boolean;
      readonly sourceUnread: string | undefined;
    }
  | { readonly kind: 'failed'; readonly failure: PartitionFailure }
  | Waiting
  | Unavailable;

export interface Promotion {
  obstacle(request: Pick<EndingRequest, 'assignment' | 'partition'>): Promise<Obstacle>;
  prove(request: EndingRequest & { readonly source: SourceAddress | undefined }): Promise<Proof>;
  barrier(
    request: EndingRequest & { readonly end: bigint | undefined },
  ): Promise<Done | { readonly kind: 'moved'; readonly reason: string } | Waiting | Refused | Unavailable>;
}

export function createPromotionPort(options: PromotionOptions): Promotion {
  const strays = new Set<string>();
  return {
    async obstacle({ assignment, partition }) {
      try {
        return await barrierObstacle(options.cluster, assignment, partition);
      } catch (error) {
        return ofError(error);
      }
    },

    async prove({ source: address, ...request }) {
      const borrowed = address && options.sources.borrow(address);
      try {
        const source = borrowed?.ok ? borrowed.value.cluster : undefined;
        const outcome = await provePartition({ ...request, destination: options.cluster, source });
        if (outcome.kind !== 'proven') return outcome;
        const { end, hasBarrier, sourceUnread } = outcome;
        return {
          kind: 'proven',
          end,
          hasBarrier,
          sourceUnread: borrowed?.ok === false ? borrowed.error : sourceUnread,
        };
      } catch (error) {
        return unavailable(ofError(error).reason);
      } finally {
        if (borrowed?.ok) borrowed.value.giveBack();
      }
    },

    async barrier({ assignment, partition, end }) {
      try {
        return await writeBarrier({ ...options, strays }, { assignment, partition, end });
      } catch (error) {
        return unavailable(ofError(error).reason);
      }
    },
  };
}
