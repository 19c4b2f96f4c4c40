/** TLS of the real network: whom it trusts, whom it tells who we are, and how it ends. Against Node's own server. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { type TestContext, test } from 'node:test';
import { createServer, type TLSSocket, type TlsOptions } from 'node:tls';
import { newAuthority } from '../../../test/harness/certificates.js';
import { CertificateRefused, type Connection } from '../connection.js';
import type { TlsSettings } from '../tls.js';
import { systemNetwork } from './network.js';

const authority = newAuthority();
const identity = authority.issue('broker', ['localhost', '127.0.0.1']);
const mine = authority.issue('klink');
const trusting: TlsSettings = { authorities: authority.certificate, identity: undefined, checksName: true };

async function useServer(t: TestContext, options: TlsOptions = {}) {
  const accepted: TLSSocket[] = [];
  const server = createServer({ cert: identity.certificate, key: identity.key, ...options }, (socket) => {
    accepted.push(socket);
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => socket.write(chunk));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    for (const socket of accepted) socket.destroy();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, accepted };
}

function connect(port: number, tls: TlsSettings | undefined, host = '127.0.0.1'): Promise<Connection> {
  return systemNetwork.connect({ host, port }, { timeoutMs: 10_000, tls });
}

/** What comes back, and how it ended. */
function listen(connection: Connection) {
  let text = '';
  const heard = {
    until: (_: string): Promise<void> => Promise.resolve(),
    ended: Promise.resolve<Error | undefined>(undefined),
  };
  let wanted: { text: string; go: () => void } | undefined;
  heard.ended = new Promise((end) => {
    connection.start({
      data(chunk) {
        text += chunk.toString();
        if (wanted && text === wanted.text) wanted.go();
      },
      drain() {},
      end,
    });
  });
  heard.until = (wantedText) =>
    new Promise((go) => {
      wanted = { text: wantedText, go };
    });
  return heard;
}

test('tls: bytes go both ways, and the orderly end is seen on both sides', async (t) => {
  const { port, accepted } = await useServer(t);
  for (const host of ['127.0.0.1', 'localhost']) {
    const connection = await connect(port, trusting, host);
    const heard = listen(connection);
    connection.write([Buffer.from('one '), Buffer.from('two')]);
    await heard.until('one two');
    const ended = once(accepted.at(-1) as TLSSocket, 'close');
    connection.close();
    assert.equal(await heard.ended, undefined);
    assert.deepEqual(await ended, [false]);
  }
});

test('tls: a reset reaches the other side as a reset', async (t) => {
  const { port, accepted } = await useServer(t);
  const connection = await connect(port, trusting);
  const heard = listen(connection);
  connection.write([Buffer.from('x')]);
  await heard.until('x');
  const [socket] = accepted;
  // An orderly end would close it without an error.
  const reset = assert.rejects(once(socket as TLSSocket, 'close'), { code: 'ECONNRESET' });
  connection.reset();
  await heard.ended;
  await reset;
});

test('tls: who is not trusted, has expired, or is somebody else, is refused by that name', async (t) => {
  const expired = authority.issue('broker', ['127.0.0.1'], { days: -1 });
  const { port } = await useServer(t);
  const old = await useServer(t, { cert: expired.certificate, key: expired.key });
  const elsewhere = authority.issue('broker', ['kafka.example']);
  const misnamed = await useServer(t, { cert: elsewhere.certificate, key: elsewhere.key });
  for (const [at, tls, expected] of [
    [port, { ...trusting, authorities: newAuthority().certificate }, /certificate is refused/],
    [port, { ...trusting, authorities: undefined }, /certificate is refused/],
    [old.port, trusting, /certificate is refused: certificate has expired/],
    [misnamed.port, trusting, /certificate is refused: .*127\.0\.0\.1 is not in the cert's list/],
  ] as const) {
    await assert.rejects(connect(at, tls), (error: unknown) => {
      assert.ok(error instanceof CertificateRefused, String(error));
      assert.match(error.message, expected);
      return true;
    });
  }
  (await connect(misnamed.port, { ...trusting, checksName: false })).reset();
  const stranger = { ...trusting, checksName: false, authorities: newAuthority().certificate };
  await assert.rejects(connect(misnamed.port, stranger), CertificateRefused, 'any name, but not any authority');
});

test('tls: our certificate is shown to a server that asks for it', async (t) => {
  const { port, accepted } = await useServer(t, { requestCert: true, ca: authority.certificate });
  const tls = { ...trusting, identity: { certificates: mine.certificate, key: mine.key } };
  const connection = await connect(port, tls);
  const heard = listen(connection);
  connection.write([Buffer.from('x')]);
  await heard.until('x');
  assert.equal(accepted[0]?.getPeerCertificate().subject.CN, 'klink');
  connection.reset();
  await heard.ended;
});

test('tls: a server that demands a certificate says so, during the handshake or after it', async (t) => {
  const demands = { requestCert: true, rejectUnauthorized: true, ca: authority.certificate } as const;
  const before = await useServer(t, { ...demands, maxVersion: 'TLSv1.2' });
  await assert.rejects(connect(before.port, trusting), /alert .*\(does it demand another certificate of ours\?\)/);
  const after = await useServer(t, demands);
  const ended = await listen(await connect(after.port, trusting)).ended;
  assert.match(String(ended), /certificate required/i);
});

test('tls: a port that speaks something else, or nothing, is said to', async (t) => {
  const answers = createTcpServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', () => socket.end('this is no TLS record'));
  });
  const silent = createTcpServer((socket) => void socket.on('error', () => undefined));
  for (const server of [answers, silent]) server.listen(0, '127.0.0.1');
  await Promise.all([answers, silent].map((server) => server.listening || once(server, 'listening')));
  t.after(() => {
    answers.close();
    silent.close();
  });
  const portOf = (server: typeof answers) => (server.address() as AddressInfo).port;
  await assert.rejects(connect(portOf(answers), trusting), /wrong version number \(is it a port for TLS\?\)/);
  const quick = systemNetwork.connect({ host: '127.0.0.1', port: portOf(silent) }, { timeoutMs: 200, tls: trusting });
  await assert.rejects(quick, { code: 'ETIMEDOUT' });
});

test('tls: what we accept is a stream like any other, and a handshake that fails is nobody’s', async (t) => {
  const accepted: Connection[] = [];
  const shown = { certificates: identity.certificate, key: identity.key };
  const listener = await systemNetwork.listen(
    { host: '127.0.0.1', port: 0 },
    (connection) => {
      accepted.push(connection);
      const echo = (chunk: Buffer) => void connection.write([chunk]);
      connection.start({ data: echo, drain() {}, end() {} });
    },
    { tls: () => shown },
  );
  t.after(() => listener.close());
  const { port } = listener.address;
  await assert.rejects(connect(port, { ...trusting, authorities: newAuthority().certificate }), CertificateRefused);
  const plain = await connect(port, undefined);
  const plainEnd = listen(plain).ended;
  plain.write([Buffer.from('this is no TLS record')]);
  await plainEnd;
  const connection = await connect(port, trusting);
  const heard = listen(connection);
  connection.write([Buffer.from('one '), Buffer.from('two')]);
  await heard.until('one two');
  assert.equal(accepted.length, 1);
  assert.match(accepted[0]?.remote ?? '', /^127\.0\.0\.1:\d+$/);
  accepted[0]?.close();
  assert.equal(await heard.ended, undefined);
});
