/** What a source answered when it was asked who it is, and what that says against a link to it. */
import { type Refusal, refusal } from '../model/errors.js';
import type { Unavailable } from './ports/outcome.js';
import type { SourceChecked, SourceRefused } from './ports/source.js';

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
