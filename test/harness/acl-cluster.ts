/**
 * A cluster that knows topics and ACLs and nothing else, of several brokers that learn of ACLs when the test lets them, with
 * a principal that is a super user or not. Time jumps: whoever sleeps is woken at once.
 */
import type { Clock, Timer } from '../../src/base/clock.js';
import { seededRandom } from '../../src/base/random.js';
import {
  type Channel,
  type ClusterMetadata,
  type KafkaCluster,
  NotSent,
  OutcomeUnknown,
} from '../../src/client/types.js';
import type { CreateAclsRequest } from '../../src/protocol/api/create-acls.js';
import type { CreateTopicsRequest } from '../../src/protocol/api/create-topics.js';
import type { DeleteAclsRequest } from '../../src/protocol/api/delete-acls.js';
import type { DeleteTopicsRequest } from '../../src/protocol/api/delete-topics.js';
import type { DescribeAclsRequest } from '../../src/protocol/api/describe-acls.js';
import type { DescribeGroupsRequest } from '../../src/protocol/api/describe-groups.js';
import type { FindCoordinatorRequest } from '../../src/protocol/api/find-coordinator.js';
import type { ProduceRequest } from '../../src/protocol/api/produce.js';
import { errorCode } from '../../src/protocol/errors.js';
import type { Api } from '../../src/protocol/schema.js';

type Acl = CreateAclsRequest['creations'][number];

export class JumpingClock implements Clock {
  #nowMs = 1_000;
  readonly #timers: { readonly atMs: number; readonly fire: () => void; cancelled: boolean }[] = [];

  nowMs = (): number => Math.floor(this.#nowMs);
  monotonicMs = (): number => this.#nowMs;

  setTimer(delayMs: number, fire: () => void): Timer {
    const timer = { atMs: this.#nowMs + delayMs, fire, cancelled: false };
    this.#timers.push(timer);
    setImmediate(() => this.#fireFirst());
    return {
      cancel: () => {
        timer.cancelled = true;
      },
    };
  }

  #fireFirst(): void {
    this.#timers.sort((one, other) => one.atMs - other.atMs);
    const timer = this.#timers.shift();
    if (timer === undefined || timer.cancelled) return;
    this.#nowMs = Math.max(this.#nowMs, timer.atMs);
    timer.fire();
  }
}

/** What happens to one request: `lost-answer` is carried out, `lost-request` is not, and a number is the answer's code. */
export type Mishap = 'lost-answer' | 'lost-request' | 'not-sent' | number;

export class AclCluster implements KafkaCluster {
  readonly name = 'destination';
  readonly clock = new JumpingClock();
  readonly random = seededRandom(7);
  readonly topics = new Set<string>();
  /** `CreateAcls`, `DeleteAcls DENY WRITE…`, in the order of arrival; questions are left out. */
  readonly commands: string[] = [];
  superUser = true;
  /** Who asks here, if it is no super user, and what it lacks: `WRITE`, `ALTER` … of any resource. */
  principal = 'User:klink';
  readonly lacks = new Set<string>();
  /** It is granted nothing, and let in only where no ACL names the topic (`allow.everyone.if.no.acl.found`). */
  letInByDefault = false;
  authorizer = true;
  /** Asked for each request; by default nothing happens to it. */
  mishap: (api: string, broker: number) => Mishap | undefined = () => undefined;
  readonly #brokers: ReadonlyMap<number, Map<string, Acl>>;
  readonly #lagging = new Set<number>();
  #acls = new Map<string, Acl>();

  constructor(brokers: readonly number[] = [1]) {
    this.#brokers = new Map(brokers.map((id) => [id, new Map<string, Acl>()]));
  }

  /** This broker learns of no change until it is let. */
  lag(broker: number): void {
    this.#lagging.add(broker);
  }

  catchUp(broker: number): void {
    this.#lagging.delete(broker);
    this.#spread();
  }

  /** As the controller knows them: `DENY WRITE User:*`. */
  aclsOf(topic: string): readonly string[] {
    return [...this.#acls.values()]
      .filter((acl) => acl.resourceName === topic)
      .map(words)
      .sort();
  }

  add(acls: readonly Acl[]): void {
    for (const acl of acls) this.#acls.set(JSON.stringify(acl), acl);
    this.#spread();
  }

  async metadata(wanted: 'all' | readonly string[]): Promise<ClusterMetadata> {
    const names = wanted === 'all' ? [...this.topics] : wanted;
    const first = [...this.#brokers.keys()][0] ?? -1;
    return {
      clusterId: 'cluster',
      answeredBy: first,
      controllerId: first,
      brokers: [...this.#brokers.keys()].map((id) => ({ id, host: 'broker', port: id })),
      topics: names.map((name) => {
        const exists = this.topics.has(name);
        const partition = { partition: 0, leader: first, leaderEpoch: 0, replicas: [], isr: [], errorCode: 0 };
        return {
          name,
          topicId: 'AAAAAAAAAAAAAAAAAAAAAQ',
          isInternal: false,
          errorCode: exists ? 0 : errorCode.UNKNOWN_TOPIC_OR_PARTITION,
          partitions: exists ? [partition] : [],
          authorizedOperations: 0,
        };
      }),
    };
  }

  async channel(broker: number | 'any', purpose: string): Promise<Channel> {
    const id = broker === 'any' ? ([...this.#brokers.keys()][0] ?? -1) : broker;
    const send = async <Q, S>(api: Api<Q, S>, request: unknown): Promise<S> => {
      const mishap = this.mishap(api.name, id);
      if (mishap === 'not-sent') throw new NotSent('not sent');
      if (mishap === 'lost-request') throw new OutcomeUnknown('lost');
      const answer = this.#answer(api.name, id, request, typeof mishap === 'number' ? mishap : undefined);
      if (mishap === 'lost-answer') throw new OutcomeUnknown('lost');
      return answer as S;
    };
    return {
      brokerId: id,
      purpose,
      open: true,
      serial: 1,
      inFlight: 0,
      versionOf: (api) => api.versions.max,
      send: send as Channel['send'],
      close() {},
      reset() {},
    };
  }

  async coordinator(): Promise<number> {
    return this.controller();
  }

  async controller(): Promise<number> {
    return (await this.metadata([])).controllerId;
  }

  async close(): Promise<void> {}

  #answer(api: string, broker: number, request: unknown, forced: number | undefined): unknown {
    const disabled = this.authorizer ? errorCode.NONE : errorCode.SECURITY_DISABLED;
    const code = forced ?? disabled;
    switch (api) {
      case 'DescribeAcls':
        return { errorCode: code, errorMessage: null, resources: this.#shown(broker, request as DescribeAclsRequest) };
      case 'CreateAcls': {
        const { creations } = request as CreateAclsRequest;
        this.commands.push(api);
        if (code === 0) this.add(creations);
        return { results: creations.map(() => ({ errorCode: code, errorMessage: null })) };
      }
      case 'DeleteAcls': {
        const { filters } = request as DeleteAclsRequest;
        this.commands.push(
          `${api} ${filters.map((filter) => words({ ...filter, principal: filter.principalFilter })).join(', ')}`,
        );
        if (code === 0) for (const filter of filters) this.#remove(filter);
        return { filterResults: filters.map(() => ({ errorCode: code, errorMessage: null, matchingAcls: [] })) };
      }
      case 'CreateTopics': {
        const { topics } = request as CreateTopicsRequest;
        this.commands.push(api);
        if (forced === undefined) for (const { name } of topics) this.topics.add(name);
        return {
          topics: topics.map(({ name }) => ({ name, topicId: '', errorCode: forced ?? 0, errorMessage: null })),
        };
      }
      case 'DeleteTopics': {
        const { topics } = request as DeleteTopicsRequest;
        this.commands.push(api);
        const responses = topics.map(({ name }) => {
          const known = forced === undefined && this.topics.delete(name ?? '');
          return { name, errorCode: forced ?? (known ? 0 : errorCode.UNKNOWN_TOPIC_OR_PARTITION), errorMessage: null };
        });
        return { responses };
      }
      case 'DescribeCluster':
        return { errorCode: code, clusterAuthorizedOperations: this.#rights(), brokers: [] };
      case 'Metadata':
        return { topics: [{ errorCode: 0, topicAuthorizedOperations: this.#rights() }] };
      case 'FindCoordinator': {
        const { coordinatorKeys } = request as FindCoordinatorRequest;
        return {
          coordinators: coordinatorKeys.map((key) => ({ key, nodeId: broker, errorCode: 0, errorMessage: null })),
        };
      }
      case 'DescribeGroups': {
        const { groups } = request as DescribeGroupsRequest;
        const authorizedOperations = this.#rights();
        return { groups: groups.map((groupId) => ({ groupId, errorCode: 0, authorizedOperations })) };
      }
      case 'WriteTxnMarkers': {
        const refused = this.lacks.has('CLUSTER_ACTION') ? errorCode.CLUSTER_AUTHORIZATION_FAILED : 0;
        return { markers: [{ topics: [{ name: '', partitions: [{ partitionIndex: 0, errorCode: refused }] }] }] };
      }
      case 'InitProducerId':
        return { errorCode: 0, producerId: 1n, producerEpoch: 0 };
      case 'Produce': {
        const { topicData } = request as ProduceRequest;
        const known = [...(this.#brokers.get(broker)?.values() ?? [])];
        const isNamed = (topic: string) => known.some((acl) => reaches(acl, topic));
        const allowed = (topic: string) => !this.lacks.has('WRITE') && !(this.letInByDefault && isNamed(topic));
        const denied = topicData.some(({ name }) => !passes(known, this.principal, name) || !allowed(name));
        const refused = denied && !this.superUser ? errorCode.TOPIC_AUTHORIZATION_FAILED : 0;
        return { responses: [{ partitionResponses: [{ index: 0, errorCode: forced ?? refused }] }] };
      }
      default:
        throw new Error(`${api} is not served here`);
    }
  }

  /** May this principal write, as the controller knows it? Somebody who is granted nothing may not. */
  mayWrite(principal: string, topic: string): boolean {
    const acls = [...this.#acls.values()];
    const granted = acls.some((acl) => {
      const whom = acl.principal === principal || acl.principal === 'User:*';
      return acl.permissionType === ALLOW && whom && reaches(acl, topic) && [ALL, WRITE].includes(acl.operation);
    });
    return granted && passes(acls, principal, topic);
  }

  #rights(): number {
    return [2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]
      .filter((operation) => !this.lacks.has(OPERATIONS[operation] ?? ''))
      .reduce((bits, operation) => bits | (1 << operation), 0);
  }

  #shown(broker: number, filter: DescribeAclsRequest): unknown {
    const acls = [...(this.#brokers.get(broker)?.values() ?? [])].filter((acl) => matches(filter, acl));
    return acls.map((acl) => ({ ...acl, patternType: acl.resourcePatternType, acls: [acl] }));
  }

  #remove(filter: DeleteAclsRequest['filters'][number]): void {
    for (const [key, acl] of this.#acls) if (matches(filter, acl)) this.#acls.delete(key);
    this.#spread();
  }

  #spread(): void {
    for (const [id, known] of this.#brokers) {
      if (this.#lagging.has(id)) continue;
      known.clear();
      for (const [key, acl] of this.#acls) known.set(key, acl);
    }
  }
}

const ANY = 1;
const MATCH = 2;
const PREFIXED = 4;
const ALL = 2;
const WRITE = 4;
const DENY = 2;
const ALLOW = 3;
const OPERATIONS: Readonly<Record<number, string>> = {
  2: 'ALL',
  3: 'READ',
  4: 'WRITE',
  5: 'CREATE',
  6: 'DELETE',
  7: 'ALTER',
  8: 'DESCRIBE',
  9: 'CLUSTER_ACTION',
  10: 'DESCRIBE_CONFIGS',
  11: 'ALTER_CONFIGS',
};

type Filter = Omit<DescribeAclsRequest, 'tags'> | DeleteAclsRequest['filters'][number];

/** As Kafka matches them. */
function matches(filter: Filter, acl: Acl): boolean {
  const name = filter.resourceNameFilter;
  const named = name === null || (filter.patternTypeFilter === MATCH ? reaches(acl, name) : acl.resourceName === name);
  return (
    named &&
    (filter.resourceTypeFilter === ANY || filter.resourceTypeFilter === acl.resourceType) &&
    ([ANY, MATCH].includes(filter.patternTypeFilter) || filter.patternTypeFilter === acl.resourcePatternType) &&
    (filter.principalFilter === null || filter.principalFilter === acl.principal) &&
    (filter.hostFilter === null || filter.hostFilter === acl.host) &&
    (filter.operation === ANY || filter.operation === acl.operation) &&
    (filter.permissionType === ANY || filter.permissionType === acl.permissionType)
  );
}

function reaches({ resourcePatternType, resourceName }: Acl, name: string): boolean {
  return resourcePatternType === PREFIXED ? name.startsWith(resourceName) : [name, '*'].includes(resourceName);
}

/** No line denies this principal, or everybody, to write. */
function passes(acls: readonly Acl[], principal: string, topic: string): boolean {
  return !acls.some(
    (acl) =>
      acl.permissionType === DENY &&
      reaches(acl, topic) &&
      (acl.principal === principal || acl.principal === 'User:*') &&
      [ALL, WRITE].includes(acl.operation),
  );
}

function words(acl: { readonly operation: number; readonly principal: string | null }): string {
  return `${OPERATIONS[acl.operation] ?? acl.operation} ${acl.principal}`;
}
