/** Settings of topics, of the broker and of groups: changed in each way there is, and shown with their sources. */
import { alterConfigs } from '../../../src/protocol/api/alter-configs.js';
import { describeConfigs } from '../../../src/protocol/api/describe-configs.js';
import { incrementalAlterConfigs } from '../../../src/protocol/api/incremental-alter-configs.js';
import { listConfigResources } from '../../../src/protocol/api/list-config-resources.js';
import { chance, maybePick, mostly, pick, randomInt, some } from '../draws.js';
import { PREFIX } from '../names.js';
import { type Drawing, type Operation, type Step, step } from '../operation.js';

const [TOPIC, BROKER, GROUP] = [2, 4, 32];
/** Those that nobody has. What Kafka has and this broker has not is left out: docs/spec/broker.md §10.2. */
const TYPES = [0, 1, 99, -1];
const LOGGERS = 8;
const OF_THE_TOPIC = 1;
const [SET, DELETE, APPEND, SUBTRACT] = [0, 1, 2, 3];
const OPERATIONS = [SET, SET, SET, DELETE, DELETE, APPEND, SUBTRACT];
/** Apache Kafka meets them beside what else is wrong in the order of a table: drawn alone. */
const UNKNOWN_OPERATIONS = [4, -1];

type Value = readonly [name: string, ...values: (string | null)[]];

const OF_TOPICS: readonly Value[] = [
  ['cleanup.policy', 'compact', 'delete', 'compact,delete', '', null, 'burn', 'delete,', ' compact', 'burn,'],
  ['retention.ms', '86400000', '-1', '-2', 'soon', '', null],
  ['retention.bytes', '-1', '1000000000', '1.5'],
  ['min.insync.replicas', '1', '2', '0'],
  ['leader.replication.throttled.replicas', '*', '0:1', '', '0:1,1:1', null, '0:', '*,0:1', '0:1,', ' 1:1'],
  ['follower.replication.throttled.replicas', '*', '0:1', 'bad'],
  ['index.interval.bytes', '5000', '-1'],
  ['file.delete.delay.ms', '1000', ' 1000'],
  ['min.cleanable.dirty.ratio', '0.3', '2', 'NaN', 'Infinity', '1e-5', '0.5f', 'half'],
  ['compression.type', ' gzip', 'zip', 'producer'],
  ['preallocate', 'false', 'False', 'no'],
  ['no.such.setting', '1', null],
  ['', '1'],
];
/** Of the whole broker: such that nothing that is compared goes by them. */
const OF_BROKERS: readonly Value[] = [
  ['log.index.interval.bytes', '5000', '-1', 'x', null],
  ['log.segment.delete.delay.ms', '70000', '0', '-1'],
  ['min.insync.replicas', '1', '2', '0'],
  ['log.cleaner.min.cleanable.ratio', '0.4', '2', 'NaN'],
  ['log.cleanup.policy', 'delete', 'burn', 'delete,', ''],
  ['node.id', '1', '2'],
  ['no.such.setting', '1'],
];
const OF_GROUPS: readonly Value[] = [
  ['consumer.session.timeout.ms', '50000', '45000', '1', '60001', 'long', null],
  ['consumer.heartbeat.interval.ms', '5000', '6000', '1', '15001', '', null],
  ['consumer.assignment.interval.ms', '0', '-1', '15001'],
  ['retention.ms', '1'],
];

interface Resource {
  readonly resourceType: number;
  readonly resourceName: string;
}

export const configOperations: readonly Operation[] = [
  { name: 'change settings', weight: 3, draw: (drawing) => changing(drawing) },
  { name: 'replace settings', weight: 1, draw: (drawing) => replacing(drawing) },
  { name: 'describe settings', weight: 3, draw: (drawing) => describing(drawing) },
  { name: 'list what has settings', weight: 0.5, draw: (drawing) => listing(drawing) },
];

function drawResource({ random, world }: Drawing): Resource {
  const topic = maybePick(random, world.topics)?.name ?? `${PREFIX}unknown`;
  const group = pick(random, [...world.groups, `${PREFIX}group-a`, `${PREFIX}group-b`]);
  return pick(random, [
    ...Array.from({ length: 8 }, () => ({ resourceType: TOPIC, resourceName: topic })),
    ...Array.from({ length: 4 }, () => ({ resourceType: GROUP, resourceName: group })),
    { resourceType: BROKER, resourceName: '1' },
    { resourceType: BROKER, resourceName: '1' },
    { resourceType: BROKER, resourceName: '' },
    { resourceType: BROKER, resourceName: '' },
    { resourceType: BROKER, resourceName: mostly(random, '2', 0.5, ['one', '-1', ' 1']) },
    { resourceType: TOPIC, resourceName: pick(random, [`${PREFIX}unknown`, '', 'a b', '.']) },
    { resourceType: GROUP, resourceName: '' },
    { resourceType: pick(random, TYPES), resourceName: mostly(random, '1', 0.3, ['', 'x']) },
  ]);
}

function settingsFor({ resourceType }: Resource): readonly Value[] {
  return resourceType === BROKER ? OF_BROKERS : resourceType === GROUP ? OF_GROUPS : OF_TOPICS;
}

function drawSetting({ random }: Drawing, resource: Resource) {
  const [name, ...values] = pick(random, settingsFor(resource));
  const configOperation = pick(random, OPERATIONS);
  return { name, configOperation, value: pick(random, values) };
}

/** The broker's own are tried out and not kept: every seed is played on the same one. */
function isTried({ random }: Drawing, resources: readonly Resource[]): boolean {
  return resources.some(({ resourceType }) => resourceType === BROKER) || chance(random, 0.2);
}

function changing(drawing: Drawing): Step | undefined {
  const { random } = drawing;
  const version = drawing.version(incrementalAlterConfigs);
  if (version === undefined) return undefined;
  const strangely = <T extends { readonly configOperation: number }>(config: T): T => ({
    ...config,
    configOperation: mostly(random, config.configOperation, 0.15, UNKNOWN_OPERATIONS),
  });
  const drawn = Array.from({ length: mostly(random, 1, 0.2, [2, 3]) }, () => {
    const resource = drawResource(drawing);
    const configs = Array.from({ length: mostly(random, 1, 0.3, [0, 2, 3]) }, () => drawSetting(drawing, resource));
    return { ...resource, configs: configs.length === 1 ? configs.map(strangely) : configs };
  });
  const [first] = drawn;
  const resources = first !== undefined && chance(random, 0.05) ? [...drawn, first] : drawn;
  const validateOnly = isTried(drawing, resources);
  return step({
    operation: 'change settings',
    api: incrementalAlterConfigs,
    version,
    request: () => ({ resources, validateOnly }),
    settle: (side) => side.fence(),
    tidy: (answer) => ({ ...answer, responses: inOrder(answer.responses) }),
  });
}

function replacing(drawing: Drawing): Step | undefined {
  const { random } = drawing;
  const version = drawing.version(alterConfigs);
  if (version === undefined) return undefined;
  const drawn = Array.from({ length: mostly(random, 1, 0.2, [2]) }, () => {
    const resource = drawResource(drawing);
    const configs = Array.from({ length: randomInt(random, 3) }, () => {
      const { name, value } = drawSetting(drawing, resource);
      return { name, value };
    });
    return { ...resource, configs };
  });
  // The same one twice is never answered by Apache Kafka: docs/spec/broker.md §6.
  const resources = drawn.filter((each, i) => drawn.findIndex((other) => keyOf(other) === keyOf(each)) === i);
  const validateOnly = isTried(drawing, resources);
  return step({
    operation: 'replace settings',
    api: alterConfigs,
    version,
    request: () => ({ resources, validateOnly }),
    settle: (side) => side.fence(),
    tidy: (answer) => ({ ...answer, responses: inOrder(answer.responses) }),
  });
}

function describing(drawing: Drawing): Step | undefined {
  const { random } = drawing;
  const version = drawing.version(describeConfigs);
  if (version === undefined) return undefined;
  const resources = Array.from({ length: mostly(random, 1, 0.2, [2, 3]) }, () => {
    const resource = drawResource(drawing);
    const names = [...settingsFor(resource).map(([name]) => name), 'no.such.setting'];
    const isWhole = resource.resourceType !== BROKER && chance(random, 0.5);
    const keys = some(random, names, 3);
    return { ...resource, configurationKeys: isWhole ? null : mostly(random, keys, 0.1, [[...keys, ...keys]]) };
  });
  const asked = { includeSynonyms: chance(random, 0.6), includeDocumentation: false };
  return step({
    operation: 'describe settings',
    api: describeConfigs,
    version,
    request: () => ({ resources, ...asked }),
    tidy: (answer) => ({
      ...answer,
      results: inOrder(answer.results).map((result) => ({
        ...result,
        configs: result.configs.filter((config) => isShared(config)).map(withoutReplicas),
      })),
    }),
  });
}

/**
 * Share and streams groups are not offered (5.1). The in-sync replicas that a cluster with eligible leader replicas wants are
 * written down in it when it is made (KIP-966).
 */
function isShared({ name, configSource }: { readonly name: string; readonly configSource: number }): boolean {
  return !/^(share|streams)\./.test(name) && (name !== 'min.insync.replicas' || configSource === OF_THE_TOPIC);
}

/** What the cluster has of them stands behind what a topic has. */
function withoutReplicas<
  T extends { readonly name: string; readonly synonyms: readonly { readonly source: number }[] },
>(config: T): T {
  if (config.name !== 'min.insync.replicas') return config;
  return { ...config, synonyms: config.synonyms.filter(({ source }) => source === OF_THE_TOPIC) };
}

/** Nobody says in which order. */
function inOrder<T extends Resource>(entries: readonly T[]): T[] {
  return [...entries].sort((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1));
}

function keyOf({ resourceType, resourceName }: Resource): string {
  return `${resourceType} ${resourceName}`;
}

function listing(drawing: Drawing): Step | undefined {
  const { random } = drawing;
  const version = drawing.version(listConfigResources);
  if (version === undefined) return undefined;
  const resourceTypes = chance(random, 0.2) ? [] : some(random, [TOPIC, BROKER, GROUP, 16, 0, 99, -1], 2);
  return step({
    operation: 'list what has settings',
    api: listConfigResources,
    version,
    request: () => ({ resourceTypes }),
    tidy: (answer, names) => ({
      ...answer,
      configResources: inOrder(
        answer.configResources.filter(({ resourceType, resourceName }) =>
          [TOPIC, GROUP].includes(resourceType) ? resourceName.startsWith(names.prefix) : resourceType !== LOGGERS,
        ),
      ),
    }),
  });
}
