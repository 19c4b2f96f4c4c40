/**
 * `npm start`: two embedded clusters and a klink server that manages them, everything below one directory, and the walk
 * to try. A second one says where the first runs. Ctrl-C ends the server first, then the clusters, and leaves no files,
 * unless they are to be kept. Needs nothing but Node. Spec: docs/spec/server.md §5.
 */
import { existsSync, mkdirSync, openSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { demoDirectory, klinkHome, readServerNote } from './api/client/local-server.js';
import type { DemoControl } from './api/ports.js';
import { Problem } from './api/problems.js';
import { printAddress } from './base/addresses.js';
import { invariant } from './base/invariant.js';
import { systemClock } from './base/node/clock.js';
import { lockDirectory } from './base/node/directory-lock.js';
import { processLog } from './base/node/log.js';
import { systemNetwork } from './base/node/network.js';
import { systemRandom } from './base/node/random.js';
import { type DemoCluster, startDemoCluster } from './serve/demo-cluster.js';
import { DemoPorts } from './serve/demo-ports.js';
import { DR_LINK_CONFIG, pathLine, printedWalk, tutorialStory, walkSteps } from './serve/demo-walk.js';
import { type SiteConfig, startServer } from './serve/running-server.js';
import { resolveSecret } from './serve/secrets.js';
import { untilAskedToStop } from './serve/signals.js';

const REST_PORT_FROM = 8090;
const BROKER_PORTS_FROM = { original: 19_092, dr: 29_092 };

const binDirectory = fileURLToPath(new URL('../../bin', import.meta.url));

export async function runDemo(options: DemoOptions): Promise<number> {
  const home = klinkHome(process.env);
  const directory = demoDirectory(home);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const release = lockOrTell(directory, home);
  if (release === undefined) return 0;
  try {
    return await demonstrate(home, directory, options);
  } finally {
    release();
    if (!options.keep) rmdirSync(directory);
  }
}

/** Undefined: another demo has the directory, and its whereabouts were told. */
function lockOrTell(directory: string, home: string): (() => void) | undefined {
  try {
    return lockDirectory(directory);
  } catch (error) {
    const note = readServerNote(directory);
    if (note === undefined) throw error;
    say(`The demo already runs: ${note.url}, process ${note.pid}, files below ${directory}`);
    say(`In another shell:\n\n  ${pathLine({ binDirectory, home })}\n`);
    return undefined;
  }
}

/** The lock stays until the end. */
function empty(directory: string): void {
  for (const name of readdirSync(directory)) {
    if (name !== 'lock') rmSync(join(directory, name), { recursive: true, force: true });
  }
}

interface DemoOptions {
  readonly keep: boolean;
  readonly logLevel: string;
}

async function demonstrate(home: string, directory: string, options: DemoOptions): Promise<number> {
  if (!options.keep) empty(directory);

  const asked = untilAskedToStop(() => process.exit(1));
  const log = processLog({ level: options.logLevel, fd: openSync(join(directory, 'server.log'), 'a') });
  const surroundings = { clock: systemClock, random: systemRandom, network: systemNetwork, log };
  const ports = new DemoPorts(join(directory, 'ports.json'), systemNetwork, say);
  const clusters: DemoCluster[] = [];
  try {
    for (const name of ['original', 'dr'] as const) {
      clusters.push(
        await startDemoCluster({
          name,
          directory: join(directory, name),
          ports,
          portFrom: BROKER_PORTS_FROM[name],
          ...surroundings,
          onLoss: (lost, detail) => say(`Cluster "${lost}" ended unexpectedly: ${detail}`),
        }),
      );
    }
    const server = await startServer({
      surroundings,
      listen: { host: '127.0.0.1', port: await ports.take('REST', REST_PORT_FROM) },
      stateDirectory: directory,
      clusters: clusters.map(siteOf),
      resolveSecret: (reference) => resolveSecret(reference, process.env),
      demo: controlOf(clusters),
    });
    try {
      introduce(home, directory, clusters, server.url);
      await asked;
      say('\nStopping …');
    } finally {
      await server.stop();
    }
  } finally {
    await Promise.all(clusters.map((cluster) => cluster.end()));
    if (!options.keep) empty(directory);
  }
  return 0;
}

/** klink logs in as its own principal; keys log in by TLS; the walk's clients need neither. */
function siteOf({ name, clusterId, bootstrap, engine, secured }: DemoCluster): SiteConfig {
  const authorities = readFileSync(secured.authorityFile, 'utf8');
  return {
    name,
    id: clusterId,
    bootstrap: [engine.address],
    clientBootstrap: bootstrap,
    clientAuthorities: authorities,
    callers: {
      bootstrap: [secured.address],
      clientBootstrap: printAddress(secured.address),
      tls: { authorities, identity: undefined, checksName: true },
    },
    home: name === 'dr',
    security: { sasl: engine.login },
  };
}

function controlOf(clusters: readonly DemoCluster[]): DemoControl {
  return {
    names: clusters.map((cluster) => cluster.name),
    async act(name, verb) {
      const cluster = clusters.find((each) => each.name === name);
      if (cluster === undefined) throw new Problem(404, 404, `The demo has no cluster "${name}".`);
      await cluster[verb]();
    },
  };
}

function introduce(home: string, directory: string, clusters: readonly DemoCluster[], url: string): void {
  const [original, dr] = clusters;
  invariant(original !== undefined && dr !== undefined, 'the demo has two clusters');
  const linkConfig = join(directory, 'dr-link.config');
  // With --keep it may hold what its user changed.
  if (!existsSync(linkConfig)) writeFileSync(linkConfig, DR_LINK_CONFIG);
  const facts = {
    original: { id: original.clusterId, bootstrap: original.bootstrap },
    dr: { id: dr.clusterId },
    linkConfig,
    killOriginal: 'klink demo kill original',
    clientFlags: '',
  };
  say(`klink runs at ${url} with two embedded clusters:`);
  for (const { name, clusterId, bootstrap } of clusters) say(`  ${name.padEnd(9)} ${clusterId}  ${bootstrap}`);
  say(`Files: ${directory}`);
  for (const { name, secured } of clusters) {
    say(`With an API key: SASL_SSL at ${printAddress(secured.address)} (${name}), authority ${secured.authorityFile}`);
  }
  say(`\nIn another shell, first:\n\n  ${pathLine({ binDirectory, home })}\n\nthen:\n`);
  for (const line of printedWalk(walkSteps(facts, tutorialStory))) say(line === '' ? '' : `  ${line}`);
  say('\nCtrl-C here ends everything.');
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
