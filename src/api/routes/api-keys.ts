/**
 * klink's own: API keys, and how clients log in with them. Recorded at the home cluster, made at the cluster they are for;
 * who asks with a key needs ALTER there, which is what Kafka asks of whoever changes SCRAM users.
 */
import type { Context } from 'hono';
import { z } from 'zod';
import type { ApiKey, KeyName } from '../../model/identity.js';
import { granted, list } from '../answers.js';
import { callerOf, demandRight } from '../caller.js';
import { managedCluster } from '../cluster-of-path.js';
import { operation } from '../operation.js';
import type { ApiSurroundings, ManagedCluster } from '../ports.js';
import { problems } from '../problems.js';
import { listOf, text } from '../schemas/common.js';
import { apiKey, createdApiKey, described, login, newApiKey } from '../schemas/identity.js';
import { homeOf } from './accounts.js';

const shared = { base: 'klink', tag: 'API keys' } as const;
const which = z.object({
  resource: text('Id of its cluster; needed where its name exists on several.'),
  mechanism: text('Which of its slots; needed where both are taken.'),
});

export const apiKeyOperations = [
  operation({
    ...shared,
    method: 'get',
    path: '/api-keys',
    id: 'listApiKeys',
    summary: 'The API keys, without their secrets.',
    query: z.object({
      resource: text('Only those of this cluster.'),
      service_account: text('Only those of this account.'),
    }),
    status: 200,
    answer: listOf('KlinkApiKeyList', apiKey),
    async run({ c, surroundings, base, query }) {
      const home = await homeOf(c, surroundings, 'DESCRIBE');
      const data = granted(home.identity.keys())
        .filter(({ clusterId }) => query.resource === undefined || clusterId === query.resource)
        .filter(({ accountId }) => query.service_account === undefined || accountId === query.service_account)
        .map(keyData);
      return list('KlinkApiKeyList', `${base}/api-keys`, data);
    },
  }),
  operation({
    ...shared,
    method: 'post',
    path: '/api-keys',
    id: 'createApiKey',
    summary: 'Create an API key. The answer is the only one that holds its secret.',
    body: newApiKey,
    status: 201,
    refusals: [404, 409],
    answer: createdApiKey,
    async run({ c, surroundings, body }) {
      const cluster = managedCluster(surroundings, body.resource);
      await demandRight(c, cluster, 'ALTER');
      if ('none' in cluster.callers.listener) throw problems.invalid(cluster.callers.listener.none);
      const home = await homeOf(c, surroundings, 'any');
      const { service_account: accountId, resource: clusterId, description } = body;
      const { key, secret } = granted(await home.identity.createKey({ accountId, clusterId, description }));
      return { ...keyData(key), secret };
    },
  }),
  operation({
    ...shared,
    method: 'patch',
    path: '/api-keys/{key}',
    id: 'updateApiKey',
    summary: 'Describe an API key anew.',
    query: which,
    body: described,
    status: 204,
    async run({ c, surroundings, params, query, body }) {
      const { home, name } = await keyAt(c, surroundings, params.key, query);
      granted(await home.identity.describeKey(name, body.description));
    },
  }),
  operation({
    ...shared,
    method: 'delete',
    path: '/api-keys/{key}',
    id: 'deleteApiKey',
    summary: 'Delete an API key. Answers when nobody can log in with it any more.',
    query: which,
    status: 204,
    refusals: [408],
    async run({ c, surroundings, params, query }) {
      const { home, name } = await keyAt(c, surroundings, params.key, query);
      granted(await home.identity.deleteKey(name));
    },
  }),
  operation({
    ...shared,
    method: 'get',
    path: '/clusters/{cluster_id}/login',
    id: 'getLoginMechanisms',
    summary: 'How clients of a cluster log in under a name.',
    description: 'A key may ask for itself; for other names it needs DESCRIBE on the cluster.',
    status: 200,
    answer: login,
    query: z.object({ name: z.string('it must be given').min(1, 'it must not be empty').describe('User name.') }),
    async run({ c, surroundings, params, query: { name } }) {
      const cluster = managedCluster(surroundings, params.cluster_id);
      const caller = callerOf(c);
      if (caller.kind === 'key' && caller.name !== name) await demandRight(c, cluster, 'DESCRIBE');
      const { listener } = cluster.callers;
      if ('none' in listener) throw problems.invalid(listener.none);
      return {
        name,
        mechanisms: await cluster.callers.mechanismsOf(name),
        bootstrap: listener.bootstrap,
        security_protocol: listener.securityProtocol,
        authorities: listener.authorities ?? null,
        checks_name: listener.checksName,
      };
    },
  }),
];

/** The key that is meant, for who may change it: rights are asked at the cluster where it counts. */
async function keyAt(
  c: Context,
  surroundings: ApiSurroundings,
  key: string,
  { resource, mechanism }: z.output<typeof which>,
): Promise<{ readonly home: ManagedCluster; readonly name: KeyName }> {
  const home = await homeOf(c, surroundings, 'any');
  if (callerOf(c).kind === 'key') {
    // Without a resource it could be one of any cluster.
    await demandRight(c, resource === undefined ? home : managedCluster(surroundings, resource), 'ALTER');
    if (resource === undefined) return { home, name: { key, clusterId: home.id(), mechanism } };
  }
  return { home, name: { key, clusterId: resource, mechanism } };
}

function keyData({ accountId, clusterId, mechanism, description, createdAtMs }: ApiKey) {
  return {
    key: accountId,
    resource: clusterId,
    mechanism,
    owner: accountId,
    description,
    created_at: new Date(createdAtMs).toISOString(),
  };
}
