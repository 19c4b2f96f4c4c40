/** Published: the ACLs of a cluster. What klink's fence is made of cannot be deleted here. */
import { list, resource } from '../answers.js';
import { type Acl, CLUSTER_RESOURCE, type NewAcl } from '../client/acl-words.js';
import type { ClusterOfPath } from '../cluster-of-path.js';
import { operation } from '../operation.js';
import { problems } from '../problems.js';
import { acl, aclBatch, aclDeletion, aclQuery, deletedAcls, filterOf, newAcl } from '../schemas/acls.js';
import { listOf } from '../schemas/common.js';

const shared = { base: 'published', tag: 'ACLs' } as const;
const all = '/clusters/{cluster_id}/acls';

export const aclOperations = [
  operation({
    ...shared,
    method: 'get',
    path: all,
    id: 'listAcls',
    summary: 'The ACLs that match.',
    query: aclQuery,
    status: 200,
    answer: listOf('KafkaAclList', acl),
    async run({ cluster, query }) {
      const data = (await cluster.admin.acls(filterOf(query))).map((each) => aclData(cluster, each));
      return list('KafkaAclList', cluster.url('acls'), data);
    },
  }),
  operation({
    ...shared,
    method: 'post',
    path: all,
    id: 'createAcl',
    summary: 'Create an ACL.',
    body: newAcl,
    status: 201,
    async run({ cluster, body }) {
      await cluster.admin.addAcls([sound(body)]);
    },
  }),
  operation({
    ...shared,
    method: 'post',
    path: `${all}:batch`,
    id: 'createAcls',
    summary: 'Create several ACLs.',
    body: aclBatch,
    status: 201,
    async run({ cluster, body }) {
      await cluster.admin.addAcls(body.data.map(sound));
    },
  }),
  operation({
    ...shared,
    method: 'delete',
    path: all,
    id: 'deleteAcls',
    summary: 'Delete the ACLs that match; those of a fence stay.',
    query: aclDeletion,
    status: 200,
    answer: deletedAcls,
    async run({ cluster, query }) {
      const { deleted, keptOfFence } = await cluster.admin.removeAcls(filterOf(query));
      return {
        data: deleted.map((each) => aclData(cluster, each)),
        kept_of_fence: keptOfFence.map((each) => aclData(cluster, each)),
      };
    },
  }),
];

function sound(given: NewAcl): NewAcl {
  if (given.resourceType !== 'CLUSTER' || given.resourceName === CLUSTER_RESOURCE) return given;
  throw problems.invalid(`The resource name of a CLUSTER ACL is '${CLUSTER_RESOURCE}', not '${given.resourceName}'.`);
}

function aclData({ clusterId, url }: ClusterOfPath, given: Acl) {
  const data = {
    cluster_id: clusterId,
    resource_type: given.resourceType,
    resource_name: given.resourceName,
    pattern_type: given.pattern,
    principal: given.principal,
    host: given.host,
    operation: given.operation,
    permission: given.permission,
  };
  const { cluster_id: _, ...query } = data;
  const self = `${url('acls')}?${new URLSearchParams(query)}`;
  return {
    ...resource('KafkaAcl', self, `crn:///kafka=${clusterId}/acl=${given.resourceType}`),
    ...data,
    ...(given.heldBack && { held_back: true as const }),
  };
}
