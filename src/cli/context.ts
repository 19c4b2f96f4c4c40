/** The selected cluster, kept per server in a file beside the server's note so that it outlives the shell. Losing it costs one `cluster use`. */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const FILE = 'context.json';

export function selectedCluster(home: string, serverUrl: string): string | undefined {
  return read(home)[serverUrl];
}

export function selectCluster(home: string, serverUrl: string, clusterId: string): void {
  const path = join(home, FILE);
  writeFileSync(`${path}.new`, `${JSON.stringify({ ...read(home), [serverUrl]: clusterId }, undefined, 2)}\n`);
  renameSync(`${path}.new`, path);
}

function read(home: string): Record<string, string> {
  try {
    const value: unknown = JSON.parse(readFileSync(join(home, FILE), 'utf8'));
    if (typeof value !== 'object' || value === null) return {};
    return Object.fromEntries(Object.entries(value).filter(([, id]) => typeof id === 'string'));
  } catch {
    // No file yet, or one that was damaged: nothing is selected.
    return {};
  }
}
