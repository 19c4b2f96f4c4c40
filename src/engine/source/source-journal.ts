/**
 * What a klink has decided for links that *end* at the source cluster: its `_klink.state`, read as any reader with the right
 * to may. Nobody is fenced and nothing is written there. Records of writers that have not introduced themselves do not count,
 * as in our own journal (5.1); a decision that is being made at this moment is seen the next time.
 */

import { type KafkaCluster, NotSent } from '../../client/types.js';
import { errorCode } from '../../protocol/errors.js';
import { STATE_TOPIC } from '../journal/journal-topics.js';
import { readLog } from '../journal/read-log.js';
import { StateReader } from '../journal/read-state.js';
import { refused, type Unavailable, unavailable } from '../outcome.js';
import type { SourceRefused } from './failure.js';

/** No writer is ours: every one has to have introduced itself. */
const NO_WRITER = -1n;

export interface SourceJournal {
  readonly kind: 'done';
  /** The newest record of every key; undefined: this principal sees no journal. */
  readonly entries: readonly { readonly key: string; readonly value: string }[] | undefined;
}

export async function readSourceJournal(
  cluster: KafkaCluster,
  timeoutMs: number,
): Promise<SourceJournal | SourceRefused | Unavailable> {
  const { topics } = await cluster.metadata([STATE_TOPIC], { timeoutMs });
  const topic = topics[0];
  if (topic === undefined) throw new NotSent(`no answer about ${STATE_TOPIC}`);
  // Whoever may not describe it does not learn whether it exists.
  const unseen = [errorCode.UNKNOWN_TOPIC_OR_PARTITION, errorCode.TOPIC_AUTHORIZATION_FAILED];
  if (unseen.some((code) => code === topic.errorCode)) return { kind: 'done', entries: undefined };
  const reader = new StateReader(topic.topicId, NO_WRITER);
  let end: bigint | undefined;
  const { clock, random } = cluster;
  const outcome = await readLog(
    { cluster, clock, random },
    {
      topic: STATE_TOPIC,
      topicId: topic.topicId,
      from: 'start',
      committedOnly: true,
      visit: (batch, visible) => reader.visit(batch, visible),
      enough({ position, lastStableOffset }) {
        end ??= lastStableOffset;
        return position >= end;
      },
    },
    { signal: new AbortController().signal, stuckMs: timeoutMs },
  );
  if (outcome.kind === 'read') return { kind: 'done', entries: reader.entries };
  if (outcome.kind === 'refused') return { ...refused(outcome.reason), error: 'AUTHENTICATION_ERROR' };
  return unavailable(outcome.reason);
}
