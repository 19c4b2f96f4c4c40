/** A token endpoint for tests: its clients are named like Kafka's users, and each one's secret is `right`. */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';

export interface TokenEndpoint {
  readonly url: string;
  /** `client:secret form`, of each question. */
  readonly asked: string[];
  /** `expired`: its tokens were to be used long ago. */
  readonly state: { expired: boolean };
}

export const LOGIN_MODULE = 'org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required';
const PREFIX = 'listener.name.sasl_plaintext';

/** For a broker that takes the endpoint's unsecured tokens beside PLAIN; never to be used where it counts. */
export const tokenBrokerConfig: Readonly<Record<string, string>> = {
  'sasl.enabled.mechanisms': 'PLAIN,OAUTHBEARER',
  [`${PREFIX}.oauthbearer.sasl.jaas.config`]: `${LOGIN_MODULE} unsecuredLoginStringClaim_sub="admin";`,
  [`${PREFIX}.oauthbearer.connections.max.reauth.ms`]: '60000',
};

function unsecured(claims: Readonly<Record<string, unknown>>): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'none' })}.${part(claims)}.`;
}

export async function startTokenEndpoint(
  scope: { after(end: () => Promise<void>): void },
  livesSeconds: number,
): Promise<TokenEndpoint> {
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
      const [client = '', secret] = basic.split(':');
      const isRight = secret === 'right';
      const iat = Math.floor(Date.now() / 1_000) - (state.expired ? 100 : 0);
      const token = unsecured({ sub: client, iat, exp: iat + livesSeconds, scope: ['kafka'] });
      response.writeHead(isRight ? 200 : 401, { 'content-type': 'application/json' });
      response.end(
        JSON.stringify(isRight ? { access_token: token, expires_in: livesSeconds } : { error: 'invalid_client' }),
      );
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  scope.after(() => new Promise((closed) => server.close(() => closed())));
  const at = server.address();
  assert.ok(typeof at === 'object' && at !== null);
  return { url: `http://127.0.0.1:${at.port}/token`, asked, state };
}
