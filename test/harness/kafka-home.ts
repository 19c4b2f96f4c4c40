/**
 * Apache Kafka's jars, and beside them an archive of the classes that a broker loads: with it a start takes half the time.
 * The archive is made once per Java and version by a broker that is started for nothing else.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { KafkaNode } from './kafka-node.js';
import { packageRoot } from './package-root.js';
import { leasePort } from './ports.js';

export interface KafkaHome {
  readonly libs: string;
  /** For every Java process that runs these jars. */
  readonly flags: readonly string[];
}

/** What is used here of tools that have to run before anything is compiled. */
interface FetchKafka {
  fetchKafka(version: string): Promise<string>;
}
interface CachedFolder {
  filledOnce(folder: string, fill: (directory: string) => Promise<void>): Promise<string>;
}

const ARCHIVE = 'broker.jsa';

/** Fetches and makes what is missing. Rejects with one line where that cannot be. */
export async function kafkaHome(version: string): Promise<KafkaHome> {
  const { fetchKafka } = (await tool('fetch-kafka.mjs')) as FetchKafka;
  const { filledOnce } = (await tool('cached-folder.mjs')) as CachedFolder;
  const folder = await fetchKafka(version);
  const libs = join(folder, 'libs');
  const java = execFileSync('java', ['--version']);
  const hash = createHash('sha256').update(java).update(libs).digest('hex').slice(0, 8);
  const classes = await filledOnce(join(dirname(folder), `${version}-classes-${hash}`), (directory) =>
    archiveClasses(version, libs, join(directory, ARCHIVE)),
  );
  return { libs, flags: [`-XX:SharedArchiveFile=${join(classes, ARCHIVE)}`, '-Xlog:cds=off'] };
}

function tool(name: string): Promise<unknown> {
  return import(pathToFileURL(join(packageRoot, 'tools', name)).href);
}

async function archiveClasses(version: string, libs: string, archive: string): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), `klink-kafka-${version}-`));
  const leases = [await leasePort(), await leasePort(), await leasePort()];
  const [sasl = 0, plaintext = 0, controller = 0] = leases.map(({ port }) => port);
  const own = { id: 1, sasl, plaintext, controller };
  const flags = [`-XX:ArchiveClassesAtExit=${archive}`, '-Xlog:cds=off'];
  const node = new KafkaNode({ version, own, all: [own], dir, libs, flags, config: {} });
  try {
    await node.format('AAAAAAAAAAAAAAAAAAAAAQ');
    rmSync(archive, { force: true }); // Of the tool that formats.
    await node.start();
    await node.terminate();
  } finally {
    await node.kill9();
    for (const lease of leases) lease.release();
    rmSync(dir, { recursive: true, force: true });
  }
}
