/** Whether a member of the group would make it unsafe to lead. Spec: docs/spec/ownership.md. */
import { whyUnsafe } from './lease.js';
import { readMemberNote } from './notes.js';
import { OWNERSHIP_GROUP } from './ownership-state.js';

/** [4.1] Every member must wait out a session in a rebalance: one that does not makes leading unsafe for all. */
export function unsafeMember(
  members: readonly { readonly memberId: string; readonly metadata: Buffer }[],
): string | undefined {
  for (const { memberId, metadata } of members) {
    const note = readMemberNote(metadata);
    if (note === undefined) return `member ${memberId} of group ${OWNERSHIP_GROUP} is no klink that this one knows`;
    const unsafe = whyUnsafe(note);
    if (unsafe) return `member ${memberId} (${note.url}): ${unsafe}`;
  }
  return undefined;
}
