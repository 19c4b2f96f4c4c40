/**
 * Ports for servers that have to know theirs before they start. Safe among parallel test processes: a file per port below
 * the temporary directory names the process that has it, and the port is bound once to see that nobody else does. All
 * lie below the range that the system gives to outgoing connections, so that none of those can take one meanwhile.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isAlive } from '../../src/base/node/alive.js';

const FIRST = 15_000;
const AFTER_LAST = 32_000;
/** The same for processes whose temporary directories differ. */
export const portsFolder = process.env.KLINK_TEST_PORTS ?? join(tmpdir(), 'klink-test-ports');
const mine = new Set<number>();

export interface PortLease {
  readonly port: number;
  release(): void;
}

/** A port of 127.0.0.1 that stays with the caller until it lets go, or its process ends. */
export async function leasePort(): Promise<PortLease> {
  mkdirSync(portsFolder, { recursive: true });
  const begin = Math.floor(Math.random() * (AFTER_LAST - FIRST));
  for (let tried = 0; tried < AFTER_LAST - FIRST; tried++) {
    const port = FIRST + ((begin + tried) % (AFTER_LAST - FIRST));
    if (!claim(port)) continue;
    if (await isFree(port)) return { port, release: () => release(port) };
    release(port);
  }
  throw new Error(`no free port between ${FIRST} and ${AFTER_LAST}`);
}

/** Released when the scope's tests are done. */
export async function usePort(scope: { after(end: () => void): void }): Promise<number> {
  const lease = await leasePort();
  scope.after(() => lease.release());
  return lease.port;
}

const fileOf = (port: number): string => join(portsFolder, String(port));

function claim(port: number): boolean {
  try {
    writeFileSync(fileOf(port), String(process.pid), { flag: 'wx' });
    mine.add(port);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    clearIfLeft(port);
    return false;
  }
}

/** A file left by a killed process goes; its port is for the next one who asks, so that two who see it do not both take it. */
function clearIfLeft(port: number): void {
  let holder: string;
  try {
    holder = readFileSync(fileOf(port), 'utf8');
  } catch {
    return; // Released meanwhile.
  }
  if (holder !== '' && !isAlive(Number(holder))) rmSync(fileOf(port), { force: true });
}

function release(port: number): void {
  if (mine.delete(port)) rmSync(fileOf(port), { force: true });
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}

process.on('exit', () => {
  for (const port of mine) release(port);
});
