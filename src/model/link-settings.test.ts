import assert from 'node:assert/strict';
import test from 'node:test';
import { checkLinkSettings } from './link-settings.js';
import { linkSettingsTable } from './link-settings-table.js';

const reference = ['$', '{file:/run/secrets/dr:password}'].join('');

function check(settings: Readonly<Record<string, string>>) {
  return checkLinkSettings(new Map(Object.entries({ 'bootstrap.servers': 'b1:9092', ...settings })));
}

function reason(settings: Readonly<Record<string, string>>): string {
  const result = check(settings);
  return result.ok ? 'accepted' : result.error.reason;
}

test('link settings: addresses with schemes, spaces, several, and IPv6', () => {
  const result = check({ 'bootstrap.servers': 'PLAINTEXT://b1:9092, b2:9093,[::1]:9094' });
  assert.ok(result.ok);
  assert.equal(result.value.options.bootstrapServers, 'b1:9092,b2:9093,[::1]:9094');
  for (const wrong of ['b1', 'b1:0', 'b1:70000', 'b1:9092,', ':9092']) {
    assert.equal(reason({ 'bootstrap.servers': wrong }), 'SETTING_INVALID', wrong);
  }
  const secured = { 'security.protocol': 'SASL_SSL', 'sasl.jaas.config': reference };
  const written = check({ ...secured, 'bootstrap.servers': 'SASL_SSL://b1:9092' });
  assert.equal(written.ok && written.value.settings['bootstrap.servers'], 'b1:9092', 'as it is listed');
  assert.equal(reason({ 'bootstrap.servers': 'SASL_SSL://b1:9092' }), 'SETTING_INVALID', 'never in the clear');
  assert.equal(reason({ ...secured, 'bootstrap.servers': 'b1:1,PLAINTEXT://b2:1' }), 'SETTING_INVALID');
  assert.equal(reason({ 'bootstrap.servers': 'HTTP://b1:9092' }), 'SETTING_UNSUPPORTED');
  assert.ok(!checkLinkSettings(new Map()).ok, 'without them there is no source');
});

test('link settings: a published setting that is not honoured yet passes only with its default', () => {
  const refused = linkSettingsTable.filter(({ honoured, unused, kind }) => !honoured && !unused && kind !== 'secret');
  for (const row of refused) {
    assert.equal(reason({ [row.name]: row.default ?? '' }), 'accepted', row.name);
    assert.equal(reason({ [row.name]: 'anything else' }), 'SETTING_UNSUPPORTED', row.name);
  }
  const result = check({ 'mirror.start.offset.spec': 'earliest' });
  assert.ok(result.ok && !('mirror.start.offset.spec' in result.value.settings), 'and is not stored');
});

test('link settings: logins by reference only, one way at a time [P9]', () => {
  const sasl = { 'security.protocol': 'SASL_PLAINTEXT' };
  const plain = { ...sasl, username: 'me', password: reference };
  const result = check(plain);
  assert.ok(result.ok);
  assert.deepEqual(result.value.options.security.login, {
    kind: 'password',
    mechanism: 'PLAIN',
    username: 'me',
    passwordReference: reference,
  });
  assert.equal(reason({ ...sasl, 'sasl.jaas.config': reference }), 'accepted');
  assert.equal(reason(sasl), 'SETTING_INVALID');
  assert.equal(reason({ ...plain, 'sasl.jaas.config': reference }), 'SETTING_INVALID');
  assert.equal(reason({ ...sasl, username: 'me' }), 'SETTING_INVALID');
  assert.equal(reason({ username: 'me', password: reference }), 'SETTING_INVALID', 'they would not be used');
  assert.equal(reason({ ...sasl, username: 'me', password: 'hunter2' }), 'SECRET_LITERAL');
  assert.equal(reason({ ...plain, 'sasl.mechanism': 'GSSAPI' }), 'SETTING_UNSUPPORTED');
});

test('link settings: OAUTHBEARER needs an endpoint and a client; Kerberos is refused with what to do instead', () => {
  const oauth = { 'security.protocol': 'SASL_SSL', 'sasl.mechanism': 'OAUTHBEARER', 'sasl.jaas.config': reference };
  const endpoint = { 'sasl.oauthbearer.token.endpoint.url': 'https://id.example/token' };
  const result = check({ ...oauth, ...endpoint });
  assert.ok(result.ok, result.ok ? '' : result.error.message);
  const login = { kind: 'token', endpoint: 'https://id.example/token', reference };
  assert.deepEqual(result.value.options.security.login, login);
  assert.equal(reason(oauth), 'SETTING_INVALID');
  assert.equal(reason({ ...oauth, 'sasl.oauthbearer.token.endpoint.url': 'http://id.example/t' }), 'SETTING_INVALID');
  assert.equal(reason({ ...oauth, ...endpoint, 'sasl.mechanism': 'PLAIN' }), 'SETTING_INVALID', 'it would not be used');
  assert.equal(
    reason({ ...oauth, ...endpoint, 'sasl.login.callback.handler.class': 'com.acme.X' }),
    'SETTING_UNSUPPORTED',
  );
  const kerberos = check({ ...oauth, 'sasl.mechanism': 'GSSAPI' });
  assert.match(kerberos.ok ? '' : kerberos.error.message, /klink speaks no Kerberos\. Use SCRAM-SHA-512/);
});

test('link settings: TLS with PEM or references to it, and nothing that would not be used [P9, P10]', () => {
  const ssl = { 'security.protocol': 'SSL' };
  const result = check({ ...ssl, 'ssl.truststore.type': 'PEM', 'ssl.truststore.certificates': reference });
  assert.ok(result.ok);
  const none = { certificates: undefined, keyReference: undefined, keyPasswordReference: undefined };
  assert.deepEqual(result.value.options.security, {
    login: { kind: 'none' },
    tls: { authorities: reference, ...none, checksName: true },
  });
  const anyName = check({ ...ssl, 'ssl.endpoint.identification.algorithm': '' });
  assert.equal(anyName.ok && anyName.value.options.security.tls?.checksName, false);
  assert.equal(reason({ ...ssl, 'ssl.endpoint.identification.algorithm': 'ldaps' }), 'SETTING_UNSUPPORTED');

  const own = { 'ssl.keystore.certificate.chain': reference, 'ssl.keystore.key': reference };
  assert.equal(reason({ ...ssl, ...own, 'ssl.key.password': reference }), 'accepted');
  assert.equal(reason({ ...ssl, 'ssl.keystore.key': reference }), 'SETTING_INVALID');
  assert.equal(reason({ ...ssl, ...own, 'ssl.keystore.key': '-----BEGIN PRIVATE KEY-----' }), 'SECRET_LITERAL');
  assert.equal(reason({ ...ssl, 'ssl.truststore.certificates': '/etc/ca.pem' }), 'SETTING_INVALID');
  assert.equal(reason({ ...ssl, 'ssl.truststore.type': 'JKS' }), 'SETTING_UNSUPPORTED');

  for (const protocol of ['PLAINTEXT', 'SASL_PLAINTEXT']) {
    const login = protocol === 'PLAINTEXT' ? {} : { 'sasl.jaas.config': reference };
    const unused = { ...login, 'security.protocol': protocol, 'ssl.truststore.certificates': reference };
    assert.equal(reason(unused), 'SETTING_INVALID', 'it would not be used');
  }
  assert.equal(reason({ ...ssl, 'sasl.jaas.config': reference }), 'SETTING_INVALID', 'it would not be used');
  assert.equal(reason({ 'security.protocol': 'SASL_SSL' }), 'SETTING_INVALID', 'a login is missing');
  assert.equal(reason({ 'security.protocol': 'SASL_SSL', 'sasl.jaas.config': reference }), 'accepted');
});

test('link settings: sync without filters is told, not refused', () => {
  const result = check({ 'consumer.offset.sync.enable': 'true' });
  assert.ok(result.ok);
  assert.match(
    result.value.notes.join(),
    /^Consumer offset sync is enabled but consumer\.offset\.group\.filters is not set\./,
  );
});

test('link settings: tuning of another client is kept with any valid value, so that an old runbook passes [P10]', () => {
  const captured = {
    'client.dns.lookup': 'use_all_dns_ips',
    'cluster.link.retry.timeout.ms': '600000',
    'connections.max.idle.ms': '-1',
    'metadata.max.age.ms': '60000',
    'num.cluster.link.fetchers': '4',
    'replica.fetch.backoff.ms': '2000',
    'replica.fetch.max.bytes': '1048576',
    'replica.fetch.min.bytes': '1',
    'replica.fetch.response.max.bytes': '20971520',
    'replica.fetch.wait.max.ms': '250',
    'replica.socket.receive.buffer.bytes': '65536',
    'replica.socket.timeout.ms': '45000',
    'retry.backoff.ms': '250',
    'sasl.login.callback.handler.class': 'org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginCallbackHandler',
    'socket.connection.setup.timeout.max.ms': '60000',
    'ssl.protocol': 'TLSv1.2',
  };
  const result = check(captured);
  assert.ok(result.ok, result.ok ? '' : result.error.message);
  assert.deepEqual(result.value.settings, { 'bootstrap.servers': 'b1:9092', ...captured });
  const unused = linkSettingsTable.filter((row) => row.unused).map(({ name }) => name);
  assert.deepEqual(unused, Object.keys(captured), 'each of them is tried here');
  assert.equal(reason({ 'retry.backoff.ms': 'soon' }), 'SETTING_INVALID');
});

test('link settings: times of the source are those of the link', () => {
  const set = check({
    'request.timeout.ms': '5000',
    'socket.connection.setup.timeout.ms': '3000',
    'availability.check.ms': '2000',
    'availability.check.consecutive.failure.threshold': '3',
  });
  assert.ok(set.ok);
  assert.deepEqual(set.value.options.timeouts, { requestMs: 5_000, connectMs: 3_000 });
  assert.deepEqual(set.value.options.availability, { askEveryMs: 2_000, unavailableAfterMs: 6_000 });
  const unset = check({});
  assert.ok(unset.ok);
  assert.deepEqual(unset.value.options.timeouts, { requestMs: undefined, connectMs: 10_000 });
  assert.deepEqual(unset.value.options.availability, { askEveryMs: 10_000, unavailableAfterMs: 300_000 });
});

test('link settings: what belongs to the other side of a link says who acts there', () => {
  const own = check({ 'local.sasl.mechanism': 'PLAIN' });
  assert.ok(!own.ok);
  assert.match(own.error.message, /at the destination klink acts as the principal that klink\.yaml names/);
  assert.equal(reason({ 'local.sasl.mechanism': 'GSSAPI', 'local.ssl.keystore.type': 'JKS' }), 'accepted');
  assert.equal(reason({ 'local.sasl.jaas.config': 'x' }), 'SETTING_UNSUPPORTED');
});

test('link settings: an older spelling counts as the one of today, and says so', () => {
  assert.equal(reason({ 'link.prefix': 'a.', 'cluster.link.prefix': 'b.' }), 'SETTING_INVALID');
  const written = check({ 'link.prefix': '' });
  assert.match(
    written.ok ? written.value.notes.join() : '',
    /^link\.prefix is accepted .* written cluster\.link\.prefix\.$/,
  );
});

test('link settings: bounds and kinds', () => {
  for (const [name, value] of [
    ['consumer.offset.sync.ms', '999'],
    ['consumer.offset.sync.ms', '1e4'],
    ['topic.config.sync.ms', '-1'],
    ['consumer.offset.sync.enable', 'yes'],
    ['username', ''],
  ] as const) {
    assert.equal(reason({ [name]: value }), 'SETTING_INVALID', `${name}=${value}`);
  }
  assert.equal(reason({ 'no.such.setting': '1' }), 'SETTING_UNKNOWN');
  assert.equal(reason({ 'ssl.truststore.location': '/x' }), 'SETTING_UNSUPPORTED');
});

test('link settings: a prefix of at most 12 characters of topic names, for groups only where there is one', () => {
  for (const good of ['', 'e', 'east.', 'A-b_c.012345'])
    assert.equal(reason({ 'cluster.link.prefix': good }), 'accepted');
  for (const wrong of ['A-b_c.0123456', 'a b', 'ö', '__a', '_klink.', 'a/']) {
    assert.equal(reason({ 'cluster.link.prefix': wrong }), 'SETTING_INVALID', wrong);
  }
  const groups = { 'consumer.group.prefix.enable': 'true' };
  assert.equal(reason(groups), 'SETTING_INVALID');
  assert.equal(reason({ ...groups, 'cluster.link.prefix': '' }), 'SETTING_INVALID');
  const both = check({ ...groups, 'cluster.link.prefix': 'east.' });
  assert.ok(both.ok);
  assert.deepEqual(both.value.options.prefix, { topics: 'east.', groups: 'east.' });
  const topics = check({ 'cluster.link.prefix': 'east.' });
  assert.deepEqual(topics.ok && topics.value.options.prefix, { topics: 'east.', groups: '' });
});
