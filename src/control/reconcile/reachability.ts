/**
 * Asks the source of a link whether it is there. Not answering is an observation and moves no state; being refused, or
 * answered by another cluster, fails the link until that is put right.
 */
import type { Link } from '../../model/link.js';
import { linkOptions } from '../../model/link-settings.js';
import type { Reachability } from '../../model/projection.js';
import { sourceAddress } from './assignments.js';
import type { Task } from './task.js';

/** Of links whose settings cannot be read. */
const ASK_EVERY_MS = 10_000;
const REFUSALS_UNTIL_FAILED = 2;

export interface SourceSight {
  /** Monotonic; undefined: it answered the last question, or none was asked yet. */
  readonly silentSinceMs: number | undefined;
  readonly reason: string | undefined;
}

/** By default the published "five checks of a minute". */
export function reachability(link: Link, sight: SourceSight | undefined, nowMonotonicMs: number): Reachability {
  const options = linkOptions(link.settings);
  if (sight?.silentSinceMs === undefined || !options.ok) return 'reachable';
  const { unavailableAfterMs } = options.value.availability;
  return nowMonotonicMs - sight.silentSinceMs >= unavailableAfterMs ? 'unavailable' : 'reachable';
}

export async function watchSource(task: Task, linkId: string, sights: Map<string, SourceSight>): Promise<void> {
  for (let refusals = 0; ; ) {
    const link = task.state().links.get(linkId);
    if (link === undefined || link.kind === 'DELETING') return;
    const answer = await task.ports.source.check(sourceAddress(link));
    const silentSinceMs = sights.get(linkId)?.silentSinceMs ?? task.ports.clock.monotonicMs();
    if (answer.kind === 'unavailable') {
      sights.set(linkId, { silentSinceMs, reason: answer.reason });
    } else {
      sights.set(linkId, { silentSinceMs: undefined, reason: undefined });
      refusals = answer.kind === 'refused' ? refusals + 1 : 0;
      const other = answer.kind === 'done' ? differs(link, answer.clusterId) : undefined;
      if (answer.kind === 'refused' && refusals >= REFUSALS_UNTIL_FAILED) {
        if (link.kind !== 'FAILED') {
          // The published errors of a link know no missing right.
          const error = answer.error === 'AUTHORIZATION_ERROR' ? 'UNKNOWN' : answer.error;
          await task.submit({ kind: 'fail-link', linkId, error, message: answer.reason });
        }
      } else if (other !== undefined) {
        if (link.kind !== 'FAILED') await task.submit({ kind: 'fail-link', linkId, error: 'UNKNOWN', message: other });
      } else if (answer.kind === 'done') {
        if (link.kind === 'FAILED') await task.submit({ kind: 'recover-link', linkId });
        if (link.sourceClusterId === undefined) {
          await task.submit({ kind: 'identify-source', linkId, sourceClusterId: answer.clusterId });
        }
      }
    }
    const options = linkOptions(link.settings);
    await task.pause(options.ok ? options.value.availability.askEveryMs : ASK_EVERY_MS);
  }
}

function differs({ name, sourceClusterId: expected }: Link, found: string): string | undefined {
  if (expected === undefined || expected === found) return undefined;
  return (
    `Cluster ${found} answers at the bootstrap servers, not the source ${expected}: nothing is read from it. The link goes on ` +
    `by itself once ${expected} answers there again; if it has moved, give its present addresses: ` +
    `klink link configuration update ${name} --config bootstrap.servers=<host:port>`
  );
}
