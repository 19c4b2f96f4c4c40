import assert from 'node:assert/strict';
import { createPrivateKey } from 'node:crypto';
import test from 'node:test';
import { newAuthority } from '../../../test/harness/certificates.js';
import type { Clock } from '../../base/clock.js';
import { silentLog } from '../../base/log.js';
import { seededRandom } from '../../base/random.js';
import { fail, ok, type Result } from '../../base/result.js';
import { NotSent } from '../../client/types.js';
import { resolveSecurity, type SourceAddress } from './address.js';
import { SourceClusters } from './source-clusters.js';

/** Fires what is due when told. */
class HandClock implements Clock {
  #nowMs = 0;
  #timers: { readonly atMs: number; readonly fire: () => void }[] = [];
  nowMs = () => this.#nowMs;
  monotonicMs = () => this.#nowMs;

  setTimer(delayMs: number, fire: () => void) {
    const timer = { atMs: this.#nowMs + delayMs, fire };
    this.#timers.push(timer);
    return {
      cancel: () => {
        this.#timers = this.#timers.filter((each) => each !== timer);
      },
    };
  }

  pass(ms: number): void {
    this.#nowMs += ms;
    const due = this.#timers.filter((each) => each.atMs <= this.#nowMs);
    this.#timers = this.#timers.filter((each) => each.atMs > this.#nowMs);
    for (const { fire } of due) fire();
  }
}

const secrets = new Map([['env:PW', 'hidden']]);

function resolve(reference: string): Result<string, string> {
  const value = secrets.get(reference);
  return value === undefined ? fail('it is not set') : ok(value);
}

function open() {
  const clock = new HandClock();
  const network = {
    connect: () => Promise.reject(new Error('no network here')),
    listen: () => Promise.reject(new Error('no network here')),
  };
  const clusters = new SourceClusters({
    clock,
    random: seededRandom(1),
    network,
    log: silentLog,
    resolveSecret: resolve,
  });
  return { clock, clusters };
}

const plain: SourceAddress = {
  linkId: 'link-1',
  linkName: 'one',
  bootstrapServers: 'a:9092,[::1]:9093',
  security: {
    login: { kind: 'password', mechanism: 'PLAIN', username: 'link', passwordReference: 'env:PW' },
    tls: undefined,
  },
};

function borrowed(clusters: SourceClusters, address: SourceAddress) {
  const found = clusters.borrow(address);
  if (!found.ok) throw new Error(found.error);
  return found.value;
}

test('source: one set of connections for all who borrow the same address', () => {
  const { clusters } = open();
  const [one, two] = [borrowed(clusters, plain), borrowed(clusters, plain)];
  assert.equal(one.cluster, two.cluster);
  assert.notEqual(borrowed(clusters, { ...plain, linkId: 'link-2' }).cluster, one.cluster);
  assert.equal(clusters.size, 2);
});

test('source: closed a minute after the last one gave it back, kept when somebody comes before', async () => {
  const { clock, clusters } = open();
  const first = borrowed(clusters, plain);
  const second = borrowed(clusters, plain);
  first.giveBack();
  first.giveBack();
  clock.pass(120_000);
  assert.equal(clusters.size, 1, 'the second one still has it');
  second.giveBack();
  clock.pass(59_000);
  const third = borrowed(clusters, plain);
  clock.pass(120_000);
  assert.equal(clusters.size, 1);
  third.giveBack();
  clock.pass(60_000);
  assert.equal(clusters.size, 0);
  await assert.rejects(first.cluster.metadata([]), NotSent);
});

test('source: a changed secret is another login', () => {
  const { clusters } = open();
  const before = borrowed(clusters, plain);
  secrets.set('env:PW', 'changed');
  const after = borrowed(clusters, plain);
  secrets.set('env:PW', 'hidden');
  assert.notEqual(before.cluster, after.cluster);
  assert.notEqual(before.key, after.key);
});

test('source: a secret that is missing and an address that is none are told without opening anything [P9]', () => {
  const { clusters } = open();
  const missing = { kind: 'password', mechanism: 'PLAIN', username: 'link', passwordReference: 'env:GONE' } as const;
  assert.deepEqual(clusters.borrow({ ...plain, security: { login: missing, tls: undefined } }), fail('it is not set'));
  assert.equal(clusters.borrow({ ...plain, bootstrapServers: '' }).ok, false);
  assert.equal(clusters.borrow({ ...plain, bootstrapServers: 'a:9092,b' }).ok, false);
  assert.equal(clusters.size, 0);
});

test('source: certificates and keys are read before anything is opened; what is wrong with them is told [client 1.6] [P9]', () => {
  const { clusters } = open();
  const authority = newAuthority();
  const { certificate, key } = authority.issue('klink');
  const encrypted = createPrivateKey(key)
    .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'pw' })
    .toString();
  secrets.set('${env:KEY}', encrypted);
  secrets.set('${env:KEY_PW}', 'hunter2');
  const tls = {
    authorities: authority.certificate,
    certificates: certificate,
    keyReference: '${env:KEY}',
    keyPasswordReference: '${env:KEY_PW}',
    checksName: true,
  };
  const secured: SourceAddress = { ...plain, security: { login: { kind: 'none' }, tls } };
  const wrong = fail('the private key cannot be read: its password is wrong, or it is damaged');
  assert.deepEqual([clusters.keyOf(secured), clusters.borrow(secured), clusters.size], [wrong, wrong, 0]);
  secrets.set('${env:KEY_PW}', 'pw');
  const first = borrowed(clusters, secured);
  assert.equal(borrowed(clusters, secured).cluster, first.cluster);
  const trustsAnother = { ...tls, authorities: newAuthority().certificate };
  const other = borrowed(clusters, { ...secured, security: { login: { kind: 'none' }, tls: trustsAnother } });
  assert.notEqual(other.cluster, first.cluster);
  assert.equal(clusters.size, 2);
});

test('login: read from a JAAS line, and no error shows any of it [P9]', () => {
  const login = { kind: 'jaas', mechanism: 'PLAIN', reference: 'line' } as const;
  const read = (line: string) => {
    const found = resolveSecurity({ linkId: 'l', security: { login, tls: undefined } }, () => ok(line));
    return found.ok ? ok(found.value.sasl) : found;
  };
  const module = 'org.apache.kafka.common.security.plain.PlainLoginModule required';
  assert.deepEqual(read(`${module} username="link" password="a\\"b c";`), {
    ok: true,
    value: { mechanism: 'PLAIN', username: 'link', password: 'a"b c' },
  });
  assert.equal(read(`${module} username='link' password='x';`).ok, true);
  for (const bad of [
    `${module} username="link" passwd="hidden";`,
    'ScramLoginModule required username="u" password="hidden";',
  ]) {
    const found = read(bad);
    assert.equal(found.ok, false);
    assert.doesNotMatch(found.ok ? '' : found.error, /hidden/);
  }
});
