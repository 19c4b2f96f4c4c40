/**
 * The two clusters of the suites that hold on every kind of broker: KLINK_BROKERS is `embedded` (default) or a version of
 * Apache Kafka. KLINK_BROKERS_AT=source:port,destination:port names running ones with the same settings, so that the files
 * of a suite can share a pair.
 */
import type { Address } from '../../src/base/connection.js';
import { startEmbedded } from './embedded.js';
import { type KafkaVersion, startKafka } from './kafka.js';
import { PATIENT } from './kafka-config.js';

export type BrokerKind = 'embedded' | KafkaVersion;

export interface EngineClusters {
  readonly addresses: { readonly source: Address; readonly destination: Address };
  stop(): Promise<void>;
}

/** Producers are forgotten soon, so that the suites see it happen. */
const ENGINE_CONFIG = {
  'producer.id.expiration.ms': '20000',
  'producer.id.expiration.check.interval.ms': '2000',
};

export function brokerKind(): BrokerKind {
  const kind = process.env.KLINK_BROKERS ?? 'embedded';
  if (kind === 'embedded' || kind === '4.3.0' || kind === '3.9.1') return kind;
  throw new Error(`KLINK_BROKERS is embedded, 4.3.0 or 3.9.1, not ${kind}`);
}

/** The running pair, or one that ends with `stop`. */
export async function engineClusters(): Promise<EngineClusters> {
  const running = process.env.KLINK_BROKERS_AT?.split(',');
  if (running === undefined) return startPair(brokerKind());
  const [source = '', destination = ''] = running;
  return { addresses: { source: addressOf(source), destination: addressOf(destination) }, stop: async () => {} };
}

/** A pair of its own, whatever is running. */
export async function startPair(kind: BrokerKind): Promise<EngineClusters> {
  const start = async () =>
    kind === 'embedded'
      ? await startEmbedded({ config: ENGINE_CONFIG })
      : await startKafka({ version: kind, config: { ...ENGINE_CONFIG, ...PATIENT } });
  const started = await Promise.allSettled([start(), start()]);
  const pair = started.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  const stop = async () => void (await Promise.all(pair.map((each) => each.stop())));
  const [source, destination] = pair;
  if (!source || !destination) {
    await stop();
    throw started.find((each) => each.status === 'rejected')?.reason;
  }
  return {
    addresses: { source: addressOf(bootstrapOf(source)), destination: addressOf(bootstrapOf(destination)) },
    stop,
  };
}

function bootstrapOf(cluster: { readonly bootstrap: string } | { readonly plaintext: string }): string {
  return 'bootstrap' in cluster ? cluster.bootstrap : cluster.plaintext;
}

function addressOf(text: string): Address {
  const [host = '', port = ''] = text.split(':');
  return { host, port: Number(port) };
}

let names = 0;

/** A name no other test of this or another run uses. */
export function topicName(what: string): string {
  return `${what}-${process.pid}-${Date.now().toString(36)}-${names++}`;
}
