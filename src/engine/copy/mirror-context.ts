/** What a partition mirror is given by the engine that owns it. */
import type { Clock } from '../../base/clock.js';
import type { Log } from '../../base/log.js';
import type { Random } from '../../base/random.js';
import type { MirrorAssignment, PartitionFailure, Truncation } from '../../model/assignment.js';
import type { DestinationWriter } from './destination-writer.js';
import type { EngineLimits } from './engine-types.js';
import type { HeldBytes } from './held-bytes.js';
import type { MarkerWriter } from './marker-writer.js';
import type { Room } from './room.js';
import type { SourceReader } from './source-reader.js';
import type { SettleTools } from './subject.js';
import type { WindowRules } from './window.js';

export interface OfPartition {
  readonly linkId: string;
  readonly mirrorTopic: string;
  readonly partition: number;
}

export interface MirrorContext {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly limits: EngineLimits;
  readonly reader: SourceReader;
  readonly writer: DestinationWriter;
  markers(broker: number): MarkerWriter;
  settleTools(asksSource: boolean): SettleTools;
  dataId(assignment: MirrorAssignment): bigint;
  /** Every M up to the journalled number. */
  markerIds(): ReadonlySet<bigint>;
  /** Undefined: the destination's limits were not read yet. */
  windowRules(): WindowRules | undefined;
  /** [3.6] Resolves when a journal read since the last stall or lost connection allows to append. */
  confirmed(): Promise<void>;
  /** [3.6] A connection was lost: what the journal said may be old. */
  doubt(): void;
  /** [3.6] The event loop did not turn until just now, and the watch that says so has not run yet. */
  stalled(): boolean;
  room(): Room;
  readonly held: HeldBytes;
  clampGroups(mirrorTopic: string, partition: number, end: bigint): Promise<void>;
  /** Look at the working settings of this topic now. */
  checkSettings(mirrorTopic: string): void;
  failed(partition: OfPartition, failure: PartitionFailure): void;
  truncated(partition: OfPartition, range: Truncation): void;
  overtaken(partition: OfPartition, range: { readonly from: bigint; readonly to: bigint }): void;
  fenced(partition: OfPartition): void;
}
