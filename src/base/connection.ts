/**
 * Byte streams as an argument. The real network is `base/node/network.ts`, the simulated one lives in `test/sim`.
 * TLS is a property of how a connection was opened; whoever holds a `Connection` only sees bytes.
 */
import type { TlsIdentity, TlsSettings } from './tls.js';

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** Memory of the receiver's for what is read next. */
export interface ReadInto {
  /** Asked for again after each reading; stays untouched by others until `filled`. */
  room(): Buffer;
  /** So many bytes were put at the front of the room given last. */
  filled(count: number): void;
}

export interface ConnectionHandler {
  /** Bytes as they arrive. The chunk belongs to the receiver: nobody writes to it again. */
  data(chunk: Buffer): void;
  /** With it, bytes may be read to where they are wanted: they come by `filled` then, or by `data` as always. */
  readonly into?: ReadInto | undefined;
  /** The write queue has emptied after `write` returned false. */
  drain(): void;
  /** The stream is over: no more calls follow. `error` is undefined after an orderly end by either side. */
  end(error: Error | undefined): void;
}

export interface Connection {
  /** `host:port` of the other side, for messages. */
  readonly remote: string;
  /** Must be called once, in the same turn in which the connection was received. */
  start(handler: ConnectionHandler): void;
  /**
   * Queues the chunks in order; they belong to the connection from here on. False: wait for `drain`. `written`, where it is
   * given: called when the connection has no more use for them, and perhaps never where it ends before.
   */
  write(chunks: readonly Uint8Array[], written?: () => void): boolean;
  pauseReading(): void;
  resumeReading(): void;
  /** Sends what is queued, then FIN. */
  close(): void;
  /** RST: drops what is queued here. Proves nothing about what the other side already holds (E7). */
  reset(): void;
}

export interface ConnectOptions {
  /** For the whole opening: TCP, and TLS where it is wanted. */
  readonly timeoutMs: number;
  /** Undefined: plain TCP. */
  readonly tls?: TlsSettings | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface ListenOptions {
  /** Asked for at each connection; undefined: plain TCP. */
  readonly tls?: (() => TlsIdentity) | undefined;
}

/** The other side's certificate is not one that we trust, or not for the name that we asked. */
export class CertificateRefused extends Error {
  override readonly name = 'CertificateRefused';
}

export interface Listener {
  readonly address: Address;
  /** Stops accepting; open connections stay. */
  close(): Promise<void>;
}

export interface Network {
  /**
   * Rejects with the system's error (`code` ECONNREFUSED, ENOTFOUND, ETIMEDOUT …) when no stream could be opened, with
   * `CertificateRefused`, or with another error that says why TLS did not come about.
   */
  connect(address: Address, options: ConnectOptions): Promise<Connection>;
  /**
   * Port 0 asks for any free port; the answer tells which. Rejects with EADDRINUSE and the like. With TLS a connection is
   * accepted when its handshake is through; one that fails is nobody's.
   */
  listen(address: Address, accept: (connection: Connection) => void, options?: ListenOptions): Promise<Listener>;
}
