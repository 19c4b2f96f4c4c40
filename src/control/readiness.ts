/**
 * May this consumer group move now without seeing records again or waiting? Asks the source at this moment: where the
 * group stands and where its topics end. Anything it cannot know is a reason for "no".
 */
import { selectsGroup } from '../model/group-filters.js';
import type { Link } from '../model/link.js';
import { groupNameOf } from '../model/link-prefix.js';
import { linkOptions } from '../model/link-settings.js';
import { isLive, type Mirror } from '../model/mirror.js';
import type { ReadyView } from './commands.js';
import type { GroupOffset } from './ports/groups.js';
import type { ControlPorts } from './ports.js';
import { sourceAddress } from './reconcile/assignments.js';
import { partitionOf } from './reconcile/task.js';
import { mirrorsOf } from './state.js';
import type { Term } from './term.js';

export async function readiness(ports: ControlPorts, term: Term, link: Link, group: string): Promise<ReadyView> {
  const sync = term.offsetSyncs.stateOf(link.id);
  const offsetSyncAgeMs = sync.lastRoundMs === undefined ? undefined : ports.clock.nowMs() - sync.lastRoundMs;
  const no = (...reasons: readonly string[]): ReadyView => ({ ready: false, reasons, mirrorLag: -1n, offsetSyncAgeMs });
  const options = linkOptions(link.settings);
  if (!options.ok) return no(options.error.message);
  const { offsetSync, prefix } = options.value;
  if (offsetSync === undefined) return no(`Link '${link.name}' does not sync consumer group offsets.`);
  if (!selectsGroup(offsetSync.filters, group)) {
    return no(`The filters of link '${link.name}' do not include consumer group '${group}'.`);
  }
  const mirrors = mirrorsOf(term.state, link.id).filter(isLive);
  if (mirrors.length === 0) return no(`Link '${link.name}' has no live mirror topic.`);
  const topics = mirrors.map((mirror) => mirror.sourceTopic);
  const found = await ports.source.groupOffsets(sourceAddress(link), (name) => name === group, topics);
  if (found.kind !== 'done') return no(`The source does not say where the group stands: ${found.reason}.`);
  const offsets = found.groups.find((each) => each.group === group)?.offsets ?? [];
  if (offsets.length === 0) return no(`Consumer group '${group}' has no offsets at the source for mirrored topics.`);

  const reasons: string[] = [];
  const skipped = sync.skipped.get(group);
  if (skipped !== undefined) reasons.push(`Its offsets are not synced: ${skipped.reason}.`);
  let mirrorLag = 0n;
  for (const mirror of mirrors) {
    const own = offsets.filter((each) => each.topic === mirror.sourceTopic);
    if (own.length === 0) continue;
    const lag = await lagNow(ports, term, link, mirror);
    if (typeof lag === 'string') reasons.push(lag);
    else {
      mirrorLag += lag;
      if (lag > 0n) reasons.push(`Topic '${mirror.mirrorTopic}' lags ${lag} records behind its source.`);
    }
    const late = own.filter((each) => !isSynced(term, groupNameOf(prefix, group), mirror, each));
    if (late.length > 0) {
      const where = late.map(({ partition, offset }) => `${partition} at ${offset}`).join(', ');
      reasons.push(`Offsets of topic '${mirror.mirrorTopic}' are not synced yet: partition ${where}.`);
    }
  }
  return { ready: reasons.length === 0, reasons, mirrorLag, offsetSyncAgeMs };
}

function isSynced(term: Term, group: string, mirror: Mirror, { partition, offset }: GroupOffset): boolean {
  return term.offsetSyncs.syncedOffset(group, mirror.mirrorTopic, partition) === offset;
}

/** A sentence: it cannot be known. */
async function lagNow(ports: ControlPorts, term: Term, link: Link, mirror: Mirror): Promise<bigint | string> {
  const { mirrorTopic } = mirror;
  const found = await ports.source.describe(sourceAddress(link), mirror.sourceTopic);
  if (found.kind === 'absent') return `The source has no topic '${mirror.sourceTopic}' any more.`;
  if (found.kind !== 'found') return `The source does not say where '${mirror.sourceTopic}' ends: ${found.reason}.`;
  if (found.topicId !== mirror.sourceTopicId) return `The source topic '${mirror.sourceTopic}' was made again.`;
  const observation = term.observation(mirror);
  let lag = 0n;
  for (const [partition, { end }] of found.partitions.entries()) {
    const seen = partitionOf(observation, partition);
    if (seen === undefined || seen.mirrorHighWatermark < 0n) {
      return `Partition ${partition} of '${mirrorTopic}' was not read yet.`;
    }
    if (seen.activity.kind === 'failed') return `Partition ${partition} of '${mirrorTopic}' has failed.`;
    if (end > seen.mirrorHighWatermark) lag += end - seen.mirrorHighWatermark;
  }
  return lag;
}
