/** Where clients of a broker are told to connect, when that is not where it listens. */
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Wire } from '../test/harness/wire.js';
import { type StartBrokerOptions, startBroker } from './embedded.js';
import { metadata } from './protocol/api/metadata.js';

const ADVERTISED = 'advertised.listeners';
const tls = { protocol: 'SSL' as const, listen: { host: '0.0.0.0', port: 0 } };

test('advertised: clients are told what was said, by listener, and the certificate is for it [broker 9.1, 9.6]', async () => {
  const config = { [ADVERTISED]: 'PLAINTEXT://localhost:0, SSL://kafka.test:9094' };
  const broker = await startBroker({ host: '0.0.0.0', listeners: [tls], config });
  const wire = await Wire.open(broker);
  const { brokers } = await wire.ask(metadata, { topics: [] });
  assert.deepEqual([brokers[0]?.host, brokers[0]?.port], ['localhost', broker.port]);
  assert.notEqual(broker.port, 0);
  assert.deepEqual(broker.listeners[1]?.address, { host: 'kafka.test', port: 9094 });
  const shown = new X509Certificate(readFileSync(join(broker.directory, 'server.pem')));
  assert.equal(shown.checkHost('kafka.test'), 'kafka.test');
  wire.close();
  await broker.stop();
});

test('advertised: what clients could not connect to is refused, with what to say [broker 9.1]', async () => {
  const plain = { protocol: 'PLAINTEXT' as const, listen: { host: '127.0.0.1', port: 0 } };
  const set = (value: string): StartBrokerOptions => ({ config: { [ADVERTISED]: value } });
  const cases: [StartBrokerOptions, RegExp][] = [
    [
      { host: '0.0.0.0', port: 9092 },
      /^nobody can connect to 0\.0\.0\.0: .* advertised\.listeners=PLAINTEXT:\/\/<host>:9092$/,
    ],
    [{ host: '::' }, /^nobody can connect to ::/],
    [{ listeners: [tls], ...set('PLAINTEXT://a:1') }, /^nobody can connect to .* advertised\.listeners=SSL:/],
    [set('PLAINTEXT://0.0.0.0:1'), /^nobody can connect to 0\.0\.0\.0/],
    [
      set('kafka.test:9092'),
      /^advertised\.listeners kafka\.test:9092 is not of the form <protocol>:\/\/<host>:<port>$/,
    ],
    [set('SSL://kafka.test:9094'), /names SSL, and nothing listens for it: add a listener, or leave it out$/],
    [set('PLAINTEXT://a:1,PLAINTEXT://b:1'), /names PLAINTEXT, which is there twice/],
    [{ listeners: [plain], ...set('PLAINTEXT://a:1') }, /names PLAINTEXT, which is there twice/],
  ];
  for (const [options, words] of cases) {
    const reason = await startBroker(options).then(
      async (broker) => {
        await broker.stop();
        return 'it has started';
      },
      ({ message }: Error) => message,
    );
    assert.match(reason, words);
  }
});
