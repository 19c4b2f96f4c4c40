/** The authority of one server: kept, and its certificate made again when it must be. */
import assert from 'node:assert/strict';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type LogFields, silentLog } from '../log.js';
import { systemClock } from './clock.js';
import { type OwnAuthority, openAuthority } from './own-authority.js';

const DAY_MS = 86_400_000;

function scene(t: TestContext) {
  const directory = mkdtempSync(join(tmpdir(), 'klink-ca-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  const time = { nowMs: systemClock.nowMs() };
  const clock = { ...systemClock, nowMs: () => time.nowMs };
  const errors: string[] = [];
  const log = { ...silentLog, error: ({ error }: LogFields) => void errors.push(String(error)) };
  const open = (hosts: readonly string[] = ['127.0.0.1']) => openAuthority(directory, hosts, { clock, log });
  const shown = ({ identity }: OwnAuthority) => new X509Certificate(identity().certificates);
  const isValid = ({ validFrom, validTo }: X509Certificate) =>
    Date.parse(validFrom) <= time.nowMs && time.nowMs < Date.parse(validTo);
  return { directory, time, errors, open, shown, isValid };
}

test('own authority: kept over starts; the certificate is renewed in time and for other names [broker 9.6]', (t) => {
  const { directory, time, open, shown } = scene(t);
  const opened = open();
  const authority = new X509Certificate(readFileSync(opened.file));
  const first = shown(opened);
  assert.ok(first.checkIssued(authority) && first.verify(authority.publicKey));
  assert.ok(first.checkHost('localhost') && first.checkIP('127.0.0.1'));
  for (const name of ['ca.key', 'server.key']) assert.equal(statSync(join(directory, name)).mode & 0o777, 0o600);

  const again = open();
  assert.equal(readFileSync(again.file, 'utf8'), authority.toString());
  assert.equal(again.identity().certificates, first.toString());
  assert.ok(shown(open(['kafka.example'])).checkHost('kafka.example'));

  time.nowMs += 365 * DAY_MS;
  assert.equal(shown(opened).fingerprint256, first.fingerprint256, 'not yet');
  time.nowMs += 2 * DAY_MS;
  const renewed = shown(opened);
  assert.notEqual(renewed.fingerprint256, first.fingerprint256);
  assert.ok(renewed.verify(authority.publicKey) && Date.parse(renewed.validTo) > time.nowMs + 300 * DAY_MS);
});

test('own authority: a clock that was wrong at the start leaves nothing behind once it is right [broker 9.6]', (t) => {
  for (const wrongByDays of [-20_000, 1_000]) {
    const { time, open, shown, isValid } = scene(t);
    const rightMs = time.nowMs;
    time.nowMs += wrongByDays * DAY_MS;
    const opened = open();
    assert.ok(isValid(shown(opened)));
    time.nowMs = rightMs;
    const renewed = shown(opened);
    const authority = new X509Certificate(readFileSync(opened.file));
    assert.ok(isValid(renewed) && renewed.verify(authority.publicKey), `${wrongByDays} days`);
    assert.ok(wrongByDays > 0 || isValid(authority), 'one that has ended is made again');
  }
});

test('own authority: without a clock it stays the one that clients trust [broker 9.6]', (t) => {
  const { time, open } = scene(t);
  const before = readFileSync(open().file, 'utf8');
  time.nowMs = 0;
  assert.equal(readFileSync(open().file, 'utf8'), before);
});

test('own authority: files that are no pair are made again, and damaged ones named at the start [broker 9.6]', (t) => {
  const { directory, open, shown } = scene(t);
  const first = open();
  const authority = new X509Certificate(readFileSync(first.file));
  writeFileSync(join(directory, 'server.key'), readFileSync(join(directory, 'ca.key')));
  const again = open();
  assert.ok(shown(again).checkPrivateKey(createPrivateKey(again.identity().key)));
  assert.ok(shown(again).verify(authority.publicKey));
  writeFileSync(join(directory, 'ca.pem'), '');
  assert.throws(() => open(), /ca\.pem or .*ca\.key is damaged/);
});

test('own authority: a renewal that fails leaves what there is, is told, and is tried again [broker 9.6]', (t) => {
  const { directory, time, errors, open, shown } = scene(t);
  const opened = open();
  const first = shown(opened).fingerprint256;
  const [server, aside] = ['server.pem.new', 'aside'].map((name) => join(directory, name)) as [string, string];
  mkdirSync(server);
  time.nowMs += 370 * DAY_MS;
  for (const _ of [1, 2]) assert.equal(shown(opened).fingerprint256, first);
  assert.equal(errors.length, 1);
  assert.match(errors[0] ?? '', /EISDIR/);
  renameSync(server, aside);
  time.nowMs += 3_600_000;
  assert.notEqual(shown(opened).fingerprint256, first);
});
