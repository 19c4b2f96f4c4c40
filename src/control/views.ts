/**
 * What is shown of links and mirrors: decided state, projected to the published names, beside what was observed last and
 * how old that is (P7). After a mirror has stopped its positions come from the journal alone.
 */
import { aclInWords, readAclLine } from '../model/acl.js';
import type { MirrorObservation, PartitionActivity } from '../model/assignment.js';
import type { Link } from '../model/link.js';
import { linkSettingsTable, olderSpellings } from '../model/link-settings-table.js';
import {
  type ClampedGroup,
  failuresOf,
  fetchedUpTo,
  type Mirror,
  type StoppingStep,
  waivedOf,
} from '../model/mirror.js';
import { linkState, mirrorStatus, mirrorTopicError, type Reachability } from '../model/projection.js';
import type { LinkSetting, LinkView, MirrorView, PartitionLag, PartitionView } from './commands.js';
import type { Look } from './look.js';
import { noMemory } from './reconcile/assignments.js';
import { reachability } from './reconcile/reachability.js';
import { partitionOf } from './reconcile/task.js';
import type { WantedTask } from './reconcile/wanted-tasks.js';
import { mirrorKey, mirrorsOf } from './state.js';
import { linkTasks } from './task-views.js';

export function linkView(look: Look, link: Link): LinkView {
  const sight = look.sights.get(link.id);
  const source = reachability(link, sight, look.nowMonotonicMs);
  const mirrors = mirrorsOf(look.state, link.id);
  const counts = new Map<string, number>();
  for (const mirror of mirrors) {
    for (const view of partitionViews(look, mirror)) {
      const category = categoryOf(link, mirror, view);
      counts.set(category, (counts.get(category) ?? 0) + 1);
    }
  }
  return {
    name: link.name,
    id: link.id,
    sourceClusterId: link.sourceClusterId ?? null,
    state: linkState(link, source),
    ...linkError(link, source, sight?.reason),
    mirrorTopics: mirrors.map((mirror) => mirror.mirrorTopic),
    partitionCounts: counts,
    tasks: linkTasks(look, link, source),
  };
}

function linkError(
  link: Link,
  source: Reachability,
  reason: string | undefined,
): { readonly error: string; readonly errorMessage: string | null } {
  if (link.kind === 'FAILED') return { error: link.error, errorMessage: link.message };
  if (link.kind === 'DELETING') return { error: 'UNKNOWN', errorMessage: 'It is being deleted.' };
  if (source === 'reachable') return { error: 'NO_ERROR', errorMessage: reason ?? null };
  return { error: 'BOOTSTRAP_TCP_CONNECTION_FAILED_ERROR', errorMessage: reason ?? null };
}

/** The published categories. */
function categoryOf(link: Link, mirror: Mirror, view: PartitionView): string {
  if (view.failure !== undefined) return 'IN_ERROR';
  switch (mirror.kind) {
    case 'ACTIVE':
    case 'FAILED':
      return link.kind === 'PAUSED' ? 'PAUSED' : 'ACTIVE';
    case 'PAUSED':
      return 'PAUSED';
    case 'CREATING':
    case 'PROMOTING':
    case 'STOPPING':
      return 'PENDING';
    case 'STOPPED':
      return 'NOT_APPLICABLE';
  }
}

export function linkSettings(link: Link): LinkSetting[] {
  const settings = linkSettingsTable.map((row): LinkSetting => {
    const value = link.settings[row.name];
    const isSensitive = row.kind === 'secret' || row.kind === 'certificates';
    return {
      name: row.name,
      value: isSensitive ? null : (value ?? row.default),
      isDefault: value === undefined,
      isReadOnly: !(row.live && (row.honoured || row.unused)),
      isSensitive,
      note: row.unused ? `read, not used: ${row.help}` : null,
    };
  });
  // Published: older spellings are listed as what they stand for, read-only. Nobody sets them: a plan would see a drift.
  const older = Object.entries(olderSpellings).flatMap(([name, today]): LinkSetting[] => {
    const shown = settings.find((each) => each.name === today);
    return shown === undefined
      ? []
      : [{ ...shown, name, isDefault: true, isReadOnly: true, note: `written ${today} today` }];
  });
  return [...settings, ...older].sort((a, b) => (a.name < b.name ? -1 : 1));
}

export function mirrorView(look: Look, link: Link, mirror: Mirror): MirrorView {
  return {
    linkName: link.name,
    mirrorTopic: mirror.mirrorTopic,
    sourceTopic: mirror.sourceTopic,
    status: mirrorStatus(mirror, link, reachability(link, look.sights.get(link.id), look.nowMonotonicMs)),
    topicError: mirrorTopicError(mirror),
    stateTimeMs: mirror.sinceMs,
    partitions: partitionViews(look, mirror),
    pending: pendingOf(look, mirror),
    clampedGroups: clampedOf(mirror).map(clampedText),
    withoutBarrier: waivedOf(mirror),
    fence: mirror.kind === 'STOPPED' ? '' : fenceText(link, look.passing.pierced.get(mirror.mirrorTopic) ?? []),
    passing: passingOf(look, link, mirror),
    notes: mirror.kind === 'STOPPED' ? [...mirror.notes, ...deferredText(mirror), ...heldDenials(look, mirror)] : [],
  };
}

/** [6.3] What the source denies there in the words of a fence. */
function heldDenials({ state }: Look, { linkId, mirrorTopic }: Mirror): string[] {
  const held = (state.acls.get(linkId)?.held ?? []).flatMap((line) => readAclLine(line) ?? []);
  return held
    .filter(({ resourceName }) => resourceName === mirrorTopic)
    .map((acl) => `denied by the source and not applied here: ${aclInWords(acl)}`);
}

export function lagsOf(look: Look, mirror: Mirror): PartitionLag[] {
  return partitionViews(look, mirror).map(({ partition, lag, lastSourceFetchOffset }) => {
    return { partition, lag, lastSourceFetchOffset };
  });
}

/** One row for each partition 0 … n−1, in order: clients index by number. */
export function partitionViews(look: Look, mirror: Mirror): PartitionView[] {
  const observation = mirror.kind === 'STOPPED' ? undefined : look.observed.get(mirrorKey(mirror));
  const memories = mirror.kind === 'STOPPED' ? undefined : look.memories.get(mirrorKey(mirror));
  return Array.from({ length: mirror.partitions }, (_, partition) => {
    const failure = failuresOf(mirror).find((each) => each.partition === partition);
    const { reason, offset, detail } = failure ?? {};
    const shown = reason === undefined || offset === undefined ? undefined : { reason, offset, detail: detail ?? '' };
    if (mirror.kind === 'STOPPED') return stoppedPartition(mirror, partition, shown);
    return livePartition(mirror, partition, shown, observation, memories?.get(partition) ?? noMemory);
  });
}

function stoppedPartition(
  mirror: Extract<Mirror, { readonly kind: 'STOPPED' }>,
  partition: number,
  failure: PartitionView['failure'],
): PartitionView {
  const position = mirror.positions[partition];
  return {
    partition,
    lag: position?.lagRecords ?? -1n,
    lastSourceFetchOffset: position?.lastSourceFetchOffset ?? -1n,
    activity: 'stopped',
    mirrorEnd: mirror.ends[partition]?.end ?? -1n,
    sourceEnd: position?.sourceEnd ?? -1n,
    sourceSeenAtMs: position?.sourceSeenAtMs || undefined,
    failure,
    truncations: truncationsOf(mirror, partition),
  };
}

function livePartition(
  mirror: Mirror,
  partition: number,
  failure: PartitionView['failure'],
  observation: MirrorObservation | undefined,
  memory: typeof noMemory,
): PartitionView {
  const seen = partitionOf(observation, partition);
  const { sourceEnd, lastSourceFetchOffset: remembered, sourceSeenAtMs } = seen?.memory ?? memory;
  const ends = mirror.kind === 'STOPPING' && 'ends' in mirror.step ? mirror.step.ends : undefined;
  const end = ends?.[partition]?.end;
  const mirrorEnd = end ?? seen?.mirrorEnd ?? memory.provenPoints[0]?.offset ?? -1n;
  const copied = mirrorEnd < 0n ? 0n : mirrorEnd;
  const behind = sourceEnd > copied ? sourceEnd - copied : 0n;
  return {
    partition,
    lag: seen?.lagRecords ?? (sourceEnd < 0n ? -1n : behind),
    lastSourceFetchOffset: end === undefined ? remembered : fetchedUpTo(mirror, partition, { end, remembered }),
    activity: seen ? activityText(seen.activity) : 'not observed',
    mirrorEnd,
    sourceEnd,
    sourceSeenAtMs: sourceSeenAtMs || undefined,
    failure,
    truncations: truncationsOf(mirror, partition),
  };
}

function truncationsOf(mirror: Mirror, partition: number): PartitionView['truncations'] {
  return mirror.truncations.find((each) => each.partition === partition);
}

function activityText(activity: PartitionActivity): string {
  switch (activity.kind) {
    case 'starting':
      return 'starting';
    case 'proving':
      return 'tail not proven yet';
    case 'copying':
      return 'copying';
    case 'caught-up':
      return 'caught up';
    case 'held':
      return 'held';
    case 'settled':
      return `settled at ${activity.end}`;
    case 'waiting':
      return activity.reason;
    case 'failed':
      return `failed at ${activity.failure.offset}`;
  }
}

const stepNames: Readonly<Record<StoppingStep['kind'], string>> = {
  settling: 'step 1 of 6, settling',
  proving: 'step 2 of 6, proving the tail',
  barrier: 'step 3 of 6, writing the barrier',
  clamping: 'step 4 of 6, lowering consumer groups',
  settings: 'step 5 of 6, applying settings',
  lifting: 'step 6 of 6, lifting the fence',
};

const taskOfKind: Readonly<Record<'CREATING' | 'PROMOTING' | 'STOPPING', WantedTask['kind']>> = {
  CREATING: 'create',
  PROMOTING: 'catch-up',
  STOPPING: 'stop',
};

function pendingOf(look: Look, mirror: Mirror): string | undefined {
  if (mirror.kind !== 'CREATING' && mirror.kind !== 'PROMOTING' && mirror.kind !== 'STOPPING') return undefined;
  const reason = look.reasonOf({ kind: taskOfKind[mirror.kind], of: mirrorKey(mirror) });
  const what =
    mirror.kind === 'CREATING'
      ? 'being created'
      : mirror.kind === 'PROMOTING'
        ? 'promotion, copying what is left'
        : `${mirror.verb}, ${stepNames[mirror.step.kind]}`;
  return reason === undefined ? what : `${what}: ${reason}`;
}

function clampedOf(mirror: Mirror): readonly ClampedGroup[] {
  if (mirror.kind === 'STOPPED') return mirror.clamped;
  return mirror.kind === 'STOPPING' && 'clamped' in mirror.step ? mirror.step.clamped : [];
}

export function clampedText({ group, partition, from, to }: ClampedGroup): string {
  return `${group} (partition ${partition}: ${from} → ${to})`;
}

function fenceText(link: Link, pierced: readonly string[]): string {
  if (link.fence.mode === 3) return `none, klink only detects foreign writes: ${link.fence.reason}`;
  if (link.fence.mode === 2) {
    const { principal } = link.fence;
    return (
      `ACLs deny WRITE, DELETE, ALTER and ALTER_CONFIGS to each principal that was granted them, but super users and ${principal}; ` +
      'a grant that is not made through klink holds until klink sees it, within seconds' +
      pierced.map((grant) => `; everybody passes by ${grant}: delete it`).join('')
    );
  }
  return 'ACLs deny WRITE, DELETE, ALTER and ALTER_CONFIGS to everyone but super users; Kafka does not tell who those are';
}

function passingOf({ passing: { grants, unknown } }: Look, link: Link, mirror: Mirror): MirrorView['passing'] {
  const fenced = mirror.kind !== 'STOPPED' && link.fence.mode !== 3;
  return fenced ? { grants, unknown } : { grants: [], unknown: undefined };
}

/** [8 (5), T6] What will delete records is announced as long as it waits. */
function deferredText({ deferred }: Extract<Mirror, { readonly kind: 'STOPPED' }>): string[] {
  if (deferred === undefined) return [];
  const settings = Object.entries(deferred.settings).map(([name, value]) => `${name}=${value ?? 'default'}`);
  const due = new Date(deferred.dueAtMs).toISOString();
  return [`settings that delete records apply from ${due} on: ${settings.join(', ')}`];
}
