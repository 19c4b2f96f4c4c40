/** Both lines of @platformatic/kafka: the first on the Node of this project, the second on the Node that it asks for. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { packageRoot } from '../../harness/package-root.js';
import { ALL_STEPS, type ClientRow } from '../row.js';

interface EnsureNodeClient {
  ensureNodeClient(nodeVersion: string, packages: readonly string[]): Promise<{ node: string; modules: string }>;
}

const NAME = '@platformatic/kafka';
const SECOND = '2.12.1';
const NODE_OF_SECOND = '22.23.3';
const program = join(packageRoot, 'dist', 'test', 'clients', 'platformatic', 'program.js');

const IN_TURN =
  'of an idempotent producer with two requests under way when the connection is lost it sends the second again before the first, and is refused (45) from then on: the restart is asked for with one at a time.';
const OPEN_RANGES =
  'read_committed passes on aborted records whose marker comes in a later fetch, as at the end of a segment: the topics have one segment.';

export const platformatic1: ClientRow = {
  name: NAME,
  version: '1.35.0',
  runtime: 'Node 20',
  notes: [IN_TURN, OPEN_RANGES],
  command: async () => ({ program: process.execPath, args: [program, NAME] }),
  steps: { ...ALL_STEPS, produce: { ...ALL_STEPS.produce, compressions: ['none', 'gzip', 'snappy', 'lz4'] } },
};

export const platformatic2: ClientRow = {
  name: NAME,
  version: SECOND,
  runtime: `Node ${NODE_OF_SECOND}`,
  notes: [IN_TURN, OPEN_RANGES],
  async command() {
    const tool = (await import(
      pathToFileURL(join(packageRoot, 'tools', 'ensure-node-client.mjs')).href
    )) as EnsureNodeClient;
    const { node, modules } = await tool.ensureNodeClient(NODE_OF_SECOND, [`${NAME}@${SECOND}`]);
    return { program: node, args: [program, join(modules, NAME, 'dist', 'index.js')] };
  },
  steps: ALL_STEPS,
};
