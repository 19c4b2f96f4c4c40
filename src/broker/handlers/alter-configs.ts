/** IncrementalAlterConfigs and AlterConfigs: settings of topics and groups, and those of the broker that may change while it runs. */

import type { AlterConfigsRequest, AlterConfigsResponse } from '../../protocol/api/alter-configs.js';
import type {
  IncrementalAlterConfigsRequest,
  IncrementalAlterConfigsResponse,
} from '../../protocol/api/incremental-alter-configs.js';
import { errorCode } from '../../protocol/errors.js';
import { brokerConfig, groupConfig, topicConfig } from '../config/configs.js';
import { type ConfigDefinition, listOf, refusalOf } from '../config/definition.js';
import { groupConflictIn } from '../config/group-configs.js';
import { resourceType } from '../config/resource-type.js';
import { type Rights, refusedCode } from '../security/rights.js';
import type { BrokerState, Handler } from '../state.js';
import { unlessRefused } from '../topics/disk-refused.js';

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

interface Outcome {
  readonly errorCode: number;
  readonly errorMessage: string | null;
}

const OTHERWISE = 'Unknown or read-only config name';
const DONE: Outcome = { errorCode: errorCode.NONE, errorMessage: null };

export const answerIncrementalAlterConfigs: Handler<
  IncrementalAlterConfigsRequest,
  IncrementalAlterConfigsResponse
> = async (broker, request, context) => {
  const responses = [];
  for (const resource of request.resources) {
    const outcome = await alter(broker, resource, {
      rights: context.rights,
      change: (present, known) => applyChanges(present, resource.configs, known),
      validateOnly: request.validateOnly,
    });
    responses.push({ resourceType: resource.resourceType, resourceName: resource.resourceName, ...outcome });
  }
  return { responses };
};

/** The old form names every setting that shall remain. */
export const answerAlterConfigs: Handler<AlterConfigsRequest, AlterConfigsResponse> = async (
  broker,
  request,
  context,
) => {
  const responses = [];
  for (const resource of request.resources) {
    const changes = resource.configs.map(({ name, value }) => ({ name, value, configOperation: operation.set }));
    const outcome = await alter(broker, resource, {
      rights: context.rights,
      change: (_, known) => applyChanges(new Map(), changes, known),
      validateOnly: request.validateOnly,
    });
    responses.push({ resourceType: resource.resourceType, resourceName: resource.resourceName, ...outcome });
  }
  return { responses };
};

/** The settings that a resource of this type can have. */
interface Known {
  readonly define: (name: string) => ConfigDefinition | undefined;
  /** What is in force where the resource has none of its own. */
  readonly fallback: (name: string) => string;
  /** What a name that is none of them is called. */
  readonly otherwise: string;
}
type Changed = Map<string, string> | Outcome;
interface How {
  readonly rights: Rights;
  readonly change: (present: ReadonlyMap<string, string>, known: Known) => Changed;
  readonly validateOnly: boolean;
}

function alter(broker: BrokerState, { resourceType: type, resourceName }: Resource, how: How): Promise<Outcome> {
  switch (type) {
    case resourceType.topic:
      return alterTopic(broker, resourceName, how);
    case resourceType.broker:
      return alterBroker(broker, resourceName, how);
    case resourceType.group:
      return alterGroup(broker, resourceName, how);
    default:
      return Promise.resolve(refused('INVALID_REQUEST', `Resource type ${type} has no settings here`));
  }
}

async function alterTopic(broker: BrokerState, name: string, how: How): Promise<Outcome> {
  const { topics, configs } = broker;
  if (!how.rights.may('ALTER_CONFIGS', 'TOPIC', name)) return unauthorized('TOPIC');
  const topic = topics.get(name);
  if (topic === undefined) return refused('UNKNOWN_TOPIC_OR_PARTITION', `The topic '${name}' does not exist.`);
  const fallback = (setting: string) => configs.topicValues(setting, new Map())[0]?.value ?? '';
  const changed = how.change(topic.overrides, { define: topicConfig, fallback, otherwise: OTHERWISE });
  if (!(changed instanceof Map)) return changed;
  const conflict = configs.conflictIn(changed);
  if (conflict !== undefined) return refused('INVALID_CONFIG', conflict);
  return how.validateOnly ? DONE : durably(broker, () => topics.setOverrides(topic, changed));
}

/** An empty name: all brokers. */
async function alterBroker(broker: BrokerState, name: string, how: How): Promise<Outcome> {
  const { topics, configs, file, nodeId } = broker;
  if (!how.rights.mayOnCluster('ALTER_CONFIGS')) return unauthorized('CLUSTER');
  const scope = name === '' ? 'allBrokers' : 'broker';
  if (scope === 'broker' && name !== String(nodeId)) {
    return refused('INVALID_REQUEST', `Unexpected broker id ${name}; the only broker is ${nodeId}`);
  }
  const define = (setting: string) => {
    const definition = brokerConfig(setting);
    return definition?.dynamic ? definition : undefined;
  };
  const before = configs.dynamic[scope];
  const fallback = (setting: string) => configs.string(setting);
  const changed = how.change(before, { define, fallback, otherwise: OTHERWISE });
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
  if (groupId === '') return refused('INVALID_REQUEST', 'Default group resources are not allowed.');
  const present: ReadonlyMap<string, string> = configs.groups.get(groupId) ?? new Map();
  const fallback = (name: string) => configs.groupValues(name, new Map())[0]?.value ?? '';
  const changed = how.change(present, { define: groupConfig, fallback, otherwise: 'Unknown group config name' });
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

function applyChanges(
  present: ReadonlyMap<string, string>,
  changes: readonly Change[],
  { define, fallback, otherwise }: Known,
): Changed {
  const result = new Map(present);
  if (new Set(changes.map(({ name }) => name)).size < changes.length) {
    return refused('INVALID_REQUEST', 'Error due to duplicate config keys');
  }
  for (const { name, configOperation, value } of changes) {
    const definition = define(name);
    if (configOperation === operation.remove) {
      result.delete(name);
      continue;
    }
    if (definition === undefined) return refused('INVALID_CONFIG', `${otherwise}: ${name}`);
    if (value === null) return refused('INVALID_REQUEST', `Null value not supported for : ${name}`);
    let next = value;
    if (configOperation === operation.append || configOperation === operation.subtract) {
      if (definition.type !== 'LIST') {
        return refused(
          'INVALID_CONFIG',
          `Can't ${configOperation === operation.append ? 'APPEND' : 'SUBTRACT'} to key ${name} because its type is not LIST.`,
        );
      }
      const old = listOf(result.get(name) ?? fallback(name));
      const named = listOf(value);
      const list =
        configOperation === operation.append
          ? [...old, ...named.filter((each) => !old.includes(each))]
          : old.filter((each) => !named.includes(each));
      next = list.join(',');
    } else if (configOperation !== operation.set) {
      return refused('INVALID_REQUEST', `Unknown operation type ${configOperation}`);
    }
    const refusal = refusalOf(definition, next);
    if (refusal !== undefined) return refused('INVALID_CONFIG', refusal);
    result.set(name, next);
  }
  return result;
}

function unauthorized(type: 'TOPIC' | 'GROUP' | 'CLUSTER'): Outcome {
  const what = { TOPIC: 'Topic', GROUP: 'Group', CLUSTER: 'Cluster' }[type];
  return { errorCode: refusedCode[type], errorMessage: `${what} authorization failed.` };
}

function refused(name: 'INVALID_CONFIG' | 'INVALID_REQUEST' | 'UNKNOWN_TOPIC_OR_PARTITION', message: string): Outcome {
  return { errorCode: errorCode[name], errorMessage: message };
}
