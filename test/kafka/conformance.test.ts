/** The embedded broker and Apache Kafka behave alike: the same suite on each, by KLINK_BROKERS. */
import assert from 'node:assert/strict';
import { after, before, describe } from 'node:test';
import { incrementalAlterConfigs } from '../../src/protocol/api/incremental-alter-configs.js';
import { startEmbedded } from '../harness/embedded.js';
import { brokerKind } from '../harness/engine-brokers.js';
import { type KafkaVersion, startKafka } from '../harness/kafka.js';
import { PATIENT } from '../harness/kafka-config.js';
import { Wire } from '../harness/wire.js';
import { running } from './conformance-behaviours.js';
import { conformance, type Target } from './conformance-suite.js';

const kind = brokerKind();
const [BROKER, SET] = [4, 0];
/** What a broker does now and then is waited for, so it does it often. */
const CHECK = {
  'producer.id.expiration.check.interval.ms': '500',
  'log.retention.check.interval.ms': '500',
  'log.cleaner.backoff.ms': '300',
  'transaction.abort.timed.out.transaction.cleanup.interval.ms': '500',
  'offsets.retention.check.interval.ms': '10000',
  'group.consumer.session.timeout.ms': '3000',
  'group.consumer.min.session.timeout.ms': '1000',
  'group.consumer.heartbeat.interval.ms': '1000',
  'group.consumer.min.heartbeat.interval.ms': '500',
  'group.consumer.assignment.interval.ms': '100',
  'quota.window.num': '2',
  'controller.quota.window.num': '2',
};
/** Kafka begins only half a minute after its start otherwise. */
const AT_ONCE = { 'log.initial.task.delay.ms': '500', ...PATIENT };
const EXPIRY = 'producer.id.expiration.ms';
let target: Target & { stop(): Promise<void> };

before(async () => {
  target = kind === 'embedded' ? await embedded() : await kafka(kind);
});
after(() => target.stop());

describe(kind === 'embedded' ? 'the embedded broker' : `Apache Kafka ${kind}`, () => {
  conformance(running(kind), () => target);
});

async function embedded(): Promise<typeof target> {
  const broker = await startEmbedded({ config: CHECK });
  return {
    address: { host: broker.host, port: broker.port },
    async restart() {
      await broker.terminate();
      await broker.restart();
    },
    kill9: () => broker.kill9(),
    start: () => broker.restart(),
    async expireProducersAfter(ms) {
      await broker.terminate();
      await broker.restart({ ...CHECK, [EXPIRY]: String(ms) });
    },
    stop: () => broker.stop(),
  };
}

async function kafka(version: KafkaVersion): Promise<typeof target> {
  // The embedded broker has no authorizer; neither has the one that it is compared with.
  const cluster = await startKafka({ version, config: { ...CHECK, ...AT_ONCE, 'authorizer.class.name': '' } });
  const [broker] = cluster.brokers;
  if (!broker) throw new Error('a cluster without a node');
  return {
    address: { host: '127.0.0.1', port: broker.plaintextPort },
    async restart() {
      await broker.terminate();
      await broker.start();
    },
    kill9: () => broker.kill9(),
    start: () => broker.start(),
    async expireProducersAfter(ms) {
      const wire = await Wire.open({ host: '127.0.0.1', port: broker.plaintextPort });
      const configs = [{ name: EXPIRY, configOperation: SET, value: String(ms) }];
      const all = { resourceType: BROKER, resourceName: '', configs };
      const { responses } = await wire.ask(incrementalAlterConfigs, { resources: [all] });
      wire.close();
      assert.equal(responses[0]?.errorCode, 0);
    },
    stop: () => cluster.stop(),
  };
}
