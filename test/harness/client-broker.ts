/**
 * One broker of the kind that KLINK_BROKERS names (embedded, 4.3.0, 3.9.1) for the client's suites, with a login, and
 * clusters on it that end with the test.
 */

import type { Address, Network } from '../../src/base/connection.js';
import { silentLog } from '../../src/base/log.js';
import { systemClock } from '../../src/base/node/clock.js';
import { processLog } from '../../src/base/node/log.js';
import { systemNetwork } from '../../src/base/node/network.js';
import { systemRandom } from '../../src/base/node/random.js';
import type { SaslLogin } from '../../src/base/sasl.js';
import { openCluster } from '../../src/client/cluster.js';
import type { ClusterOptions, KafkaCluster } from '../../src/client/types.js';
import { useEmbedded } from './embedded.js';
import { type BrokerKind, brokerKind } from './engine-brokers.js';
import { useKafka } from './kafka.js';

export interface ClientBroker {
  readonly kind: BrokerKind;
  readonly address: Address;
  /** A super user's. */
  readonly sasl: SaslLogin;
  kill9(): Promise<void>;
  start(): Promise<void>;
}

interface Scope {
  after(end: () => Promise<void>): void;
}

export async function useClientBroker(
  scope: Scope,
  config: Readonly<Record<string, string>> = {},
): Promise<ClientBroker> {
  const kind = brokerKind();
  if (kind === 'embedded') {
    const broker = await useEmbedded(scope, { config, secured: true });
    const address = { host: broker.host, port: Number(broker.sasl.split(':')[1]) };
    return { kind, address, sasl: plain('klink'), kill9: () => broker.kill9(), start: () => broker.restart() };
  }
  const kafka = await useKafka(scope, { version: kind, config });
  const [broker] = kafka.brokers;
  if (broker === undefined) throw new Error('a cluster without brokers');
  const address = { host: '127.0.0.1', port: broker.saslPort };
  return { kind, address, sasl: plain('klink'), kill9: () => broker.kill9(), start: () => broker.start() };
}

/** The harness's users have their names as passwords. */
export function plain(username: string, password = username): SaslLogin {
  return { mechanism: 'PLAIN', username, password };
}

export function useCluster(
  scope: Scope,
  broker: { readonly address: Address; readonly sasl: SaslLogin | undefined },
  more: Partial<ClusterOptions> & { readonly network?: Network } = {},
): KafkaCluster {
  const cluster = openCluster({
    clock: systemClock,
    random: systemRandom,
    network: systemNetwork,
    log: process.env.KLINK_LOG ? processLog({ level: process.env.KLINK_LOG, fd: 2 }) : silentLog,
    name: 'test',
    bootstrap: [broker.address],
    security: { sasl: broker.sasl },
    clientId: 'klink-test',
    ...more,
  });
  scope.after(() => cluster.close());
  return cluster;
}
