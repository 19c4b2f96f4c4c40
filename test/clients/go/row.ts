import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { packageRoot } from '../../harness/package-root.js';
import { ALL_STEPS, type ClientRow } from '../row.js';

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
    return { kind: 'program', program: await tool.ensureGoClient(), args: [] };
  },
  steps: ALL_STEPS,
};
