/**
 * What the engine is told, from decided state and memory alone: the same state always gives the same assignment, so a
 * takeover needs nothing else. Rule 3.6: only what is ACTIVE, or sound in a FAILED mirror, appends.
 */
import type { MirrorAssignment, PartitionMemory } from '../../model/assignment.js';
import type { Link } from '../../model/link.js';
import { anonymousInTheClear } from '../../model/link-security.js';
import { linkOptions } from '../../model/link-settings.js';
import { failuresOf, type MadeMirrorState, type Mirror } from '../../model/mirror.js';
import type { LinkAssignment } from '../ports/engine.js';
import type { SourceAddress } from '../ports/source.js';
import { type ControlState, mirrorKey, mirrorsOf } from '../state.js';

export type Memories = ReadonlyMap<string, ReadonlyMap<number, PartitionMemory>>;

/** Of a partition nothing is remembered of. */
export const noMemory: PartitionMemory = {
  provenPoints: [],
  sourceEpochs: [],
  lastSourceFetchOffset: -1n,
  sourceEnd: -1n,
  sourceLogStart: 0n,
  sourceSeenAtMs: 0,
};

export function assignments(state: ControlState, memories: Memories): LinkAssignment[] {
  return [...state.links.values()].map((link) => ({
    source: sourceAddress(link),
    mirrors: mirrorsOf(state, link.id).flatMap((mirror) => {
      const mode = modeOf(mirror, link);
      return mode === undefined || mirror.kind === 'CREATING' ? [] : [assignmentOf(mirror, link, memories, mode)];
    }),
  }));
}

/** Undefined: the engine has nothing to do with it. */
function modeOf(mirror: Mirror, link: Link): MirrorAssignment['mode'] | undefined {
  const copies = link.kind === 'ACTIVE' ? 'copy' : 'hold';
  switch (mirror.kind) {
    case 'ACTIVE':
    case 'PROMOTING':
      return copies;
    case 'PAUSED':
      return 'hold';
    case 'FAILED':
      return mirror.paused ? 'hold' : copies;
    case 'STOPPING':
      // [8] Once it has settled, the engine is done with it: its guards would take the barrier for a foreign write.
      return mirror.step.kind === 'settling' ? 'settle' : undefined;
    case 'CREATING':
    case 'STOPPED':
      return undefined;
  }
}

export function assignmentOf(
  mirror: MadeMirrorState,
  link: Link,
  memories: Memories,
  mode: MirrorAssignment['mode'],
): MirrorAssignment {
  const memory = memories.get(mirrorKey(mirror));
  return {
    linkId: link.id,
    linkName: link.name,
    mirrorTopic: mirror.mirrorTopic,
    destinationTopicId: mirror.destinationTopicId,
    sourceTopic: mirror.sourceTopic,
    sourceTopicId: mirror.sourceTopicId,
    lineage: mirror.lineage,
    mode,
    failed: failuresOf(mirror),
    memory: Array.from({ length: mirror.partitions }, (_, partition) => memory?.get(partition) ?? noMemory),
  };
}

export function sourceAddress(link: Pick<Link, 'id' | 'name' | 'settings' | 'sourceClusterId'>): SourceAddress {
  const { id, name, settings, sourceClusterId } = link;
  const options = linkOptions(settings);
  // Settings are checked before a link is created; a journal of another klink may still hold what this one refuses.
  if (!options.ok) return { linkId: id, linkName: name, bootstrapServers: '', security: anonymousInTheClear };
  const { bootstrapServers, security, timeouts } = options.value;
  return { linkId: id, linkName: name, bootstrapServers, security, timeouts, sourceClusterId };
}

/** Two assignments that differ in nothing but memory need not be told twice. */
export function assignmentSignature(links: readonly LinkAssignment[]): string {
  return JSON.stringify(links, (name, value) => {
    if (name === 'memory') return undefined;
    return typeof value === 'bigint' ? `${value}` : value;
  });
}
