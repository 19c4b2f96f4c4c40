/**
 * Apache Kafka's jars, and beside them what makes a start quick: an archive of the classes that a broker loads, which halves
 * it, and the file that Kafka's own tool puts into an empty directory, so that the tool need not run again. Both are made
 * once per Java and version by a broker that is started for nothing else.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { logDirectory } from './kafka-config.js';
import { KafkaNode } from './kafka-node.js';
import { packageRoot } from './package-root.js';
import { leasePort } from './ports.js';

export interface KafkaHome {
  readonly libs: string;
  /** For every Java process that runs these jars. */
  readonly flags: readonly string[];
  /** First records of the cluster's metadata, the same for all clusters of that version. */
  readonly bootstrap: string;
}

/** What is used here of tools that have to run before anything is compiled. */
interface FetchKafka {
  fetchKafka(version: string): Promise<string>;
}
interface CachedFolder {
  filledOnce(folder: string, fill: (directory: string) => Promise<void>): Promise<string>;
}

const ARCHIVE = 'broker.jsa';
const BOOTSTRAP = 'bootstrap.checkpoint';

/** Fetches and makes what is missing. Rejects with one line where that cannot be. */
export async function kafkaHome(version: string): Promise<KafkaHome> {
  const { fetchKafka } = (await tool('fetch-kafka.mjs')) as FetchKafka;
  const { filledOnce } = (await tool('cached-folder.mjs')) as CachedFolder;
  const folder = await fetchKafka(version);
  const libs = join(folder, 'libs');
  const java = execFileSync('java', ['--version']);
  const hash = createHash('sha256').update(java).update(libs).digest('hex').slice(0, 8);
  const made = await filledOnce(join(dirname(folder), `${version}-start-${hash}`), (directory) =>
    prepare(version, libs, directory),
  );
  const flags = [`-XX:SharedArchiveFile=${join(made, ARCHIVE)}`, '-Xlog:cds=off'];
  return { libs, flags, bootstrap: join(made, BOOTSTRAP) };
}

function tool(name: string): Promise<unknown> {
  return import(pathToFileURL(join(packageRoot, 'tools', name)).href);
}

async function prepare(version: string, libs: string, directory: string): Promise<void> {
  const archive = join(directory, ARCHIVE);
  const dir = mkdtempSync(join(tmpdir(), `klink-kafka-${version}-`));
  const leases = [await leasePort(), await leasePort(), await leasePort()];
  const [sasl = 0, plaintext = 0, controller = 0] = leases.map(({ port }) => port);
  const own = { id: 1, sasl, plaintext, controller };
  const flags = [`-XX:ArchiveClassesAtExit=${archive}`, '-Xlog:cds=off'];
  const node = new KafkaNode({ version, own, all: [own], dir, libs, flags, config: {} });
  try {
    await node.formatWithTool('AAAAAAAAAAAAAAAAAAAAAQ');
    rmSync(archive, { force: true }); // Of the tool that formats.
    copyFileSync(join(logDirectory(node.home, {}), BOOTSTRAP), join(directory, BOOTSTRAP));
    await node.start();
    await node.terminate();
  } finally {
    await node.kill9();
    for (const lease of leases) lease.release();
    rmSync(dir, { recursive: true, force: true });
  }
}
