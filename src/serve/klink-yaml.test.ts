import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseServerConfig } from './klink-yaml.js';

const good = `listen: 127.0.0.1:9000
clusters:
  - name: original
    bootstrap: [a:1, "b:2"]
  - name: dr
    id: abc
    bootstrap: c:3
    clients: dr.example:9092
    home: true
    principal:
      mechanism: PLAIN
      username: klink
      password: \${env:DR_PASSWORD}
`;

function complaint(text: string): string {
  try {
    parseServerConfig(text, 'klink.yaml');
  } catch (error) {
    return (error as Error).message;
  }
  return 'accepted';
}

test('a good file is read whole', () => {
  const config = parseServerConfig(good, 'klink.yaml');
  assert.deepEqual(config.listen, { host: '127.0.0.1', port: 9000 });
  const [original, dr] = config.clusters;
  assert.deepEqual([original?.clientBootstrap, original?.home, original?.principal], ['a:1,b:2', false, undefined]);
  assert.deepEqual([dr?.clientBootstrap, dr?.home, dr?.id], ['dr.example:9092', true, 'abc']);
  assert.deepEqual(dr?.principal, {
    kind: 'password',
    mechanism: 'PLAIN',
    username: 'klink',
    secretReference: '${env:DR_PASSWORD}',
    line: 13,
  });
});

test('complaints name the line and the key [P10]', () => {
  assert.match(
    complaint(good.replace('${env:DR_PASSWORD}', 'hunter2')),
    /^klink\.yaml:13: clusters\[1\]\.principal\.password: must be a reference/,
  );
  assert.ok(!complaint(good.replace('${env:DR_PASSWORD}', 'hunter2')).includes('hunter2'));
  assert.match(complaint(good.replace('c:3', 'c')), /^klink\.yaml:7: clusters\[1\]\.bootstrap: /);
  assert.match(
    complaint(good.replace('home: true', 'hmoe: true')),
    /^klink\.yaml:9: clusters\[1\]\.hmoe: there is no such key$/,
  );
  assert.match(
    complaint(good.replace('name: dr', 'name: original')),
    /^klink\.yaml:5: clusters\[1\]\.name: "original" is used twice/,
  );
  assert.match(
    complaint(good.replace('    home: true\n', '')),
    /exactly one cluster must have `home: true`, here 0 have/,
  );
  assert.match(complaint('clusters: [\n'), /^klink\.yaml:\d+: /);
  assert.match(complaint(''), /^klink\.yaml:1: clusters: is missing$/);
});

test('TLS: its texts are references, and an empty one means the public authorities', () => {
  const withTls = (tls: string) => good.replace('    home: true', `    home: true\n    tls: ${tls}`);
  const tlsOf = (text: string) => parseServerConfig(text, 'klink.yaml').clusters[1]?.tls;
  const none = { authorities: undefined, certificates: undefined, key: undefined, keyPassword: undefined };
  assert.equal(tlsOf(good), undefined);
  assert.deepEqual(tlsOf(withTls('{}')), { ...none, checksName: true, line: 10 });
  const own = '{ certificates: "${file:/c.pem}", key: "${file:/k:key}", checkName: false }';
  const references = { certificates: '${file:/c.pem}', key: '${file:/k:key}' };
  assert.deepEqual(tlsOf(withTls(own)), { ...none, ...references, checksName: false, line: 10 });
  assert.match(
    complaint(withTls('{ authorities: /etc/ca.pem }')),
    /^klink\.yaml:10: clusters\[1\]\.tls\.authorities: must be a reference/,
  );
  assert.match(complaint(withTls('{ ca: "${file:/c.pem}" }')), /tls\.ca: there is no such key$/);
});

test('a principal with OAUTHBEARER: the client that asks for tokens, and what is wrong with it by its line [2.3, P10]', () => {
  const [head = ''] = good.split('      mechanism: PLAIN');
  const withToken = `${head}      mechanism: OAUTHBEARER
      sasl.oauthbearer.token.endpoint.url: https://login.example/token
      clientId: klink
      clientSecret: \${file:/c.properties:secret}
      scope: kafka
      extensions: { logicalCluster: lkc-1 }
`;
  assert.deepEqual(parseServerConfig(withToken, 'klink.yaml').clusters[1]?.principal, {
    kind: 'token',
    endpoint: 'https://login.example/token',
    clientId: 'klink',
    secretReference: '${file:/c.properties:secret}',
    scope: 'kafka',
    extensions: { logicalCluster: 'lkc-1' },
    line: 14,
  });
  const complaints: readonly (readonly [string, string, RegExp])[] = [
    [
      '${file:/c.properties:secret}',
      'hunter2',
      /^klink\.yaml:14: clusters\[1\]\.principal\.clientSecret: must be a ref/,
    ],
    ['https:', 'http:', /^klink\.yaml:12: .*token\.endpoint\.url: is no token endpoint: it must begin with https/],
    ['      clientId: klink\n', '', /^klink\.yaml:11: clusters\[1\]\.principal\.clientId: is missing$/],
    ['logicalCluster:', 'auth:', /^klink\.yaml:16: .*the name of an extension has letters only, and is not "auth"$/],
    ['clientId:', 'username:', /^klink\.yaml:13: clusters\[1\]\.principal\.username: there is no such key$/m],
    ['OAUTHBEARER', 'GSSAPI', /^klink\.yaml:11: .*mechanism: must be one of PLAIN, .*OAUTHBEARER$/],
  ];
  for (const [right, wrong, expected] of complaints) assert.match(complaint(withToken.replace(right, wrong)), expected);
  assert.match(complaint(good.replace('PLAIN', 'OAUTHBEARER')), /principal\.clientSecret: is missing/);
  assert.ok(!complaint(withToken.replace('${file:/c.properties:secret}', 'hunter2')).includes('hunter2'));
});

test('an address beyond loopback must be allowed in so many words', () => {
  const open = good.replace('127.0.0.1:9000', '0.0.0.0:9000');
  assert.match(complaint(open), /^klink\.yaml:1: listen: is not a loopback address/);
  assert.equal(complaint(`plaintextBeyondLoopback: true\n${open}`), 'accepted');
});
