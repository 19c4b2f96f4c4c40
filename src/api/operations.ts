/** The one table of REST: what is not in it is not served, and what is in it is in the OpenAPI document. */
import { withDocument } from './openapi.js';
import type { Operation } from './operation.js';
import { accountOperations } from './routes/accounts.js';
import { aclOperations } from './routes/acls.js';
import { apiKeyOperations } from './routes/api-keys.js';
import { brokerOperations } from './routes/brokers.js';
import { clusterConfigOperations } from './routes/cluster-configs.js';
import { clusterOperations } from './routes/clusters.js';
import { demoOperations } from './routes/demo.js';
import { groupLagOperations } from './routes/group-lags.js';
import { groupOperations } from './routes/groups.js';
import { klinkOperations } from './routes/klink.js';
import { linkConfigOperations } from './routes/link-configs.js';
import { linkOperations } from './routes/links.js';
import { mirrorVerbOperations, refusedVerbOperations } from './routes/mirror-verbs.js';
import { mirrorOperations } from './routes/mirrors.js';
import { partitionOperations } from './routes/partitions.js';
import { recordOperations } from './routes/records.js';
import { serverOperations } from './routes/server.js';
import { allTopicConfigOperations, topicConfigOperations } from './routes/topic-configs.js';
import { topicOperations } from './routes/topics.js';

/** Where two paths fit a request, the first row serves it. */
export const operations: readonly Operation[] = withDocument([
  ...clusterOperations,
  ...brokerOperations,
  ...clusterConfigOperations,
  ...topicOperations,
  ...allTopicConfigOperations,
  ...topicConfigOperations,
  ...partitionOperations,
  ...recordOperations,
  ...aclOperations,
  ...linkOperations,
  ...linkConfigOperations,
  ...mirrorOperations,
  ...mirrorVerbOperations,
  ...refusedVerbOperations,
  ...groupOperations,
  ...groupLagOperations,
  ...klinkOperations,
  ...accountOperations,
  ...apiKeyOperations,
  ...demoOperations,
  ...serverOperations,
]);
