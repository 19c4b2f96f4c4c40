/** The brokers of a differential run: Apache Kafka 4.3.0 as the reference, and those that are held against it. */
import type { Address } from '../../src/base/connection.js';
import { startEmbedded } from '../harness/embedded.js';
import type { BrokerKind } from '../harness/engine-brokers.js';
import { startKafka } from '../harness/kafka.js';
import { Side } from './side.js';

const REFERENCE = '4.3.0';
/** Nothing that a broker does by the clock comes in between. */
const QUIET = {
  'producer.id.expiration.ms': '86400000',
  'log.retention.check.interval.ms': '86400000',
  'log.cleaner.enable': 'true',
  'log.cleaner.backoff.ms': '86400000',
  // Whoever asks for a new assignment has it in the next answer.
  'group.initial.rebalance.delay.ms': '0',
  'group.consumer.assignment.interval.ms': '0',
  'offsets.topic.num.partitions': '1',
  'transaction.state.log.num.partitions': '1',
  // ACLs are kept, and whoever asks may everything.
  'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
  'super.users': 'User:ANONYMOUS',
  // What runs out of its time is aborted while a step waits for it.
  'transaction.abort.timed.out.transaction.cleanup.interval.ms': '100',
};

export interface Brokers {
  readonly sides: readonly Side[];
  stop(): Promise<void>;
}

/** `reference`: one that runs, set like them. `config`: what the others need to be set like it. */
export async function startBrokers({
  others,
  reference,
  config = QUIET,
}: {
  readonly others: readonly BrokerKind[];
  readonly reference?: Address;
  readonly config?: Readonly<Record<string, string>>;
}): Promise<Brokers> {
  const stops: (() => Promise<void>)[] = [];
  const sides: Side[] = [];
  const stop = async () => {
    for (const side of sides) side.close();
    await Promise.all(stops.map((each) => each()));
  };
  const start = async (kind: BrokerKind): Promise<Address> => {
    if (kind === 'embedded') {
      const broker = await startEmbedded({ config, nodeId: 1 });
      stops.push(broker.stop);
      return { host: broker.host, port: broker.port };
    }
    const kafka = await startKafka({ version: kind, config });
    stops.push(kafka.stop);
    return { host: '127.0.0.1', port: kafka.brokers[0]?.plaintextPort ?? 0 };
  };
  try {
    sides.push(await Side.open(REFERENCE, reference ?? (await start(REFERENCE))));
    for (const kind of others) sides.push(await Side.open(kind, await start(kind)));
    return { sides, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
