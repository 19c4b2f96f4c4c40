/**
 * Sample requests for every operation of docs/openapi.json: values that its schemas allow, with the names of things that a
 * stocked cluster has. What cannot be told from a schema stands in two small tables.
 */
import { type JsonSchema, type OperationObject, openApi } from './documented.js';
import { type FakeCluster, fakeCluster, linkView, mirrorView } from './fake-clusters.js';

export interface Sample {
  readonly id: string;
  readonly operation: OperationObject;
  /** Upper case. */
  readonly method: string;
  readonly template: string;
  readonly path: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  readonly body: unknown;
  /** With the key of a stocked cluster: the operator may not. */
  readonly byKey: boolean;
}

/** A cluster that has one of everything that the samples name. */
export function stockedCluster(): FakeCluster {
  const cluster = fakeCluster('dr', 'dr-id');
  for (const name of ['orders', 'mirrored', 'stopped']) {
    cluster.topics.set(name, { name, isInternal: false, replicationFactor: 1, partitions: 1 });
  }
  cluster.linkViews.set('dr-link', linkView('dr-link', 'src'));
  cluster.mirrorViews.push(
    mirrorView('dr-link', 'mirrored', 'ACTIVE'),
    mirrorView('dr-link', 'paused', 'PAUSED'),
    mirrorView('dr-link', 'stopped', 'STOPPED'),
  );
  const partitions = [{ topic: 'orders', partition: 0 }];
  const member = { memberId: 'm-1', instanceId: null, clientId: 'c', partitions };
  const words = { state: 'Stable', type: 'classic', protocolType: 'consumer', assignor: 'range', coordinator: 1 };
  cluster.groups.set('g', {
    info: { group: 'g', ...words, members: [member] },
    offsets: [{ topic: 'orders', partition: 0, committed: 1n, logEnd: 2n }],
  });
  // Made before the first of its promises is waited for.
  void cluster.identity.createAccount({ name: 'stocked', description: '' });
  void cluster.identity.createKey({ accountId: ACCOUNT, clusterId: 'dr-id', description: '' });
  cluster.callers.keys.set(ACCOUNT, { secret: STOCKED_SECRET, admin: cluster.admin, rights: [] });
  return cluster;
}

export const STOCKED_SECRET = 'secret-of-a-test';
const ACCOUNT = 'sa-fake01';

const inPath: Readonly<Record<string, string>> = {
  cluster_id: 'dr-id',
  cluster_name: 'dr',
  broker_id: '1',
  topic_name: 'orders',
  partition_id: '0',
  link_name: 'dr-link',
  mirror_topic_name: 'mirrored',
  consumer_group_id: 'g',
  consumer_id: 'm-1',
  config_name: 'retention.ms',
  environment_id: 'env-default',
  service_account_id: 'sa-fake01',
  key: 'sa-fake01',
};

/** Where a path parameter names another thing, or the body has to make sense as a whole. */
const special: Readonly<
  Record<
    string,
    { readonly path?: Record<string, string>; readonly query?: Record<string, string>; readonly body?: unknown }
  >
> = {
  getBrokerConfig: { path: { config_name: 'log.retention.ms' } },
  getClusterConfig: { path: { config_name: 'log.retention.ms' } },
  getLinkConfig: { path: { config_name: 'retry.backoff.ms' } },
  createApiKey: { body: { resource: 'dr-id', service_account: 'sa-fake01' } },
  deleteLink: { query: { force: 'true' } },
  createLink: { query: { link_name: 'new-link' }, body: { source_cluster_id: 'src', configs: [] } },
  ...Object.fromEntries(
    ['pause', 'resume', 'promote', 'failover'].map((verb) => [
      `${verb}Mirrors`,
      { body: { mirror_topic_names: ['mirrored'] } },
    ]),
  ),
};

export function samples(): readonly Sample[] {
  return Object.entries(openApi.paths).flatMap(([template, operations]) =>
    Object.entries(operations).map(([method, operation]) => {
      const id = operation.operationId;
      const names = operation.parameters.filter((each) => each.in === 'path').map(({ name }) => name);
      const required = operation.parameters.filter((each) => each.in === 'query' && each.required);
      const schema = operation.requestBody?.content['application/json'].schema;
      return {
        id,
        operation,
        method: method.toUpperCase(),
        template,
        path: { ...Object.fromEntries(names.map((name) => [name, inPath[name] ?? 'a'])), ...special[id]?.path },
        query: {
          ...Object.fromEntries(required.map(({ name, schema: of }) => [name, String(sampleOf(of))])),
          ...special[id]?.query,
        },
        body: special[id]?.body ?? (schema && sampleOf(schema)),
        byKey: id === 'produceRecords',
      };
    }),
  );
}

export function urlOf({ template, path, query }: Pick<Sample, 'template' | 'path' | 'query'>): string {
  const filled = template.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(path[name] ?? ''));
  const search = new URLSearchParams(query).toString();
  return search === '' ? filled : `${filled}?${search}`;
}

export function resolved(schema: JsonSchema): JsonSchema {
  const name = schema.$ref?.split('/').at(-1);
  return name === undefined ? schema : resolved(openApi.components.schemas[name] ?? {});
}

/** The schema without null. */
export function notNull(schema: JsonSchema): JsonSchema {
  const found = resolved(schema);
  const [first] = found.anyOf?.filter((each) => each.type !== 'null') ?? [];
  return first === undefined ? found : resolved(first);
}

export function typeOf(schema: JsonSchema): string {
  const { type } = notNull(schema);
  return (typeof type === 'string' ? type : type?.find((each) => each !== 'null')) ?? '';
}

/** A value with every required field, and no other. */
function sampleOf(given: JsonSchema): unknown {
  const schema = notNull(given);
  if (schema.enum) return schema.enum.find((each) => each !== 'ANY') ?? schema.enum[0];
  switch (typeOf(schema)) {
    case 'string':
      return schema.pattern === undefined ? 'sample' : 'User:sample';
    case 'integer':
    case 'number':
      return 2;
    case 'boolean':
      return true;
    case 'array':
      return [sampleOf(schema.items ?? {})];
    case 'object': {
      const fields = (schema.required ?? []).map((name) => [name, sampleOf(schema.properties?.[name] ?? {})]);
      return Object.fromEntries(fields) as unknown;
    }
    default:
      throw new Error(`no sample for ${JSON.stringify(schema)}`);
  }
}
