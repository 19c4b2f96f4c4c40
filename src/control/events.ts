/**
 * What can happen to links, mirrors, accounts and keys: the only way state changes (`apply.ts`). Each event changes one entity. Times,
 * ids and random bits are in the event, so that applying it again gives the same state.
 */
import type { Lineage, MarkerIdentity, PartitionFailure, Truncation } from '../model/assignment.js';
import type { DecisionStamp } from '../model/decision.js';
import type { FenceMode, LinkError } from '../model/link.js';
import type {
  ClampedGroup,
  FinalPosition,
  PartitionEnd,
  RetentionChoice,
  SettingChanges,
  TopicSettings,
  WaivedBarrier,
} from '../model/mirror.js';
import type { AccountEvent, KeyEvent } from './identity/events.js';

interface OfLink {
  readonly linkId: string;
}
interface OfMirror extends OfLink {
  readonly mirrorTopic: string;
}

export type ControllerEvent = { readonly kind: 'took-over' };

export type LinkEvent =
  | ({
      readonly kind: 'link-created';
      readonly name: string;
      readonly sourceClusterId: string | undefined;
      readonly settings: Readonly<Record<string, string>>;
      readonly fence: FenceMode;
      readonly marker: MarkerIdentity;
    } & OfLink)
  | ({ readonly kind: 'link-altered'; readonly settings: Readonly<Record<string, string>> } & OfLink)
  | ({ readonly kind: 'link-paused' } & OfLink)
  | ({ readonly kind: 'link-resumed' } & OfLink)
  | ({ readonly kind: 'link-failed'; readonly error: LinkError; readonly message: string } & OfLink)
  | ({ readonly kind: 'link-recovered' } & OfLink)
  | ({ readonly kind: 'source-identified'; readonly sourceClusterId: string } & OfLink)
  | ({ readonly kind: 'marker-raised'; readonly marker: MarkerIdentity } & OfLink)
  | ({ readonly kind: 'link-deletion-begun' } & OfLink)
  | ({ readonly kind: 'link-deleted' } & OfLink);

export type MirrorEvent =
  | ({
      readonly kind: 'mirror-created';
      readonly sourceTopic: string;
      readonly sourceTopicId: string;
      readonly lineage: Lineage;
      readonly partitions: number;
      readonly replicationFactor: number;
      readonly wanted: TopicSettings;
      readonly independent: TopicSettings;
    } & OfMirror)
  | ({ readonly kind: 'mirror-made'; readonly destinationTopicId: string } & OfMirror)
  /** Its topic cannot be made; `reason` goes to the audit. */
  | ({ readonly kind: 'mirror-abandoned'; readonly reason: string } & OfMirror)
  | ({ readonly kind: 'mirror-paused' } & OfMirror)
  | ({ readonly kind: 'mirror-resumed' } & OfMirror)
  | ({ readonly kind: 'partitions-failed'; readonly failures: readonly PartitionFailure[] } & OfMirror)
  | ({ readonly kind: 'destination-truncated'; readonly partition: number } & Truncation & OfMirror)
  | ({ readonly kind: 'mirror-grown'; readonly partitions: number } & OfMirror)
  | ({ readonly kind: 'wanted-changed'; readonly wanted: TopicSettings } & OfMirror)
  | ({ readonly kind: 'promotion-begun'; readonly retention: RetentionChoice } & OfMirror)
  | ({ readonly kind: 'promotion-caught-up' } & OfMirror)
  | ({ readonly kind: 'promotion-fell-behind'; readonly reason: string } & OfMirror)
  | ({ readonly kind: 'failover-begun'; readonly retention: RetentionChoice } & OfMirror)
  | ({ readonly kind: 'barriers-waived'; readonly waived: readonly WaivedBarrier[] } & OfMirror)
  | StepEvent
  | ({ readonly kind: 'deferred-settings-applied' } & OfMirror)
  | ({ readonly kind: 'mirror-forgotten' } & OfMirror);

/** The steps of §8, each recorded when it is done and with what the next one needs. */
export type StepEvent =
  | ({ readonly kind: 'engine-settled' } & OfMirror)
  | ({ readonly kind: 'ends-proven'; readonly ends: readonly PartitionEnd[] } & OfMirror)
  | ({ readonly kind: 'proof-outdated'; readonly reason: string } & OfMirror)
  | ({ readonly kind: 'barriers-written' } & OfMirror)
  /** These groups stand above an end and are about to be lowered to it. */
  | ({ readonly kind: 'clamp-begun'; readonly clamped: readonly ClampedGroup[] } & OfMirror)
  | ({ readonly kind: 'groups-clamped'; readonly clamped: readonly ClampedGroup[] } & OfMirror)
  | ({ readonly kind: 'settings-applied'; readonly notes: readonly string[] } & OfMirror)
  | ({
      readonly kind: 'mirror-stopped';
      /** [1.1] Raised: whatever is mirrored to this topic later is another history. */
      readonly lineage: Lineage;
      readonly positions: readonly FinalPosition[];
      readonly deferred: { readonly settings: SettingChanges; readonly dueAtMs: number } | undefined;
    } & OfMirror);

/** ACL sync. Each text is a line of `model/acl.ts`. */
export type AclEvent =
  | ({
      readonly kind: 'acls-recorded';
      /** About to be created at the destination: recorded first, so that none is there that nobody answers for. */
      readonly added: readonly string[];
      /** They are gone from the destination. */
      readonly dropped: readonly string[];
      /** All of them, if they have changed: denied by the source as the fence denies, and not applied [6.3]. */
      readonly held: readonly string[] | undefined;
    } & OfLink)
  | ({ readonly kind: 'acls-forgotten' } & OfLink);

export type ControlEvent = ControllerEvent | LinkEvent | MirrorEvent | AclEvent | AccountEvent | KeyEvent;

/** An event with the decision it belongs to: what the journal holds and what is applied. */
export interface Recorded {
  readonly stamp: DecisionStamp;
  /** Wall clock of the decision. */
  readonly atMs: number;
  readonly event: ControlEvent;
}
