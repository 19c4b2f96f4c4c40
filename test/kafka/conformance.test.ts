/** The embedded broker and Apache Kafka behave alike: the same suite on each, by KLINK_BROKERS. */
import { after, before } from 'node:test';
import { startEmbedded } from '../harness/embedded.js';
import { brokerKind } from '../harness/engine-brokers.js';
import { type KafkaVersion, startKafka } from '../harness/kafka.js';
import { conformance, type Target } from './conformance-suite.js';

const kind = brokerKind();
/** Longer than a restart takes: what a restart forgets is another test. */
const EXPIRY_MS = kind === 'embedded' ? 10_000 : 20_000;
const config = {
  'producer.id.expiration.ms': String(EXPIRY_MS),
  'producer.id.expiration.check.interval.ms': '500',
};
let target: Target & { stop(): Promise<void> };

before(async () => {
  target = kind === 'embedded' ? await embedded() : await kafka(kind);
});
after(() => target.stop());

conformance(kind === 'embedded' ? 'the embedded broker' : `Apache Kafka ${kind}`, () => target);

async function embedded(): Promise<typeof target> {
  const broker = await startEmbedded({ config });
  return {
    name: kind,
    address: { host: broker.host, port: broker.port },
    version: [4, 3],
    expiryMs: EXPIRY_MS,
    async restart() {
      await broker.terminate();
      await broker.restart();
    },
    kill9: () => broker.kill9(),
    start: () => broker.restart(),
    stop: () => broker.stop(),
  };
}

async function kafka(version: KafkaVersion): Promise<typeof target> {
  // The embedded broker has no authorizer; neither has the one that it is compared with.
  const cluster = await startKafka({ version, config: { ...config, 'authorizer.class.name': '' } });
  const [broker] = cluster.brokers;
  if (!broker) throw new Error('a cluster without a node');
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return {
    name: kind,
    address: { host: '127.0.0.1', port: broker.plaintextPort },
    version: [major, minor],
    expiryMs: EXPIRY_MS,
    async restart() {
      await broker.terminate();
      await broker.start();
    },
    kill9: () => broker.kill9(),
    start: () => broker.start(),
    stop: () => cluster.stop(),
  };
}
