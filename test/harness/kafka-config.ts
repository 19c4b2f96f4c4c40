/** The settings of a test broker: small, quick to start, with SASL and an authorizer. */
import { join } from 'node:path';
import type { Identity } from './certificates.js';

export interface NodeAddresses {
  readonly id: number;
  readonly sasl: number;
  readonly plaintext: number;
  readonly controller: number;
  /** With TLS only. */
  readonly ssl?: number | undefined;
  readonly saslSsl?: number | undefined;
}

/** With it there are two more listeners: SSL, which demands a certificate, and SASL_SSL, which demands none. */
export interface BrokerTls {
  readonly identity: Identity;
  /** PEM: who signs the clients' certificates. */
  readonly authority: string;
}

const PLAIN_USERS = { admin: 'admin', klink: 'klink', link: 'link', app: 'app' };
const SCRAM_MECHANISMS = ['SCRAM-SHA-256', 'SCRAM-SHA-512'];

/**
 * For a broker that is hardly ever killed: one that a busy machine holds up for seconds is not taken for ended by its own
 * controller, which takes the leaders away from it (6). It is Kafka's own preset.
 */
export const PATIENT: Readonly<Record<string, string>> = { 'broker.session.timeout.ms': '9000' };

/** Below a node's own directory, unless its settings say otherwise. */
export function logDirectory(home: string, config: Readonly<Record<string, string>>): string {
  return config['log.dirs'] ?? join(home, 'data');
}

export function heapOf(nodes: number): number {
  return nodes === 1 ? 512 : 384;
}

export function brokerProperties(
  own: NodeAddresses,
  all: readonly NodeAddresses[],
  home: string,
  config: Readonly<Record<string, string>>,
  tls: BrokerTls | undefined,
): string {
  const replicas = String(all.length);
  const inSync = all.length === 1 ? '1' : '2';
  const login = 'org.apache.kafka.common.security';
  const users = Object.entries(PLAIN_USERS).map(([name, password]) => `user_${name}="${password}"`);
  const settings: Record<string, string> = {
    'process.roles': 'broker,controller',
    'node.id': String(own.id),
    'controller.quorum.voters': all.map((each) => `${each.id}@127.0.0.1:${each.controller}`).join(','),
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'PLAINTEXT',
    listeners: [
      `SASL_PLAINTEXT://127.0.0.1:${own.sasl}`,
      `PLAINTEXT://127.0.0.1:${own.plaintext}`,
      `CONTROLLER://127.0.0.1:${own.controller}`,
    ].join(','),
    'listener.security.protocol.map': 'SASL_PLAINTEXT:SASL_PLAINTEXT,PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'log.dirs': logDirectory(home, config),

    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    // ANONYMOUS is who comes by the controller and inter-broker listeners; klink is the engine's principal.
    'super.users': 'User:ANONYMOUS;User:admin;User:klink',
    'sasl.enabled.mechanisms': ['PLAIN', ...SCRAM_MECHANISMS].join(','),
    'listener.name.sasl_plaintext.plain.sasl.jaas.config': `${login}.plain.PlainLoginModule required ${users.join(' ')};`,

    'offsets.topic.replication.factor': replicas,
    'offsets.topic.num.partitions': '5',
    'transaction.state.log.replication.factor': replicas,
    'transaction.state.log.num.partitions': '5',
    'transaction.state.log.min.isr': inSync,
    'share.coordinator.state.topic.replication.factor': replicas,
    'share.coordinator.state.topic.min.isr': inSync,
    'default.replication.factor': replicas,
    'min.insync.replicas': inSync,
    'auto.create.topics.enable': 'false',
    'group.initial.rebalance.delay.ms': '0',

    // A killed broker is let in again only when its old session has ended.
    'broker.session.timeout.ms': '3000',
    'broker.heartbeat.interval.ms': '500',
    'num.network.threads': '2',
    'num.io.threads': '4',
    'log.cleaner.dedupe.buffer.size': '8388608',
    'controlled.shutdown.max.retries': '1',
  };
  for (const mechanism of SCRAM_MECHANISMS) {
    settings[`listener.name.sasl_plaintext.${mechanism.toLowerCase()}.sasl.jaas.config`] =
      `${login}.scram.ScramLoginModule required;`;
  }
  if (tls) addTls(settings, own, tls);
  return Object.entries({ ...settings, ...config })
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}

function addTls(settings: Record<string, string>, own: NodeAddresses, { identity, authority }: BrokerTls): void {
  const oneLine = (pem: string) => pem.trim().replaceAll(/\r?\n/g, '\\n');
  settings.listeners += `,SSL://127.0.0.1:${own.ssl},SASL_SSL://127.0.0.1:${own.saslSsl}`;
  settings['listener.security.protocol.map'] += ',SSL:SSL,SASL_SSL:SASL_SSL';
  settings['super.users'] += ';User:CN=klink';
  for (const [name, value] of Object.entries(settings)) {
    const mechanism = /^listener\.name\.sasl_plaintext\.(.*)$/.exec(name)?.[1];
    if (mechanism !== undefined) settings[`listener.name.sasl_ssl.${mechanism}`] = value;
  }
  settings['listener.name.ssl.ssl.client.auth'] = 'required';
  settings['ssl.keystore.type'] = 'PEM';
  settings['ssl.keystore.certificate.chain'] = oneLine(identity.certificate);
  settings['ssl.keystore.key'] = oneLine(identity.key);
  settings['ssl.truststore.type'] = 'PEM';
  settings['ssl.truststore.certificates'] = oneLine(authority);
}

/** Version 4 logs with Log4j 2, version 3 with reload4j. Both to standard output. */
export function logProperties(version: string): {
  readonly file: string;
  readonly flag: string;
  readonly text: string;
} {
  if (version.startsWith('3.')) {
    return {
      file: 'log4j.properties',
      flag: 'log4j.configuration',
      text: `log4j.rootLogger=WARN, out
log4j.appender.out=org.apache.log4j.ConsoleAppender
log4j.appender.out.layout=org.apache.log4j.PatternLayout
log4j.appender.out.layout.ConversionPattern=%d{ABSOLUTE} %p %c %m%n
`,
    };
  }
  return {
    file: 'log4j2.properties',
    flag: 'log4j2.configurationFile',
    text: `rootLogger.level = warn
rootLogger.appenderRef.out.ref = OUT
appender.out.type = Console
appender.out.name = OUT
appender.out.layout.type = PatternLayout
appender.out.layout.pattern = %d{ABSOLUTE} %p %c %m%n
`,
  };
}
