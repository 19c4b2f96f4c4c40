/**
 * The ports of a demo: the first free ones, and with a directory that was kept those of the last time, because the links and
 * clients that were kept name them. One that somebody else has by now is replaced, which is told.
 */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { Network } from '../base/connection.js';

/** Below the range that systems draw outgoing ports from: a stopped broker finds its port free again. */
export const PORTS_TRIED = 100;
const HOST = '127.0.0.1';

export class DemoPorts {
  readonly #file: string;
  readonly #network: Network;
  readonly #say: (text: string) => void;
  readonly #kept: Record<string, number>;

  constructor(file: string, network: Network, say: (text: string) => void) {
    this.#file = file;
    this.#network = network;
    this.#say = say;
    this.#kept = read(file);
  }

  /** `purpose` names the port in the file, and to the user where it had to be changed. */
  async take(purpose: string, from: number): Promise<number> {
    const last = this.#kept[purpose];
    const wasFree = last !== undefined && (await isFree(this.#network, last));
    const port = wasFree ? last : await firstFree(this.#network, from);
    if (last !== undefined && port !== last) {
      this.#say(`Port ${last} (${purpose}) is taken by now, so it is ${port} this time.`);
      this.#say('What names the old one must be changed, such as bootstrap.servers of a link.');
    }
    this.#kept[purpose] = port;
    // Whoever is killed in between leaves the file of before.
    writeFileSync(`${this.#file}.new`, `${JSON.stringify(this.#kept, null, 2)}\n`);
    renameSync(`${this.#file}.new`, this.#file);
    return port;
  }
}

function read(file: string): Record<string, number> {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Record<string, number>;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw error;
  }
}

async function firstFree(network: Network, from: number): Promise<number> {
  for (let port = from; port < from + PORTS_TRIED; port++) {
    if (await isFree(network, port)) return port;
  }
  throw new Error(`no free port between ${from} and ${from + PORTS_TRIED - 1}`);
}

async function isFree(network: Network, port: number): Promise<boolean> {
  try {
    const listener = await network.listen({ host: HOST, port }, (connection) => connection.reset());
    await listener.close();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return false;
    throw error;
  }
}
