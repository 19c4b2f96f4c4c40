/**
 * OAUTHBEARER with Apache Kafka 4.3.0: a token endpoint of the test's own, unsecured tokens, sessions that end after a few
 * seconds. Spec: docs/spec/client.md 1.7.
 */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import test from 'node:test';
import { postForm } from '../../src/base/node/post-form.js';
import type { SourceAddress } from '../../src/control/ports/source.js';
import { createSourcePort } from '../../src/engine/source/source.js';
import { SourceClusters } from '../../src/engine/source/source-clusters.js';
import { surroundings } from '../harness/destination.js';
import { brokerKind } from '../harness/engine-brokers.js';
import { useKafka } from '../harness/kafka.js';
import { until } from '../harness/until.js';

const LIVES_SECONDS = 8;
const module = 'org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required';

/** What the broker's own validator of unsecured tokens takes; never to be used where it counts. */
function unsecured(claims: Readonly<Record<string, unknown>>): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'none' })}.${part(claims)}.`;
}

async function startEndpoint(t: { after(end: () => Promise<void>): void }) {
  const asked: string[] = [];
  const state = { expired: false };
  const server = createServer((request, response) => {
    const basic = Buffer.from((request.headers.authorization ?? '').split(' ')[1] ?? '', 'base64').toString();
    let body = '';
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString();
    });
    request.once('end', () => {
      asked.push(`${basic} ${body}`);
      const isRight = basic === 'link:right';
      const iat = Math.floor(Date.now() / 1_000) - (state.expired ? 100 : 0);
      const token = unsecured({ sub: 'link', iat, exp: iat + LIVES_SECONDS, scope: ['kafka'] });
      response.writeHead(isRight ? 200 : 401, { 'content-type': 'application/json' });
      response.end(
        JSON.stringify(isRight ? { access_token: token, expires_in: LIVES_SECONDS } : { error: 'invalid_client' }),
      );
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  t.after(() => new Promise((closed) => server.close(() => closed())));
  const at = server.address();
  assert.ok(typeof at === 'object' && at !== null);
  return { url: `http://127.0.0.1:${at.port}/token`, asked, state };
}

if (brokerKind() === '4.3.0') {
  test('oauthbearer: a link logs in by token, goes on when it has expired, and is told what is wrong with it [client 1.7]', async (t) => {
    const prefix = 'listener.name.sasl_plaintext';
    const kafka = await useKafka(t, {
      version: '4.3.0',
      config: {
        'sasl.enabled.mechanisms': 'PLAIN,OAUTHBEARER',
        [`${prefix}.oauthbearer.sasl.jaas.config`]: `${module} unsecuredLoginStringClaim_sub="admin";`,
        [`${prefix}.oauthbearer.connections.max.reauth.ms`]: '60000',
      },
    });
    const endpoint = await startEndpoint(t);
    const clusters = new SourceClusters({
      ...surroundings,
      postForm,
      resolveSecret: (secret) => ({
        ok: true,
        value: `${module} clientId="link" clientSecret="${secret}" scope="kafka";`,
      }),
    });
    t.after(() => clusters.close());
    const { check } = createSourcePort(clusters);
    const as = (reference: string): SourceAddress => ({
      linkId: reference,
      linkName: 'link',
      bootstrapServers: kafka.sasl,
      security: { login: { kind: 'token', endpoint: endpoint.url, reference }, tls: undefined },
    });
    const done = { kind: 'done', clusterId: kafka.clusterId, notes: [] };
    assert.deepEqual(await check(as('right')), done);
    assert.deepEqual(endpoint.asked, ['link:right grant_type=client_credentials&scope=kafka']);

    // The session ends with the token: the same connection logs in again, by another one.
    const borrowed = clusters.borrow(as('right'));
    assert.ok(borrowed.ok);
    const channel = await borrowed.value.cluster.channel('any', 'test');
    await until('a second token was fetched', 20_000, async () => endpoint.asked.length >= 2);
    const endMs = Date.now() + LIVES_SECONDS * 1_000;
    await until('the first token has long expired', 20_000, async () => {
      assert.deepEqual(await check(as('right')), done);
      return Date.now() > endMs;
    });
    assert.equal(channel.open, true);
    borrowed.value.giveBack();

    const refused = await check(as('wrong'));
    assert.equal(refused.kind === 'refused' && refused.error, 'AUTHENTICATION_ERROR', JSON.stringify(refused));
    assert.match(JSON.stringify(refused), /refuses the client link: 401 invalid_client/);

    endpoint.state.expired = true;
    const late = await check({ ...as('right'), linkId: 'late' });
    assert.equal(late.kind === 'refused' && late.error, 'AUTHENTICATION_ERROR', JSON.stringify(late));
    assert.match(JSON.stringify(late), /the broker refuses the token: invalid_token/);
  });
}
