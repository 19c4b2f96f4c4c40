/**
 * From decided states and what is observed of the source to the published names: total, so that no combination can show
 * a name outside the published enums (a client that decodes them breaks on any other). Spec: docs/spec/states.md.
 */
import type { FailureReason, PartitionFailure } from './assignment.js';
import type { Link, LinkKind } from './link.js';
import { failuresOf, type Mirror, type MirrorKind } from './mirror.js';

/** `unavailable`: not a single answer for as long as the published five minutes. */
export type Reachability = 'reachable' | 'unavailable';

export const publishedMirrorStatus = [
  'ACTIVE',
  'FAILED',
  'LINK_FAILED',
  'LINK_PAUSED',
  'PAUSED',
  'PENDING_STOPPED',
  'SOURCE_UNAVAILABLE',
  'STOPPED',
  'PENDING_MIRROR',
  'PENDING_SYNCHRONIZE',
  'PENDING_SETUP_FOR_RESTORE',
  'PENDING_RESTORE',
] as const;
export type MirrorStatus = (typeof publishedMirrorStatus)[number];

export type LinkState = 'ACTIVE' | 'FAILED' | 'UNAVAILABLE' | 'PAUSED' | 'UNKNOWN';

export type MirrorTopicError =
  | 'NO_ERROR'
  | 'SOURCE_TOPIC_ID_CHANGED'
  | 'UNEXPECTED_TRUNCATION'
  | 'UNSUPPORTED_MESSAGE_FORMAT'
  | 'ILLEGAL_STATE';

type StatusRow = Readonly<Record<LinkKind, Readonly<Record<Reachability, MirrorStatus>>>>;

const always = (status: MirrorStatus): StatusRow => {
  const both = { reachable: status, unavailable: status };
  return { ACTIVE: both, PAUSED: both, FAILED: both, DELETING: both };
};

/** Only what is copied right now can be held up by its link or its source; all else is already explained. */
export const statusTable: Readonly<Record<MirrorKind, StatusRow>> = {
  CREATING: always('PENDING_MIRROR'),
  ACTIVE: {
    ACTIVE: { reachable: 'ACTIVE', unavailable: 'SOURCE_UNAVAILABLE' },
    PAUSED: { reachable: 'LINK_PAUSED', unavailable: 'LINK_PAUSED' },
    FAILED: { reachable: 'LINK_FAILED', unavailable: 'LINK_FAILED' },
    DELETING: { reachable: 'PENDING_STOPPED', unavailable: 'PENDING_STOPPED' },
  },
  PAUSED: always('PAUSED'),
  FAILED: always('FAILED'),
  PROMOTING: always('PENDING_STOPPED'),
  STOPPING: always('PENDING_STOPPED'),
  STOPPED: always('STOPPED'),
};

export const linkStateTable: Readonly<Record<LinkKind, Readonly<Record<Reachability, LinkState>>>> = {
  ACTIVE: { reachable: 'ACTIVE', unavailable: 'UNAVAILABLE' },
  PAUSED: { reachable: 'PAUSED', unavailable: 'PAUSED' },
  FAILED: { reachable: 'FAILED', unavailable: 'FAILED' },
  DELETING: { reachable: 'UNKNOWN', unavailable: 'UNKNOWN' },
};

export const topicErrorTable: Readonly<Record<FailureReason, MirrorTopicError>> = {
  SOURCE_RECREATED: 'SOURCE_TOPIC_ID_CHANGED',
  TRUNCATED: 'UNEXPECTED_TRUNCATION',
  UNSUPPORTED_BATCH: 'UNSUPPORTED_MESSAGE_FORMAT',
  FOREIGN_WRITE: 'ILLEGAL_STATE',
  DIVERGED: 'ILLEGAL_STATE',
  RANGE_LOST: 'ILLEGAL_STATE',
  OVERSHOOT: 'ILLEGAL_STATE',
  DESTINATION_RECREATED: 'ILLEGAL_STATE',
  SETTINGS_CHANGED: 'ILLEGAL_STATE',
};

export function mirrorStatus(mirror: Mirror, link: Link, source: Reachability): MirrorStatus {
  return statusTable[mirror.kind][link.kind][source];
}

/** Of several failures the published field can hold one: the first that has a name of its own, else the first. */
export function mirrorTopicError(mirror: Mirror): MirrorTopicError {
  const errors = failuresOf(mirror).map((failure: PartitionFailure) => topicErrorTable[failure.reason]);
  return errors.find((error) => error !== 'ILLEGAL_STATE') ?? errors[0] ?? 'NO_ERROR';
}

export function linkState(link: Link, source: Reachability): LinkState {
  return linkStateTable[link.kind][source];
}
