/** What the asking principal may do with a topic (KIP-430). */

import { type AclOperation, rightsIn } from '../../protocol/acl-codes.js';
import { metadata } from '../../protocol/api/metadata.js';
import { errorCode } from '../../protocol/errors.js';
import type { KafkaCluster } from '../types.js';
import { demand, question } from './ask.js';
import { type AdminOptions, Patience } from './patience.js';

/** Below it nobody is told rights. */
const VERSION_MIN = 8;

/** Empty for a topic that is not there, or that it may not see. Rejects with KafkaError or NotSent. */
export async function topicRights(
  cluster: KafkaCluster,
  topic: string,
  options: AdminOptions = {},
): Promise<ReadonlySet<AclOperation>> {
  const request = {
    topics: [{ name: topic }],
    allowAutoTopicCreation: false,
    includeTopicAuthorizedOperations: true,
  };
  const bounds = { versionMin: VERSION_MIN };
  const answer = await question(cluster, new Patience(cluster, options), metadata, request, bounds);
  const [found] = answer.topics;
  const hidden = [errorCode.UNKNOWN_TOPIC_OR_PARTITION, errorCode.TOPIC_AUTHORIZATION_FAILED];
  if (found === undefined || hidden.some((code) => code === found.errorCode)) return new Set();
  demand(found.errorCode, `describing topic "${topic}" at ${cluster.name}`);
  return rightsIn(found.topicAuthorizedOperations) ?? new Set();
}
