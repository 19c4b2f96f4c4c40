/**
 * The state machines: for every decided state and every event the next state, or the error that refuses it. Total by
 * type. `decide` asks them, `apply` obeys them, docs/spec/states.md is generated from them.
 */
import type { ErrorCode } from './errors.js';
import type { LinkKind } from './link.js';
import type { MirrorKind, StoppingStep } from './mirror.js';

/** `removed`: nothing is left of it in the journal. */
export type Cell<Kind> = { readonly next: Kind | 'removed' } | { readonly refused: ErrorCode };

export type MirrorEventKind =
  /** Its topic stands at the destination, with its id. */
  | 'mirror-made'
  | 'mirror-abandoned'
  | 'mirror-paused'
  | 'mirror-resumed'
  | 'partitions-failed'
  /** [2.4] The destination lost acknowledged records of a partition: counted. */
  | 'destination-truncated'
  | 'mirror-grown'
  | 'wanted-changed'
  | 'promotion-begun'
  /** Nothing is left to copy and the groups are synced for the last time. */
  | 'promotion-caught-up'
  /** The source wrote on after that, or could not be asked: back to copying. */
  | 'promotion-fell-behind'
  | 'failover-begun'
  /** The operator ends partitions without barrier that can have none now. */
  | 'barriers-waived'
  | 'engine-settled'
  | 'ends-proven'
  /** A log moved after it was proven. */
  | 'proof-outdated'
  | 'barriers-written'
  /** Groups above an end were found: named before they are moved. */
  | 'clamp-begun'
  | 'groups-clamped'
  | 'settings-applied'
  | 'mirror-stopped'
  | 'deferred-settings-applied'
  | 'mirror-forgotten';

export type LinkEventKind =
  | 'link-altered'
  | 'link-paused'
  | 'link-resumed'
  | 'link-failed'
  | 'link-recovered'
  | 'source-identified'
  | 'marker-raised'
  | 'mirror-added'
  | 'link-deletion-begun'
  | 'link-deleted';

type Row<Kind, Event extends string> = Readonly<Record<Event, Cell<Kind>>>;

const to = <Kind extends string>(next: Kind) => ({ next });
const no = (refused: ErrorCode) => ({ refused });
const steps = (refused: ErrorCode) => ({
  'engine-settled': no(refused),
  'ends-proven': no(refused),
  'proof-outdated': no(refused),
  'barriers-written': no(refused),
  'clamp-begun': no(refused),
  'groups-clamped': no(refused),
  'settings-applied': no(refused),
  'mirror-stopped': no(refused),
  'promotion-fell-behind': no(refused),
});

export const mirrorTable: Readonly<Record<MirrorKind, Row<MirrorKind, MirrorEventKind>>> = {
  CREATING: {
    'mirror-made': to('ACTIVE'),
    'mirror-abandoned': to('removed'),
    'mirror-paused': no('MIRROR_BEING_CREATED'),
    'mirror-resumed': no('MIRROR_BEING_CREATED'),
    'partitions-failed': no('NOT_APPLICABLE'),
    'destination-truncated': no('NOT_APPLICABLE'),
    'mirror-grown': no('MIRROR_BEING_CREATED'),
    'wanted-changed': to('CREATING'),
    'promotion-begun': no('MIRROR_BEING_CREATED'),
    'promotion-caught-up': no('NOT_APPLICABLE'),
    'failover-begun': no('MIRROR_BEING_CREATED'),
    'barriers-waived': no('MIRROR_BEING_CREATED'),
    ...steps('NOT_APPLICABLE'),
    'deferred-settings-applied': no('NOT_APPLICABLE'),
    'mirror-forgotten': to('removed'),
  },
  ACTIVE: {
    'mirror-made': no('NOT_APPLICABLE'),
    'mirror-abandoned': no('NOT_APPLICABLE'),
    'mirror-paused': to('PAUSED'),
    'mirror-resumed': no('MIRROR_ACTIVE'),
    'partitions-failed': to('FAILED'),
    'destination-truncated': to('ACTIVE'),
    'mirror-grown': to('ACTIVE'),
    'wanted-changed': to('ACTIVE'),
    'promotion-begun': to('PROMOTING'),
    'promotion-caught-up': no('NOT_APPLICABLE'),
    'failover-begun': to('STOPPING'),
    'barriers-waived': no('MIRROR_NOT_ENDING'),
    ...steps('NOT_APPLICABLE'),
    'deferred-settings-applied': no('NOT_APPLICABLE'),
    'mirror-forgotten': to('removed'),
  },
  PAUSED: {
    'mirror-made': no('NOT_APPLICABLE'),
    'mirror-abandoned': no('NOT_APPLICABLE'),
    'mirror-paused': no('MIRROR_PAUSED'),
    'mirror-resumed': to('ACTIVE'),
    'partitions-failed': to('FAILED'),
    'destination-truncated': to('PAUSED'),
    'mirror-grown': to('PAUSED'),
    'wanted-changed': to('PAUSED'),
    'promotion-begun': to('PROMOTING'),
    'promotion-caught-up': no('NOT_APPLICABLE'),
    'failover-begun': to('STOPPING'),
    'barriers-waived': no('MIRROR_NOT_ENDING'),
    ...steps('NOT_APPLICABLE'),
    'deferred-settings-applied': no('NOT_APPLICABLE'),
    'mirror-forgotten': to('removed'),
  },
  FAILED: {
    'mirror-made': no('NOT_APPLICABLE'),
    'mirror-abandoned': no('NOT_APPLICABLE'),
    'mirror-paused': no('MIRROR_FAILED'),
    'mirror-resumed': no('MIRROR_FAILED'),
    'partitions-failed': to('FAILED'),
    'destination-truncated': to('FAILED'),
    'mirror-grown': to('FAILED'),
    'wanted-changed': to('FAILED'),
    'promotion-begun': no('MIRROR_FAILED'),
    'promotion-caught-up': no('NOT_APPLICABLE'),
    'failover-begun': to('STOPPING'),
    'barriers-waived': no('MIRROR_NOT_ENDING'),
    ...steps('NOT_APPLICABLE'),
    'deferred-settings-applied': no('NOT_APPLICABLE'),
    'mirror-forgotten': to('removed'),
  },
  PROMOTING: {
    'mirror-made': no('NOT_APPLICABLE'),
    'mirror-abandoned': no('NOT_APPLICABLE'),
    'mirror-paused': no('MIRROR_PROMOTING'),
    'mirror-resumed': no('MIRROR_PROMOTING'),
    'partitions-failed': to('FAILED'),
    'destination-truncated': to('PROMOTING'),
    'mirror-grown': to('PROMOTING'),
    'wanted-changed': to('PROMOTING'),
    'promotion-begun': no('MIRROR_PROMOTING'),
    'promotion-caught-up': to('STOPPING'),
    'failover-begun': to('STOPPING'),
    'barriers-waived': no('MIRROR_PROMOTING'),
    ...steps('NOT_APPLICABLE'),
    'deferred-settings-applied': no('NOT_APPLICABLE'),
    'mirror-forgotten': to('removed'),
  },
  STOPPING: {
    'mirror-made': no('NOT_APPLICABLE'),
    'mirror-abandoned': no('NOT_APPLICABLE'),
    'mirror-paused': no('MIRROR_STOPPING'),
    'mirror-resumed': no('MIRROR_STOPPING'),
    'partitions-failed': to('STOPPING'),
    'destination-truncated': to('STOPPING'),
    'mirror-grown': no('MIRROR_STOPPING'),
    'wanted-changed': no('MIRROR_STOPPING'),
    'promotion-begun': no('MIRROR_STOPPING'),
    'promotion-caught-up': no('NOT_APPLICABLE'),
    'promotion-fell-behind': to('PROMOTING'),
    'failover-begun': no('MIRROR_STOPPING'),
    'barriers-waived': to('STOPPING'),
    'engine-settled': to('STOPPING'),
    'ends-proven': to('STOPPING'),
    'proof-outdated': to('STOPPING'),
    'barriers-written': to('STOPPING'),
    'clamp-begun': to('STOPPING'),
    'groups-clamped': to('STOPPING'),
    'settings-applied': to('STOPPING'),
    'mirror-stopped': to('STOPPED'),
    'deferred-settings-applied': no('NOT_APPLICABLE'),
    'mirror-forgotten': to('removed'),
  },
  STOPPED: {
    'mirror-made': no('NOT_APPLICABLE'),
    'mirror-abandoned': no('NOT_APPLICABLE'),
    'mirror-paused': no('MIRROR_STOPPED'),
    'mirror-resumed': no('MIRROR_STOPPED'),
    'partitions-failed': no('MIRROR_STOPPED'),
    'destination-truncated': no('MIRROR_STOPPED'),
    'mirror-grown': no('MIRROR_STOPPED'),
    'wanted-changed': no('MIRROR_STOPPED'),
    'promotion-begun': no('MIRROR_STOPPED'),
    'promotion-caught-up': no('MIRROR_STOPPED'),
    'failover-begun': no('MIRROR_STOPPED'),
    'barriers-waived': no('MIRROR_STOPPED'),
    ...steps('MIRROR_STOPPED'),
    'deferred-settings-applied': to('STOPPED'),
    'mirror-forgotten': to('removed'),
  },
};

export const linkTable: Readonly<Record<LinkKind, Row<LinkKind, LinkEventKind>>> = {
  ACTIVE: {
    'link-altered': to('ACTIVE'),
    'link-paused': to('PAUSED'),
    'link-resumed': no('NOT_APPLICABLE'),
    'link-failed': to('FAILED'),
    'link-recovered': no('NOT_APPLICABLE'),
    'source-identified': to('ACTIVE'),
    'marker-raised': to('ACTIVE'),
    'mirror-added': to('ACTIVE'),
    'link-deletion-begun': to('DELETING'),
    'link-deleted': to('removed'),
  },
  PAUSED: {
    'link-altered': to('PAUSED'),
    'link-paused': no('NOT_APPLICABLE'),
    'link-resumed': to('ACTIVE'),
    'link-failed': to('FAILED'),
    'link-recovered': no('NOT_APPLICABLE'),
    'source-identified': to('PAUSED'),
    'marker-raised': to('PAUSED'),
    'mirror-added': no('LINK_NOT_ACTIVE'),
    'link-deletion-begun': to('DELETING'),
    'link-deleted': to('removed'),
  },
  FAILED: {
    'link-altered': to('FAILED'),
    // Remembered in its settings: it is paused, or not, once it has recovered.
    'link-paused': to('FAILED'),
    'link-resumed': to('FAILED'),
    'link-failed': to('FAILED'),
    'link-recovered': to('ACTIVE'),
    'source-identified': to('FAILED'),
    'marker-raised': to('FAILED'),
    'mirror-added': no('LINK_NOT_ACTIVE'),
    'link-deletion-begun': to('DELETING'),
    'link-deleted': to('removed'),
  },
  DELETING: {
    'link-altered': no('LINK_BEING_DELETED'),
    'link-paused': no('LINK_BEING_DELETED'),
    'link-resumed': no('LINK_BEING_DELETED'),
    'link-failed': no('LINK_BEING_DELETED'),
    'link-recovered': no('LINK_BEING_DELETED'),
    'source-identified': no('LINK_BEING_DELETED'),
    'marker-raised': to('DELETING'),
    'mirror-added': no('LINK_BEING_DELETED'),
    'link-deletion-begun': no('LINK_BEING_DELETED'),
    'link-deleted': to('removed'),
  },
};

export type StepEventKind =
  | 'engine-settled'
  | 'ends-proven'
  | 'proof-outdated'
  | 'barriers-written'
  /** Groups above an end were found: named before they are moved. */
  | 'clamp-begun'
  | 'groups-clamped'
  | 'settings-applied'
  | 'mirror-stopped';

type StepKind = StoppingStep['kind'];
type StepCell = { readonly next: StepKind | 'STOPPED' } | { readonly refused: ErrorCode };

const out = { refused: 'NOT_APPLICABLE' } as const;
const noStep = {
  'engine-settled': out,
  'ends-proven': out,
  'proof-outdated': out,
  'barriers-written': out,
  'clamp-begun': out,
  'groups-clamped': out,
  'settings-applied': out,
  'mirror-stopped': out,
};

/** Within STOPPING: §8 in its order. Nothing is skipped, and no fence is lifted before the barriers. */
export const stepTable: Readonly<Record<StepKind, Readonly<Record<StepEventKind, StepCell>>>> = {
  settling: { ...noStep, 'engine-settled': { next: 'proving' } },
  proving: { ...noStep, 'ends-proven': { next: 'barrier' } },
  barrier: { ...noStep, 'barriers-written': { next: 'clamping' }, 'proof-outdated': { next: 'proving' } },
  clamping: { ...noStep, 'clamp-begun': { next: 'clamping' }, 'groups-clamped': { next: 'settings' } },
  settings: { ...noStep, 'settings-applied': { next: 'lifting' } },
  lifting: { ...noStep, 'mirror-stopped': { next: 'STOPPED' } },
};

/**
 * Until the ends are journalled failures still count, and a promotion can go back: nothing was written yet. Until the
 * barriers stand one can be waived.
 */
const openSteps: Readonly<
  Record<StepKind, { readonly failures: boolean; readonly backToCopying: boolean; readonly waivers: boolean }>
> = {
  settling: { failures: true, backToCopying: true, waivers: true },
  proving: { failures: true, backToCopying: true, waivers: true },
  barrier: { failures: false, backToCopying: false, waivers: true },
  clamping: { failures: false, backToCopying: false, waivers: false },
  settings: { failures: false, backToCopying: false, waivers: false },
  lifting: { failures: false, backToCopying: false, waivers: false },
};

/** Does a partition that fails in this step still change where the mirror ends? */
export function countsFailures(step: StoppingStep): boolean {
  return openSteps[step.kind].failures;
}

/** Never once a barrier may stand in a log: its partition takes no data any more. */
export function mayGoBackToCopying(step: StoppingStep): boolean {
  return openSteps[step.kind].backToCopying && !(step.kind === 'proving' && step.barriersBegun);
}

export function mayWaiveBarriers(step: StoppingStep): boolean {
  return openSteps[step.kind].waivers;
}
