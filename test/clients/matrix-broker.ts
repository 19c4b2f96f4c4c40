/** The broker of one client's row, of the kind that KLINK_BROKERS names: without login, with SASL, and with SASL over TLS. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newAuthority } from '../harness/certificates.js';
import { startEmbedded } from '../harness/embedded.js';
import { type BrokerKind, brokerKind } from '../harness/engine-brokers.js';
import { startKafka } from '../harness/kafka.js';

export interface MatrixBroker {
  readonly kind: BrokerKind;
  /** Everybody is a super user here. */
  readonly plaintext: string;
  readonly sasl: string;
  readonly saslSsl: string;
  /** A file: the authority to trust at `saslSsl`. */
  readonly ca: string;
  log(): string;
  kill9(): Promise<void>;
  /** The same files, the same ports. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** Members are told of a new assignment soon. */
const CONFIG = {
  'group.consumer.min.heartbeat.interval.ms': '100',
  'group.consumer.heartbeat.interval.ms': '300',
};

export async function startMatrixBroker(): Promise<MatrixBroker> {
  const kind = brokerKind();
  if (kind === 'embedded') {
    const broker = await startEmbedded({ tls: true, config: CONFIG });
    const { bootstrap: plaintext, sasl, saslSsl, ca, log } = broker;
    const kill9 = () => broker.kill9();
    return { kind, plaintext, sasl, saslSsl, ca, log, kill9, start: () => broker.restart(), stop: () => broker.stop() };
  }
  const authority = newAuthority();
  const dir = mkdtempSync(join(tmpdir(), 'klink-clients-ca-'));
  const ca = join(dir, 'ca.pem');
  writeFileSync(ca, authority.certificate);
  const identity = authority.issue('broker', ['127.0.0.1', 'localhost']);
  const kafka = await startKafka({
    version: kind,
    config: CONFIG,
    tls: { identity, authority: authority.certificate },
  });
  const [node] = kafka.brokers;
  if (node === undefined) throw new Error('a cluster without brokers');
  return {
    kind,
    plaintext: kafka.plaintext,
    sasl: kafka.sasl,
    saslSsl: `127.0.0.1:${node.saslSslPort}`,
    ca,
    log: () => node.log(),
    kill9: () => node.kill9(),
    start: () => node.start(),
    async stop() {
      await kafka.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
