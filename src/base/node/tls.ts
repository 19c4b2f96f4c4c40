import { isIP, type Socket } from 'node:net';
import { connect, createSecureContext, type SecureContext, TLSSocket } from 'node:tls';
import { type Address, CertificateRefused } from '../connection.js';
import type { TlsIdentity, TlsSettings } from '../tls.js';

/** TLS over a connected socket, begun by us. Ends with the socket; rejects with why there is none, and the socket is gone. */
export function beginTls(socket: Socket, { host, port }: Address, tls: TlsSettings): Promise<TLSSocket> {
  const { authorities, identity, checksName } = tls;
  return new Promise((resolve, reject) => {
    const secured = connect({
      socket,
      host,
      // A server is told the name it was asked for, unless it is a number (RFC 6066 section 3).
      servername: isIP(host) === 0 ? host : '',
      ca: authorities,
      cert: identity?.certificates,
      key: identity?.key,
      ...(checksName ? {} : { checkServerIdentity: () => undefined }),
    });
    secured.once('secureConnect', () => resolve(secured));
    // Stays when it is resolved: an error without a listener ends the process.
    secured.on('error', (error) => {
      const what = `TLS with ${host}:${port}`;
      if (secured.authorizationError) {
        return reject(
          new CertificateRefused(`${what}: its certificate is refused: ${error.message}`, { cause: error }),
        );
      }
      const reason = 'reason' in error ? String(error.reason) : error.message;
      // Who sends an alert speaks TLS, and wants something else of us.
      const hint = / alert /.test(reason) ? 'does it demand another certificate of ours?' : 'is it a port for TLS?';
      reject(new Error(`${what}: ${reason} (${hint})`, { cause: error }));
    });
  });
}

/** A client that begins none, or none that we speak, is let go. */
const BEGUN_WITHIN_MS = 10_000;
const contexts = new WeakMap<TlsIdentity, SecureContext>();

/** TLS over an accepted socket, begun by the other side. `accept` is called when it stands; else the socket is gone. */
export function acceptTls(socket: Socket, identity: TlsIdentity, accept: (secured: TLSSocket) => void): void {
  let secureContext = contexts.get(identity);
  if (secureContext === undefined) {
    secureContext = createSecureContext({ cert: identity.certificates, key: identity.key });
    contexts.set(identity, secureContext);
  }
  const secured = new TLSSocket(socket, { isServer: true, secureContext });
  const timer = setTimeout(() => socket.destroy(), BEGUN_WITHIN_MS);
  // Whatever went wrong is the client's to tell: nobody here waits for it.
  socket.on('error', () => undefined);
  secured.on('error', () => socket.destroy());
  socket.once('close', () => clearTimeout(timer));
  secured.once('secure', () => {
    clearTimeout(timer);
    accept(secured);
  });
}
