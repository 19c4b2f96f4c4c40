import assert from 'node:assert/strict';
import test from 'node:test';
import type { Clock } from './clock.js';
import { type FormRequest, readTokenJaas, TokenRefused, tokenLogin, wrongInEndpoint } from './token-endpoint.js';

const client = {
  endpoint: 'https://id.example/token',
  clientId: 'link',
  clientSecret: 'hunter2',
  scope: 'kafka',
  extensions: {},
};

interface Answer {
  readonly status: number;
  readonly text: string;
}

function stage(answer: () => Answer | Promise<Answer>) {
  const time = { nowMs: 0 };
  const clock: Clock = {
    nowMs: () => time.nowMs,
    monotonicMs: () => time.nowMs,
    setTimer: () => ({ cancel: () => undefined }),
  };
  const asked: FormRequest[] = [];
  const post = async (request: FormRequest) => {
    asked.push(request);
    return answer();
  };
  return { time, asked, login: tokenLogin(client, { clock, post, authorities: undefined }) };
}

const good = (token: string, more = {}) => ({ status: 200, text: JSON.stringify({ access_token: token, ...more }) });

test('tokens: asked by client credentials, used until shortly before they expire, one question for all [client 1.7]', async () => {
  let number = 0;
  const { time, asked, login } = stage(() => good(`t${++number}`, { expires_in: 100 }));
  assert.deepEqual(await Promise.all([login.token(), login.token()]), ['t1', 't1']);
  const [request] = asked;
  assert.equal(request?.body, 'grant_type=client_credentials&scope=kafka');
  assert.equal(request?.headers.authorization, `Basic ${Buffer.from('link:hunter2').toString('base64')}`);
  time.nowMs = 69_000;
  assert.equal(await login.token(), 't1');
  time.nowMs = 71_000;
  assert.equal(await login.token(), 't2', 'before a session of the same life is renewed');
  assert.equal(asked.length, 2);
});

test('tokens: without expires_in the token itself says how long it lives', async () => {
  const claims = Buffer.from(JSON.stringify({ exp: 10 })).toString('base64url');
  const { time, asked, login } = stage(() => good(`h.${claims}.s`));
  await login.token();
  time.nowMs = 6_900;
  await login.token();
  assert.equal(asked.length, 1);
  time.nowMs = 7_100;
  await login.token();
  assert.equal(asked.length, 2);
});

test('tokens: who refuses us is told from who does not answer, and no secret is shown [P9]', async () => {
  const refusing = stage(() => ({
    status: 401,
    text: JSON.stringify({ error: 'invalid_client', error_description: 'no such client' }),
  }));
  const refused = await refusing.login.token().catch((error: unknown) => error);
  assert.ok(refused instanceof TokenRefused);
  assert.match(
    String(refused),
    /https:\/\/id\.example\/token refuses the client link: 401 invalid_client: no such client$/,
  );
  await assert.rejects(refusing.login.token());
  assert.equal(refusing.asked.length, 1, 'not asked again at once');
  refusing.time.nowMs = 6_000;
  await assert.rejects(refusing.login.token());
  assert.equal(refusing.asked.length, 2);

  const basic = Buffer.from('link:hunter2').toString('base64');
  for (const echo of ['bad hunter2', `bad header Basic ${basic}`]) {
    const echoing = stage(() => ({ status: 400, text: JSON.stringify({ error: echo }) }));
    await assert.rejects(echoing.login.token(), /refuses the client link: 400$/);
  }
  for (const answer of [
    () => ({ status: 503, text: '' }),
    () => Promise.reject(new Error('no answer within 10000 ms')),
  ]) {
    const error = await stage(answer)
      .login.token()
      .catch((each: unknown) => each);
    assert.ok(error instanceof Error && !(error instanceof TokenRefused), String(error));
  }
  for (const text of [
    '',
    '{}',
    JSON.stringify({ access_token: 'a b' }),
    JSON.stringify({ access_token: 'a\u0001b' }),
  ]) {
    await assert.rejects(stage(() => ({ status: 200, text })).login.token(), TokenRefused);
  }
});

test('tokens: the line of Kafka names the client, and what the broker is told beside the token', () => {
  const module = 'org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required';
  const line = `${module} clientId="link" clientSecret='hunter2' scope="kafka" extension_logicalCluster="lkc-1";`;
  assert.deepEqual(readTokenJaas(line), {
    ok: true,
    value: { clientId: 'link', clientSecret: 'hunter2', scope: 'kafka', extensions: { logicalCluster: 'lkc-1' } },
  });
  for (const bad of [line.slice(0, -1), line.replace('clientId', 'client'), line.replace('OAuthBearer', 'Plain')]) {
    const read = readTokenJaas(bad);
    assert.equal(read.ok, false);
    assert.doesNotMatch(read.ok ? '' : read.error, /hunter2/);
  }
});

test('tokens: fetched by TLS, or on this machine, and never as somebody in the URL', () => {
  for (const right of [
    'https://id.example/token',
    'http://127.0.0.1:8080/t',
    'http://localhost/t',
    'http://[::1]:1/',
  ]) {
    assert.equal(wrongInEndpoint(right), undefined, right);
  }
  for (const wrong of ['http://id.example/token', 'file:///etc/passwd', 'id.example', 'https://me:pw@id.example/']) {
    assert.notEqual(wrongInEndpoint(wrong), undefined, wrong);
  }
});
