/**
 * Kafka lists only the groups that one may see: where it lists none at all, is that for want of the right? Changes nothing.
 * Spec: docs/spec/rights.md 10.1.
 */
import { refusal } from '../../client/admin/ask.js';
import { askCoordinators } from '../../client/admin/coordinators.js';
import type { Channel, KafkaCluster, SendOptions } from '../../client/types.js';
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
  const ask = async (channel: Channel, groups: readonly string[], options: SendOptions) => {
    const answer = await channel.send(describeGroups, { groups: [...groups] }, options);
    return answer.groups.map(({ groupId, errorCode: code }) => ({ group: groupId, code, value: undefined }));
  };
  const told = await askCoordinators(cluster, [ANY_GROUP], 'asking for it', ask, { timeoutMs });
  const code = told.get(ANY_GROUP)?.code ?? 0;
  if (code === errorCode.GROUP_AUTHORIZATION_FAILED) throw refusal(code, `asking for a group at ${cluster.name}`);
}
