import assert from 'node:assert/strict';
import { createPrivateKey } from 'node:crypto';
import test from 'node:test';
import { newAuthority } from '../../test/harness/certificates.js';
import { readTls, type TlsTexts, wrongInCertificates } from './tls.js';

const authority = newAuthority();
const mine = authority.issue('klink');
const none = {
  authorities: undefined,
  certificates: undefined,
  key: undefined,
  keyPassword: undefined,
  checksName: true,
};
const encrypted = (type: 'pkcs8' | 'pkcs1') =>
  createPrivateKey(mine.key).export({ type, format: 'pem', cipher: 'aes-256-cbc', passphrase: 'pw' }).toString();

function problem(texts: Partial<TlsTexts>): string {
  const read = readTls({ ...none, ...texts });
  return read.ok ? 'accepted' : read.error;
}

test('tls: PEM on many lines, on one, and with words around it', () => {
  const many = readTls({ ...none, authorities: authority.certificate, certificates: mine.certificate, key: mine.key });
  assert.ok(many.ok);
  const oneLine = (text: string) => `subject=… ${text.replace(/\s*\n/g, ' ')} `;
  const one = readTls({
    ...none,
    authorities: oneLine(authority.certificate),
    certificates: oneLine(mine.certificate),
    key: oneLine(mine.key),
  });
  assert.deepEqual(one, many);
  assert.deepEqual(readTls(none), {
    ok: true,
    value: { authorities: undefined, identity: undefined, checksName: true },
  });
});

test('tls: one file may hold the key and its certificates', () => {
  const text = `${mine.key}${mine.certificate}${authority.certificate}`;
  const read = readTls({ ...none, certificates: text, key: text });
  assert.ok(read.ok);
  assert.equal(read.value.identity?.certificates.match(/BEGIN CERTIFICATE/g)?.length, 2);
  assert.doesNotMatch(read.value.identity?.certificates ?? '', /PRIVATE/);
});

test('tls: an encrypted key is opened with its password, and with no other', () => {
  for (const type of ['pkcs8', 'pkcs1'] as const) {
    const read = readTls({ ...none, certificates: mine.certificate, key: encrypted(type), keyPassword: 'pw' });
    assert.equal(read.ok && read.value.identity?.key, mine.key, type);
    const texts = { certificates: mine.certificate, key: encrypted(type) };
    assert.match(problem(texts), /encrypted, and its password is not given/);
    assert.match(problem({ ...texts, keyPassword: 'wrong' }), /its password is wrong, or it is damaged/);
  }
});

test('tls: what is wrong is said of each text, without a word of the key [P9]', () => {
  const other = authority.issue('other');
  const damaged = authority.certificate.replace(/\n.{30}/, '\nAAAA');
  for (const [texts, expected] of [
    [{ authorities: 'JKS' }, /trusted certificates are not PEM/],
    [{ authorities: authority.certificate + damaged }, /number 2 of the trusted certificates cannot be read/],
    [{ key: mine.key }, /no certificate of our own/],
    [{ certificates: mine.certificate }, /not its private key/],
    [{ certificates: mine.certificate, key: other.key }, /not that of the first certificate/],
    [{ certificates: mine.certificate, key: 'hunter2' }, /private key is not PEM/],
    [
      { certificates: mine.certificate, key: mine.key.replace(/\n.{30}/, '\nhunter2') },
      /cannot be read: it is damaged/,
    ],
  ] as const) {
    const said = problem(texts);
    assert.match(said, expected);
    assert.doesNotMatch(said, /hunter2/);
  }
});

test('tls: a key among certificates is noticed', () => {
  assert.equal(wrongInCertificates(mine.certificate), undefined);
  assert.equal(wrongInCertificates(mine.certificate + mine.key), 'it holds a private key');
  assert.match(wrongInCertificates('nothing') ?? '', /not PEM/);
});
