/** Managed clusters of plain values, for tests of REST and command line: what a test puts in is what it reads. */

import type { Acl } from '../../src/api/client/acl-words.js';
import type {
  ApiSurroundings,
  ClusterAdmin,
  GroupInfo,
  GroupOffset,
  ManagedCluster,
  TopicConfig,
  TopicInfo,
} from '../../src/api/ports.js';
import type { Answer, DeletionForecast, LinkControl, LinkView, MirrorView } from '../../src/control/commands.js';

import { type ErrorCode, refusal } from '../../src/model/errors.js';
import { type FakeCallers, fakeCallers } from './fake-callers.js';
import { fakeIdentity } from './fake-identity.js';

/** No fake has anything of this name. */
export const UNKNOWN = 'no-such-thing';
export const FAKE_TOKEN = 'token-of-a-test';

export interface FakeCluster extends ManagedCluster {
  readonly callers: FakeCallers;
  readonly topics: Map<string, TopicInfo>;
  readonly groups: Map<string, { readonly info: GroupInfo; readonly offsets: readonly GroupOffset[] }>;
  readonly linkViews: Map<string, LinkView>;
  readonly mirrorViews: MirrorView[];
  /** Every call that would change something, in order. */
  readonly calls: unknown[];
  ready: { ready: boolean; reasons: string[] };
  readonly forecast: { deletions: DeletionForecast | undefined };
}

export function fakeCluster(name: string, id: string): FakeCluster {
  const topics = new Map<string, TopicInfo>();
  const groups: FakeCluster['groups'] = new Map();
  const linkViews = new Map<string, LinkView>();
  const mirrorViews: MirrorView[] = [];
  const calls: unknown[] = [];
  const forecast = { deletions: undefined };
  const ready = { ready: false, reasons: ['mirror lag is 3'] };
  const cluster: FakeCluster = {
    name,
    home: name === 'dr',
    bootstrap: '127.0.0.1:9',
    id: () => id,
    reachable: async () => true,
    ownership: () => 'owner',
    topics,
    groups,
    linkViews,
    mirrorViews,
    calls,
    ready,
    forecast,
    admin: fakeAdmin(topics, groups, calls),
    links: fakeDesk(linkViews, mirrorViews, calls, ready, forecast),
    identity: fakeIdentity(),
    callers: fakeCallers(),
  };
  return cluster;
}

export function fakeSurroundings(clusters: readonly ManagedCluster[]): ApiSurroundings {
  return {
    clusters,
    url: () => 'http://klink.test',
    operatorToken: FAKE_TOKEN,
    nowMs: () => 1_000,
    log: { error: (fields) => Promise.reject(fields.error) },
  };
}

const ACL: Acl = {
  resourceType: 'TOPIC',
  resourceName: 'orders',
  pattern: 'LITERAL',
  principal: 'User:app',
  host: '*',
  operation: 'READ',
  permission: 'ALLOW',
};

const RETENTION: TopicConfig = {
  name: 'retention.ms',
  value: '-1',
  isDefault: false,
  isReadOnly: false,
  isSensitive: false,
  source: 'DYNAMIC_TOPIC_CONFIG',
  synonyms: [
    { name: 'retention.ms', value: '-1', source: 'DYNAMIC_TOPIC_CONFIG' },
    { name: 'log.retention.ms', value: '604800000', source: 'DEFAULT_CONFIG' },
  ],
};

function fakeAdmin(topics: Map<string, TopicInfo>, groups: FakeCluster['groups'], calls: unknown[]): ClusterAdmin {
  return {
    controllerId: async () => 1,
    topics: async () => [...topics.values()],
    topic: async (name) => topics.get(name),
    async createTopic(topic, validateOnly) {
      if (topics.has(topic.name)) throw kafkaAnswer(36, 'TOPIC_ALREADY_EXISTS');
      calls.push({ createTopic: topic.name, validateOnly });
      if (validateOnly) return;
      topics.set(topic.name, {
        name: topic.name,
        isInternal: false,
        replicationFactor: 1,
        partitions: Math.max(1, topic.partitions),
      });
    },
    async growTopic(name, partitions) {
      const topic = topics.get(name);
      if (topic === undefined) throw kafkaAnswer(3, 'UNKNOWN_TOPIC_OR_PARTITION');
      calls.push({ growTopic: name, partitions });
      topics.set(name, { ...topic, partitions });
    },
    async deleteTopic(name) {
      calls.push({ deleteTopic: name });
      topics.delete(name);
    },
    async topicConfigs(name) {
      if (!topics.has(name)) throw kafkaAnswer(3, 'UNKNOWN_TOPIC_OR_PARTITION');
      return [RETENTION];
    },
    allTopicConfigs: async () => new Map([...topics.keys()].map((name) => [name, [RETENTION]])),
    async partitions(name) {
      const topic = topics.get(name);
      const of = (partition: number) => ({ partition, leader: 1, replicas: [1, 2], isr: [1] });
      return topic && Array.from({ length: topic.partitions }, (_, partition) => of(partition));
    },
    allPartitions: async () =>
      [...topics.keys()].map((topic) => ({ topic, partition: 0, leader: 1, replicas: [1, 2], isr: [1] })),
    topicRights: async () => ['READ', 'WRITE'],
    reassignments: async () => [{ topic: 'orders', partition: 0, adding: [3], removing: [2] }],
    brokers: async () => [{ id: 1, host: 'one.test', port: 9092, rack: null }],
    brokerConfigs: async () => [{ ...RETENTION, name: 'log.retention.ms', source: 'STATIC_BROKER_CONFIG' }],
    clusterConfigs: async () => [{ ...RETENTION, name: 'log.retention.ms', source: 'DYNAMIC_DEFAULT_BROKER_CONFIG' }],
    alterClusterConfigs: async (changes, validateOnly) =>
      void calls.push({ alterClusterConfigs: changes, validateOnly }),
    async alterTopicConfigs(name, changes) {
      if (!topics.has(name)) throw kafkaAnswer(3, 'UNKNOWN_TOPIC_OR_PARTITION');
      calls.push({ alterTopicConfigs: name, changes });
    },
    groups: async () => [...groups.values()].map((each) => each.info),
    group: async (name) => groups.get(name)?.info,
    groupOffsets: async (name) => groups.get(name)?.offsets ?? [],
    async acls(filter) {
      calls.push({ acls: filter });
      return [ACL];
    },
    addAcls: async (acls) => void calls.push({ addAcls: acls }),
    async removeAcls(filter) {
      calls.push({ removeAcls: filter });
      return { deleted: [ACL], keptOfFence: filter.principal === 'User:*' ? [ACL] : [] };
    },
  };
}

function fakeDesk(
  links: Map<string, LinkView>,
  mirrors: MirrorView[],
  calls: unknown[],
  ready: { ready: boolean; reasons: string[] },
  forecast: FakeCluster['forecast'],
): LinkControl {
  const noLink = (name: string): Answer<never> => {
    return no('LINK_NOT_FOUND', `The cluster link doesn't exist: Cluster link '${name}' does not exist.`);
  };
  const no = (reason: ErrorCode, what: string): Answer<never> => ({ ok: false, error: refusal(reason, what) });
  const yes = <T>(value: T): Answer<T> => ({ ok: true, value });
  return {
    links: async () => yes([...links.values()]),
    link: async (name) => (links.has(name) ? yes(links.get(name) as LinkView) : noLink(name)),
    async createLink(request, options) {
      if (links.has(request.name)) {
        return no('LINK_EXISTS', `Cluster link '${request.name}' already exists.`);
      }
      calls.push({ createLink: request, options });
      if (!options.validateOnly) links.set(request.name, linkView(request.name, request.sourceClusterId ?? null));
      return yes(request.settings.has('link.prefix') ? ['link.prefix → cluster.link.prefix'] : []);
    },
    async deleteLink(name, options) {
      if (!links.has(name)) return noLink(name);
      const live = mirrors.some((mirror) => mirror.linkName === name && mirror.status !== 'STOPPED');
      if (live && !options.force) return no('LINK_HAS_MIRRORS', `Cluster link '${name}' still has live mirror topics.`);
      if (options.validateOnly) return yes(undefined);
      calls.push({ deleteLink: name, options });
      links.delete(name);
      return yes(undefined);
    },
    async alterLink(name, changes, options) {
      if (!links.has(name)) return noLink(name);
      calls.push({ alterLink: name, changes, options });
      return yes([]);
    },
    async linkSettings(name) {
      if (!links.has(name)) return noLink(name);
      return yes([
        {
          name: 'sasl.jaas.config',
          value: 'secret',
          isDefault: false,
          isReadOnly: false,
          isSensitive: true,
          note: null,
        },
        {
          name: 'retry.backoff.ms',
          value: '7',
          isDefault: false,
          isReadOnly: false,
          isSensitive: false,
          note: 'not used',
        },
      ]);
    },
    async mirrors(link) {
      if (link !== undefined && !links.has(link)) return noLink(link);
      return yes(mirrors.filter((mirror) => link === undefined || mirror.linkName === link));
    },
    async mirror(link, topic) {
      const found = mirrors.find((mirror) => mirror.linkName === link && mirror.mirrorTopic === topic);
      return found ? yes(found) : no('MIRROR_NOT_FOUND', `no mirror '${topic}'`);
    },
    deletions: async () => yes(forecast.deletions),
    async createMirror(link, request) {
      if (!links.has(link)) return noLink(link);
      mirrors.push(mirrorView(link, request.mirrorTopic ?? request.sourceTopic, 'ACTIVE'));
      return yes(undefined);
    },
    async alterMirrors(link, verb, topics, validateOnly, options) {
      if (!links.has(link)) return noLink(link);
      calls.push({ alterMirrors: verb, topics, validateOnly, options });
      return yes(
        topics.map((topic) => {
          const at = mirrors.findIndex((mirror) => mirror.linkName === link && mirror.mirrorTopic === topic);
          const mirror = mirrors[at];
          if (mirror === undefined || mirror.status === 'STOPPED') {
            const message = `Topic '${topic}' has already stopped its mirror from '${link}'`;
            return {
              mirrorTopic: topic,
              refusal: { code: 400, message },
              lags: [],
              groupsAbove: [],
              withoutBarrier: [],
            };
          }
          if (!validateOnly) mirrors[at] = { ...mirror, status: verb === 'pause' ? 'PAUSED' : 'STOPPED' };
          const groupsAbove = validateOnly ? ['g (partition 0: 9 → 7)'] : [];
          const withoutBarrier = (options?.withoutBarrier ?? []).map((partition) => {
            return { partition, end: 7n, reason: 'no leader' };
          });
          return { mirrorTopic: topic, refusal: undefined, lags: mirror.partitions, groupsAbove, withoutBarrier };
        }),
      );
    },
    async deleteMirror(topic) {
      calls.push({ deleteMirror: topic });
      return yes(mirrors.some((mirror) => mirror.mirrorTopic === topic));
    },
    async wantedSettings(topic) {
      const live = mirrors.some((mirror) => mirror.mirrorTopic === topic && mirror.status !== 'STOPPED');
      return live ? new Map() : undefined;
    },
    async refusedSettings(topic, names) {
      const live = mirrors.some((mirror) => mirror.mirrorTopic === topic && mirror.status !== 'STOPPED');
      const followed = names.find((name) => name !== 'min.insync.replicas');
      if (!live || followed === undefined) return undefined;
      return `Topic '${topic}' is a mirror; its setting '${followed}' follows its source until it is promoted.`;
    },
    async ready(group) {
      if (group === UNKNOWN) return no('GROUP_NOT_FOUND', `Consumer group '${group}' does not exist.`);
      return yes({ ...ready, mirrorLag: 3n, offsetSyncAgeMs: 500 });
    },
  };
}

export function linkView(name: string, sourceClusterId: string | null): LinkView {
  return {
    name,
    id: 'AAAAAAAAQACAAAAAAAAAAA',
    sourceClusterId,
    state: 'ACTIVE',
    error: 'NO_ERROR',
    errorMessage: null,
    mirrorTopics: [],
    partitionCounts: new Map([['ACTIVE', 1]]),
    tasks: [],
  };
}

export function mirrorView(linkName: string, mirrorTopic: string, status: string, stateTimeMs = 1): MirrorView {
  return {
    linkName,
    mirrorTopic,
    sourceTopic: mirrorTopic,
    status,
    topicError: 'NO_ERROR',
    stateTimeMs,
    partitions: [
      {
        partition: 0,
        lag: 3n,
        lastSourceFetchOffset: 9_007_199_254_740_993n,
        activity: 'copying',
        mirrorEnd: 7n,
        sourceEnd: 10n,
        sourceSeenAtMs: 900,
        failure: undefined,
        truncations: undefined,
      },
    ],
    pending: undefined,
    clampedGroups: [],
    withoutBarrier: [],
    fence: '',
    passing: { grants: [], unknown: undefined },
    notes: [],
  };
}

function kafkaAnswer(code: number, codeName: string): Error {
  return Object.assign(new Error(codeName), { code, codeName });
}
