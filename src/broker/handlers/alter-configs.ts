/** IncrementalAlterConfigs and AlterConfigs: settings of topics and groups, and those of the broker that may change while it runs. */

import type { AlterConfigsRequest, AlterConfigsResponse } from '../../protocol/api/alter-configs.js';
import type {
  IncrementalAlterConfigsRequest,
  IncrementalAlterConfigsResponse,
} from '../../protocol/api/incremental-alter-configs.js';
import { errorCode } from '../../protocol/errors.js';
import { brokerConfig, groupConfig, topicConfig } from '../config/configs.js';
import { type ConfigDefinition, refusalOf } from '../config/definition.js';
import { groupConflictIn } from '../config/group-configs.js';
import { resourceType } from '../config/resource-type.js';
import { type Rights, refusedCode } from '../security/rights.js';
import type { BrokerState, Handler } from '../state.js';
import { unlessRefused } from '../topics/disk-refused.js';
import { refusalOfTopicName } from '../topics/topic-name.js';

const operation = { set: 0, remove: 1, append: 2, subtract: 3 } as const;

interface Change {
  readonly name: string;
  readonly configOperation: number;
  readonly value: string | null;
}

interface Resource {
  readonly resourceType: number;
  readonly resourceName: string;
}

interface Wanted extends Resource {
  readonly configs: readonly Change[];
}

interface Outcome {
  readonly errorCode: number;
  readonly errorMessage: string | null;
}

const OTHERWISE = 'Unknown or read-only config name';
const DONE: Outcome = { errorCode: errorCode.NONE, errorMessage: null };
const UNREADABLE: Outcome = { errorCode: errorCode.UNKNOWN_SERVER_ERROR, errorMessage: null };

export const answerIncrementalAlterConfigs: Handler<
  IncrementalAlterConfigsRequest,
  IncrementalAlterConfigsResponse
> = async (broker, request, context) => {
  const { rights } = context;
  const change: Applies = (present, changes, known) => applyChanges(present, changes, known);
  return { responses: await alterAll(broker, request, { rights, change }) };
};

/** The old form names every setting that shall remain. */
export const answerAlterConfigs: Handler<AlterConfigsRequest, AlterConfigsResponse> = async (
  broker,
  request,
  context,
) => {
  const { rights } = context;
  const change: Applies = (_, changes, known) => applyChanges(new Map(), changes, known);
  const resources = request.resources.map((resource) => ({
    ...resource,
    configs: resource.configs.map((each) => ({ ...each, configOperation: operation.set })),
  }));
  return { responses: await alterAll(broker, { ...request, resources }, { rights, change }) };
};

type Applies = (present: ReadonlyMap<string, string>, changes: readonly Change[], known: Known) => Changed;

async function alterAll(
  broker: BrokerState,
  request: { readonly resources: readonly Wanted[]; readonly validateOnly: boolean },
  { rights, change }: { readonly rights: Rights; readonly change: Applies },
) {
  const { resources, validateOnly } = request;
  const early = resources.map((resource) => malformed(broker, resource, resources));
  // The controller reads the whole of what it gets before it does any of it.
  const isReadable = resources.every(({ configs }, i) => early[i] !== undefined || configs.every(isOperation));
  const responses = [];
  for (const [i, resource] of resources.entries()) {
    const { resourceType, resourceName, configs } = resource;
    const how: How = { rights, change: (present, known) => change(present, configs, known), validateOnly };
    const outcome = early[i] ?? (await (isReadable ? alter : unreadable)(broker, resource, how));
    responses.push({ resourceType, resourceName, ...outcome });
  }
  return responses;
}

/** What is refused before it is looked at who may what. */
function malformed({ nodeId }: BrokerState, wanted: Wanted, all: readonly Wanted[]): Outcome | undefined {
  const { resourceType: type, resourceName, configs } = wanted;
  const same = all.filter((each) => each.resourceType === type && each.resourceName === resourceName);
  const refuse = (message: string) => refused('INVALID_REQUEST', message);
  if (same.length > 1) return refuse('Each resource must appear at most once.');
  if (new Set(configs.map(({ name }) => name)).size < configs.length) {
    return refuse('Error due to duplicate config keys');
  }
  const nulls = configs.filter(({ value, configOperation }) => value === null && configOperation !== operation.remove);
  if (nulls.length > 0) return refuse(`Null value not supported for : ${nulls.map(({ name }) => name).join(', ')}`);
  if (type === resourceType.topic || type === resourceType.group) return undefined;
  if (type !== resourceType.broker) return refuse(`Unknown resource type ${type}`);
  if (resourceName !== '' && !/^[+-]?\d+$/.test(resourceName)) {
    return refuse(`Node id must be an integer, but it is: ${resourceName}`);
  }
  if (resourceName !== '' && Number(resourceName) !== nodeId) {
    return refuse(`Unexpected broker id, expected ${nodeId}, but received ${resourceName}`);
  }
  const strange = configs.find((each) => !isOperation(each));
  return strange && refuse(`Unknown operations type ${strange.configOperation}`);
}

function isOperation({ configOperation }: Change): boolean {
  return Object.values<number>(operation).includes(configOperation);
}

/** The settings that a resource of this type can have. */
interface Known {
  readonly define: (name: string) => ConfigDefinition | undefined;
  /** What is in force where the resource has none of its own. */
  readonly fallback: (name: string) => string;
  /** What a name that is none of them is called. */
  readonly otherwise: string;
  /** What has this name has no settings. */
  readonly refused?: Outcome | undefined;
  /** Refused in other words. */
  readonly isOfBrokers?: boolean;
}
type Changed = Map<string, string> | Outcome;
interface How {
  readonly rights: Rights;
  readonly change: (present: ReadonlyMap<string, string>, known: Known) => Changed;
  readonly validateOnly: boolean;
}

/** A broker looks at what is its own before the controller gets it. */
async function unreadable(broker: BrokerState, resource: Resource, how: How): Promise<Outcome> {
  if (resource.resourceType !== resourceType.broker) return UNREADABLE;
  const tried = await alterBroker(broker, resource.resourceName, { ...how, validateOnly: true });
  return tried === DONE ? UNREADABLE : tried;
}

/** Other types were refused before. */
function alter(broker: BrokerState, { resourceType: type, resourceName }: Resource, how: How): Promise<Outcome> {
  if (type === resourceType.topic) return alterTopic(broker, resourceName, how);
  return type === resourceType.group ? alterGroup(broker, resourceName, how) : alterBroker(broker, resourceName, how);
}

async function alterTopic(broker: BrokerState, name: string, how: How): Promise<Outcome> {
  const { topics, configs } = broker;
  if (!how.rights.may('ALTER_CONFIGS', 'TOPIC', name)) return unauthorized('TOPIC');
  const topic = topics.get(name);
  const fallback = (setting: string) => configs.topicValues(setting, new Map())[0]?.value ?? '';
  const otherwise = 'Unknown topic config name';
  const changed = how.change(topic?.overrides ?? new Map(), {
    define: topicConfig,
    fallback,
    otherwise,
    refused: refusedTopic(name),
  });
  if (!(changed instanceof Map)) return changed;
  const conflict = configs.conflictIn(changed);
  if (conflict !== undefined) return refused('INVALID_CONFIG', conflict);
  if (topic === undefined) return refused('UNKNOWN_TOPIC_OR_PARTITION', `The topic '${name}' does not exist.`);
  return how.validateOnly ? DONE : durably(broker, () => topics.setOverrides(topic, changed));
}

function refusedTopic(name: string): Outcome | undefined {
  if (name === '') return refused('INVALID_REQUEST', 'Default topic resources are not allowed.');
  const why = refusalOfTopicName(name);
  return why === undefined ? undefined : refused('INVALID_TOPIC_EXCEPTION', why);
}

/** An empty name: all brokers. */
async function alterBroker(broker: BrokerState, name: string, how: How): Promise<Outcome> {
  const { topics, configs, file } = broker;
  if (!how.rights.mayOnCluster('ALTER_CONFIGS')) return unauthorized('CLUSTER');
  const scope = name === '' ? 'allBrokers' : 'broker';
  const define = (setting: string) => {
    const definition = brokerConfig(setting);
    return definition?.dynamic ? definition : undefined;
  };
  const before = configs.dynamic[scope];
  const fallback = (setting: string) => configs.string(setting);
  const changed = how.change(before, { define, fallback, otherwise: OTHERWISE, isOfBrokers: true });
  if (!(changed instanceof Map)) return changed;
  if (how.validateOnly) return DONE;
  const put = (values: Map<string, string>) => {
    configs.dynamic[scope] = values;
    file.meta.configs[scope] = Object.fromEntries(values);
    topics.forgetSettings();
  };
  put(changed);
  return durably(broker, () => file.save(() => put(before)));
}

/** The group need not be there: it may come. */
async function alterGroup(broker: BrokerState, groupId: string, how: How): Promise<Outcome> {
  const { configs, file } = broker;
  if (!how.rights.may('ALTER_CONFIGS', 'GROUP', groupId)) return unauthorized('GROUP');
  const present: ReadonlyMap<string, string> = configs.groups.get(groupId) ?? new Map();
  const fallback = (name: string) => configs.groupValues(name, new Map())[0]?.value ?? '';
  const changed = how.change(present, {
    define: groupConfig,
    fallback,
    otherwise: 'Unknown group config name',
    refused: groupId === '' ? refused('INVALID_REQUEST', 'Default group resources are not allowed.') : undefined,
  });
  if (!(changed instanceof Map)) return changed;
  const conflict = groupConflictIn(changed, (name) => configs.number(name));
  if (conflict !== undefined) return refused('INVALID_CONFIG', conflict);
  if (how.validateOnly) return DONE;
  const before = configs.groups;
  const put = (groups: typeof before) => {
    configs.groups = groups;
    const written = [...groups].map(([name, values]) => [name, Object.fromEntries(values)] as const);
    file.meta.configs.groups = Object.fromEntries(written);
  };
  const others = [...before].filter(([name]) => name !== groupId);
  put(new Map(changed.size === 0 ? others : [...others, [groupId, changed] as const]));
  return durably(broker, () => file.save(() => put(before)));
}

function durably({ log }: BrokerState, change: () => Promise<void>): Promise<Outcome> {
  return unlessRefused<Outcome>(
    log,
    () => change().then(() => DONE),
    (errorMessage) => ({ errorCode: errorCode.KAFKA_STORAGE_ERROR, errorMessage }),
  );
}

/** What is done to each is looked at first, then their names, then their values: as Kafka does, in whatever order they stand. */
function applyChanges(present: ReadonlyMap<string, string>, changes: readonly Change[], known: Known): Changed {
  const kept = changes.filter(({ configOperation }) => configOperation !== operation.remove);
  const impossible = kept.map((change) => refusalOfOperation(change, known)).find((each) => each !== undefined);
  if (impossible !== undefined) return impossible;
  if (known.refused !== undefined) return known.refused;
  const fixed = kept.filter(({ name }) => known.define(name) === undefined && brokerConfig(name) !== undefined);
  if (known.isOfBrokers && fixed.length > 0) {
    const names = fixed.map(({ name }) => name).join(', ');
    return refused('INVALID_REQUEST', `Cannot update these configs dynamically: [${names}]`);
  }
  const result = new Map(present);
  for (const { name, configOperation } of changes) if (configOperation === operation.remove) result.delete(name);
  const unknown = kept.find(({ name }) => known.define(name) === undefined);
  if (unknown !== undefined) return refused('INVALID_CONFIG', `${known.otherwise}: ${unknown.name}`);
  for (const { name, configOperation, value } of kept) {
    const next = isOfList(configOperation)
      ? changedList(result.get(name) ?? known.fallback(name), configOperation, value ?? '')
      : (value ?? '');
    const definition = known.define(name);
    const refusal = definition && refusalOf(definition, next);
    if (refusal !== undefined) return refused(known.isOfBrokers ? 'INVALID_REQUEST' : 'INVALID_CONFIG', refusal);
    result.set(name, next);
  }
  return result;
}

function refusalOfOperation({ name, configOperation }: Change, { define, isOfBrokers }: Known): Outcome | undefined {
  if (!isOfList(configOperation)) return undefined;
  const definition = isOfBrokers ? brokerConfig(name) : define(name);
  if (definition?.type === 'LIST') return undefined;
  const what = configOperation === operation.append ? 'append' : 'subtract';
  if (!isOfBrokers)
    return refused('INVALID_CONFIG', `Can't ${what.toUpperCase()} to key ${name} because its type is not LIST.`);
  if (definition === undefined) return refused('INVALID_CONFIG', `Unknown config name: ${name}`);
  return refused('INVALID_CONFIG', `Config value ${what} is not allowed for config key: ${name}`);
}

function isOfList(configOperation: number): boolean {
  return configOperation === operation.append || configOperation === operation.subtract;
}

/** Parts are taken as they stand, blanks around them included; to add nothing is to add an empty one. */
function changedList(old: string, configOperation: number, named: string): string {
  const before = old.split(',').filter((each) => each !== '');
  const given = named === '' ? [''] : withoutEmptyEnd(named.split(','));
  if (configOperation === operation.append)
    return [...before, ...given.filter((each) => !before.includes(each))].join(',');
  for (const each of given) {
    const at = before.indexOf(each);
    if (at >= 0) before.splice(at, 1);
  }
  return before.join(',');
}

function withoutEmptyEnd(parts: readonly string[]): readonly string[] {
  const last = parts.findLastIndex((each) => each !== '');
  return parts.slice(0, last + 1);
}

function unauthorized(type: 'TOPIC' | 'GROUP' | 'CLUSTER'): Outcome {
  const what = { TOPIC: 'Topic', GROUP: 'Group', CLUSTER: 'Cluster' }[type];
  return { errorCode: refusedCode[type], errorMessage: `${what} authorization failed.` };
}

function refused(
  name: 'INVALID_CONFIG' | 'INVALID_REQUEST' | 'INVALID_TOPIC_EXCEPTION' | 'UNKNOWN_TOPIC_OR_PARTITION',
  message: string,
): Outcome {
  return { errorCode: errorCode[name], errorMessage: message };
}
