/** librdkafka by confluent-kafka, and kafka-python. */
import { join } from 'node:path';
import { packageRoot } from '../../harness/package-root.js';
import { pythonPath } from '../../harness/python.js';
import { ALL_STEPS, CLASSIC_GROUPS_ONLY, type ClientRow, type Started } from '../row.js';

async function python(script: string): Promise<Started> {
  return {
    kind: 'program',
    program: await pythonPath(),
    args: [join(packageRoot, 'test', 'clients', 'python', script)],
  };
}

export const confluentKafka: ClientRow = {
  name: 'confluent-kafka',
  version: '2.16.1',
  runtime: 'Python, librdkafka 2.16.0',
  command: () => python('confluent.py'),
  steps: ALL_STEPS,
};

export const kafkaPython: ClientRow = {
  name: 'kafka-python',
  version: '3.0.12',
  runtime: 'Python',
  command: () => python('kafka_python.py'),
  notes: [
    'a leader that joins again because it has learnt of partitions, and whose poll ends while it waits for the round, never looks at what it was assigned, and has nothing from then on: the partitions are known before the first round.',
  ],
  steps: { ...ALL_STEPS, groups: CLASSIC_GROUPS_ONLY },
};
