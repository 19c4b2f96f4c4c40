/** The REST server as tests ask it: whatever it answers must be as docs/openapi.json says. */
import { Hono } from 'hono';
import { createApp } from '../../src/api/app.js';
import type { ApiSurroundings } from '../../src/api/ports.js';
import { demandDocumented } from './documented.js';

/** The same server; an answer that is not as documented arrives as a 599 that says why. */
export function documentedApp(surroundings: ApiSurroundings): Hono {
  const app = createApp(surroundings);
  return new Hono().all('*', async ({ req: { raw } }) => {
    const response = await app.fetch(raw);
    try {
      await demandDocumented(raw.method, raw.url, response);
      return response;
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      const headers = { 'content-type': 'application/json' };
      return new Response(JSON.stringify({ error_code: 599, message }), { status: 599, headers });
    }
  });
}
