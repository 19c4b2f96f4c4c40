/** ListConfigResources (KIP-1142): names of what has settings here. Version 0 asks for client metrics, of which there are none. */
import type {
  ListConfigResourcesRequest,
  ListConfigResourcesResponse,
} from '../../protocol/api/list-config-resources.js';
import { errorCode } from '../../protocol/errors.js';
import { resourceType, resourceTypeWithoutAny } from '../config/resource-type.js';
import type { BrokerState, Handler } from '../state.js';

const VERSION_WITH_TYPES = 1;

type Names = (broker: BrokerState) => Iterable<string>;

/** By type, in Kafka's order. */
const namesOf: ReadonlyMap<number, Names> = new Map<number, Names>([
  [resourceType.group, ({ configs }) => configs.groups.keys()],
  [resourceTypeWithoutAny.clientMetrics, () => []],
  [resourceTypeWithoutAny.brokerLogger, () => []],
  [resourceType.broker, ({ nodeId }) => [String(nodeId)]],
  [resourceType.topic, ({ topics }) => topics.all.map(({ name }) => name)],
]);

export const answerListConfigResources: Handler<ListConfigResourcesRequest, ListConfigResourcesResponse> = (
  broker,
  { resourceTypes },
  { version },
) => {
  if (version < VERSION_WITH_TYPES) return {};
  // One that nobody knows makes the whole request one of a version that is not there.
  if (resourceTypes.some((type) => !namesOf.has(type))) return { errorCode: errorCode.UNSUPPORTED_VERSION };
  const wanted = [...namesOf].filter(([type]) => resourceTypes.length === 0 || resourceTypes.includes(type));
  return {
    configResources: wanted.flatMap(([type, names]) =>
      [...names(broker)].map((resourceName) => ({ resourceName, resourceType: type })),
    ),
  };
};
