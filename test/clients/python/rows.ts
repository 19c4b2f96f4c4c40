/** librdkafka by confluent-kafka, and kafka-python. */
import { join } from 'node:path';
import { packageRoot } from '../../harness/package-root.js';
import { pythonPath } from '../../harness/python.js';
import type { ClientRow, Started } from '../row.js';

async function python(script: string): Promise<Started> {
  return { program: await pythonPath(), args: [join(packageRoot, 'test', 'clients', 'python', script)] };
}

const steps: ClientRow['steps'] = {
  produce: {
    compressions: ['none', 'gzip', 'snappy', 'lz4', 'zstd'],
    idempotent: 'works',
    repeatedHeaders: 'works',
  },
  consume: 'works',
  groups: { classic: 'works', consumer: 'works' },
  transactions: 'works',
  transform: 'works',
  admin: { not: {} },
  logins: { PLAIN: 'works', 'SCRAM-SHA-256': 'works', 'SCRAM-SHA-512': 'works' },
  restart: 'works',
};

export const confluentKafka: ClientRow = {
  name: 'confluent-kafka',
  version: '2.16.1',
  runtime: 'Python, librdkafka 2.16.0',
  command: () => python('confluent.py'),
  steps,
};

export const kafkaPython: ClientRow = {
  name: 'kafka-python',
  version: '3.0.12',
  runtime: 'Python',
  command: () => python('kafka_python.py'),
  steps: { ...steps, groups: { ...steps.groups, consumer: { cannot: 'it knows the classic protocol only' } } },
};
