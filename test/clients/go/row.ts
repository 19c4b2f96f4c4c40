import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { packageRoot } from '../../harness/package-root.js';
import type { ClientRow } from '../row.js';

/** Its export that is used here; it has to run before anything is compiled. */
interface EnsureGo {
  ensureGoClient(): Promise<string>;
}

export const franzGoRow: ClientRow = {
  name: 'franz-go',
  version: '1.22.3',
  runtime: 'Go 1.26',
  command: async () => {
    const tool = (await import(pathToFileURL(join(packageRoot, 'tools', 'ensure-go.mjs')).href)) as EnsureGo;
    return { program: await tool.ensureGoClient(), args: [] };
  },
  steps: {
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
  },
};
