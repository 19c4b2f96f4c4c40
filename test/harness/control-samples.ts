/** One link and one mirror in every decided state, and one event of every kind: what total tables are tried with. */
import type { ControlEvent, LinkEvent, MirrorEvent } from '../../src/control/events.js';
import { type ControlState, mirrorKey } from '../../src/control/state.js';
import type { Link, LinkKind } from '../../src/model/link.js';
import type { Mirror, MirrorKind, StoppingStep } from '../../src/model/mirror.js';

export const LINK = 'AAAAAAAAQACAAAAAAAAAAA';
export const TOPIC = 'orders';
const of = { linkId: LINK, mirrorTopic: TOPIC };
const failure = { partition: 0, reason: 'DIVERGED', offset: 4n, detail: 'seen' } as const;
const end = { end: 5n, hasBarrier: false, sourceUnread: undefined };
export const clamped = { group: 'app', partition: 0, from: 9n, to: 5n };

const linkData = {
  id: LINK,
  name: 'lk',
  sourceClusterId: 'source',
  settings: { 'bootstrap.servers': 'source:9092' },
  fence: { mode: 1 },
  marker: { number: 1, epoch: 0 },
  sinceMs: 1,
} as const;

export const links: Readonly<Record<LinkKind, Link>> = {
  ACTIVE: { kind: 'ACTIVE', ...linkData },
  PAUSED: { kind: 'PAUSED', ...linkData },
  FAILED: { kind: 'FAILED', error: 'AUTHENTICATION_ERROR', message: 'no', ...linkData },
  DELETING: { kind: 'DELETING', ...linkData },
};

const mirrorData = {
  ...of,
  sourceTopic: TOPIC,
  sourceTopicId: 'source-topic-id',
  lineage: { number: 1, random: '0'.repeat(32), startOffsets: [0n] },
  observedFrom: { epoch: 1, number: 2 },
  partitions: 1,
  wanted: {},
  independent: {},
  truncations: [],
  sinceMs: 1,
};
const made = { ...mirrorData, destinationTopicId: 'destination-topic-id' };

export const steps: Readonly<Record<StoppingStep['kind'], StoppingStep>> = {
  settling: { kind: 'settling' },
  proving: { kind: 'proving', barriersBegun: false },
  barrier: { kind: 'barrier', ends: [end] },
  clamping: { kind: 'clamping', ends: [end], clamped: [] },
  settings: { kind: 'settings', ends: [end], clamped: [clamped] },
  lifting: { kind: 'lifting', ends: [end], clamped: [clamped], notes: [] },
};

export function stopping(step: StoppingStep, verb: 'promote' | 'failover' = 'failover'): Mirror {
  return { kind: 'STOPPING', verb, retention: 'after-grace', failures: [], waived: [], step, ...made };
}

export const mirrors: Readonly<Record<MirrorKind, Mirror>> = {
  CREATING: { kind: 'CREATING', replicationFactor: -1, ...mirrorData },
  ACTIVE: { kind: 'ACTIVE', ...made },
  PAUSED: { kind: 'PAUSED', ...made },
  FAILED: { kind: 'FAILED', failures: [failure], paused: false, ...made },
  PROMOTING: { kind: 'PROMOTING', retention: 'after-grace', ...made },
  STOPPING: stopping(steps.settling),
  STOPPED: {
    kind: 'STOPPED',
    verb: 'failover',
    failures: [],
    waived: [],
    ends: [end],
    clamped: [],
    notes: [],
    positions: [],
    deferred: { settings: { 'retention.ms': null }, dueAtMs: 9 },
    ...made,
  },
};

type EventOf<E extends ControlEvent, K extends E['kind']> = Extract<E, { readonly kind: K }>;
type LinkChange = Exclude<LinkEvent, { readonly kind: 'link-created' }>;
type MirrorChange = Exclude<MirrorEvent, { readonly kind: 'mirror-created' }>;

export const linkEvents: { readonly [K in LinkChange['kind']]: EventOf<LinkChange, K> } = {
  'link-altered': { kind: 'link-altered', linkId: LINK, settings: { 'bootstrap.servers': 'other:9092' } },
  'link-paused': { kind: 'link-paused', linkId: LINK },
  'link-resumed': { kind: 'link-resumed', linkId: LINK },
  'link-failed': { kind: 'link-failed', linkId: LINK, error: 'UNKNOWN', message: 'no' },
  'link-recovered': { kind: 'link-recovered', linkId: LINK },
  'source-identified': { kind: 'source-identified', linkId: LINK, sourceClusterId: 'source' },
  'marker-raised': { kind: 'marker-raised', linkId: LINK, marker: { number: 1, epoch: 1 } },
  'link-deletion-begun': { kind: 'link-deletion-begun', linkId: LINK },
  'link-deleted': { kind: 'link-deleted', linkId: LINK },
};

export const mirrorEvents: { readonly [K in MirrorChange['kind']]: EventOf<MirrorChange, K> } = {
  'mirror-made': { kind: 'mirror-made', ...of, destinationTopicId: 'destination-topic-id' },
  'mirror-abandoned': { kind: 'mirror-abandoned', ...of, reason: 'no' },
  'mirror-paused': { kind: 'mirror-paused', ...of },
  'mirror-resumed': { kind: 'mirror-resumed', ...of },
  'partitions-failed': { kind: 'partitions-failed', ...of, failures: [failure] },
  'destination-truncated': { kind: 'destination-truncated', ...of, partition: 0, from: 9n, to: 5n },
  'mirror-grown': { kind: 'mirror-grown', ...of, partitions: 2 },
  'wanted-changed': { kind: 'wanted-changed', ...of, wanted: { 'retention.ms': '1' } },
  'promotion-begun': { kind: 'promotion-begun', ...of, retention: 'now' },
  'promotion-caught-up': { kind: 'promotion-caught-up', ...of },
  'promotion-fell-behind': { kind: 'promotion-fell-behind', ...of, reason: 'no' },
  'failover-begun': { kind: 'failover-begun', ...of, retention: 'now' },
  'barriers-waived': { kind: 'barriers-waived', ...of, waived: [{ partition: 0, end: 4n, reason: 'no leader' }] },
  'engine-settled': { kind: 'engine-settled', ...of },
  'ends-proven': { kind: 'ends-proven', ...of, ends: [end] },
  'proof-outdated': { kind: 'proof-outdated', ...of, reason: 'no' },
  'barriers-written': { kind: 'barriers-written', ...of },
  'clamp-begun': { kind: 'clamp-begun', ...of, clamped: [clamped] },
  'groups-clamped': { kind: 'groups-clamped', ...of, clamped: [clamped] },
  'settings-applied': { kind: 'settings-applied', ...of, notes: ['no'] },
  'mirror-stopped': { kind: 'mirror-stopped', ...of, lineage: mirrorData.lineage, positions: [], deferred: undefined },
  'deferred-settings-applied': { kind: 'deferred-settings-applied', ...of },
  'mirror-forgotten': { kind: 'mirror-forgotten', ...of },
};

export function stateOf(link: Link | undefined, mirror: Mirror | undefined): ControlState {
  return {
    stamp: { epoch: 1, number: 7 },
    links: new Map(link ? [[link.id, link]] : []),
    mirrors: new Map(mirror ? [[mirrorKey(mirror), mirror]] : []),
    acls: new Map(),
    accounts: new Map(),
    keys: new Map(),
  };
}

export function recorded(event: ControlEvent) {
  return { stamp: { epoch: 1, number: 8 }, atMs: 100, event };
}
