/**
 * One connection to one broker, pipelined: requests go out in call order, answers come in the same order. Knows frames,
 * correlation numbers, throttling and the end of a connection; `handshake.ts` logs it in, `cluster.ts` finds the broker.
 *
 * A request ends in exactly one of three ways: its answer; `NotSent`, when no byte of it left this process;
 * `OutcomeUnknown`, when it was sent and the channel was lost, reset or closed before the answer. Whatever cannot be
 * understood (a wrong correlation number, an answer that does not decode) resets the channel: nothing behind it can be
 * trusted to belong to its request. A channel never comes back.
 */
import type { Clock, Timer } from '../base/clock.js';
import type { Connection } from '../base/connection.js';
import type { Log } from '../base/log.js';
import { decodeResponse, encodeRequest } from '../protocol/codec.js';
import { FrameAssembler } from '../protocol/frames.js';
import type { Api, Draft } from '../protocol/schema.js';
import { type Channel, NotSent, OutcomeUnknown, type SendOptions } from './types.js';
import { chooseVersion, type OfferedVersions } from './versions.js';

export interface ChannelOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly cluster: string;
  readonly brokerId: number;
  readonly purpose: string;
  readonly clientId: string;
  readonly requestTimeoutMs: number;
}

/** A timer that fires this late tells of a stalled event loop: the answer may be waiting in the socket. */
const LATE_TIMER_MS = 50;
/** How long a late timer lets the socket speak first. */
const LATE_GRACE_MS = 10;

let serials = 0;

interface Request {
  readonly apiName: string;
  readonly correlationId: number;
  readonly chunks: readonly Buffer[];
  readonly accept: (frame: Buffer) => void;
  readonly reject: (error: Error) => void;
  timer: Timer | undefined;
  stopListening: () => void;
  /** The caller's signal has aborted: its promise is settled, but the answer still has its place in the order. */
  abandoned: boolean;
}

export class KafkaChannel implements Channel {
  readonly brokerId: number;
  readonly purpose: string;
  readonly serial = ++serials;
  readonly #connection: Connection;
  readonly #options: ChannelOptions;
  readonly #assembler = new FrameAssembler();
  readonly #onFrame = (frame: Buffer) => this.#answer(frame);
  readonly #sent = new Fifo<Request>();
  readonly #held: Request[] = [];
  #offered: OfferedVersions = new Map();
  #nextCorrelationId = 0;
  /** Why no more requests are taken; the first reason stays. */
  #over: string | undefined;
  #throttle: Timer | undefined;
  #throttledUntilMs = 0;
  #renewal: Timer | undefined;
  #pauses = 0;

  /** Starts reading at once: must be called in the turn in which the connection was received. */
  constructor(connection: Connection, options: ChannelOptions) {
    this.#connection = connection;
    this.#options = options;
    this.brokerId = options.brokerId;
    this.purpose = options.purpose;
    connection.start({
      data: (chunk) => this.#receive(() => this.#assembler.push(chunk, this.#onFrame)),
      into: {
        room: () => this.#assembler.room(),
        filled: (count) => this.#receive(() => this.#assembler.filled(count, this.#onFrame)),
      },
      drain: () => {},
      end: (error) => this.#end(error ? `connection lost: ${error.message}` : 'the broker closed the connection'),
    });
  }

  get open(): boolean {
    return this.#over === undefined;
  }

  get inFlight(): number {
    return this.#sent.length + this.#held.length;
  }

  /** `host:port` of the broker. */
  get remote(): string {
    return this.#connection.remote;
  }

  /** Called once by the handshake. */
  offer(offered: OfferedVersions): void {
    this.#offered = offered;
  }

  versionOf<Q, S>(api: Api<Q, S>, versionMax?: number): number | undefined {
    return chooseVersion(api, this.#offered, { max: versionMax });
  }

  send<Q, S>(api: Api<Q, S>, request: Draft<Q>, options: SendOptions = {}): Promise<S> {
    const version = chooseVersion(api, this.#offered, { min: options.versionMin, max: options.versionMax });
    if (version === undefined && this.open) {
      return Promise.reject(new NotSent(`${this.#describe(api.name)}: the broker does not offer a version we need`));
    }
    return this.#request(api, version ?? 0, request, options, false, (frame) => {
      return decodeResponse(api, version ?? 0, frame).body;
    });
  }

  /** For the handshake: a version of its own choice, passing held requests, and its own reading of the answer. */
  sendRaw<Q, S, R>(
    api: Api<Q, S>,
    version: number,
    request: Draft<Q>,
    options: SendOptions,
    read: (frame: Buffer) => R,
  ): Promise<R> {
    return this.#request(api, version, request, options, true, read);
  }

  /** Holds back what is sent from now on until the returned function is called. */
  pause(): () => void {
    this.#pauses++;
    let resumed = false;
    return () => {
      if (resumed) return;
      resumed = true;
      this.#pauses--;
      this.#flush();
    };
  }

  /** Calls `renew` after this time, unless the channel is over by then: nothing keeps that alive any longer. */
  renewAfter(delayMs: number, renew: () => void): void {
    this.#renewal?.cancel();
    this.#renewal = this.open ? this.#options.clock.setTimer(delayMs, renew) : undefined;
  }

  close(): void {
    if (!this.open) return;
    this.#connection.close();
    this.#end('the channel was closed here');
  }

  reset(reason: string): void {
    if (!this.open) return;
    this.#connection.reset();
    this.#end(reason);
  }

  #request<Q, S, R>(
    api: Api<Q, S>,
    version: number,
    body: Draft<Q>,
    options: SendOptions,
    urgent: boolean,
    read: (frame: Buffer) => R,
  ): Promise<R> {
    const name = this.#describe(api.name);
    if (this.#over !== undefined) return Promise.reject(new NotSent(`${name}: ${this.#over}`));
    const { signal } = options;
    if (signal?.aborted) return Promise.reject(new NotSent(`${name}: given up before it was sent`));
    const heldBack = !urgent && (this.#pauses > 0 || this.#throttle !== undefined);
    if (heldBack && options.atOnce) return Promise.reject(new NotSent(`${name}: it would be held back`));
    return new Promise<R>((resolve, reject) => {
      const correlationId = this.#nextCorrelationId;
      this.#nextCorrelationId = (correlationId + 1) & 0x7fffffff;
      const request: Request = {
        apiName: api.name,
        correlationId,
        chunks: encodeRequest(api, version, { correlationId, clientId: this.#options.clientId }, body),
        accept: (frame) => {
          const answer = read(frame);
          this.#obeyThrottle(answer);
          resolve(answer);
        },
        reject,
        timer: undefined,
        stopListening: () => {},
        abandoned: false,
      };
      if (signal) {
        const onAbort = () => this.#abandon(request);
        signal.addEventListener('abort', onAbort, { once: true });
        request.stopListening = () => signal.removeEventListener('abort', onAbort);
      }
      const timeoutMs = options.timeoutMs ?? this.#options.requestTimeoutMs;
      request.timer = this.#options.clock.setTimer(timeoutMs, () =>
        this.#timeOut(request, timeoutMs, this.#nowMs() - dueMs),
      );
      const dueMs = this.#nowMs() + timeoutMs;
      if (heldBack) this.#held.push(request);
      else this.#write(request);
    });
  }

  #write(request: Request): void {
    this.#sent.push(request);
    this.#connection.write(request.chunks);
  }

  #flush(): void {
    if (this.#pauses > 0 || this.#throttle !== undefined || !this.open) return;
    for (const request of this.#held.splice(0)) this.#write(request);
  }

  #receive(assemble: () => void): void {
    if (!this.open) return;
    try {
      assemble();
    } catch (error) {
      this.reset(`the broker's answer could not be read: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  #answer(frame: Buffer): void {
    const request = this.#sent.peek();
    if (!this.open) return;
    if (request === undefined) throw new Error('an answer came that nobody waits for');
    const correlationId = frame.length >= 4 ? frame.readInt32BE(0) : -1;
    if (correlationId !== request.correlationId) {
      throw new Error(`${request.apiName}: expected answer ${request.correlationId}, got ${correlationId}`);
    }
    // Still at the head while it is read: should that throw, the reset ends it with all others.
    request.accept(frame);
    this.#sent.shift();
    settle(request);
  }

  #timeOut(request: Request, timeoutMs: number, lateMs: number): void {
    if (lateMs > LATE_TIMER_MS) {
      request.timer = this.#options.clock.setTimer(LATE_GRACE_MS, () => this.#timeOut(request, timeoutMs, 0));
      return;
    }
    const heldAt = this.#held.indexOf(request);
    if (heldAt < 0) {
      this.reset(`no answer to ${request.apiName} within ${timeoutMs} ms`);
      return;
    }
    this.#held.splice(heldAt, 1);
    settle(request);
    request.reject(new NotSent(`${this.#describe(request.apiName)}: held back for ${timeoutMs} ms by a throttle`));
  }

  #abandon(request: Request): void {
    const heldAt = this.#held.indexOf(request);
    if (heldAt >= 0) {
      this.#held.splice(heldAt, 1);
      settle(request);
      request.reject(new NotSent(`${this.#describe(request.apiName)}: given up before it was sent`));
      return;
    }
    request.abandoned = true;
    request.reject(new OutcomeUnknown(`${this.#describe(request.apiName)}: given up before the answer came`));
  }

  /** KIP-219: the broker has answered already and asks for silence; it would only leave our next request unread. */
  #obeyThrottle(answer: unknown): void {
    const throttleMs = (answer as { throttleTimeMs?: unknown } | undefined)?.throttleTimeMs;
    if (typeof throttleMs !== 'number' || throttleMs <= 0) return;
    const untilMs = this.#nowMs() + throttleMs;
    if (untilMs <= this.#throttledUntilMs) return;
    this.#throttledUntilMs = untilMs;
    this.#throttle?.cancel();
    this.#throttle = this.#options.clock.setTimer(throttleMs, () => {
      this.#throttle = undefined;
      this.#flush();
    });
  }

  #end(reason: string): void {
    if (this.#over !== undefined) return;
    this.#over = reason;
    this.#throttle?.cancel();
    this.#throttle = undefined;
    this.#renewal?.cancel();
    this.#renewal = undefined;
    const { cluster, log } = this.#options;
    log.debug(
      { cluster, broker: this.brokerId, purpose: this.purpose, inFlight: this.inFlight, reason },
      'channel ended',
    );
    for (const request of this.#sent.drain()) {
      settle(request);
      if (!request.abandoned) {
        request.reject(new OutcomeUnknown(`${this.#describe(request.apiName)}: sent, then ${reason}`));
      }
    }
    for (const request of this.#held.splice(0)) {
      settle(request);
      request.reject(new NotSent(`${this.#describe(request.apiName)}: ${reason}`));
    }
  }

  #describe(apiName: string): string {
    return `${apiName} to broker ${this.brokerId} of ${this.#options.cluster} (${this.#connection.remote})`;
  }

  #nowMs(): number {
    return this.#options.clock.monotonicMs();
  }
}

function settle(request: Request): void {
  request.timer?.cancel();
  request.stopListening();
}

/** An array whose front is taken in constant time. */
class Fifo<T> {
  #items: T[] = [];
  #head = 0;

  get length(): number {
    return this.#items.length - this.#head;
  }

  push(item: T): void {
    this.#items.push(item);
  }

  peek(): T | undefined {
    return this.#items[this.#head];
  }

  shift(): void {
    this.#head++;
    if (this.#head < 64 && this.#head < this.#items.length) return;
    this.#items = this.#items.slice(this.#head);
    this.#head = 0;
  }

  drain(): T[] {
    const rest = this.#items.slice(this.#head);
    this.#items = [];
    this.#head = 0;
    return rest;
  }
}
