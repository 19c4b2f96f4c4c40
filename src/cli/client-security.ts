/**
 * `--config` of `topic produce` and `topic consume`: how to connect and as whom, under the names of Kafka's clients. Refuses
 * what this version cannot speak before anything is sent.
 */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { isSaslMechanism, readJaas, type SaslLogin, saslMechanisms } from '../base/sasl.js';
import { readTls, type TlsSettings } from '../base/tls.js';
import type { ClusterSecurity } from '../client/types.js';
import { securityProtocols } from '../model/link-security.js';
import { CliFailure } from './failure.js';
import { readConfigFlag } from './properties.js';

const known = new Set([
  'bootstrap.servers',
  'client.id',
  'sasl.jaas.config',
  'sasl.mechanism',
  'security.protocol',
  'ssl.endpoint.identification.algorithm',
  'ssl.key.password',
  'ssl.keystore.certificate.chain',
  'ssl.keystore.key',
  'ssl.keystore.location',
  'ssl.keystore.type',
  'ssl.truststore.certificates',
  'ssl.truststore.location',
  'ssl.truststore.type',
]);

/** Without `--config`: anonymously, in the clear. Throws CliFailure. */
export function readSecurity(config: string | undefined, workingDirectory: string): ClusterSecurity {
  if (config === undefined) return {};
  const settings = readConfigFlag(config, workingDirectory);
  for (const name of settings.keys()) {
    if (!known.has(name)) throw new CliFailure(`--config: the client setting "${name}" is not known here`);
  }
  const protocol = settings.get('security.protocol') ?? 'PLAINTEXT';
  if (!securityProtocols.some((each) => each === protocol)) {
    throw new CliFailure(`there is no security.protocol=${protocol}`, `Use ${securityProtocols.join(', ')}.`);
  }
  return {
    sasl: protocol.startsWith('SASL_') ? readLogin(settings) : undefined,
    tls: protocol.endsWith('SSL') ? readStores(settings, workingDirectory) : undefined,
  };
}

type Settings = ReadonlyMap<string, string>;

function readLogin(settings: Settings): SaslLogin {
  const mechanism = settings.get('sasl.mechanism') ?? 'PLAIN';
  if (!isSaslMechanism(mechanism)) {
    throw new CliFailure(`sasl.mechanism=${mechanism} is not supported yet`, `Use ${saslMechanisms.join(', ')}.`);
  }
  const login = readJaas(settings.get('sasl.jaas.config') ?? '', mechanism);
  if (!login.ok) throw new CliFailure(`--config: ${login.error}`);
  return login.value;
}

/** A text in the settings wins over a file. */
function readStores(settings: Settings, workingDirectory: string): TlsSettings {
  for (const name of ['ssl.truststore.type', 'ssl.keystore.type']) {
    const type = settings.get(name) ?? 'PEM';
    if (type !== 'PEM') throw new CliFailure(`--config: ${name}=${type} is not supported: only PEM is`, ...TO_PEM);
  }
  const trusted = contentOf('ssl.truststore.location', settings, workingDirectory);
  const own = contentOf('ssl.keystore.location', settings, workingDirectory);
  const tls = readTls({
    authorities: settings.get('ssl.truststore.certificates') ?? trusted,
    certificates: settings.get('ssl.keystore.certificate.chain') ?? own,
    key: settings.get('ssl.keystore.key') ?? own,
    keyPassword: settings.get('ssl.key.password'),
    checksName: settings.get('ssl.endpoint.identification.algorithm') !== '',
  });
  if (!tls.ok) throw new CliFailure(`--config: ${tls.error}`, ...TO_PEM);
  return tls.value;
}

function contentOf(name: string, settings: Settings, workingDirectory: string): string | undefined {
  const path = settings.get(name);
  if (path === undefined) return undefined;
  try {
    return readFileSync(resolve(workingDirectory, path), 'utf8');
  } catch (error) {
    throw new CliFailure(`--config: ${name}=${path} could not be read (${(error as NodeJS.ErrnoException).code})`);
  }
}

const TO_PEM = [
  'Certificates of a JKS or PKCS #12 store become PEM with `keytool -exportcert -rfc -keystore <store> -alias <alias>`.',
  'A key with its certificates becomes PEM with `openssl pkcs12 -in <store>.p12 -out client.pem`; for a JKS store first',
  '`keytool -importkeystore -srckeystore <store> -destkeystore <store>.p12 -deststoretype PKCS12`.',
];
