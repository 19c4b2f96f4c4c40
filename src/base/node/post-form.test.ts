/** One POST against servers that answer, redirect, stall, drip, hang up or talk too much. */
import assert from 'node:assert/strict';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { Server } from 'node:net';
import test, { type TestContext } from 'node:test';
import { newAuthority } from '../../../test/harness/certificates.js';
import { postForm } from './post-form.js';

async function serve(t: TestContext, server: Server): Promise<number> {
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  t.after(() => {
    if ('closeAllConnections' in server) (server as ReturnType<typeof createServer>).closeAllConnections();
    return new Promise<void>((closed) => server.close(() => closed()));
  });
  const at = server.address();
  assert.ok(typeof at === 'object' && at !== null);
  return at.port;
}

async function post(t: TestContext, answer: RequestListener, timeoutMs = 10_000) {
  const port = await serve(t, createServer(answer));
  return postForm({ ...form, url: `http://127.0.0.1:${port}/token`, timeoutMs });
}

const form = {
  headers: { accept: 'application/json' },
  body: 'a=b',
  timeoutMs: 10_000,
  bytesMax: 1_000,
  authorities: undefined,
};

test('post: the body arrives, and the answer comes back whole, up to its bound', async (t) => {
  const heard: string[] = [];
  const answered = await post(t, (request, response) => {
    request.on('data', (chunk: Buffer) => heard.push(`${request.method} ${request.url} ${chunk}`));
    request.on('end', () => response.end('x'.repeat(1_000)));
  });
  assert.deepEqual(heard, ['POST /token a=b']);
  assert.deepEqual(answered, { status: 200, text: 'x'.repeat(1_000) });
});

test('post: a redirection is an answer, and nobody else is asked', async (t) => {
  let asked = 0;
  const elsewhere = await serve(
    t,
    createServer((_, response) => {
      asked++;
      response.end();
    }),
  );
  const answered = await post(t, (_, response) => {
    response.writeHead(307, { location: `http://127.0.0.1:${elsewhere}/token` }).end();
  });
  assert.deepEqual([answered.status, asked], [307, 0]);
});

test('post: too large an answer, none, one that never ends and one that is cut off are refused', async (t) => {
  await assert.rejects(
    post(t, (_, response) => response.end('x'.repeat(1_001))),
    /more than 1000 bytes/,
  );
  await assert.rejects(
    post(t, () => undefined, 200),
    /no answer within 200 ms/,
  );
  const drip: RequestListener = (_, response) => {
    const timer = setInterval(() => response.write('x'), 20);
    response.once('close', () => clearInterval(timer));
  };
  await assert.rejects(post(t, drip, 300), /no answer within 300 ms/);
  await assert.rejects(
    post(t, (_, response) => {
      response.writeHead(200, { 'content-length': '10' });
      response.write('x', () => response.destroy());
    }),
  );
  await assert.rejects(
    post(t, (request) => request.socket.resetAndDestroy()),
    /ECONNRESET|hang up/,
  );
});

test('post: by TLS to who shows a certificate of the authority that is named, and to nobody else', async (t) => {
  const authority = newAuthority();
  const { certificate, key } = authority.issue('localhost', ['localhost']);
  const port = await serve(
    t,
    createSecureServer({ cert: certificate, key }, (_, response) => response.end('{}')),
  );
  const url = `https://localhost:${port}/token`;
  assert.equal((await postForm({ ...form, url, authorities: authority.certificate })).status, 200);
  await assert.rejects(postForm({ ...form, url }), /certificate/);
});
