/**
 * What a key may do. Requests on topics, ACLs and groups are Kafka's to allow: they go out as that principal, and where Kafka
 * refuses, the answer names the missing right. Links and mirrors are klink's, so a right on the cluster stands for them:
 * DESCRIBE to see them, ALTER to change them. A method that is missing here does not compile.
 */
import type { LinkControl } from '../control/commands.js';
import type { CallerSession, ClusterAdmin } from './ports.js';
import { problems } from './problems.js';

export function guardedLinks(links: LinkControl, session: CallerSession): LinkControl {
  const may = async (right: 'ALTER' | 'DESCRIBE') => {
    if (!(await session.rights()).has(right)) throw problems.lacksRight(session.principal, `${right} on the cluster`);
  };
  const see = async <T>(ask: () => Promise<T>): Promise<T> => {
    await may('DESCRIBE');
    return ask();
  };
  const change = async <T>(ask: () => Promise<T>): Promise<T> => {
    await may('ALTER');
    return ask();
  };
  return {
    links: () => see(() => links.links()),
    link: (...of) => see(() => links.link(...of)),
    linkSettings: (...of) => see(() => links.linkSettings(...of)),
    mirrors: (...of) => see(() => links.mirrors(...of)),
    mirror: (...of) => see(() => links.mirror(...of)),
    deletions: (...of) => see(() => links.deletions(...of)),
    ready: (...of) => see(() => links.ready(...of)),
    createLink: (request, options) =>
      change(() => {
        refuseReferences(request.settings.values());
        return links.createLink(request, options);
      }),
    deleteLink: (...of) => change(() => links.deleteLink(...of)),
    alterLink: (name, changes, options) =>
      change(() => {
        refuseReferences(changes.map(({ value }) => value));
        return links.alterLink(name, changes, options);
      }),
    createMirror: (...of) => change(() => links.createMirror(...of)),
    alterMirrors: (...of) => change(() => links.alterMirrors(...of)),
    // Part of every question about a topic's settings, which Kafka has allowed or refused.
    wantedSettings: (topic) => links.wantedSettings(topic),
    refusedSettings: (topic, names) => links.refusedSettings(topic, names),
    async deleteMirror(topic) {
      // Asked before anything is forgotten: a mirror whose topic then stays would be lost.
      if (!(await session.topicRights(topic)).has('DELETE')) {
        throw problems.lacksRight(session.principal, `DELETE on topic "${topic}"`);
      }
      if ((await links.wantedSettings(topic)) !== undefined) await may('ALTER');
      return links.deleteMirror(topic);
    },
  };
}

/** They are read on klink's machine and shown to whatever broker the link names: that is not the cluster's to allow. */
function refuseReferences(values: Iterable<string | undefined>): void {
  for (const value of values) {
    if (value !== undefined && /\$\{(env|file):/.test(value)) {
      throw problems.invalid('A key may not use ${env:…} or ${file:…}: write the secret itself, or ask the operator.');
    }
  }
}

type Needs = {
  readonly [M in keyof ClusterAdmin]: ((...args: Parameters<ClusterAdmin[M]>) => string) | typeof FILTERED;
};

/** Kafka leaves out what the caller may not see, and refuses nothing. */
const FILTERED = 'filtered';

/** In the words of `klink acl create`. */
const needs: Needs = {
  controllerId: FILTERED,
  brokers: FILTERED,
  topics: FILTERED,
  topic: (name) => `DESCRIBE on topic "${name}"`,
  topicRights: (name) => `DESCRIBE on topic "${name}"`,
  createTopic: ({ name }) => `CREATE on topic "${name}" or on the cluster`,
  growTopic: (name) => `ALTER on topic "${name}"`,
  deleteTopic: (name) => `DELETE on topic "${name}"`,
  topicConfigs: (name) => `DESCRIBE_CONFIGS on topic "${name}"`,
  alterTopicConfigs: (name) => `ALTER_CONFIGS on topic "${name}"`,
  allTopicConfigs: FILTERED,
  partitions: (name) => `DESCRIBE on topic "${name}"`,
  allPartitions: FILTERED,
  reassignments: () => 'DESCRIBE on the cluster',
  brokerConfigs: () => 'DESCRIBE_CONFIGS on the cluster',
  clusterConfigs: () => 'DESCRIBE_CONFIGS on the cluster',
  alterClusterConfigs: () => 'ALTER_CONFIGS on the cluster',
  groups: FILTERED,
  group: (name) => `DESCRIBE on group "${name}"`,
  groupOffsets: (name) => `DESCRIBE on group "${name}" and on the topics it reads`,
  acls: () => 'DESCRIBE on the cluster',
  addAcls: () => 'ALTER on the cluster',
  removeAcls: () => 'ALTER on the cluster',
};

/** TOPIC_, GROUP_ and CLUSTER_AUTHORIZATION_FAILED. */
const NOT_AUTHORIZED: ReadonlySet<unknown> = new Set([29, 30, 31]);

/** The caller's own admin; what Kafka does not allow names the right. */
export function namingRights({ admin, principal }: CallerSession): ClusterAdmin {
  return new Proxy(admin, {
    get(target, name, receiver) {
      const method: unknown = Reflect.get(target, name, receiver);
      if (typeof method !== 'function') return method;
      return async (...args: unknown[]) => {
        try {
          return await method.apply(target, args);
        } catch (error) {
          if (!(error instanceof Error && 'code' in error && NOT_AUTHORIZED.has(error.code))) throw error;
          // The arguments are those of the method of that name.
          const needed = needs[name as keyof ClusterAdmin] as ((...args: unknown[]) => string) | typeof FILTERED;
          throw needed === FILTERED ? problems.notAuthorized() : problems.lacksRight(principal, needed(...args));
        }
      };
    },
  });
}
