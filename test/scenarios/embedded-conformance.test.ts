/** The embedded broker behaves as Apache Kafka does; `test/kafka/conformance.test.ts` asserts the same of the real one. */
import { after, before } from 'node:test';
import { type Embedded, startEmbedded } from '../harness/embedded.js';
import { conformance, type Target } from '../kafka/conformance-suite.js';

const EXPIRY_MS = 4000;
let broker: Embedded;

before(async () => {
  broker = await startEmbedded({
    config: {
      'producer.id.expiration.ms': String(EXPIRY_MS),
      'producer.id.expiration.check.interval.ms': '500',
    },
  });
});
after(() => broker.stop());

conformance('the embedded broker', (): Target => {
  return {
    name: 'embedded',
    address: { host: broker.host, port: broker.port },
    version: [4, 3],
    expiryMs: EXPIRY_MS,
    async restart() {
      await broker.terminate();
      await broker.restart();
    },
    kill9: () => broker.kill9(),
    start: () => broker.restart(),
  };
});
