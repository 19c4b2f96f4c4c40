/**
 * Events → state: the only way state changes, at run time and when the journal is read alike. Obeys the tables of
 * `model/transitions.ts`; an event they refuse is a broken promise of `decide` and stops the component.
 */
import { invariant, unreachable } from '../base/invariant.js';
import { type LinkAcls, noLinkAcls } from '../model/acl.js';
import type { PartitionFailure } from '../model/assignment.js';
import { type Link, linkData } from '../model/link.js';
import {
  type ClampedGroup,
  failuresOf,
  type MadeMirrorState,
  type Mirror,
  madeMirrorData,
  mirrorData,
  type StoppingStep,
  type TruncationCount,
} from '../model/mirror.js';
import { linkTable, mayWaiveBarriers, mirrorTable, stepTable } from '../model/transitions.js';
import type { AclEvent, LinkEvent, MirrorEvent, Recorded, StepEvent } from './events.js';
import { afterAccountEvent, afterKeyEvent } from './identity/events.js';
import { type ControlState, mirrorKey } from './state.js';

export function apply(state: ControlState, recorded: Recorded): ControlState {
  const { event, stamp } = recorded;
  if (event.kind === 'took-over') return { ...state, stamp };
  if ('mirrorTopic' in event) {
    const key = mirrorKey(event);
    const mirrors = withEntry(state.mirrors, key, afterMirrorEvent(state.mirrors.get(key), event, recorded));
    return { ...state, stamp, mirrors };
  }
  if (event.kind === 'acls-recorded' || event.kind === 'acls-forgotten') {
    const acls = withEntry(state.acls, event.linkId, afterAclEvent(state.acls.get(event.linkId), event));
    return { ...state, stamp, acls };
  }
  if ('accountId' in event) {
    const after = afterAccountEvent(state.accounts.get(event.accountId), event, recorded.atMs);
    return { ...state, stamp, accounts: withEntry(state.accounts, event.accountId, after) };
  }
  if ('keyId' in event) {
    const after = afterKeyEvent(state.keys.get(event.keyId), event, recorded.atMs);
    return { ...state, stamp, keys: withEntry(state.keys, event.keyId, after) };
  }
  const links = withEntry(
    state.links,
    event.linkId,
    afterLinkEvent(state.links.get(event.linkId), event, recorded.atMs),
  );
  return { ...state, stamp, links };
}

function withEntry<V>(map: ReadonlyMap<string, V>, key: string, value: V | undefined): ReadonlyMap<string, V> {
  const next = new Map(map);
  if (value === undefined) next.delete(key);
  else next.set(key, value);
  return next;
}

/** Undefined: nothing is answered for any more. */
function afterAclEvent(acls: LinkAcls = noLinkAcls, event: AclEvent): LinkAcls | undefined {
  if (event.kind === 'acls-forgotten') return undefined;
  const dropped = new Set(event.dropped);
  const brought = new Set([...acls.brought.filter((line) => !dropped.has(line)), ...event.added]);
  return { brought: [...brought].sort(), held: event.held ?? acls.held };
}

/** Undefined: the link is gone. */
function afterLinkEvent(link: Link | undefined, event: LinkEvent, atMs: number): Link | undefined {
  if (event.kind === 'link-created') {
    invariant(link === undefined, `link ${event.linkId} was created twice`);
    const { linkId: id, name, sourceClusterId, settings, fence, marker } = event;
    return { kind: 'ACTIVE', id, name, sourceClusterId, settings, fence, marker, sinceMs: atMs };
  }
  invariant(link !== undefined, `${event.kind} for link ${event.linkId}, which does not exist`);
  const cell = linkTable[link.kind][event.kind];
  invariant('next' in cell, `${event.kind} was recorded for a link that is ${link.kind}`);
  const data = linkData(link);
  switch (event.kind) {
    case 'link-altered':
      return { ...link, settings: event.settings };
    case 'link-paused':
      return link.kind === 'FAILED' ? link : { ...data, kind: 'PAUSED', sinceMs: atMs };
    case 'link-resumed':
      return link.kind === 'FAILED' ? link : { ...data, kind: 'ACTIVE', sinceMs: atMs };
    case 'link-recovered':
      return { ...data, kind: 'ACTIVE', sinceMs: atMs };
    case 'link-failed':
      return { ...data, kind: 'FAILED', error: event.error, message: event.message, sinceMs: atMs };
    case 'source-identified':
      return { ...link, sourceClusterId: event.sourceClusterId };
    case 'marker-raised':
      return { ...link, marker: event.marker };
    case 'link-deletion-begun':
      return { ...data, kind: 'DELETING', sinceMs: atMs };
    case 'link-deleted':
      return undefined;
    default:
      return unreachable(event);
  }
}

/** Undefined: the mirror is gone. */
function afterMirrorEvent(mirror: Mirror | undefined, event: MirrorEvent, recorded: Recorded): Mirror | undefined {
  const { stamp, atMs } = recorded;
  if (event.kind === 'mirror-created') {
    invariant(mirror === undefined, `mirror ${mirrorKey(event)} was created twice`);
    return { ...event, kind: 'CREATING', observedFrom: stamp, truncations: [], sinceMs: atMs };
  }
  invariant(mirror !== undefined, `${event.kind} for mirror ${mirrorKey(event)}, which does not exist`);
  const cell = mirrorTable[mirror.kind][event.kind];
  invariant('next' in cell, `${event.kind} was recorded for a mirror that is ${mirror.kind}`);
  switch (event.kind) {
    case 'mirror-made':
      return { ...mirrorData(mirror), kind: 'ACTIVE', destinationTopicId: event.destinationTopicId, sinceMs: atMs };
    case 'mirror-abandoned':
    case 'mirror-forgotten':
      return undefined;
    case 'mirror-grown':
      return grown(mirror, event.partitions);
    case 'wanted-changed':
      return { ...mirror, wanted: event.wanted };
    case 'destination-truncated':
      return { ...mirror, truncations: counted(mirror.truncations, event, atMs) };
    case 'barriers-waived': {
      const open = mirror.kind === 'STOPPING' && mayWaiveBarriers(mirror.step);
      invariant(open, `${event.kind} was recorded for a mirror whose barriers stand`);
      return { ...mirror, waived: [...mirror.waived, ...event.waived] };
    }
    default:
  }
  invariant(mirror.kind !== 'CREATING', `${event.kind} was recorded for a mirror without topic`);
  const data = { ...madeMirrorData(mirror), sinceMs: atMs };
  switch (event.kind) {
    case 'mirror-paused':
      return { ...data, kind: 'PAUSED' };
    case 'mirror-resumed':
      return { ...data, kind: 'ACTIVE' };
    case 'partitions-failed': {
      const failures = merged(failuresOf(mirror), event.failures);
      if (mirror.kind === 'STOPPING') return { ...mirror, failures };
      const paused = mirror.kind === 'PAUSED' || (mirror.kind === 'FAILED' && mirror.paused);
      return { ...data, kind: 'FAILED', failures, paused };
    }
    case 'promotion-begun':
      return { ...data, kind: 'PROMOTING', retention: event.retention };
    case 'promotion-caught-up': {
      const retention = mirror.kind === 'PROMOTING' ? mirror.retention : 'after-grace';
      return stopping(data, { verb: 'promote', retention, failures: [] });
    }
    case 'promotion-fell-behind': {
      const retention = mirror.kind === 'STOPPING' ? mirror.retention : 'after-grace';
      return { ...data, kind: 'PROMOTING', retention };
    }
    case 'failover-begun': {
      const { retention } = event;
      return stopping(data, { verb: 'failover', retention, failures: failuresOf(mirror) });
    }
    case 'deferred-settings-applied':
      return mirror.kind === 'STOPPED' ? { ...mirror, deferred: undefined } : mirror;
    default:
      return afterStep(mirror, event, atMs);
  }
}

type Stopping = Extract<Mirror, { readonly kind: 'STOPPING' }>;

function stopping(
  data: ReturnType<typeof madeMirrorData>,
  how: Pick<Stopping, 'verb' | 'retention' | 'failures'>,
): Stopping {
  return { ...data, kind: 'STOPPING', ...how, waived: [], step: { kind: 'settling' } };
}

function afterStep(mirror: MadeMirrorState, event: StepEvent, atMs: number): Mirror {
  invariant(mirror.kind === 'STOPPING', `${event.kind} was recorded for a mirror that is ${mirror.kind}`);
  const { step } = mirror;
  invariant('next' in stepTable[step.kind][event.kind], `${event.kind} was recorded in step ${step.kind}`);
  const at = (next: StoppingStep): Mirror => ({ ...mirror, step: next });
  const ends = 'ends' in step ? step.ends : [];
  const clamped = 'clamped' in step ? step.clamped : [];
  const notes = 'notes' in step ? step.notes : [];
  switch (event.kind) {
    case 'engine-settled':
      return at({ kind: 'proving', barriersBegun: false });
    case 'proof-outdated':
      return at({ kind: 'proving', barriersBegun: true });
    case 'ends-proven':
      return at({ kind: 'barrier', ends: event.ends });
    case 'barriers-written':
      return at({ kind: 'clamping', ends, clamped: [] });
    case 'clamp-begun':
      return at({ kind: 'clamping', ends, clamped: withClamped(clamped, event.clamped) });
    case 'groups-clamped':
      return at({ kind: 'settings', ends, clamped: withClamped(clamped, event.clamped) });
    case 'settings-applied':
      return at({ kind: 'lifting', ends, clamped, notes: event.notes });
    case 'mirror-stopped': {
      const { lineage, positions, deferred } = event;
      const { verb, failures, waived } = mirror;
      const data = { ...madeMirrorData(mirror), lineage, sinceMs: atMs };
      return { ...data, kind: 'STOPPED', verb, failures, waived, ends, clamped, notes, positions, deferred };
    }
    default:
      return unreachable(event);
  }
}

/** Partitions added later start at 0: nothing in them is accepted unproven. */
function grown(mirror: Mirror, partitions: number): Mirror {
  const { lineage } = mirror;
  const startOffsets = Array.from({ length: partitions }, (_, partition) => lineage.startOffsets[partition] ?? 0n);
  return { ...mirror, partitions, lineage: { ...lineage, startOffsets } };
}

/** Where a group stood first is what it is named with. */
function withClamped(known: readonly ClampedGroup[], found: readonly ClampedGroup[]): readonly ClampedGroup[] {
  const same = (a: ClampedGroup, b: ClampedGroup) => a.group === b.group && a.partition === b.partition;
  return [...known, ...found.filter((each) => !known.some((other) => same(each, other)))];
}

function counted(
  known: readonly TruncationCount[],
  { partition, from, to }: Pick<TruncationCount, 'partition' | 'from' | 'to'>,
  atMs: number,
): readonly TruncationCount[] {
  const count = (known.find((each) => each.partition === partition)?.count ?? 0) + 1;
  const others = known.filter((each) => each.partition !== partition);
  return [...others, { partition, count, from, to, atMs }].sort((a, b) => a.partition - b.partition);
}

/** The first failure of a partition stays: its offset is where the mirror ends. */
function merged(known: readonly PartitionFailure[], found: readonly PartitionFailure[]): readonly PartitionFailure[] {
  const fresh = found.filter(({ partition }) => !known.some((each) => each.partition === partition));
  return [...known, ...fresh].sort((a, b) => a.partition - b.partition);
}
