import assert from 'node:assert/strict';
import test from 'node:test';
import type { Clock } from '../../base/clock.js';
import { silentLog } from '../../base/log.js';
import type { SaslMechanism } from '../../base/sasl.js';
import { NotSent } from '../../client/types.js';
import { type ManagedSource, managedSourceOf, scramChoice, wayTo } from './managed-source.js';

const at = (text: string) => {
  const [host = '', port] = text.split(':');
  return { host, port: Number(port) };
};

function managed(more: Partial<ManagedSource> = {}): ManagedSource {
  return {
    name: 'original',
    addresses: [at('127.0.0.1:9092'), at('k1.example:9094')],
    clearAddresses: [at('127.0.0.1:9092')],
    loginAddresses: [],
    authorities: undefined,
    clusterId: () => 'id-o',
    scramMechanisms: async () => [],
    ...more,
  };
}

const address = {
  linkId: 'l',
  linkName: 'l',
  bootstrapServers: '',
  security: { login: { kind: 'none' }, tls: undefined },
} as const;

test('managed source: known by the id that the link knows, or by an address; a name for loopback is one of it', () => {
  const all = [managed({ name: 'other', addresses: [at('k9:9092')], clusterId: () => undefined }), managed()];
  const of = (bootstrap: string, sourceClusterId?: string) =>
    managedSourceOf({ ...address, sourceClusterId }, [at(bootstrap)], all)?.name;
  assert.equal(of('somewhere:1', 'id-o'), 'original');
  assert.equal(of('localhost:9092'), 'original');
  assert.equal(of('K1.EXAMPLE:9094'), 'original');
  assert.equal(of('k9:9092', 'unknown'), 'other');
  assert.equal(of('127.0.0.1:9093'), undefined);
});

const secured = { tls: true, login: true };
const wayOf = (bootstrap: string, source: ManagedSource | undefined, wants = secured) => {
  const way = wayTo(bootstrap.split(',').map(at), source, wants);
  return { to: way.bootstrap.map(({ host, port }) => `${host}:${port}`).join(), clear: way.inTheClear, note: way.note };
};

test('managed source: TLS is left out at loopback addresses only that klink itself asks in the clear', () => {
  const clear = (bootstrap: string, source = managed()) => wayOf(bootstrap, source).clear;
  assert.equal(clear('127.0.0.1:9092'), true);
  assert.equal(clear('localhost:9092'), true);
  assert.match(wayOf('localhost:9092', managed()).note ?? '', /original has no TLS at localhost:9092: .* in the clear/);
  assert.equal(clear('127.0.0.1:9092,k1.example:9094'), false);
  assert.equal(clear('127.0.0.1:9094'), false, 'another listener');
  assert.equal(clear('k1.example:9094', managed({ clearAddresses: [at('k1.example:9094')] })), false);
  assert.equal(clear('127.0.0.1:9092', managed({ loginAddresses: [at('127.0.0.1:9093')] })), false, 'it has TLS');
  assert.equal(wayOf('127.0.0.1:9092', undefined).clear, false, 'not managed here');
});

test('managed source: a link that wants a login by TLS goes where keys log in, from another loopback address of that cluster', () => {
  const source = managed({ loginAddresses: [at('127.0.0.1:9093')] });
  const { to, note } = wayOf('127.0.0.1:9092', source);
  assert.equal(to, '127.0.0.1:9093');
  assert.match(note ?? '', /takes logins by TLS at 127\.0\.0\.1:9093, not at 127\.0\.0\.1:9092: klink connects there/);
  for (const [bootstrap, wants] of [
    ['127.0.0.1:9092', { tls: false, login: true }],
    ['127.0.0.1:9092', { tls: true, login: false }],
    ['127.0.0.1:9093', secured],
    ['k1.example:9094', secured],
    ['127.0.0.1:9999', secured],
  ] as const) {
    assert.deepEqual(wayOf(bootstrap, source, wants), { to: bootstrap, clear: false, note: undefined }, bootstrap);
  }
  const remote = managed({ loginAddresses: [at('k1.example:9095')] });
  assert.equal(wayOf('127.0.0.1:9092', remote).to, '127.0.0.1:9092');
});

test('managed source: the mechanisms of a SCRAM user in their order, asked once a minute, and never a password without an answer [P9]', async () => {
  let nowMs = 0;
  let answer: readonly SaslMechanism[] | Error = new Error('away');
  let asked = 0;
  const clock: Clock = { nowMs: () => nowMs, monotonicMs: () => nowMs, setTimer: () => ({ cancel: () => undefined }) };
  const source = managed({
    async scramMechanisms() {
      asked++;
      if (answer instanceof Error) throw answer;
      return answer;
    },
  });
  const login = { mechanism: 'PLAIN', username: 'sa-1', password: 'pw' } as const;
  const choice = scramChoice(login, source, { clock, log: silentLog });
  await assert.rejects(choice.choose(), (error: unknown) => error instanceof NotSent && !error.message.includes('pw '));
  answer = ['SCRAM-SHA-512', 'SCRAM-SHA-256'];
  const mechanisms = async () => (await choice.choose()).map(({ mechanism }) => mechanism);
  assert.deepEqual(await mechanisms(), ['SCRAM-SHA-512', 'SCRAM-SHA-256']);
  assert.match(
    choice.said() ?? '',
    /sa-1 is a SCRAM user of original: klink logs in by SCRAM-SHA-512 or SCRAM-SHA-256,/,
  );
  answer = new Error('away');
  await mechanisms();
  assert.equal(asked, 2, 'what was answered counts for a while');
  nowMs = 61_000;
  assert.deepEqual(await mechanisms(), ['SCRAM-SHA-512', 'SCRAM-SHA-256'], 'and on, while nobody answers');
  answer = [];
  assert.deepEqual(await mechanisms(), []);
  assert.equal(choice.said(), undefined, 'as the link says');
  answer = ['SCRAM-SHA-256'];
  assert.deepEqual(await mechanisms(), []);
  choice.doubt();
  assert.deepEqual(await mechanisms(), ['SCRAM-SHA-256'], 'what was refused is asked for anew at once');
  choice.doubt();
  answer = new Error('away');
  assert.deepEqual(await mechanisms(), ['SCRAM-SHA-256']);
});
