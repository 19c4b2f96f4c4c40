/**
 * TCP between simulated hosts: bytes arrive in order, after a delay drawn from the seed. `cut` holds back what is
 * under way between two hosts until `heal`, as a network does that loses packets for a while.
 */
import type { Address, Connection, ConnectionHandler, ConnectOptions, Network } from '../../src/base/connection.js';
import type { World } from './world.js';

const DELAY_MIN_MS = 0.1;
const DELAY_SPREAD_MS = 1.5;
/** As a real connection reads: what is larger has to be put together again. */
const READ_BYTES = 64 << 10;

interface Listening {
  readonly host: string;
  readonly incarnation: number;
  readonly accept: (connection: Connection) => void;
}

export class SimNetwork {
  readonly #world: World;
  readonly #listeners = new Map<number, Listening>();
  readonly #ends = new Set<End>();
  readonly #cuts = new Set<string>();
  readonly #waiting: { readonly pair: string; readonly go: () => void }[] = [];
  #nextPort = 20_000;

  constructor(world: World) {
    this.#world = world;
  }

  /** The network as one incarnation of a host sees it. */
  of(host: string, incarnation: number): Network {
    return {
      connect: (address, options) => this.#connect(host, incarnation, address, options),
      listen: async (address, accept, { tls } = {}) => {
        if (tls) throw new Error('there is no TLS in the simulation');
        const port = address.port === 0 ? this.#nextPort++ : address.port;
        const there = this.#listeners.get(port);
        if (there && this.#world.incarnationOf(there.host) === there.incarnation) {
          throw Object.assign(new Error(`port ${port} is taken`), { code: 'EADDRINUSE' });
        }
        this.#listeners.set(port, { host, incarnation, accept });
        return {
          address: { host: address.host, port },
          close: async () => {
            if (this.#listeners.get(port)?.incarnation === incarnation) this.#listeners.delete(port);
          },
        };
      },
    };
  }

  cut(one: string, other: string): void {
    this.#cuts.add(pairOf(one, other));
  }

  heal(one: string, other: string): void {
    const pair = pairOf(one, other);
    this.#cuts.delete(pair);
    const go = this.#waiting.filter((each) => each.pair === pair);
    for (const each of go) this.#waiting.splice(this.#waiting.indexOf(each), 1);
    for (const each of go) each.go();
  }

  /** Ends every connection of a host that died; the other sides learn of it after the usual delay. */
  dropHost(name: string): void {
    for (const end of [...this.#ends]) if (end.host === name) end.die();
    for (const [port, listening] of this.#listeners) if (listening.host === name) this.#listeners.delete(port);
  }

  forget(end: End): void {
    this.#ends.delete(end);
  }

  /** Calls `fire` on the receiving host after the delay, or after the cut is healed. */
  travel(from: End, to: End, earliestMs: number, fire: () => void): number {
    const at = Math.max(earliestMs, this.#world.nowMs + DELAY_MIN_MS + this.#world.random.next() * DELAY_SPREAD_MS);
    const pair = pairOf(from.host, to.host);
    const arrive = () => {
      if (this.#cuts.has(pair)) this.#waiting.push({ pair, go: arrive });
      else fire();
    };
    this.#world.deliver(to.host, to.incarnation, at - this.#world.nowMs, arrive);
    return at;
  }

  async #connect(host: string, incarnation: number, address: Address, options: ConnectOptions): Promise<Connection> {
    if (options.tls) throw new Error('there is no TLS in the simulation');
    const listening = this.#listeners.get(address.port);
    await new Promise<void>((settle, fail) => {
      const onAbort = () => reject(options.signal?.reason);
      const resolve = () => {
        options.signal?.removeEventListener('abort', onAbort);
        settle();
      };
      const reject = (error: unknown) => {
        options.signal?.removeEventListener('abort', onAbort);
        fail(error);
      };
      const refuse = (code: string) => {
        reject(Object.assign(new Error(`${code} ${address.host}:${address.port}`), { code }));
      };
      const isCut = listening && this.#cuts.has(pairOf(host, listening.host));
      if (isCut) this.#world.deliver(host, incarnation, options.timeoutMs, () => refuse('ETIMEDOUT'));
      else {
        const delay = DELAY_MIN_MS + this.#world.random.next() * DELAY_SPREAD_MS;
        this.#world.deliver(host, incarnation, delay, () => {
          const alive = listening && this.#world.incarnationOf(listening.host) === listening.incarnation;
          if (alive) resolve();
          else refuse('ECONNREFUSED');
        });
      }
      options.signal?.addEventListener('abort', onAbort, { once: true });
    });
    if (!listening) throw new Error('unreachable');
    const near = new End(this, host, incarnation, `${address.host}:${address.port}`);
    const far = new End(this, listening.host, listening.incarnation, `${host}:0`);
    near.peer = far;
    far.peer = near;
    this.#ends.add(near).add(far);
    this.#world.deliver(listening.host, listening.incarnation, 0, () => listening.accept(far));
    return near;
  }
}

/** One side of a connection. */
class End implements Connection {
  readonly host: string;
  readonly incarnation: number;
  readonly remote: string;
  peer: End | undefined;
  readonly #net: SimNetwork;
  readonly #arrived: Buffer[] = [];
  #handler: ConnectionHandler | undefined;
  #reading = true;
  #over = false;
  #ending: { error: Error | undefined } | undefined;
  #lastArrivalMs = 0;

  constructor(net: SimNetwork, host: string, incarnation: number, remote: string) {
    this.#net = net;
    this.host = host;
    this.incarnation = incarnation;
    this.remote = remote;
  }

  start(handler: ConnectionHandler): void {
    this.#handler = handler;
    this.#pump();
  }

  write(chunks: readonly Uint8Array[], written?: () => void): boolean {
    const { peer } = this;
    if (this.#over || !peer) return true;
    // What is written is the connection's until it has arrived: whoever changes it sooner changes what arrives.
    const arrive = () => {
      peer.#receive(Buffer.concat(chunks));
      written?.();
    };
    this.#lastArrivalMs = this.#net.travel(this, peer, this.#lastArrivalMs, arrive);
    return true;
  }

  pauseReading(): void {
    this.#reading = false;
  }

  resumeReading(): void {
    this.#reading = true;
    this.#pump();
  }

  close(): void {
    this.#leave(undefined);
  }

  reset(): void {
    this.#leave(Object.assign(new Error('connection reset'), { code: 'ECONNRESET' }));
  }

  /** The process is gone: nobody here hears anything any more. */
  die(): void {
    this.#handler = undefined;
    this.#leave(Object.assign(new Error('connection reset'), { code: 'ECONNRESET' }));
  }

  #leave(error: Error | undefined): void {
    if (this.#over) return;
    this.#over = true;
    this.#net.forget(this);
    const { peer } = this;
    if (peer) this.#lastArrivalMs = this.#net.travel(this, peer, this.#lastArrivalMs, () => peer.#finish(error));
    const handler = this.#handler;
    if (handler) this.#net.travel(this, this, 0, () => handler.end(undefined));
  }

  #receive(bytes: Buffer): void {
    if (this.#over) return;
    for (let from = 0; from < bytes.length; from += READ_BYTES) {
      this.#arrived.push(bytes.subarray(from, from + READ_BYTES));
    }
    this.#pump();
  }

  #finish(error: Error | undefined): void {
    this.#ending = { error };
    this.#pump();
  }

  #pump(): void {
    while (this.#handler && this.#reading && !this.#over && this.#arrived.length > 0) {
      const bytes = this.#arrived.shift();
      if (bytes) this.#handler.data(bytes);
    }
    if (this.#ending && this.#handler && !this.#over && this.#arrived.length === 0) {
      this.#over = true;
      this.#net.forget(this);
      this.#handler.end(this.#ending.error);
    }
  }
}

function pairOf(one: string, other: string): string {
  return [one, other].sort().join('|');
}
