/**
 * Kafka lists only the groups that one may see: where it lists none at all, is that for want of the right? Changes nothing.
 * Spec: docs/spec/rights.md 10.1.
 */
import { ADMIN_PURPOSE, refusal } from '../../client/admin/ask.js';
import type { KafkaCluster } from '../../client/types.js';
import { describeGroups } from '../../protocol/api/describe-groups.js';
import { errorCode } from '../../protocol/errors.js';
import { needing } from './failure.js';

/** Who may DESCRIBE every group may ask for one that nobody has made. */
const ANY_GROUP = 'klink-rights';

/** Rejects with RightMissing, or as the client does. */
export function demandGroups(cluster: KafkaCluster, timeoutMs: number): Promise<void> {
  return needing('DESCRIBE on GROUP *', askForOne(cluster, timeoutMs));
}

async function askForOne(cluster: KafkaCluster, timeoutMs: number): Promise<void> {
  const coordinator = await cluster.coordinator('group', ANY_GROUP, { timeoutMs });
  const channel = await cluster.channel(coordinator, ADMIN_PURPOSE);
  const found = (await channel.send(describeGroups, { groups: [ANY_GROUP] }, { timeoutMs })).groups[0];
  if (found?.errorCode !== errorCode.GROUP_AUTHORIZATION_FAILED) return;
  throw refusal(found.errorCode, `asking for a group at ${cluster.name}`);
}
