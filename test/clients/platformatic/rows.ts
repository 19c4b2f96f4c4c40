/** Both lines of @platformatic/kafka: the first on the Node of this project, the second on the Node that it asks for. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { packageRoot } from '../../harness/package-root.js';
import { ALL_STEPS, type ClientRow } from '../row.js';
import { portOf } from '../serving.js';

const NAME = '@platformatic/kafka';

interface EnsureNodeClient {
  ensureNodeClient(): Promise<{ node: string; modules: string }>;
}

const pinned = JSON.parse(readFileSync(join(packageRoot, 'tools', 'node-client.json'), 'utf8')) as {
  readonly node: string;
  readonly packages: { readonly [NAME]: string };
};

const program = join(packageRoot, 'dist', 'test', 'clients', 'platformatic', 'program.js');

const IN_TURN =
  'of an idempotent producer with two requests under way when the connection is lost it sends the second again before the first, and is refused (45) from then on, and the send after one that it has given up takes the sequence number of that, and is acknowledged in its place: the restart is asked for with one at a time, and a minute to try.';
const OPEN_RANGES =
  'read_committed passes on aborted records whose marker comes in a later fetch, as at the end of a segment: the topics have one segment.';
const HANDS_OUT_LATE =
  'a member of a classic group is given records of a partition that it has just given up, where a fetch was under way: who reads what is looked at one round of records later.';
const MISREADS_TAGS =
  'the answer to a fetch by the epochs of before a restart tells the new leader of each partition (KIP-951): it reads what comes behind that wrongly, does not see that its epochs are old, and sends the same fetch for as long as it has retries, without a word: the restart is asked for with one partition.';

export const platformatic1: ClientRow = {
  name: NAME,
  version: '1.35.0',
  runtime: 'Node 20',
  notes: [IN_TURN, OPEN_RANGES, HANDS_OUT_LATE, MISREADS_TAGS],
  handsOutLate: true,
  misreadsTags: true,
  command: async () => ({
    kind: 'served',
    port: await portOf({ program: process.execPath, args: [program, NAME] }),
  }),
  steps: { ...ALL_STEPS, produce: { ...ALL_STEPS.produce, compressions: ['none', 'gzip', 'snappy', 'lz4'] } },
};

export const platformatic2: ClientRow = {
  name: NAME,
  version: pinned.packages[NAME],
  runtime: `Node ${pinned.node}`,
  notes: [IN_TURN, OPEN_RANGES, HANDS_OUT_LATE],
  handsOutLate: true,
  async command() {
    const tool = (await import(
      pathToFileURL(join(packageRoot, 'tools', 'ensure-node-client.mjs')).href
    )) as EnsureNodeClient;
    const { node, modules } = await tool.ensureNodeClient();
    return {
      kind: 'served',
      port: await portOf({ program: node, args: [program, join(modules, NAME, 'dist', 'index.js')] }),
    };
  },
  steps: ALL_STEPS,
};
