/** Which committed offsets nobody needs any more, by Kafka's rules. Pure. Serves docs/spec/broker.md §5.5. */
import type { ConsumerGroup } from './consumer-group.js';
import { subscribedTopics } from './consumer-protocol.js';
import type { Group } from './group.js';
import { offsetPlaceOf } from './group.js';
import type { CommittedOffset } from './journal.js';

/** Keys of offsets. What a member subscribes to stays, and what a transaction is about to overwrite. */
export function expiredOffsets(group: Group | ConsumerGroup, nowMs: number, retentionMs: number): string[] {
  const since = sinceOf(group);
  if (since === undefined) return [];
  const subscribed = group.kind === 'consumer' ? group.subscribedTopics : subscribedTopics(group);
  if (subscribed === undefined) return [];
  return group.offsets.entries
    .filter(([key, committed]) => {
      const isOver =
        committed.expiresMs === undefined ? nowMs - since(committed) >= retentionMs : nowMs >= committed.expiresMs;
      return isOver && !subscribed.has(offsetPlaceOf(key).topic) && !group.offsets.isOpen(key);
    })
    .map(([key]) => key);
}

/** What the retention time is counted from; undefined: nothing expires while the group is as it is. */
function sinceOf(group: Group | ConsumerGroup): ((committed: CommittedOffset) => number) | undefined {
  const committedMs = (committed: CommittedOffset) => committed.committedMs;
  if (group.kind === 'consumer') return committedMs;
  // Who commits from outside alone is never in the group: each commit counts by itself.
  if (group.protocolType === undefined) return committedMs;
  if (group.state === 'Empty') return () => group.stateSinceMs;
  return group.protocolType === 'consumer' && group.state === 'Stable' ? committedMs : undefined;
}
