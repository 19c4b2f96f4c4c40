/**
 * Listens, and serves each connection one request at a time, in order, as Kafka does: a fetch that waits holds up what
 * was sent behind it on the same connection. Reading stops while too much is queued. Whatever goes wrong on a
 * connection ends that connection only. Serves docs/spec/broker.md §1.
 */
import type { Clock, Timer } from '../base/clock.js';
import type { Address, Connection, Listener, Network } from '../base/connection.js';
import type { Log } from '../base/log.js';
import { POOLED_FROM_BYTES } from '../base/memory-pool.js';
import type { TlsIdentity } from '../base/tls.js';
import { produce } from '../protocol/api/produce.js';
import { FrameAssembler } from '../protocol/frames.js';
import { DecodeError } from '../protocol/reader.js';
import type { Caller, Dispatcher, Served } from './dispatch.js';
import { clientHostOf } from './security/client-host.js';
import { type SecurityProtocol, Session, type SessionSurroundings } from './security/session.js';
import { type BrokerState, Unanswerable } from './state.js';

/** `sasl.server.max.receive.size`: of who is not logged in nothing larger is taken. */
const LOGIN_BYTES_MAX = 512 * 1024;
/** `connection.failed.authentication.delay.ms`: whoever guesses passwords waits. */
const REFUSED_AFTER_MS = 100;
const QUEUED_BYTES_MAX = 16 * 1024 * 1024;
/** What a queued request costs beside its bytes, of which it may have none. */
const QUEUED_COST_BYTES = 1024;
/** How long a client may take to read its last answers. */
const END_GRACE_MS = 2000;

/** Where to listen, what is spoken there, and where clients are told to connect. */
export interface ListenerOptions {
  readonly protocol: SecurityProtocol;
  /** Port 0 takes any free one. */
  readonly listen: Address;
  /** Default: where it listens; port 0 is the port where it does. */
  readonly advertised?: Address | undefined;
}

export interface ServerSurroundings {
  readonly network: Network;
  readonly clock: Clock;
  readonly sessions: SessionSurroundings;
  /** For listeners with TLS; asked for at each connection. */
  readonly identity: (() => TlsIdentity) | undefined;
}

export class Server {
  readonly #connections = new Set<ServedConnection>();
  readonly #around: ServerSurroundings;
  readonly #listeners: Listener[] = [];
  #stopping = false;

  constructor(around: ServerSurroundings) {
    this.#around = around;
  }

  /** Gives where clients are told to connect. Rejects with EADDRINUSE and the like. */
  async listen(options: ListenerOptions, dispatcher: Dispatcher, broker: BrokerState): Promise<Address> {
    const { network, sessions, identity } = this.#around;
    const { protocol } = options;
    const secured = protocol === 'SSL' || protocol === 'SASL_SSL';
    if (secured && identity === undefined) throw new Error(`a listener ${protocol} needs a certificate`);
    let { advertised = options.listen } = options;
    const accept = (connection: Connection) => {
      if (this.#stopping) return connection.reset();
      const clientHost = clientHostOf(connection.remote);
      const session = new Session(sessions, protocol, clientHost);
      const caller = { clientHost, advertised, session };
      const served = new ServedConnection(connection, dispatcher, broker, caller, () =>
        this.#connections.delete(served),
      );
      this.#connections.add(served);
    };
    const listener = await network.listen(options.listen, accept, secured ? { tls: identity } : {});
    this.#listeners.push(listener);
    advertised = { ...listener.address, ...options.advertised };
    if (advertised.port === 0) advertised = { ...advertised, port: listener.address.port };
    return advertised;
  }

  /** Stops accepting and ends every connection; requests under way are finished, their answers dropped. */
  async close(): Promise<void> {
    this.#stopping = true;
    const closed = Promise.all(this.#listeners.map((listener) => listener.close()));
    for (const connection of [...this.#connections]) connection.end();
    await closed;
  }
}

/** A batch is written and forgotten. */
function keepsNothing(frame: Buffer): boolean {
  return frame.length >= POOLED_FROM_BYTES && frame.readInt16BE(0) === produce.key;
}

class ServedConnection {
  readonly #connection: Connection;
  readonly #dispatcher: Dispatcher;
  readonly #broker: BrokerState;
  readonly #log: Log;
  readonly #frames: FrameAssembler;
  readonly #over = new AbortController();
  readonly #caller: Caller;
  readonly #onEnd: () => void;
  #queue: Buffer[] = [];
  #queuedBytes = 0;
  #awaitsLogin: boolean;
  #busy = false;
  #full = false;
  #paused = false;
  #activeMs: number;
  #idle: Timer | undefined;
  /** While it runs, nothing is served (KIP-219). */
  #mute: Timer | undefined;

  constructor(
    connection: Connection,
    dispatcher: Dispatcher,
    broker: BrokerState,
    caller: Omit<Caller, 'signal'>,
    onEnd: () => void,
  ) {
    this.#caller = { ...caller, signal: this.#over.signal };
    this.#connection = connection;
    this.#dispatcher = dispatcher;
    this.#broker = broker;
    this.#onEnd = onEnd;
    this.#log = broker.log.child({ remote: connection.remote });
    this.#awaitsLogin = !caller.session.isOpen;
    this.#frames = new FrameAssembler(this.#frameBytesMax(), broker.requestMemory);
    connection.start({
      data: (chunk) => this.#receive(chunk),
      drain: () => {
        this.#full = false;
        this.#active();
        this.#pump();
      },
      end: () => this.#ended(),
    });
    this.#activeMs = broker.clock.monotonicMs();
    this.#watch(this.#idleMs());
  }

  /** Sends what is queued. The client may take `END_GRACE_MS` to read it. */
  end(why: unknown = new Error('the broker ends it')): void {
    this.#over.abort(why);
    this.#connection.close();
    this.#idle?.cancel();
    this.#mute?.cancel();
    this.#watch(END_GRACE_MS);
  }

  #receive(chunk: Buffer) {
    if (this.#over.signal.aborted) return;
    this.#active();
    try {
      this.#frames.push(chunk, (frame) => {
        this.#queue.push(frame);
        this.#queuedBytes += frame.length + QUEUED_COST_BYTES;
      });
    } catch (error) {
      return this.#refuse(error);
    }
    this.#pump();
  }

  #pump(): void {
    while (!this.#busy && !this.#full && this.#mute === undefined && !this.#over.signal.aborted) {
      const frame = this.#queue.shift();
      if (frame === undefined) break;
      this.#queuedBytes -= frame.length + QUEUED_COST_BYTES;
      this.#serve(frame);
    }
    this.#throttleReading();
  }

  #frameBytesMax(): number {
    const bytesMax = this.#broker.configs.number('socket.request.max.bytes');
    return this.#caller.session.isOpen ? bytesMax : Math.min(bytesMax, LOGIN_BYTES_MAX);
  }

  #serve(frame: Buffer) {
    try {
      const answer = this.#dispatcher.answer(this.#broker, frame, this.#caller);
      if (!(answer instanceof Promise)) return this.#answered(frame, answer);
      this.#busy = true;
      answer.then(
        (served) => {
          this.#busy = false;
          this.#answered(frame, served);
          this.#pump();
        },
        (error: unknown) => {
          this.#busy = false;
          this.#refuse(error);
        },
      );
    } catch (error) {
      this.#refuse(error);
    }
  }

  #answered(frame: Buffer, served: Served): void {
    // Of other requests a handler may keep a part.
    if (keepsNothing(frame)) this.#broker.requestMemory.giveBack(frame.buffer);
    this.#send(served);
  }

  #send({ chunks, throttleMs }: Served): void {
    if (this.#caller.session.isRefused) {
      this.#refuseLogin(chunks);
      return;
    }
    if (this.#awaitsLogin && this.#caller.session.isOpen) {
      this.#awaitsLogin = false;
      this.#frames.frameBytesMax = this.#frameBytesMax();
    }
    if (this.#over.signal.aborted) {
      this.#written(chunks);
      return;
    }
    if (throttleMs > 0) this.#silence(throttleMs);
    if (chunks === undefined) return;
    this.#active();
    this.#full = !this.#connection.write(chunks, () => this.#written(chunks));
  }

  /** Or never to be written: the memory of an answer is used again. */
  #written(chunks: Buffer[] = []): void {
    for (const { buffer } of chunks) this.#broker.answerMemory.giveBack(buffer);
  }

  /** The last that is said here. Nothing that came behind it is read any more. */
  #refuseLogin(chunks: Buffer[] | undefined): void {
    this.#log.warn({}, 'closing: the login is refused');
    this.#busy = true;
    const timer = this.#broker.clock.setTimer(REFUSED_AFTER_MS, () => {
      if (this.#over.signal.aborted) return;
      if (chunks !== undefined) this.#connection.write(chunks);
      this.end();
    });
    this.#over.signal.addEventListener('abort', () => timer.cancel(), { once: true });
  }

  /** The answer is out already; what comes next waits. */
  #silence(throttleMs: number): void {
    this.#mute = this.#broker.clock.setTimer(throttleMs, () => {
      this.#mute = undefined;
      this.#active();
      this.#pump();
    });
  }

  #throttleReading(): void {
    const tooMuch = this.#queuedBytes > QUEUED_BYTES_MAX;
    if (tooMuch === this.#paused || this.#over.signal.aborted) return;
    this.#paused = tooMuch;
    if (tooMuch) this.#connection.pauseReading();
    else this.#connection.resumeReading();
  }

  #refuse(error: unknown): void {
    if (this.#over.signal.aborted) return;
    if (error instanceof DecodeError) this.#log.warn({ error: error.message }, 'closing: malformed request');
    else if (error instanceof Unanswerable) this.#log.warn({ error: error.message }, 'closing: refused unanswered');
    else this.#log.error({ error: error instanceof Error ? error.stack : String(error) }, 'closing: request failed');
    this.end(error);
  }

  #active(): void {
    this.#activeMs = this.#broker.clock.monotonicMs();
  }

  #idleMs(): number {
    return this.#broker.configs.number('connections.max.idle.ms');
  }

  /** Neither a client that is gone without a word is kept, nor one that does not read the last that is said to it. */
  #watch(delayMs: number): void {
    if (delayMs < 0) return;
    const { clock } = this.#broker;
    this.#idle = clock.setTimer(delayMs, () => {
      if (this.#over.signal.aborted) return this.#connection.reset();
      const idleMs = this.#idleMs();
      const waits = this.#busy || this.#mute !== undefined;
      const leftMs = waits ? idleMs : this.#activeMs + idleMs - clock.monotonicMs();
      if (leftMs > 0) this.#watch(leftMs);
      else this.end();
    });
  }

  #ended(): void {
    this.#idle?.cancel();
    this.#mute?.cancel();
    this.#over.abort(new Error('the connection is over'));
    this.#queue = [];
    this.#onEnd();
  }
}
