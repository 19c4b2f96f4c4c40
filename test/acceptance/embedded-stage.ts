/**
 * The demo as a newcomer starts it, in a directory with a space and with an empty HOME; what it prints for the other shell
 * is what the played lines run with. Ends it with Ctrl-C and checks that nothing is left: no process, no file.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { until } from '../harness/until.js';
import { foreignWrite } from './foreign-reader.js';
import type { Stage } from './player.js';
import { openShell } from './shell.js';

const READY_WITHIN_MS = 60_000;
const ENDED_WITHIN_MS = 20_000;
/** What the lines ask of REST is held to the document, here and not at Apache Kafka too: it costs each line some time. */
const documentedFetch = new URL('../harness/documented-fetch.js', import.meta.url).href;
export const klinkBin = fileURLToPath(new URL('../../../bin/klink', import.meta.url));

export interface OpenStage extends Stage {
  close(): Promise<void>;
}

export async function openEmbeddedStage(): Promise<OpenStage> {
  const place = mkdtempSync(join(tmpdir(), 'klink tutorial '));
  const state = join(place, 'klink');
  const env = { PATH: process.env.PATH ?? '', HOME: '', XDG_STATE_HOME: place };
  const demo = spawn(process.execPath, [klinkBin, 'server', '--demo'], {
    env,
    cwd: place,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let printed = '';
  for (const stream of [demo.stdout, demo.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      printed += chunk.toString();
    });
  }
  await until('the demo is ready', READY_WITHIN_MS, () => {
    if (demo.exitCode !== null) throw new Error(`the demo ended with ${demo.exitCode}: ${printed}`);
    return printed.includes('Ctrl-C here ends everything.');
  });
  const lines = printed.split('\n').map((line) => line.trim());
  const exported = lines.find((line) => line.startsWith('export ')) ?? '';
  const clusters = new Map(
    lines
      .map((line) => /^(original|dr)\s+(\S+)\s+(\S+)$/.exec(line))
      .filter((match) => match !== null)
      .map(([, name = '', id = '', bootstrap = '']) => [name, { id, bootstrap }]),
  );
  const original = clusters.get('original');
  const dr = clusters.get('dr');
  assert.ok(original && dr, printed);
  const note = JSON.parse(readFileSync(join(state, 'demo', 'server.json'), 'utf8')) as {
    url: string;
    tokenFile: string;
  };
  const plain = openShell({ ...env, NODE_OPTIONS: `--import=${documentedFetch}` }, place);
  return {
    shell: {
      run: (line) => plain.run(`${exported}; ${line}`),
      runUntil: (line, enough) => plain.runUntil(`${exported}; exec ${line}`, enough),
    },
    directory: place,
    authority: readFileSync(join(state, 'demo', 'dr', 'ca.pem'), 'utf8'),
    facts: {
      original,
      dr,
      linkConfig: join(state, 'demo', 'dr-link.config'),
      killOriginal: 'klink demo kill original',
      clientFlags: '',
    },
    original,
    dr,
    rest: { url: note.url, token: readFileSync(note.tokenFile, 'utf8').trim() },
    printed: lines,
    // Without login, which its ACLs let write everywhere: only the fence is in the way.
    writeToMirror: (topic) => foreignWrite(dr, topic),
    close: () => end(demo, state, place, () => printed),
  };
}

async function end(demo: ChildProcess, state: string, place: string, printed: () => string): Promise<void> {
  const brokers = childrenOf(demo.pid ?? 0);
  demo.kill('SIGINT');
  await until('the demo ends', ENDED_WITHIN_MS, () => demo.exitCode !== null);
  assert.equal(demo.exitCode, 0, printed());
  assert.deepEqual(
    brokers.filter((pid) => existsSync(`/proc/${pid}`)),
    [],
    'no broker outlives the demo',
  );
  assert.ok(!existsSync(join(state, 'demo')), 'no files are left');
  rmSync(place, { recursive: true, force: true });
}

/** Empty where the system has no /proc. */
function childrenOf(pid: number): number[] {
  const file = `/proc/${pid}/task/${pid}/children`;
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8').split(' ').filter(Boolean).map(Number);
}
