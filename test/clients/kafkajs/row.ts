import { join } from 'node:path';
import { packageRoot } from '../../harness/package-root.js';
import { ALL_STEPS, CLASSIC_GROUPS_ONLY, type ClientRow } from '../row.js';
import { portOf } from '../serving.js';

export const kafkajsRow: ClientRow = {
  name: 'kafkajs',
  version: '2.2.4',
  runtime: 'Node 20',
  notes: [
    'of an idempotent producer, when the answer to a send is lost with the connection, the next send that waits takes its sequence number, is told that it was a duplicate, and is reported as acknowledged at the offset of the first, although it was never written; the first is written again: the restart is asked for with one at a time.',
  ],
  command: async () => ({
    kind: 'served',
    port: await portOf({
      program: process.execPath,
      args: [join(packageRoot, 'dist', 'test', 'clients', 'kafkajs', 'program.js')],
    }),
  }),
  steps: {
    ...ALL_STEPS,
    produce: { ...ALL_STEPS.produce, compressions: ['none', 'gzip'] },
    groups: CLASSIC_GROUPS_ONLY,
  },
};
