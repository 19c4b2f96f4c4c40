/** klink's own: who am I, environments and service accounts. Accounts live at the home cluster; keys need rights there. */
import type { Context } from 'hono';
import { granted, list } from '../answers.js';
import { callerOf, demandRight } from '../caller.js';
import { operation } from '../operation.js';
import type { ApiSurroundings, ManagedCluster } from '../ports.js';
import { Problem, problems } from '../problems.js';
import { listOf } from '../schemas/common.js';
import { caller, described, environment, newServiceAccount, serviceAccount } from '../schemas/identity.js';

const shared = { base: 'klink', tag: 'accounts' } as const;

/** All clusters of a server belong together; a second environment would be a second server. */
const ENVIRONMENT = { id: 'env-default', name: 'default' } as const;

export const accountOperations = [
  operation({
    ...shared,
    method: 'get',
    path: '/login',
    id: 'getLogin',
    summary: 'Who asks.',
    status: 200,
    answer: caller,
    async run({ c }) {
      const asking = callerOf(c);
      if (asking.kind === 'operator') return { kind: 'operator', name: null, cluster_id: null };
      return { kind: 'key', name: asking.name, cluster_id: asking.cluster.id() ?? null };
    },
  }),
  operation({
    ...shared,
    method: 'get',
    path: '/environments',
    id: 'listEnvironments',
    summary: 'The environments: there is one, which holds all clusters.',
    status: 200,
    answer: listOf('KlinkEnvironmentList', environment),
    async run({ base }) {
      return list('KlinkEnvironmentList', `${base}/environments`, [ENVIRONMENT]);
    },
  }),
  operation({
    ...shared,
    method: 'get',
    path: '/environments/{environment_id}',
    id: 'getEnvironment',
    summary: 'One environment.',
    status: 200,
    answer: environment,
    async run({ params: { environment_id: id } }) {
      if (id !== ENVIRONMENT.id) throw new Problem(404, 404, `Environment ${id} cannot be found.`);
      return ENVIRONMENT;
    },
  }),
  operation({
    ...shared,
    method: 'get',
    path: '/service-accounts',
    id: 'listServiceAccounts',
    summary: 'The service accounts.',
    status: 200,
    answer: listOf('KlinkServiceAccountList', serviceAccount),
    async run({ c, surroundings, base }) {
      const home = await homeOf(c, surroundings, 'DESCRIBE');
      const data = granted(home.identity.accounts()).map(accountData);
      return list('KlinkServiceAccountList', `${base}/service-accounts`, data);
    },
  }),
  operation({
    ...shared,
    method: 'post',
    path: '/service-accounts',
    id: 'createServiceAccount',
    summary: 'Create a service account. It may do nothing until ACLs name it.',
    body: newServiceAccount,
    status: 201,
    refusals: [409],
    answer: serviceAccount,
    async run({ c, surroundings, body }) {
      const home = await homeOf(c, surroundings, 'ALTER');
      return accountData(granted(await home.identity.createAccount(body)));
    },
  }),
  operation({
    ...shared,
    method: 'get',
    path: '/service-accounts/{service_account_id}',
    id: 'getServiceAccount',
    summary: 'One service account.',
    status: 200,
    answer: serviceAccount,
    async run({ c, surroundings, params }) {
      const home = await homeOf(c, surroundings, 'DESCRIBE');
      return accountData(accountOf(home, params.service_account_id));
    },
  }),
  operation({
    ...shared,
    method: 'patch',
    path: '/service-accounts/{service_account_id}',
    id: 'updateServiceAccount',
    summary: 'Describe a service account anew.',
    body: described,
    status: 200,
    answer: serviceAccount,
    async run({ c, surroundings, params: { service_account_id: id }, body }) {
      const home = await homeOf(c, surroundings, 'ALTER');
      granted(await home.identity.describeAccount(id, body.description));
      return accountData(accountOf(home, id));
    },
  }),
  operation({
    ...shared,
    method: 'delete',
    path: '/service-accounts/{service_account_id}',
    id: 'deleteServiceAccount',
    summary: 'Delete a service account with its keys. ACLs that name it stay.',
    status: 204,
    async run({ c, surroundings, params }) {
      const home = await homeOf(c, surroundings, 'ALTER');
      granted(await home.identity.deleteAccount(params.service_account_id));
    },
  }),
];

/** Where accounts and keys are recorded. Throws a Problem where the caller may not. */
export async function homeOf(
  c: Context,
  surroundings: ApiSurroundings,
  right: 'ALTER' | 'DESCRIBE' | 'any',
): Promise<ManagedCluster> {
  const home = surroundings.clusters.find((cluster) => cluster.home);
  if (home === undefined) throw problems.notFound();
  if (right !== 'any') await demandRight(c, home, right);
  return home;
}

function accountOf(home: ManagedCluster, id: string) {
  const account = granted(home.identity.accounts()).find((each) => each.id === id);
  if (account === undefined) throw new Problem(404, 404, `Service account ${id} cannot be found.`);
  return account;
}

function accountData({
  createdAtMs,
  ...account
}: {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly createdAtMs: number;
}) {
  return { ...account, created_at: new Date(createdAtMs).toISOString() };
}
