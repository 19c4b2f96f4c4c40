/**
 * The REST server as a function from request to answer: both published bases (`/kafka/v3` and `/v3`), klink's own below
 * `/klink/v1`, `/healthz`. Every path but `/healthz` needs the operator token, as Bearer or as Basic password.
 * Listens to nothing by itself. Spec: docs/spec/rest.md.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { toJson } from './json.js';
import type { ApiSurroundings } from './ports.js';
import { Problem, problemOf, problems } from './problems.js';
import { aclRoutes } from './routes/acls.js';
import { clusterRoutes } from './routes/clusters.js';
import { demoRoutes } from './routes/demo.js';
import { groupRoutes } from './routes/groups.js';
import { klinkRoutes } from './routes/klink.js';
import { linkRoutes } from './routes/links.js';
import { mirrorRoutes } from './routes/mirrors.js';
import { topicRoutes } from './routes/topics.js';

const BODY_BYTES_MAX = 1024 * 1024;

export function createApp(surroundings: ApiSurroundings): Hono {
  // Published clients put a slash before the query.
  const app = new Hono({ getPath: (request) => pathOf(request.url) });
  app.get('/healthz', (c) => c.json({ status: 'ok' }));
  app.use('*', async (c, next) => {
    if (!isOperator(c.req.header('authorization'), surroundings.operatorToken)) throw problems.notAuthenticated();
    await next();
  });
  app.use(
    '*',
    bodyLimit({
      maxSize: BODY_BYTES_MAX,
      onError: () => {
        throw new Problem(413, 413, `A request body may have at most ${BODY_BYTES_MAX} bytes.`);
      },
    }),
  );
  const published = new Hono();
  for (const routes of [clusterRoutes, topicRoutes, linkRoutes, mirrorRoutes, groupRoutes, aclRoutes]) {
    routes(published, surroundings);
  }
  app.route('/kafka/v3', published);
  app.route('/v3', published);
  const own = new Hono();
  klinkRoutes(own, surroundings);
  if (surroundings.demo) demoRoutes(own, surroundings.demo);
  app.route('/klink/v1', own);
  app.notFound((c) => answer(isKnownPath(app, c.req.path) ? problems.wrongMethod() : problems.notFound()));
  app.onError((error, c) => {
    const problem = problemOf(error);
    if (problem === undefined) {
      surroundings.log.error({ error, method: c.req.method, path: c.req.path }, 'a request failed unexpectedly');
    }
    return answer(problem ?? problems.internal());
  });
  return app;
}

function pathOf(url: string): string {
  const { pathname } = new URL(url);
  return pathname.length > 1 && pathname.endsWith('/') ? pathname.slice(0, -1) : pathname;
}

function answer(problem: Problem): Response {
  const headers: Record<string, string> = { 'content-type': 'application/json' };
  if (problem.status === 401) headers['www-authenticate'] = 'Bearer realm="klink", Basic realm="klink"';
  const body = toJson({ error_code: problem.errorCode, message: problem.message });
  return new Response(body, { status: problem.status, headers });
}

/** Some other method is served at this path. */
function isKnownPath(app: Hono, path: string): boolean {
  return app.routes.some((route) => {
    if (route.method === 'ALL') return false;
    const pattern = route.path.replace(/:(\w+)(\{[^}]*\})?/g, '[^/]+').replaceAll('.', '\\.');
    return new RegExp(`^${pattern}$`).test(path);
  });
}

function isOperator(header: string | undefined, token: string): boolean {
  const [scheme = '', value = ''] = (header ?? '').split(' ', 2);
  if (scheme.toLowerCase() === 'bearer') return equal(value, token);
  if (scheme.toLowerCase() !== 'basic') return false;
  const pair = Buffer.from(value, 'base64').toString('utf8');
  return equal(pair.slice(pair.indexOf(':') + 1), token);
}

/** Hashes first, so that the comparison takes the same time for every guess. */
function equal(given: string, wanted: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(wanted));
}
