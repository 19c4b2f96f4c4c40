/**
 * A network that mistreats single Kafka requests, by API: the answer is lost, the request is never sent, or it is sent
 * late although the connection is gone for the client. What a dying broker, a stalled one or a buffering proxy does.
 * Lies over a real network or a simulated one, and keeps its plan when a process is started again.
 */
import type { Clock } from '../../src/base/clock.js';
import type { Connection, ConnectionHandler, Network } from '../../src/base/connection.js';
import { systemClock } from '../../src/base/node/clock.js';

export type Fault =
  /** Executed at once; the connection ends before the answer arrives. */
  | { readonly kind: 'lose-answer' }
  /** Never leaves this machine; the connection ends. */
  | { readonly kind: 'lose-request' }
  /** The connection ends now, the request is executed `ms` later. */
  | { readonly kind: 'deliver-late'; readonly ms: number }
  /** The request waits `ms`, with everything behind it; nothing is lost. */
  | { readonly kind: 'hold'; readonly ms: number };

export class Faults {
  readonly #planned: { readonly apiKey: number; readonly fault: Fault; skip: number }[] = [];
  /** How often each API was asked. */
  readonly counts = new Map<number, number>();
  happened = 0;
  /** Asked for every request that meets no planned fault. */
  chance: ((apiKey: number) => Fault | undefined) | undefined;

  /** The next request of this API, after `skip` others, meets the fault. */
  plan(api: { readonly key: number }, fault: Fault, skip = 0): void {
    this.#planned.push({ apiKey: api.key, fault, skip });
  }

  get pending(): number {
    return this.#planned.length;
  }

  /** The mistreated network of one process. */
  over(network: Network, clock: Clock): Network {
    return {
      listen: (...how) => network.listen(...how),
      connect: async (address, options) => {
        const inner = await network.connect(address, options);
        return new FaultyConnection(inner, clock, (apiKey) => this.#faultFor(apiKey));
      },
    };
  }

  #faultFor(apiKey: number): Fault | undefined {
    this.counts.set(apiKey, (this.counts.get(apiKey) ?? 0) + 1);
    const at = this.#planned.findIndex((each) => each.apiKey === apiKey);
    const planned = this.#planned[at];
    if (planned === undefined || planned.skip-- > 0) {
      const fault = this.chance?.(apiKey);
      if (fault) this.happened++;
      return fault;
    }
    this.#planned.splice(at, 1);
    this.happened++;
    return planned.fault;
  }
}

/** The same as a network of its own. */
export class FaultyNetwork extends Faults implements Network {
  readonly #over: Network;

  constructor(inner: Network, clock: Clock = systemClock) {
    super();
    this.#over = this.over(inner, clock);
  }

  get faults(): number {
    return this.happened;
  }

  connect: Network['connect'] = (address, options) => this.#over.connect(address, options);
  listen: Network['listen'] = (...how) => this.#over.listen(...how);
}

class FaultyConnection implements Connection {
  readonly remote: string;
  readonly #inner: Connection;
  readonly #clock: Clock;
  readonly #faultFor: (apiKey: number) => Fault | undefined;
  #handler: ConnectionHandler | undefined;
  #cut = false;
  /** What waits behind a held request, in order; undefined: nothing is held. */
  #held: (readonly Uint8Array[])[] | undefined;

  constructor(inner: Connection, clock: Clock, faultFor: (apiKey: number) => Fault | undefined) {
    this.#inner = inner;
    this.remote = inner.remote;
    this.#clock = clock;
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
        if (!this.#held) return this.#inner.write(chunks);
        this.#held.push(chunks);
        return true;
      case 'lose-answer':
        if (this.#held) this.#held.push(chunks);
        else this.#inner.write(chunks);
        this.#cutOff();
        return true;
      case 'lose-request':
        this.#cutOff();
        return true;
      case 'deliver-late': {
        const copy = Buffer.concat(chunks);
        this.#cutOff(fault.ms);
        this.#clock.setTimer(fault.ms, () => this.#inner.write([copy]));
        return true;
      }
      case 'hold':
        if (this.#held) {
          this.#held.push(chunks);
          return true;
        }
        this.#held = [chunks];
        this.#clock.setTimer(fault.ms, () => {
          const held = this.#held ?? [];
          this.#held = undefined;
          for (const each of held) this.#inner.write(each);
        });
        return true;
    }
  }

  #cutOff(lateMs = 0): void {
    this.#cut = true;
    this.#clock.setTimer(0, () => this.#handler?.end(new Error('cut off by the test')));
    // The broker's answers are read and thrown away, then the connection goes.
    this.#clock.setTimer(lateMs + 1_000, () => this.#inner.reset());
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
