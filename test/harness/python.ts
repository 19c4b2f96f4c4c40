/** The interpreter that has confluent-kafka (librdkafka): for checkers and clients that share no code with klink. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { packageRoot } from './package-root.js';

/** Its export that is used here; it has to run before anything is compiled. */
interface EnsurePython {
  ensurePython(): Promise<string>;
}

/** Installed on the first call, which takes some seconds; rejects with one line where that cannot be. */
export async function pythonPath(): Promise<string> {
  const tool = (await import(pathToFileURL(join(packageRoot, 'tools', 'ensure-python.mjs')).href)) as EnsurePython;
  return tool.ensurePython();
}
