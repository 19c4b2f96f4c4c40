import { createServer, connect as netConnect, type Socket } from 'node:net';
import type { Connection, ConnectionHandler, Network } from '../connection.js';
import { acceptTls, beginTls } from './tls.js';

/** The system's TCP, with TLS over it where that is asked for. Nagle is off: requests are written whole. */
export const systemNetwork: Network = {
  connect(address, { timeoutMs, signal, tls }) {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const received = new Received();
      // TLS reads from the socket by itself, and gives out what it has decrypted.
      const onread = tls === undefined ? { onread: received.reading() } : {};
      const socket = netConnect({ host: address.host, port: address.port, noDelay: true, ...onread });
      const settle = (act: () => void) => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', onAbort);
        socket.removeListener('error', onError);
        act();
      };
      const onError = (error: Error) => settle(() => reject(error));
      const onAbort = () => {
        settle(() => reject(signal?.reason));
        socket.destroy();
      };
      const timer = setTimeout(() => {
        const error = Object.assign(
          new Error(`connect to ${address.host}:${address.port} timed out after ${timeoutMs} ms`),
          { code: 'ETIMEDOUT' },
        );
        settle(() => reject(error));
        socket.destroy();
      }, timeoutMs);
      signal?.addEventListener('abort', onAbort, { once: true });
      socket.once('error', onError);
      socket.once('connect', () => {
        if (tls === undefined) return settle(() => resolve(wrapSocket(socket, socket, received)));
        beginTls(socket, address, tls).then(
          (secured) => settle(() => resolve(wrapSocket(secured, socket))),
          (error: unknown) => settle(() => reject(error)),
        );
      });
    });
  },

  listen(address, accept, { tls } = {}) {
    return new Promise((resolve, reject) => {
      const server = createServer({ noDelay: true }, (socket) => {
        if (tls === undefined) return accept(wrapSocket(socket, socket));
        acceptTls(socket, tls(), (secured) => accept(wrapSocket(secured, socket)));
      });
      server.once('error', reject);
      server.listen(address.port, address.host, () => {
        server.removeListener('error', reject);
        const bound = server.address();
        if (bound === null || typeof bound === 'string') return reject(new Error('listening without a TCP address'));
        resolve({
          address: { host: address.host, port: bound.port },
          close: () => new Promise((done) => server.close(() => done())),
        });
      });
    });
  },
};

const CHUNK_BYTES = 64 << 10;

/** Reads straight into the receiver's memory where it offers some: no chunk is allocated, and nothing is copied. */
class Received {
  handler: ConnectionHandler | undefined;
  #room: Buffer | undefined;
  #own = Buffer.alloc(0);

  reading() {
    return {
      buffer: () => this.#next(),
      callback: (count: number) => {
        if (this.#room) this.handler?.into?.filled(count);
        else this.handler?.data(this.#own.subarray(0, count));
        return true;
      },
    };
  }

  #next(): Buffer {
    this.#room = this.handler?.into?.room();
    if (this.#room) return this.#room;
    this.#own = Buffer.allocUnsafeSlow(CHUNK_BYTES);
    return this.#own;
  }
}

/** `tcp` is what `socket` runs over, which may be itself: only TCP can be reset. */
function wrapSocket(socket: Socket, tcp: Socket, received?: Received): Connection {
  let failure: Error | undefined;
  // Until `start` an error has nobody to tell; it is kept and given to `end`.
  socket.on('error', (error) => {
    failure = error;
  });
  return {
    remote: `${tcp.remoteAddress}:${tcp.remotePort}`,
    start(handler: ConnectionHandler) {
      if (received) received.handler = handler;
      else socket.on('data', (chunk: Buffer) => handler.data(chunk));
      socket.on('drain', () => handler.drain());
      socket.once('close', () => handler.end(failure));
    },
    write(chunks, written) {
      // An error may come while the system still reads from them.
      const told = written && ((error?: Error | null) => void (error ?? written()));
      if (chunks.length === 1 && chunks[0]) return socket.write(chunks[0], told);
      socket.cork();
      let room = true;
      for (const [index, chunk] of chunks.entries()) {
        room = socket.write(chunk, index === chunks.length - 1 ? told : undefined);
      }
      socket.uncork();
      return room;
    },
    pauseReading: () => void socket.pause(),
    resumeReading: () => void socket.resume(),
    close: () => void socket.end(() => socket.destroySoon()),
    reset: () => void tcp.resetAndDestroy(),
  };
}
