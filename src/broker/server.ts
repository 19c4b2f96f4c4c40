/**
 * Listens, and serves each connection one request at a time, in order, as Kafka does: a fetch that waits holds up what
 * was sent behind it on the same connection. Reading stops while too much is queued. Whatever goes wrong on a
 * connection ends that connection only. Serves docs/spec/broker.md §1.
 */
import type { Clock } from '../base/clock.js';
import type { Address, Connection, Listener, Network } from '../base/connection.js';
import type { Log } from '../base/log.js';
import { FrameAssembler } from '../protocol/frames.js';
import { DecodeError } from '../protocol/reader.js';
import type { Dispatcher } from './dispatch.js';
import type { BrokerState } from './state.js';

const QUEUED_BYTES_MAX = 16 * 1024 * 1024;
/** How long a client may take to read its last answers when the broker stops. */
const STOP_GRACE_MS = 2000;

export class Server {
  readonly #connections = new Set<ServedConnection>();
  readonly #network: Network;
  readonly #clock: Clock;
  #listener: Listener | undefined;
  #stopping = false;

  constructor(network: Network, clock: Clock) {
    this.#network = network;
    this.#clock = clock;
  }

  /** Rejects with EADDRINUSE and the like. `broker` is asked for at the first connection. */
  async listen(address: Address, dispatcher: Dispatcher, broker: () => BrokerState): Promise<Address> {
    this.#listener = await this.#network.listen(address, (connection) => {
      if (this.#stopping) return connection.reset();
      const served = new ServedConnection(connection, dispatcher, broker(), () => this.#connections.delete(served));
      this.#connections.add(served);
    });
    return this.#listener.address;
  }

  /** Stops accepting and ends every connection; requests under way are finished, their answers dropped. */
  async close(): Promise<void> {
    this.#stopping = true;
    const closed = this.#listener?.close();
    for (const connection of [...this.#connections]) connection.end();
    const impatient = this.#clock.setTimer(STOP_GRACE_MS, () => {
      for (const connection of [...this.#connections]) connection.reset();
    });
    await closed;
    impatient.cancel();
  }
}

class ServedConnection {
  readonly #connection: Connection;
  readonly #dispatcher: Dispatcher;
  readonly #broker: BrokerState;
  readonly #log: Log;
  readonly #frames: FrameAssembler;
  readonly #over = new AbortController();
  readonly #onEnd: () => void;
  #queue: Buffer[] = [];
  #queuedBytes = 0;
  #busy = false;
  #full = false;
  #paused = false;

  constructor(connection: Connection, dispatcher: Dispatcher, broker: BrokerState, onEnd: () => void) {
    this.#connection = connection;
    this.#dispatcher = dispatcher;
    this.#broker = broker;
    this.#onEnd = onEnd;
    this.#log = broker.log.child({ remote: connection.remote });
    this.#frames = new FrameAssembler(broker.configs.number('socket.request.max.bytes'));
    connection.start({
      data: (chunk) => this.#receive(chunk),
      drain: () => {
        this.#full = false;
        this.#pump();
      },
      end: () => this.#ended(),
    });
  }

  end(): void {
    this.#over.abort(new Error('the broker stops'));
    this.#connection.close();
  }

  reset(): void {
    this.#connection.reset();
  }

  #receive(chunk: Buffer) {
    if (this.#over.signal.aborted) return;
    try {
      this.#frames.push(chunk, (frame) => {
        this.#queue.push(frame);
        this.#queuedBytes += frame.length;
      });
    } catch (error) {
      return this.#refuse(error);
    }
    this.#pump();
  }

  #pump(): void {
    while (!this.#busy && !this.#full && !this.#over.signal.aborted) {
      const frame = this.#queue.shift();
      if (frame === undefined) break;
      this.#queuedBytes -= frame.length;
      this.#serve(frame);
    }
    this.#throttleReading();
  }

  #serve(frame: Buffer) {
    const [clientHost = ''] = this.#connection.remote.split(/:(?=\d+$)/);
    try {
      const answer = this.#dispatcher.answer(this.#broker, frame, { clientHost, signal: this.#over.signal });
      if (!(answer instanceof Promise)) return this.#send(answer);
      this.#busy = true;
      answer.then(
        (chunks) => {
          this.#busy = false;
          this.#send(chunks);
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

  #send(chunks: Buffer[] | undefined): void {
    if (chunks === undefined || this.#over.signal.aborted) return;
    this.#full = !this.#connection.write(chunks);
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
    else this.#log.error({ error: error instanceof Error ? error.stack : String(error) }, 'closing: request failed');
    this.#over.abort(error);
    this.#connection.close();
  }

  #ended(): void {
    this.#over.abort(new Error('the connection is over'));
    this.#queue = [];
    this.#onEnd();
  }
}
