import assert from 'node:assert/strict';
import test from 'node:test';
import { principalBy, readJaas } from './sasl.js';

const line = (module: string, rest = 'username="me" password="a\\"b c"') =>
  `org.apache.kafka.common.security.x.${module} required ${rest};`;

test('jaas: the module is the one that the mechanism needs', () => {
  const login = { username: 'me', password: 'a"b c' };
  const read = readJaas(line('PlainLoginModule'), 'PLAIN');
  assert.deepEqual(read, { ok: true, value: { mechanism: 'PLAIN', ...login } });
  for (const mechanism of ['SCRAM-SHA-256', 'SCRAM-SHA-512'] as const) {
    assert.deepEqual(readJaas(line('ScramLoginModule'), mechanism), { ok: true, value: { mechanism, ...login } });
    const wrong = readJaas(line('PlainLoginModule'), mechanism);
    assert.match(wrong.ok ? '' : wrong.error, /ScramLoginModule, which sasl.mechanism=SCRAM-SHA-/);
  }
  assert.equal(readJaas(line('ScramLoginModule'), 'PLAIN').ok, false);
});

test('jaas: what is missing is said without a word of the line', () => {
  for (const wrong of [line('PlainLoginModule', 'username="secret-name"'), line('PlainLoginModule').slice(0, -1)]) {
    const read = readJaas(wrong, 'PLAIN');
    assert.ok(!read.ok);
    assert.doesNotMatch(read.error, /secret-name|a"b c/);
  }
  const single = readJaas(line('PlainLoginModule', "username='me' password='it\\s'"), 'PLAIN');
  assert.deepEqual(single.ok && single.value.password, 'it\\s');
});

test('sasl: a user name names its principal, a token or no login names none [6.1, 6.6]', () => {
  assert.equal(principalBy({ mechanism: 'PLAIN', username: 'klink', password: 'x' }), 'User:klink');
  const token = async () => 'x';
  assert.equal(principalBy({ mechanism: 'OAUTHBEARER', username: 'klink', extensions: {}, token }), undefined);
  assert.equal(principalBy(undefined), undefined);
});
