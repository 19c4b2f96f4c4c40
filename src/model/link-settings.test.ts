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
  assert.equal(reason({ 'bootstrap.servers': 'SASL_SSL://b1:9092' }), 'accepted');
  assert.equal(reason({ 'bootstrap.servers': 'HTTP://b1:9092' }), 'SETTING_UNSUPPORTED');
  assert.ok(!checkLinkSettings(new Map()).ok, 'without them there is no source');
});

test('link settings: a published setting that is not honoured yet passes only with its default', () => {
  for (const row of linkSettingsTable.filter(({ honoured, kind }) => !honoured && kind !== 'secret')) {
    assert.equal(reason({ [row.name]: row.default ?? '' }), 'accepted', row.name);
    assert.equal(reason({ [row.name]: 'anything else' }), 'SETTING_UNSUPPORTED', row.name);
  }
  const result = check({ 'acl.sync.enable': 'false' });
  assert.ok(result.ok && !('acl.sync.enable' in result.value.settings), 'and is not stored');
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
  assert.match(result.value.notes.join(), /names no group/);
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
