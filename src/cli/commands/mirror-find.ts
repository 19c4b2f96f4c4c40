/**
 * Which mirror a command without `--link` means: of one name at most one mirror is not STOPPED, and that one is meant;
 * where all are STOPPED, the newest.
 */
import { RequestRefused } from '../../api/client/exchange.js';
import type { MirrorData } from '../../api/client/shapes.js';
import { noteOldSpelling } from '../command.js';
import { CliFailure } from '../failure.js';
import type { Io } from '../io.js';
import type { ManagedCluster, Session } from '../session.js';

export async function findMirror(
  session: Session,
  cluster: ManagedCluster,
  topic: string,
  link: string | undefined,
): Promise<MirrorData> {
  if (link === undefined) {
    const found = await mirrorOf(session, cluster, topic);
    if (found === undefined) throw noMirror(cluster, topic, undefined);
    return found;
  }
  try {
    return await session.api.mirror(cluster.cluster_id, link, topic);
  } catch (error) {
    if (error instanceof RequestRefused && error.status === 404) throw noMirror(cluster, topic, link, error.message);
    throw error;
  }
}

/** The published command line demands `--link`; older runbooks have none. */
export function noteWithoutLink(io: Io, command: string, mirror: MirrorData, cluster: string | undefined): void {
  const on = cluster === undefined ? '' : ` --cluster ${cluster}`;
  const today = `\`klink ${command} ${mirror.mirror_topic_name} --link ${mirror.link_name}${on}\``;
  noteOldSpelling(io, `\`${command}\` without \`--link\``, today);
}

/** The live mirror of this name, else the newest stopped one, else undefined. */
export async function mirrorOf(
  session: Session,
  cluster: ManagedCluster,
  topic: string,
): Promise<MirrorData | undefined> {
  const { data } = await session.api.mirrors(cluster.cluster_id, undefined);
  const named = data.filter((mirror) => mirror.mirror_topic_name === topic);
  const live = named.find((mirror) => mirror.mirror_status !== 'STOPPED');
  return live ?? named.reduce<MirrorData | undefined>(newer, undefined);
}

function newer(best: MirrorData | undefined, each: MirrorData): MirrorData {
  return best === undefined || each.state_time_ms > best.state_time_ms ? each : best;
}

function noMirror(cluster: ManagedCluster, topic: string, link: string | undefined, detail?: string): CliFailure {
  const where = link === undefined ? `on cluster "${cluster.cluster_id}"` : `on link "${link}"`;
  return new CliFailure(
    `mirror topic "${topic}" not found ${where}${detail ? `: ${detail}` : ''}`,
    `List available mirror topics with \`klink mirror list --cluster ${cluster.cluster_id}\`.`,
  );
}
