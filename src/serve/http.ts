/** Serves an app on a socket and stops in good order: no new connections, answers under way get a moment, then all ends. */
import type { Server } from 'node:http';
import { createAdaptorServer } from '@hono/node-server';
import type { Hono } from 'hono';
import type { Clock } from '../base/clock.js';
import type { Address } from '../base/connection.js';

const LAST_ANSWERS_MS = 3_000;

export interface HttpListener {
  readonly address: Address;
  close(): Promise<void>;
}

/** Rejects with the system's error, such as EADDRINUSE. */
export async function listenHttp(app: Hono, address: Address, clock: Clock): Promise<HttpListener> {
  const server = createAdaptorServer({ fetch: app.fetch }) as Server; // Without TLS options it is node:http's.
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(address.port, address.host, () => {
      server.removeListener('error', reject);
      resolve();
    });
  });
  const bound = server.address();
  const port = typeof bound === 'object' && bound !== null ? bound.port : address.port;
  return {
    address: { host: address.host, port },
    close: () =>
      new Promise((resolve) => {
        const force = clock.setTimer(LAST_ANSWERS_MS, () => server.closeAllConnections());
        server.close(() => {
          force.cancel();
          resolve();
        });
        server.closeIdleConnections();
      }),
  };
}
