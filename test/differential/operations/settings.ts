/** Settings of topics that change while there is something in the log. */
import { incrementalAlterConfigs } from '../../../src/protocol/api/incremental-alter-configs.js';
import { maybePick, pick } from '../draws.js';
import { type Operation, step } from '../operation.js';

const [TOPIC, SET, DELETE] = [2, 0, 1];

const CHANGES: readonly (readonly [name: string, value: string | null])[] = [
  ['message.timestamp.type', 'LogAppendTime'],
  ['message.timestamp.type', 'CreateTime'],
  ['message.timestamp.type', null],
  ['max.message.bytes', '300'],
  // Below the size of a marker transactions never end.
  ['max.message.bytes', '80'],
  ['max.message.bytes', null],
  ['message.timestamp.before.max.ms', '3600000'],
  ['message.timestamp.after.max.ms', '3600000'],
  ['message.timestamp.after.max.ms', '9223372036854775807'],
  ['message.timestamp.after.max.ms', null],
  ['cleanup.policy', 'compact'],
  ['cleanup.policy', 'compact,delete'],
  ['cleanup.policy', null],
  ['cleanup.policy', 'no'],
  ['max.message.bytes', 'many'],
  ['no.such.setting', '1'],
];

export const settingOperations: readonly Operation[] = [
  {
    name: 'change a setting',
    weight: 0.7,
    draw: (drawing) => {
      const { random, world } = drawing;
      const version = drawing.version(incrementalAlterConfigs);
      const topic = maybePick(random, world.existing);
      if (version === undefined || topic === undefined) return undefined;
      const [name, value] = pick(random, CHANGES);
      const configs = [{ name, value, configOperation: value === null ? DELETE : SET }];
      return step({
        operation: 'change a setting',
        api: incrementalAlterConfigs,
        version,
        request: () => ({ resources: [{ resourceType: TOPIC, resourceName: topic.name, configs }] }),
        settle: (side) => side.fence(),
        learn: (answer) => {
          if (answer?.responses[0]?.errorCode !== 0) return;
          const { [name]: _, ...rest } = topic.configs;
          topic.configs = value === null ? rest : { ...rest, [name]: value };
        },
      });
    },
  },
];
