/**
 * The typed client of klink's REST API: one method per endpoint the command line uses. Knows no defaults: address and
 * token come from the caller.
 * Spec: docs/spec/rest.md.
 */
import { type ApiClientOptions, exchange, type Query } from './exchange.js';
import { NOTES_HEADER, notesOf } from './notes-header.js';
import type {
  ApiKeyData,
  CallerData,
  CreatedApiKeyData,
  EnvironmentData,
  LoginData,
  ManagedClusterData,
  MirrorDetail,
  ReadyData,
  ServiceAccountData,
} from './own-shapes.js';
import type {
  AclData,
  AclQuery,
  AlterMirrorData,
  AlterMirrorsBody,
  BrokerSettingData,
  ConsumerData,
  ConsumerLagData,
  CreateLinkBody,
  CreateMirrorBody,
  CreateTopicBody,
  DeletedAcls,
  GroupData,
  LagSummaryData,
  LinkConfigData,
  LinkData,
  ListOf,
  MirrorData,
  MirrorVerb,
  SettingAlteration,
  TopicConfigData,
  TopicData,
} from './shapes.js';

/** Which one of several keys of a name. */
type KeyQuery = Readonly<Record<'resource' | 'mechanism', string | undefined>>;

export class ApiClient {
  readonly #options: ApiClientOptions;

  constructor(options: ApiClientOptions) {
    this.#options = options;
  }

  get url(): string {
    return this.#options.url;
  }

  get hasToken(): boolean {
    return this.#options.token !== undefined;
  }

  /** The same, as operator. */
  withoutLogin(): ApiClient {
    return new ApiClient({ ...this.#options, login: undefined });
  }

  managedClusters(): Promise<ListOf<ManagedClusterData>> {
    return this.#get(`/klink/v1/clusters`);
  }

  topics(cluster: string): Promise<ListOf<TopicData>> {
    return this.#get(`${base(cluster)}/topics`);
  }

  topic(cluster: string, topic: string): Promise<TopicData> {
    return this.#get(`${base(cluster)}/topics/${encodeURIComponent(topic)}`);
  }

  createTopic(cluster: string, body: CreateTopicBody): Promise<TopicData> {
    return this.#send('POST', `${base(cluster)}/topics`, {}, body);
  }

  async deleteTopic(cluster: string, topic: string): Promise<void> {
    await this.#send('DELETE', `${base(cluster)}/topics/${encodeURIComponent(topic)}`, {});
  }

  async alterTopicConfigs(
    cluster: string,
    topic: string,
    data: readonly { readonly name: string; readonly value: string }[],
    validateOnly: boolean,
  ): Promise<void> {
    const body = { data, validate_only: validateOnly };
    await this.#send('POST', `${base(cluster)}/topics/${encodeURIComponent(topic)}/configs:alter`, {}, body);
  }

  /** To so many partitions in all. */
  async growTopic(cluster: string, topic: string, partitions: number): Promise<void> {
    const body = { partitions_count: partitions };
    await this.#send('PATCH', `${base(cluster)}/topics/${encodeURIComponent(topic)}`, {}, body);
  }

  topicConfigs(cluster: string, topic: string): Promise<ListOf<TopicConfigData>> {
    return this.#get(`${base(cluster)}/topics/${encodeURIComponent(topic)}/configs`);
  }

  clusterConfigs(cluster: string): Promise<ListOf<BrokerSettingData>> {
    return this.#get(`${base(cluster)}/broker-configs`);
  }

  clusterConfig(cluster: string, name: string): Promise<BrokerSettingData> {
    return this.#get(`${base(cluster)}/broker-configs/${encodeURIComponent(name)}`);
  }

  async alterClusterConfigs(
    cluster: string,
    data: readonly { readonly name: string; readonly value: string }[],
    validateOnly: boolean,
  ): Promise<void> {
    const body = { data, validate_only: validateOnly };
    await this.#send('POST', `${base(cluster)}/broker-configs:alter`, {}, body);
  }

  acls(cluster: string, filter: AclQuery): Promise<ListOf<AclData>> {
    return this.#get(`${base(cluster)}/acls`, filter);
  }

  async createAcls(cluster: string, acls: readonly Omit<AclData, 'cluster_id'>[]): Promise<void> {
    await this.#send('POST', `${base(cluster)}/acls:batch`, {}, { data: acls });
  }

  deleteAcls(cluster: string, filter: AclQuery): Promise<DeletedAcls> {
    return this.#send('DELETE', `${base(cluster)}/acls`, filter);
  }

  links(cluster: string): Promise<ListOf<LinkData>> {
    return this.#get(`${base(cluster)}/links`);
  }

  link(cluster: string, link: string): Promise<LinkData> {
    return this.#get(`${base(cluster)}/links/${encodeURIComponent(link)}`, { include_tasks: true });
  }

  /** Gives what the caller should know. */
  async createLink(
    cluster: string,
    link: string,
    body: CreateLinkBody,
    options: { readonly validateOnly: boolean; readonly validateLink: boolean },
  ): Promise<readonly string[]> {
    const query = { link_name: link, validate_only: options.validateOnly, validate_link: options.validateLink };
    const { headers } = await exchange(this.#options, 'POST', `${base(cluster)}/links`, query, body);
    return notesOf(headers.get(NOTES_HEADER));
  }

  async deleteLink(cluster: string, link: string, force: boolean, validateOnly: boolean): Promise<void> {
    const options = { force, validate_only: validateOnly };
    await this.#send('DELETE', `${base(cluster)}/links/${encodeURIComponent(link)}`, options);
  }

  linkConfigs(cluster: string, link: string): Promise<ListOf<LinkConfigData>> {
    return this.#get(`${base(cluster)}/links/${encodeURIComponent(link)}/configs`);
  }

  /** Gives what the caller should know. */
  async alterLink(
    cluster: string,
    link: string,
    data: readonly SettingAlteration[],
    options: { readonly validateOnly: boolean; readonly validateLink: boolean },
  ): Promise<readonly string[]> {
    const query = { validate_only: options.validateOnly, validate_link: options.validateLink };
    const path = `${base(cluster)}/links/${encodeURIComponent(link)}/configs:alter`;
    const { headers } = await exchange(this.#options, 'PUT', path, query, { data });
    return notesOf(headers.get(NOTES_HEADER));
  }

  /** Without a link: the mirrors of all links of the cluster. */
  mirrors(cluster: string, link: string | undefined, status?: string): Promise<ListOf<MirrorData>> {
    return this.#get(`${base(cluster)}/links/${encodeURIComponent(link ?? '-')}/mirrors`, { mirror_status: status });
  }

  mirror(cluster: string, link: string, topic: string): Promise<MirrorData> {
    return this.#get(`${base(cluster)}/links/${encodeURIComponent(link)}/mirrors/${encodeURIComponent(topic)}`, {
      include_state_transition_errors: true,
    });
  }

  mirrorDetail(cluster: string, link: string, topic: string): Promise<MirrorDetail> {
    return this.#get(
      `/klink/v1/clusters/${encodeURIComponent(cluster)}/links/${encodeURIComponent(link)}/mirrors/${encodeURIComponent(topic)}`,
    );
  }

  async createMirror(cluster: string, link: string, body: CreateMirrorBody): Promise<void> {
    await this.#send('POST', `${base(cluster)}/links/${encodeURIComponent(link)}/mirrors`, {}, body);
  }

  alterMirrors(
    cluster: string,
    link: string,
    verb: MirrorVerb,
    body: AlterMirrorsBody,
    validateOnly: boolean,
  ): Promise<ListOf<AlterMirrorData>> {
    const query = { validate_only: validateOnly };
    return this.#send('POST', `${base(cluster)}/links/${encodeURIComponent(link)}/mirrors:${verb}`, query, body);
  }

  groups(cluster: string): Promise<ListOf<GroupData>> {
    return this.#get(`${base(cluster)}/consumer-groups`);
  }

  group(cluster: string, group: string): Promise<GroupData> {
    return this.#get(`${base(cluster)}/consumer-groups/${encodeURIComponent(group)}`);
  }

  consumers(cluster: string, group: string): Promise<ListOf<ConsumerData>> {
    return this.#get(`${base(cluster)}/consumer-groups/${encodeURIComponent(group)}/consumers`);
  }

  lags(cluster: string, group: string): Promise<ListOf<ConsumerLagData>> {
    return this.#get(`${base(cluster)}/consumer-groups/${encodeURIComponent(group)}/lags`);
  }

  lag(cluster: string, group: string, topic: string, partition: number): Promise<ConsumerLagData> {
    return this.#get(
      `${base(cluster)}/consumer-groups/${encodeURIComponent(group)}/lags/${encodeURIComponent(topic)}/partitions/${partition}`,
    );
  }

  lagSummary(cluster: string, group: string): Promise<LagSummaryData> {
    return this.#get(`${base(cluster)}/consumer-groups/${encodeURIComponent(group)}/lag-summary`);
  }

  ready(cluster: string, group: string, link: string | undefined): Promise<ReadyData> {
    return this.#get(
      `/klink/v1/clusters/${encodeURIComponent(cluster)}/consumer-groups/${encodeURIComponent(group)}/ready`,
      { link_name: link },
    );
  }

  caller(): Promise<CallerData> {
    return this.#get('/klink/v1/login');
  }

  environments(): Promise<ListOf<EnvironmentData>> {
    return this.#get('/klink/v1/environments');
  }

  serviceAccounts(): Promise<ListOf<ServiceAccountData>> {
    return this.#get('/klink/v1/service-accounts');
  }

  serviceAccount(id: string): Promise<ServiceAccountData> {
    return this.#get(`/klink/v1/service-accounts/${encodeURIComponent(id)}`);
  }

  createServiceAccount(body: { readonly name: string; readonly description: string }): Promise<ServiceAccountData> {
    return this.#send('POST', '/klink/v1/service-accounts', {}, body);
  }

  describeServiceAccount(id: string, description: string): Promise<ServiceAccountData> {
    return this.#send('PATCH', `/klink/v1/service-accounts/${encodeURIComponent(id)}`, {}, { description });
  }

  async deleteServiceAccount(id: string): Promise<void> {
    await this.#send('DELETE', `/klink/v1/service-accounts/${encodeURIComponent(id)}`, {});
  }

  apiKeys(filter: {
    readonly resource?: string | undefined;
    readonly service_account?: string | undefined;
  }): Promise<ListOf<ApiKeyData>> {
    return this.#get('/klink/v1/api-keys', filter);
  }

  createApiKey(body: {
    readonly resource: string;
    readonly service_account: string;
    readonly description: string;
  }): Promise<CreatedApiKeyData> {
    return this.#send('POST', '/klink/v1/api-keys', {}, body);
  }

  async describeApiKey(key: string, which: KeyQuery, description: string): Promise<void> {
    await this.#send('PATCH', `/klink/v1/api-keys/${encodeURIComponent(key)}`, which, { description });
  }

  async deleteApiKey(key: string, which: KeyQuery): Promise<void> {
    await this.#send('DELETE', `/klink/v1/api-keys/${encodeURIComponent(key)}`, which);
  }

  /** How a client of the cluster logs in under this name. */
  loginOf(cluster: string, name: string): Promise<LoginData> {
    return this.#get(`/klink/v1/clusters/${encodeURIComponent(cluster)}/login`, { name });
  }

  /** Only the demo answers these. */
  async demo(name: string, verb: 'kill' | 'stop' | 'start'): Promise<void> {
    await this.#send('POST', `/klink/v1/demo/clusters/${encodeURIComponent(name)}:${verb}`, {});
  }

  #get<T>(path: string, query: Query = {}): Promise<T> {
    return this.#send('GET', path, query);
  }

  async #send<T>(method: string, path: string, query: Query, body?: unknown): Promise<T> {
    // The server is ours and its shapes are tested, endpoints without a body are typed as void: the client trusts them.
    return (await exchange(this.#options, method, path, query, body)).value as T;
  }
}

function base(cluster: string): string {
  return `/kafka/v3/clusters/${encodeURIComponent(cluster)}`;
}
