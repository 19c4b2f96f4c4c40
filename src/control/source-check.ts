/** What a source is asked before a link to it counts: who it is, and for which rights; and what its answer says against it. */
import { type Refusal, refusal } from '../model/errors.js';
import { namedGroups } from '../model/group-filters.js';
import type { LinkOptions } from '../model/link-settings.js';
import type { Unavailable } from './ports/outcome.js';
import type { SourceChecked, SourceNeeds, SourceRefused } from './ports/source.js';

/** `unasked`: the caller wants no check, or nothing changes that could be checked. */
export type SourceAnswer = SourceChecked | { readonly kind: 'unasked' } | SourceRefused | Unavailable;

/** Undefined: nothing. `expected`: the cluster that the link was made for, where that is known. */
export function wrongSource(
  source: SourceAnswer,
  expected: string | undefined,
  destinationClusterId: string | undefined,
): Refusal | undefined {
  if (source.kind === 'refused') return refusal('SOURCE_REFUSED', `The source refuses klink: ${source.reason}.`);
  if (source.kind === 'unavailable') {
    return refusal('SOURCE_UNREACHABLE', `The source cluster does not answer: ${source.reason}.`);
  }
  const found = source.kind === 'done' ? source.clusterId : undefined;
  if (found !== undefined && expected !== undefined && found !== expected) {
    return refusal('SOURCE_IS_ANOTHER', `The cluster at these bootstrap servers is ${found}, not ${expected}.`);
  }
  const clusterId = found ?? expected;
  if (clusterId !== undefined && clusterId === destinationClusterId) {
    return refusal('SOURCE_IS_DESTINATION', `Source and destination are the same cluster, ${clusterId}.`);
  }
  return undefined;
}

/** What the syncs that are switched on need, as far as a refusal could prove it missing. */
export function needsOf({ aclSync, offsetSync }: LinkOptions): SourceNeeds {
  return { acls: aclSync !== undefined, groups: offsetSync === undefined ? [] : namedGroups(offsetSync.filters) };
}

export function needsAny({ acls, groups }: SourceNeeds): boolean {
  return acls || groups.length > 0;
}
