/**
 * A TCP proxy in front of the brokers of one cluster that knows where Kafka's frames begin and end. Clients that bootstrap
 * from it stay with it: the brokers' addresses in their answers are replaced. A test sees every Produce and
 * WriteTxnMarkers request before it goes on, and decides whether it does, and whether an answer ever comes back. That is
 * how a kill meets a request in flight for sure. Reads the wire format by itself, with none of klink's code.
 */
import { connect, createServer, type Server, type Socket } from 'node:net';

const PRODUCE = 0;
const METADATA = 3;
const FIND_COORDINATOR = 10;
const WRITE_TXN_MARKERS = 27;
const DESCRIBE_CLUSTER = 60;
/** Their answers name brokers. */
const NAMES_BROKERS: ReadonlySet<number> = new Set([PRODUCE, METADATA, FIND_COORDINATOR, DESCRIBE_CLUSTER]);
/** First versions with compact strings and tagged fields. */
const PRODUCE_FLEXIBLE = 9;
const PRODUCE_BY_ID = 13;
const MARKERS_FLEXIBLE = 1;
/** A client that has gone leaves its connection to the broker open this long for the answers that were due. */
const LINGER_MS = 20_000;

/** A topic by name, or by its id in hex where the request went by id. */
export interface Place {
  readonly topic: string;
  readonly partition: number;
}

export interface SeenRequest {
  readonly kind: 'produce' | 'markers' | 'other';
  readonly apiKey: number;
  readonly broker: number;
  readonly places: readonly Place[];
  /** Of a marker request. */
  readonly entries: number;
  /** Of the whole request. */
  readonly bytes: number;
  /** Filled when the broker has answered, whether or not the answer was passed on. */
  answer: SeenAnswer | undefined;
  /** The answer was given to the client. */
  passedOn: boolean;
}

export interface SeenAnswer {
  /** By place, in the order of the answer; empty for other APIs. */
  readonly codes: readonly (Place & { readonly code: number })[];
}

/**
 * `forward`: as if there were no proxy. `swallow`: the broker never gets it. `mute`: it does, the answer is kept. A delay
 * holds the request and all behind it on that connection, and delivers them even if the client is gone by then.
 */
export type Verdict = 'forward' | 'swallow' | 'mute' | { readonly delayMs: number };

export interface ProxyTarget {
  readonly id: number;
  readonly host: string;
  readonly port: number;
}

export interface ProxyHooks {
  /** Every request, before it is passed on. */
  request?(request: SeenRequest): Verdict;
  /** Every answer, before it is passed on (a muted one too). */
  answered?(request: SeenRequest): void;
}

export class KafkaProxy {
  /** May be replaced at any time. */
  hooks: ProxyHooks = {};
  readonly #targets: readonly ProxyTarget[];
  readonly #servers: Server[] = [];
  readonly #ports: number[] = [];
  readonly #sockets = new Set<Socket>();

  private constructor(targets: readonly ProxyTarget[]) {
    this.#targets = targets;
  }

  static async start(targets: readonly ProxyTarget[]): Promise<KafkaProxy> {
    const proxy = new KafkaProxy(targets);
    for (const target of targets) {
      const server = createServer({ noDelay: true }, (client) => proxy.#serve(client, target));
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen({ host: '127.0.0.1', port: 0 }, resolve);
      });
      const address = server.address();
      if (address === null || typeof address === 'string') throw new Error('a listener without a port');
      proxy.#servers.push(server);
      proxy.#ports.push(address.port);
    }
    return proxy;
  }

  get addresses(): readonly { readonly host: string; readonly port: number }[] {
    return this.#ports.map((port) => ({ host: '127.0.0.1', port }));
  }

  get bootstrap(): string {
    return this.addresses.map(({ host, port }) => `${host}:${port}`).join(',');
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await Promise.all(this.#servers.map((server) => new Promise((resolve) => server.close(resolve))));
  }

  #serve(client: Socket, target: ProxyTarget): void {
    const broker = connect({ host: target.host, port: target.port, noDelay: true });
    for (const socket of [client, broker]) {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
      socket.on('error', () => undefined); // What follows is 'close', which both sides listen to.
    }
    const waiting: {
      readonly request: SeenRequest;
      readonly version: number;
      readonly correlationId: number;
      mute: boolean;
    }[] = [];
    let delayed: Promise<void> | undefined;
    const requests = new Frames((frame) => {
      const head = readHead(frame);
      const request: SeenRequest = {
        ...readRequest(head, frame),
        apiKey: head.apiKey,
        bytes: frame.length,
        broker: target.id,
        answer: undefined,
        passedOn: false,
      };
      const verdict = this.hooks.request?.(request) ?? 'forward';
      if (verdict === 'swallow') return;
      waiting.push({ request, version: head.apiVersion, correlationId: head.correlationId, mute: verdict === 'mute' });
      const send = () => {
        if (!broker.destroyed && !broker.write(frame)) client.pause();
      };
      if (typeof verdict === 'object') {
        const { delayMs } = verdict;
        delayed = (delayed ?? Promise.resolve()).then(() => new Promise((go) => setTimeout(go, delayMs))).then(send);
      } else if (delayed) delayed = delayed.then(send);
      else send();
    });
    const answers = new Frames((frame) => {
      const next = waiting.shift();
      if (next === undefined || next.correlationId !== frame.readInt32BE(4)) {
        client.destroy(new Error('an answer out of order'));
        return;
      }
      const { request } = next;
      request.answer = { codes: readCodes(request.kind, next.version, frame) };
      this.hooks.answered?.(request);
      // Answers come in order: behind one that is kept, none can be passed on.
      if (next.mute) {
        for (const later of waiting) later.mute = true;
      } else if (!client.destroyed) {
        request.passedOn = true;
        if (NAMES_BROKERS.has(request.apiKey)) this.#replaceAddresses(frame);
        if (!client.write(frame)) broker.pause();
      }
    });
    client.on('data', (chunk) => requests.push(chunk));
    client.on('drain', () => broker.resume());
    broker.on('data', (chunk) => answers.push(chunk));
    broker.on('drain', () => client.resume());
    broker.once('close', () => client.destroy());
    client.once('close', () => {
      broker.resume();
      // What the broker has received it executes; its answer is evidence for the test.
      const check = setInterval(() => {
        if (waiting.length > 0 && !broker.destroyed && performance.now() < until) return;
        clearInterval(check);
        broker.destroy();
      }, 50);
      const until = performance.now() + LINGER_MS;
      check.unref();
    });
  }

  /** `host`, then the port as int32: how every answer writes an address. The length stays. */
  #replaceAddresses(frame: Buffer): void {
    for (const [index, { host, port }] of this.#targets.entries()) {
      const text = Buffer.from(host);
      for (let at = frame.indexOf(text); at >= 0; at = frame.indexOf(text, at + 1)) {
        const portAt = at + text.length;
        if (portAt + 4 > frame.length || frame.readInt32BE(portAt) !== port) continue;
        frame.writeInt32BE(this.#ports[index] ?? 0, portAt);
      }
    }
  }
}

/** Cuts a stream into frames, each with its length in front. */
class Frames {
  readonly #take: (frame: Buffer) => void;
  #chunks: Buffer[] = [];
  #held = 0;
  #wanted = 4;

  constructor(take: (frame: Buffer) => void) {
    this.#take = take;
  }

  push(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#held += chunk.length;
    while (this.#held >= this.#wanted) {
      const whole = this.#chunks.length === 1 ? (this.#chunks[0] ?? chunk) : Buffer.concat(this.#chunks);
      const size = 4 + whole.readInt32BE(0);
      if (whole.length < size) {
        this.#chunks = [whole];
        this.#wanted = size;
        return;
      }
      const rest = whole.subarray(size);
      this.#chunks = rest.length > 0 ? [rest] : [];
      this.#held = rest.length;
      this.#wanted = 4;
      this.#take(whole.subarray(0, size));
    }
  }
}

interface Head {
  readonly apiKey: number;
  readonly apiVersion: number;
  readonly correlationId: number;
  /** Behind the client id. */
  readonly at: number;
}

function readHead(frame: Buffer): Head {
  const clientId = frame.readInt16BE(12);
  return {
    apiKey: frame.readInt16BE(4),
    apiVersion: frame.readInt16BE(6),
    correlationId: frame.readInt32BE(8),
    at: 14 + Math.max(0, clientId),
  };
}

function readRequest(head: Head, frame: Buffer): Pick<SeenRequest, 'kind' | 'places' | 'entries'> {
  if (head.apiKey === PRODUCE && head.apiVersion >= PRODUCE_FLEXIBLE) {
    return { kind: 'produce', places: producePlaces(head, new Cursor(frame, head.at)), entries: 0 };
  }
  if (head.apiKey === WRITE_TXN_MARKERS && head.apiVersion >= MARKERS_FLEXIBLE) {
    return { kind: 'markers', ...markerPlaces(head, new Cursor(frame, head.at)) };
  }
  if (head.apiKey === PRODUCE || head.apiKey === WRITE_TXN_MARKERS) {
    throw new Error(`the proxy does not read version ${head.apiVersion} of API ${head.apiKey}`);
  }
  return { kind: 'other', places: [], entries: 0 };
}

function producePlaces(head: Head, cursor: Cursor): Place[] {
  cursor.tags();
  cursor.skip(cursor.length()); // transactional id
  cursor.skip(2 + 4); // acks, timeout
  const places: Place[] = [];
  cursor.each(() => {
    const topic = cursor.topic(head.apiVersion >= PRODUCE_BY_ID);
    cursor.each(() => {
      places.push({ topic, partition: cursor.int32() });
      cursor.skip(cursor.length());
      cursor.tags();
    });
    cursor.tags();
  });
  return places;
}

function markerPlaces(head: Head, cursor: Cursor): { places: Place[]; entries: number } {
  cursor.tags();
  const places: Place[] = [];
  let entries = 0;
  cursor.each(() => {
    cursor.skip(8 + 2 + 1); // producer id and epoch, result
    cursor.each(() => {
      const topic = cursor.topic(false);
      cursor.each(() => {
        const partition = cursor.int32();
        if (entries === 0) places.push({ topic, partition });
      });
      cursor.tags();
    });
    cursor.skip(head.apiVersion >= 2 ? 5 : 4); // coordinator epoch, transaction version
    cursor.tags();
    entries++;
  });
  return { places, entries };
}

function readCodes(kind: SeenRequest['kind'], version: number, frame: Buffer): SeenAnswer['codes'] {
  if (kind === 'other') return [];
  const cursor = new Cursor(frame, 8);
  cursor.tags();
  const codes: (Place & { code: number })[] = [];
  const topics = (byId: boolean, rest: () => void) =>
    cursor.each(() => {
      const topic = cursor.topic(byId);
      cursor.each(() => {
        codes.push({ topic, partition: cursor.int32(), code: cursor.int16() });
        rest();
        cursor.tags();
      });
      cursor.tags();
    });
  if (kind === 'markers') {
    cursor.each(() => {
      cursor.skip(8);
      topics(false, () => undefined);
      cursor.tags();
    });
    return codes;
  }
  topics(version >= PRODUCE_BY_ID, () => {
    cursor.skip(8 + 8 + 8); // base offset, append time, log start
    cursor.each(() => {
      cursor.skip(4);
      cursor.skip(cursor.length());
      cursor.tags();
    });
    cursor.skip(cursor.length()); // error message
  });
  return codes;
}

/** Walks over Kafka's flexible encoding. */
class Cursor {
  readonly #frame: Buffer;
  #at: number;

  constructor(frame: Buffer, at: number) {
    this.#frame = frame;
    this.#at = at;
  }

  skip(bytes: number): void {
    this.#at += bytes;
  }

  int16(): number {
    this.#at += 2;
    return this.#frame.readInt16BE(this.#at - 2);
  }

  int32(): number {
    this.#at += 4;
    return this.#frame.readInt32BE(this.#at - 4);
  }

  varint(): number {
    for (let value = 0, shift = 0; ; shift += 7) {
      const byte = this.#frame.readUInt8(this.#at++);
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
  }

  /** Of a compact string, of compact bytes or of a compact array: 0 stands for null. */
  length(): number {
    return Math.max(0, this.varint() - 1);
  }

  topic(byId: boolean): string {
    const bytes = byId ? 16 : this.length();
    const from = this.#at;
    this.#at += bytes;
    return this.#frame.toString(byId ? 'hex' : 'utf8', from, this.#at);
  }

  tags(): void {
    for (let left = this.varint(); left > 0; left--) {
      this.varint();
      this.skip(this.varint());
    }
  }

  each(read: () => void): void {
    for (let left = this.length(); left > 0; left--) read();
  }
}
