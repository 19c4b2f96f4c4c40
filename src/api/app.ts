/**
 * The REST server as a function from request to answer: the table of operations, at its bases, and the document of it.
 * What a row does not call open needs the operator token or an API key (`caller.ts`).
 * Listens to nothing by itself. Spec: docs/spec/rest.md.
 */
import type { HttpBindings } from '@hono/node-server';
import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { authenticate } from './caller.js';
import { toJson } from './json.js';
import { BASES, type Operation, PATH_PARAMETER } from './operation.js';
import { operations } from './operations.js';
import type { ApiSurroundings } from './ports.js';
import { Problem, problemOf, problems } from './problems.js';

const BODY_BYTES_MAX = 1024 * 1024;

export function createApp(surroundings: ApiSurroundings): Hono {
  // Published clients put a slash before the query.
  const app = new Hono({ getPath: (request) => pathOf(request.url) });
  app.use('*', async (c, next) => {
    if (DOTS.test(sentBy(c))) throw problems.notFound();
    await next();
  });
  const isOpen = (each: Operation) => each.open === true;
  serve(app, surroundings, operations.filter(isOpen));
  app.use('*', async (c, next) => {
    const release = await authenticate(c, surroundings);
    try {
      await next();
    } finally {
      release();
    }
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
  serve(
    app,
    surroundings,
    operations.filter((each) => !isOpen(each)),
  );
  app.notFound((c) => {
    const methods = methodsAt(app, c.req.path);
    return methods.length === 0 ? answer(problems.notFound()) : answer(problems.wrongMethod(), methods);
  });
  app.onError((error, c) => {
    const problem = problemOf(error);
    if (problem === undefined) {
      surroundings.log.error({ error, method: c.req.method, path: c.req.path }, 'a request failed unexpectedly');
    }
    return answer(problem ?? problems.internal());
  });
  return app;
}

/** At every base of its row. */
function serve(app: Hono, surroundings: ApiSurroundings, rows: readonly Operation[]): void {
  for (const each of rows) {
    for (const base of BASES[each.base]) {
      app.on(each.method.toUpperCase(), `${base}${routeOf(each.path)}`, (c) => each.handle(c, surroundings));
    }
  }
}

/** `/a/{b}:verb` in the words of the router, whose parameters are whole steps. */
function routeOf(path: string): string {
  return path.replaceAll(PATH_PARAMETER, (_, name, verb) => (verb ? `:${name}{[^/:]+${verb}}` : `:${name}`));
}

function pathOf(url: string): string {
  const { pathname } = new URL(url);
  return pathname.length > 1 && pathname.endsWith('/') ? pathname.slice(0, -1) : pathname;
}

/** A step that is only dots is resolved before anything is routed: `topics/t/configs/..` would mean the topic. */
const DOTS = /^[^?]*\/(?:\.|%2e){1,2}(?:\/|\?|$)/i;

/** The path as it came over the wire; empty where it came over none. */
function sentBy(c: Context): string {
  return (c.env as Partial<HttpBindings> | undefined)?.incoming?.url ?? '';
}

function answer(problem: Problem, methods: readonly string[] = []): Response {
  const headers: Record<string, string> = { 'content-type': 'application/json' };
  if (problem.status === 401) headers['www-authenticate'] = 'Bearer realm="klink", Basic realm="klink"';
  // The rest of the body is not read, so the connection ends: who did not know would lose the next request on it.
  if (problem.status === 413) headers.connection = 'close';
  if (problem.retryAfterMs !== undefined) headers['retry-after'] = String(Math.ceil(problem.retryAfterMs / 1_000));
  if (methods.length > 0) headers.allow = methods.join(', ');
  const body = toJson({ error_code: problem.errorCode, message: problem.message });
  return new Response(body, { status: problem.status, headers });
}

/** What is served at this path. */
function methodsAt(app: Hono, path: string): readonly string[] {
  const fitting = app.routes.filter((route) => {
    if (route.method === 'ALL') return false;
    // A parameter with a pattern keeps it, any other takes a step; a verb behind a colon is no parameter.
    const pattern = route.path
      .replace(/(?<=\/):\w+(?:\{([^}]*)\}|(?=\/|$))/g, (_, own) => own ?? '[^/]+')
      .replaceAll('.', '\\.');
    return new RegExp(`^${pattern}$`).test(path);
  });
  return [...new Set(fitting.map(({ method }) => method))];
}
