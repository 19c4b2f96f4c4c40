import { isIP, type Socket } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import { type Address, CertificateRefused } from '../connection.js';
import type { TlsSettings } from '../tls.js';

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
