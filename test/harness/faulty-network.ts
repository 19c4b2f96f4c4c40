/**
 * A network that mistreats single Kafka requests, by API: the answer is lost, the request is never sent, or it is sent
 * late although the connection is gone for the client. What a dying broker, a stalled one or a buffering proxy does.
 */
import type { Connection, ConnectionHandler, Network } from '../../src/base/connection.js';

export type Fault =
  /** Executed at once; the connection ends before the answer arrives. */
  | { readonly kind: 'lose-answer' }
  /** Never leaves this machine; the connection ends. */
  | { readonly kind: 'lose-request' }
  /** The connection ends now, the request is executed `ms` later. */
  | { readonly kind: 'deliver-late'; readonly ms: number }
  /** The request waits `ms`, with everything behind it; nothing is lost. */
  | { readonly kind: 'hold'; readonly ms: number };

export class FaultyNetwork implements Network {
  readonly #inner: Network;
  readonly #planned: { readonly apiKey: number; readonly fault: Fault; skip: number }[] = [];
  /** How often each API was asked. */
  readonly counts = new Map<number, number>();
  faults = 0;

  constructor(inner: Network) {
    this.#inner = inner;
  }

  /** The next request of this API, after `skip` others, meets the fault. */
  plan(api: { readonly key: number }, fault: Fault, skip = 0): void {
    this.#planned.push({ apiKey: api.key, fault, skip });
  }

  get pending(): number {
    return this.#planned.length;
  }

  listen: Network['listen'] = (address, accept) => this.#inner.listen(address, accept);

  async connect(...args: Parameters<Network['connect']>): Promise<Connection> {
    return new FaultyConnection(await this.#inner.connect(...args), (apiKey) => this.#faultFor(apiKey));
  }

  #faultFor(apiKey: number): Fault | undefined {
    this.counts.set(apiKey, (this.counts.get(apiKey) ?? 0) + 1);
    const at = this.#planned.findIndex((each) => each.apiKey === apiKey);
    const planned = this.#planned[at];
    if (planned === undefined || planned.skip-- > 0) return undefined;
    this.#planned.splice(at, 1);
    this.faults++;
    return planned.fault;
  }
}

class FaultyConnection implements Connection {
  readonly remote: string;
  readonly #inner: Connection;
  readonly #faultFor: (apiKey: number) => Fault | undefined;
  #handler: ConnectionHandler | undefined;
  #cut = false;
  #held: Promise<void> = Promise.resolve();
  #holding = false;

  constructor(inner: Connection, faultFor: (apiKey: number) => Fault | undefined) {
    this.#inner = inner;
    this.remote = inner.remote;
    this.#faultFor = faultFor;
  }

  start(handler: ConnectionHandler): void {
    this.#handler = handler;
    this.#inner.start({
      data: (chunk) => {
        if (!this.#cut) handler.data(chunk);
      },
      drain: () => handler.drain(),
      end: (error) => {
        if (!this.#cut) handler.end(error);
      },
    });
  }

  write(chunks: readonly Uint8Array[]): boolean {
    if (this.#cut) return true;
    // A request is written at once: length, then its API key.
    const head = Buffer.concat(chunks.slice(0, 2)).subarray(0, 6);
    const fault = head.length === 6 ? this.#faultFor(head.readInt16BE(4)) : undefined;
    switch (fault?.kind) {
      case undefined:
        if (!this.#holding) return this.#inner.write(chunks);
        this.#held = this.#held.then(() => void this.#inner.write(chunks));
        return true;
      case 'lose-answer':
        this.#inner.write(chunks);
        this.#cutOff();
        return true;
      case 'lose-request':
        this.#cutOff();
        return true;
      case 'deliver-late': {
        const copy = Buffer.concat(chunks);
        this.#cutOff();
        setTimeout(() => this.#inner.write([copy]), fault.ms);
        return true;
      }
      case 'hold':
        this.#holding = true;
        this.#held = new Promise<void>((resolve) => setTimeout(resolve, fault.ms)).then(() => {
          this.#inner.write(chunks);
        });
        void this.#held.then(() => {
          this.#holding = false;
        });
        return true;
    }
  }

  #cutOff(): void {
    this.#cut = true;
    setImmediate(() => this.#handler?.end(new Error('cut off by the test')));
    // The broker's answers are read and thrown away, then the connection goes.
    setTimeout(() => this.#inner.reset(), 10_000).unref();
  }

  pauseReading(): void {
    this.#inner.pauseReading();
  }

  resumeReading(): void {
    this.#inner.resumeReading();
  }

  close(): void {
    if (!this.#cut) this.#inner.close();
  }

  reset(): void {
    if (!this.#cut) this.#inner.reset();
  }
}
