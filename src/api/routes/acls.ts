/** Published: the ACLs of a cluster. What klink's fence is made of cannot be deleted here. */
import type { Hono } from 'hono';
import { z } from 'zod';
import { type ApiContext, baseUrl, body, clusterOf, json, list, path, resource } from '../answers.js';
import {
  type Acl,
  type AclFilter,
  aclOperations,
  aclPatterns,
  aclPermissions,
  aclResources,
  CLUSTER_RESOURCE,
  type NewAcl,
} from '../client/acl-words.js';
import type { ApiSurroundings } from '../ports.js';
import { problems } from '../problems.js';

const newAcl = z
  .object({
    resource_type: z.enum(aclResources),
    resource_name: z.string().min(1, 'It must not be empty.'),
    pattern_type: z.enum(aclPatterns),
    principal: z.string().regex(/^[^:\s]+:.+$/, 'It must be like "User:name".'),
    host: z.string().min(1, 'It must not be empty.'),
    operation: z.enum(aclOperations),
    permission: z.enum(aclPermissions),
  })
  .transform(
    (given): NewAcl => ({
      resourceType: given.resource_type,
      resourceName: given.resource_name,
      pattern: given.pattern_type,
      principal: given.principal,
      host: given.host,
      operation: given.operation,
      permission: given.permission,
    }),
  );
const batch = z.object({ data: z.array(newAcl).min(1, 'It must not be empty.') });

export function aclRoutes(app: Hono, surroundings: ApiSurroundings): void {
  app.get('/clusters/:cluster/acls', async (c) => {
    const { clusterId, admin } = clusterOf(c, surroundings);
    const self = `${baseUrl(c, surroundings)}${path('clusters', clusterId, 'acls')}`;
    const found = await admin.acls(filterOf(c));
    return json(
      c,
      list(
        'KafkaAclList',
        self,
        found.map((acl) => aclData(self, clusterId, acl)),
      ),
    );
  });
  app.post('/clusters/:cluster/acls', async (c) => {
    const { admin } = clusterOf(c, surroundings);
    await admin.addAcls([sound(await body(c, newAcl))]);
    return c.body(null, 201);
  });
  app.post('/clusters/:cluster/acls:batch', async (c) => {
    const { admin } = clusterOf(c, surroundings);
    await admin.addAcls((await body(c, batch)).data.map(sound));
    return c.body(null, 201);
  });
  app.delete('/clusters/:cluster/acls', async (c) => {
    const { clusterId, admin } = clusterOf(c, surroundings);
    for (const name of ['resource_type', 'pattern_type', 'operation', 'permission']) {
      if (!c.req.query(name)) throw problems.invalid(`${name} is missing: what shall be deleted must be said.`);
    }
    const self = `${baseUrl(c, surroundings)}${path('clusters', clusterId, 'acls')}`;
    const { deleted, keptOfFence } = await admin.removeAcls(filterOf(c));
    return json(c, {
      data: deleted.map((acl) => aclData(self, clusterId, acl)),
      kept_of_fence: keptOfFence.map((acl) => aclData(self, clusterId, acl)),
    });
  });
}

function sound(acl: NewAcl): NewAcl {
  if (acl.resourceType !== 'CLUSTER' || acl.resourceName === CLUSTER_RESOURCE) return acl;
  throw problems.invalid(`The resource name of a CLUSTER ACL is '${CLUSTER_RESOURCE}', not '${acl.resourceName}'.`);
}

function filterOf(c: ApiContext): AclFilter {
  return {
    resourceType: word(c, 'resource_type', aclResources),
    resourceName: text(c, 'resource_name'),
    pattern: word(c, 'pattern_type', [...aclPatterns, 'MATCH']),
    principal: text(c, 'principal'),
    host: text(c, 'host'),
    operation: word(c, 'operation', aclOperations),
    permission: word(c, 'permission', aclPermissions),
  };
}

function text(c: ApiContext, name: string): string | undefined {
  return c.req.query(name) || undefined;
}

/** Undefined: any. */
function word<W extends string>(c: ApiContext, name: string, words: readonly W[]): W | undefined {
  const given = text(c, name)?.toUpperCase();
  if (given === undefined || given === 'ANY') return undefined;
  const found = words.find((each) => each === given);
  if (found === undefined) throw problems.invalid(`${name} must be one of ${words.join(', ')} or ANY, not "${given}".`);
  return found;
}

function aclData(aclsUrl: string, clusterId: string, acl: Acl) {
  const data = {
    cluster_id: clusterId,
    resource_type: acl.resourceType,
    resource_name: acl.resourceName,
    pattern_type: acl.pattern,
    principal: acl.principal,
    host: acl.host,
    operation: acl.operation,
    permission: acl.permission,
  };
  const { cluster_id: _, ...query } = data;
  const self = `${aclsUrl}?${new URLSearchParams(query)}`;
  return { ...resource('KafkaAcl', self, `crn:///kafka=${clusterId}/acl=${acl.resourceType}`), ...data };
}
