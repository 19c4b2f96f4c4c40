import { join } from 'node:path';
import { packageRoot } from '../../harness/package-root.js';
import type { ClientRow } from '../row.js';

export const kafkajsRow: ClientRow = {
  name: 'kafkajs',
  version: '2.2.4',
  runtime: 'Node 20',
  command: async () => ({
    program: process.execPath,
    args: [join(packageRoot, 'dist', 'test', 'clients', 'kafkajs', 'program.js')],
  }),
  steps: {
    produce: { compressions: ['none', 'gzip'], idempotent: 'works', repeatedHeaders: 'works' },
    consume: 'works',
    groups: { classic: 'works', consumer: { cannot: 'it knows the classic protocol only' } },
    transactions: 'works',
    transform: 'works',
    admin: { not: {} },
    logins: { PLAIN: 'works', 'SCRAM-SHA-256': 'works', 'SCRAM-SHA-512': 'works' },
    restart: 'works',
  },
};
