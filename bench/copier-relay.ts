/** The bare relay (`relay.ts`) as a process of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { packageRoot } from '../test/harness/package-root.js';
import { connect, createTopic } from './broker.js';
import { profileFlags, type Running, type Task } from './copier.js';

/** One process for each topic: the second has nothing to do while the first is measured. */
export async function startRelay({ source, destination, topic, paced, profile }: Task): Promise<Running> {
  const wire = await connect(destination);
  let written = '';
  const relays: { readonly child: ChildProcess; readonly ended: Promise<void> }[] = [];
  try {
    for (const each of [topic, paced]) {
      const copy = await createTopic(wire, each.name, each.partitions);
      const job = { source: source.plaintext, destination: destination.plaintext, topic: each, copy };
      const script = join(packageRoot, 'dist', 'bench', 'relay.js');
      const args = [...profileFlags(profile), script, JSON.stringify(job)];
      const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
      for (const stream of [child.stdout, child.stderr]) {
        stream.on('data', (chunk: Buffer) => {
          written += chunk.toString();
        });
      }
      relays.push({ child, ended: new Promise((resolve) => child.once('exit', () => resolve())) });
    }
  } finally {
    wire.close();
  }
  return {
    pid: relays[0]?.child.pid ?? -1,
    log: () => written.slice(-8_000),
    stop: async () => {
      for (const { child } of relays) child.kill('SIGTERM');
      await Promise.all(relays.map(({ ended }) => ended));
    },
  };
}
