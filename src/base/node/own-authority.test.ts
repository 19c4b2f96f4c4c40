/** The authority of one server: kept, and its certificate made again when it must be. */
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { systemClock } from './clock.js';
import { openAuthority } from './own-authority.js';

const DAY_MS = 86_400_000;

test('own authority: kept over starts; the certificate is renewed in time and for other names [broker 9.6]', (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'klink-ca-'));
  t.after(() => rmSync(directory, { recursive: true }));
  let nowMs = systemClock.nowMs();
  const clock = { ...systemClock, nowMs: () => nowMs };
  const opened = openAuthority(directory, ['127.0.0.1'], clock);
  const authority = new X509Certificate(readFileSync(opened.file));
  const certificate = () => new X509Certificate(opened.identity().certificates);
  const first = certificate();
  assert.ok(first.checkIssued(authority) && first.verify(authority.publicKey));
  assert.ok(first.checkHost('localhost') && first.checkIP('127.0.0.1'));
  for (const name of ['ca.key', 'server.key']) assert.equal(statSync(join(directory, name)).mode & 0o777, 0o600);

  const again = openAuthority(directory, ['127.0.0.1'], clock);
  assert.equal(readFileSync(again.file, 'utf8'), authority.toString());
  assert.equal(again.identity().certificates, first.toString());
  const elsewhere = openAuthority(directory, ['kafka.example'], clock);
  assert.ok(new X509Certificate(elsewhere.identity().certificates).checkHost('kafka.example'));

  nowMs += 365 * DAY_MS;
  assert.equal(certificate().fingerprint256, first.fingerprint256, 'not yet');
  nowMs += 2 * DAY_MS;
  const renewed = certificate();
  assert.notEqual(renewed.fingerprint256, first.fingerprint256);
  assert.ok(renewed.verify(authority.publicKey) && Date.parse(renewed.validTo) > nowMs + 300 * DAY_MS);
});
