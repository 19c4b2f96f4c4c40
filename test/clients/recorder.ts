/**
 * A TCP proxy in front of one broker that keeps a few requests of each API and version, with their answers, as they were.
 * Clients that bootstrap from it stay with it: the broker's address in its answers is replaced (after it was recorded).
 */
import { connect, createServer, type Server, type Socket } from 'node:net';

const LENGTH_BYTES = 4;
const API_AT = 4;
const VERSION_AT = 6;
const CLIENT_AT = 12;
const CLIENT_TEXT_AT = 14;

export interface Captured {
  readonly api: number;
  readonly version: number;
  /** Whole frames, lengths included. */
  readonly request: Buffer;
  readonly response: Buffer;
}

export interface RecorderOptions {
  readonly target: { readonly host: string; readonly port: number };
  /** Client ids that are not recorded. */
  readonly without: ReadonlySet<string>;
  /** APIs that are not recorded. */
  readonly withoutApis: ReadonlySet<number>;
  /** A request and its answer together. */
  readonly pairBytesMax: number;
}

/** Of each API and version the first pair, and the largest. */
export class Recorder {
  readonly #options: RecorderOptions;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #kept = new Map<string, Captured[]>();
  #port = 0;

  private constructor(options: RecorderOptions) {
    this.#options = options;
    this.#server = createServer({ noDelay: true }, (client) => this.#serve(client));
  }

  static async start(options: RecorderOptions): Promise<Recorder> {
    const recorder = new Recorder(options);
    await new Promise<void>((resolve, reject) => {
      recorder.#server.once('error', reject);
      recorder.#server.listen({ host: '127.0.0.1', port: 0 }, resolve);
    });
    const address = recorder.#server.address();
    if (address === null || typeof address === 'string') throw new Error('a listener without a port');
    recorder.#port = address.port;
    return recorder;
  }

  get bootstrap(): string {
    return `127.0.0.1:${this.#port}`;
  }

  captured(): Captured[] {
    return [...this.#kept.values()].flat().sort((a, b) => a.api - b.api || a.version - b.version);
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #serve(client: Socket): void {
    const broker = connect({ ...this.#options.target, noDelay: true });
    for (const socket of [client, broker]) {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
      socket.on('error', () => undefined); // 'close' follows, and both sides listen to it.
    }
    const waiting: Buffer[] = [];
    client.on(
      'data',
      frames((frame) => {
        waiting.push(frame); // Nobody in the matrix writes without acknowledgement.
        broker.write(frame);
      }),
    );
    broker.on(
      'data',
      frames((frame) => {
        const request = waiting.shift();
        if (request !== undefined) this.#keep(request, Buffer.from(frame));
        this.#replaceAddress(frame);
        client.write(frame);
      }),
    );
    client.once('close', () => broker.destroy());
    broker.once('close', () => client.destroy());
  }

  #keep(request: Buffer, response: Buffer): void {
    const [api, version] = [request.readInt16BE(API_AT), request.readInt16BE(VERSION_AT)];
    const { without, withoutApis, pairBytesMax } = this.#options;
    const name = request.toString('utf8', CLIENT_TEXT_AT, CLIENT_TEXT_AT + Math.max(0, request.readInt16BE(CLIENT_AT)));
    if (without.has(name) || withoutApis.has(api) || sizeOf({ request, response }) > pairBytesMax) return;
    const key = `${api}/${version}`;
    const [first, largest] = this.#kept.get(key) ?? [];
    const captured = { api, version, request, response };
    if (first === undefined) this.#kept.set(key, [captured]);
    else if (sizeOf(captured) > sizeOf(largest ?? first)) this.#kept.set(key, [first, captured]);
  }

  /** As every answer writes an address: the host, then the port as int32. */
  #replaceAddress(frame: Buffer): void {
    const { host, port } = this.#options.target;
    const text = Buffer.from(host);
    for (let at = frame.indexOf(text); at >= 0; at = frame.indexOf(text, at + 1)) {
      const portAt = at + text.length;
      if (portAt + 4 <= frame.length && frame.readInt32BE(portAt) === port) frame.writeInt32BE(this.#port, portAt);
    }
  }
}

const sizeOf = ({ request, response }: Pick<Captured, 'request' | 'response'>): number =>
  request.length + response.length;

function frames(take: (frame: Buffer) => void): (chunk: Buffer) => void {
  let held: Buffer = Buffer.alloc(0);
  return (chunk) => {
    held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
    while (held.length >= LENGTH_BYTES && held.length >= LENGTH_BYTES + held.readInt32BE(0)) {
      const end = LENGTH_BYTES + held.readInt32BE(0);
      take(Buffer.from(held.subarray(0, end)));
      held = held.subarray(end);
    }
  };
}
