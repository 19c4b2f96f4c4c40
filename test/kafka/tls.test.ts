/**
 * TLS with Apache Kafka: KLINK_BROKERS=4.3.0|3.9.1. An authority of the test's own, a listener that demands a certificate
 * (SSL) and one that demands a login (SASL_SSL). Embedded: SASL_SSL with the broker's own authority. Spec: docs/spec/client.md
 * 1.6, broker.md §9.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import type { TlsSettings } from '../../src/base/tls.js';
import { type ClusterSecurity, NotSent } from '../../src/client/types.js';
import { newAuthority } from '../harness/certificates.js';
import { plain, useCluster } from '../harness/client-broker.js';
import { useEmbedded } from '../harness/embedded.js';
import { brokerKind } from '../harness/engine-brokers.js';
import { useKafka } from '../harness/kafka.js';
import { KlinkProcess } from '../harness/klink-process.js';
import { packageRoot } from '../harness/package-root.js';
import { until } from '../harness/until.js';

const kind = brokerKind();
if (kind === 'embedded') withEmbedded();
else await withApacheKafka(kind);

function withEmbedded(): void {
  test('tls: an embedded broker shows a certificate of its own authority, which is to be trusted [broker 9.6]', async (t) => {
    const broker = await useEmbedded(t, { tls: true });
    const tls: TlsSettings = { authorities: readFileSync(broker.ca, 'utf8'), identity: undefined, checksName: true };
    const asked = async (bootstrap: string, security: ClusterSecurity) => {
      const [host = '', port = ''] = bootstrap.split(':');
      const at = { address: { host, port: Number(port) }, sasl: undefined };
      const cluster = useCluster(t, at, { security, connectTimeoutMs: 5_000, requestTimeoutMs: 10_000 });
      return (await cluster.metadata([])).brokers.map((each) => `${each.host}:${each.port}`);
    };
    const sasl = plain('app');
    // A broker tells the address of the listener that it is asked at.
    for (const [bootstrap, security] of [
      [broker.saslSsl, { tls, sasl }],
      [broker.sasl, { sasl }],
      [broker.bootstrap, {}],
    ] as const) {
      assert.deepEqual(await asked(bootstrap, security), [bootstrap]);
    }
    assert.deepEqual(await asked(broker.saslSsl.replace('127.0.0.1', 'localhost'), { tls, sasl }), [broker.saslSsl]);
    const stranger = { ...tls, authorities: newAuthority().certificate };
    for (const [bootstrap, security, expected] of [
      [broker.saslSsl, { tls: stranger, sasl }, /certificate is refused/],
      [broker.saslSsl, { sasl }, /perhaps it speaks TLS/],
      [broker.bootstrap, { tls }, /is it a port for TLS/],
    ] as const) {
      await assert.rejects(asked(bootstrap, security), (error: unknown) => {
        assert.ok(error instanceof NotSent, String(error));
        assert.match(error.message, expected);
        return true;
      });
    }
    const shown = readFileSync(broker.ca, 'utf8');
    await broker.kill9();
    await broker.restart();
    assert.equal(readFileSync(broker.ca, 'utf8'), shown, 'the authority stays over restarts');
    assert.deepEqual(await asked(broker.saslSsl, { tls, sasl }), [broker.saslSsl]);
  });
}

async function withApacheKafka(version: '4.3.0' | '3.9.1'): Promise<void> {
  const authority = newAuthority();
  const klink = authority.issue('klink');
  const kafka = await useKafka(test, {
    version,
    tls: { identity: authority.issue('broker', ['127.0.0.1']), authority: authority.certificate },
  });
  const [broker] = kafka.brokers;
  if (broker === undefined) throw new Error('a cluster without brokers');
  const { sslPort, saslSslPort, plaintextPort, saslPort } = broker;
  const tls: TlsSettings = { authorities: authority.certificate, identity: undefined, checksName: true };
  const mutual = { ...tls, identity: { certificates: klink.certificate, key: klink.key } };
  const connected = async (
    scope: { after(end: () => Promise<void>): void },
    port: number,
    security: ClusterSecurity,
  ) => {
    const broker = { address: { host: '127.0.0.1', port }, sasl: undefined };
    return (
      await useCluster(scope, broker, { security, connectTimeoutMs: 5_000, requestTimeoutMs: 10_000 }).metadata([])
    ).brokers;
  };

  test('tls: each of the four ways to connect leads to its own listener [client 1.6]', async (t) => {
    for (const [port, security] of [
      [sslPort, { tls: mutual }],
      [saslSslPort, { tls, sasl: plain('klink') }],
      [saslPort, { sasl: plain('klink') }],
      [plaintextPort, {}],
    ] as const) {
      // A broker tells the address of the listener that it is asked at.
      assert.deepEqual(await connected(t, port, security), [{ id: 1, host: '127.0.0.1', port }]);
    }
  });

  test('tls: what does not fit is said in so many words, and nothing is sent [client 1.6]', async (t) => {
    const stranger = { ...tls, authorities: newAuthority().certificate };
    for (const [port, security, expected] of [
      [saslSslPort, { tls: stranger, sasl: plain('klink') }, /certificate is refused/],
      [sslPort, { tls }, /certificate required|bad certificate|handshake failure|closed the connection/i],
      [saslSslPort, { sasl: plain('klink') }, /perhaps it speaks TLS/],
      [saslPort, { tls, sasl: plain('klink') }, /is it a port for TLS/],
    ] as const) {
      await assert.rejects(connected(t, port, security), (error: unknown) => {
        assert.ok(error instanceof NotSent, String(error));
        assert.match(error.message, expected);
        return true;
      });
    }
  });

  test('tls: a managed cluster by certificate, a link by SASL_SSL, and the command line as well [client 1.6]', async (t) => {
    const destination = await useEmbedded(t);
    const folder = mkdtempSync(join(tmpdir(), 'klink tls '));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const file = (name: string, text: string) => {
      writeFileSync(join(folder, name), text);
      return join(folder, name);
    };
    const ca = file('ca.pem', authority.certificate);
    const own = file('klink.pem', klink.key + klink.certificate);
    const secrets = file('secrets.properties', 'unrelated=1\nsource.password=admin\n');
    const server = KlinkProcess.use(t, {
      clusters: [
        { name: 'dr', bootstrap: destination.bootstrap, home: true },
        {
          name: 'original',
          bootstrap: `127.0.0.1:${sslPort}`,
          clients: `127.0.0.1:${saslSslPort}`,
          tls: { authorities: `\${file:${ca}}`, certificates: `\${file:${own}}`, key: `\${file:${own}}` },
        },
      ],
    });
    await server.start();
    const command = (line: string, more: Partial<CommandOptions> = {}) =>
      runKlink(line, { home: server.stateDirectory, workingDirectory: folder, ...more });
    await until('both clusters are owned', 60_000, async () => {
      const { data } = await server.ask<{ data: { ownership: string }[] }>('GET', '/klink/v1/clusters');
      return data.every(({ ownership }) => ownership === 'owner');
    });
    await command('topic create orders --cluster original --partitions 1');

    const sasl = 'security.protocol=SASL_SSL\nsasl.mechanism=PLAIN\n';
    const login = 'org.apache.kafka.common.security.plain.PlainLoginModule required username="admin" password="admin";';
    file('admin.config', `${sasl}sasl.jaas.config=${login}\nssl.truststore.location=ca.pem\n`);
    file('untrusting.config', `${sasl}sasl.jaas.config=${login}\n`);
    file(
      'link.config',
      `${sasl}username=admin\npassword=\${file:${secrets}:source.password}\nssl.truststore.certificates=\${file:${ca}}\n`,
    );
    const produce = 'topic produce orders --cluster original --config';
    await assert.rejects(
      command(`${produce} untrusting.config`, { input: 'x\n' }),
      /is refused: .*ssl\.truststore\.location/s,
    );
    await command(`${produce} admin.config`, { input: 'one\ntwo\n' });

    const create = `link create dr-link --cluster dr --source-cluster original --source-bootstrap-server SASL_SSL://127.0.0.1:${saslSslPort}`;
    const stranger = file('stranger.pem', newAuthority().certificate);
    const account = `${sasl}username=admin\npassword=\${file:${secrets}:source.password}\n`;
    file('stranger.config', `${account}ssl.truststore.certificates=\${file:${stranger}}\n`);
    await assert.rejects(command(`${create} --config stranger.config`), /certificate is refused/);
    // Of a managed cluster klink knows the authority by itself.
    file('managed.config', account);
    await command(`${create} --config managed.config --dry-run`);
    await command(`${create} --config link.config`);
    await command('mirror create orders --link dr-link --cluster dr');
    const consumed = async (untilLines: number) => {
      const printed = await command('topic consume orders --cluster dr --from-beginning', { untilLines });
      return printed.split('\n');
    };
    assert.deepEqual(await consumed(2), ['one', 'two']);

    // The other listener, by certificate: the link goes on where it was.
    const onOneLine = authority.certificate.trim().replaceAll(/\s*\n/g, '\\n');
    const references = `ssl.keystore.certificate.chain=\${file:${own}}\nssl.keystore.key=\${file:${own}}\nssl.truststore.certificates=${onOneLine}\n`;
    file('certificate.config', `bootstrap.servers=127.0.0.1:${sslPort}\nsecurity.protocol=SSL\n${references}`);
    const update = 'link configuration update dr-link --cluster dr --config';
    await assert.rejects(command(`${update} bootstrap.servers=${destination.bootstrap}`), /TLS|another/);
    await command(`${update} certificate.config --reset username password sasl.mechanism`);
    await command(`${produce} admin.config`, { input: 'three\n' });
    assert.deepEqual(await consumed(3), ['one', 'two', 'three']);
    await command('topic update orders --config num.partitions=2 --cluster original');
    await until('the mirror has grown as well', 30_000, async () => {
      const described = await command('topic describe orders --cluster dr -o json');
      return (JSON.parse(described) as { partition_count: number }).partition_count === 2;
    });
    const shown = JSON.stringify(
      await server.ask('GET', `/kafka/v3/clusters/${destination.clusterId}/links/dr-link/configs`),
    );
    assert.match(shown, /"security.protocol","value":"SSL"/);
    assert.doesNotMatch(shown + server.log, /BEGIN CERTIFICATE|BEGIN PRIVATE/);
  });
}

interface CommandOptions {
  readonly home: string;
  readonly workingDirectory: string;
  readonly input: string;
  /** Interrupted when it has printed so many. */
  readonly untilLines: number;
}

/** What it printed, without the last newline. Rejects with what it said where it fails. */
function runKlink(
  line: string,
  {
    home,
    workingDirectory,
    input,
    untilLines,
  }: Pick<CommandOptions, 'home' | 'workingDirectory'> & Partial<CommandOptions>,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(packageRoot, 'bin', 'klink'), ...line.split(' ')], {
      cwd: workingDirectory,
      env: { ...process.env, KLINK_HOME: home },
    });
    const said = { out: '', err: '' };
    child.stdout.on('data', (chunk: Buffer) => {
      said.out += chunk.toString();
      if (untilLines !== undefined && said.out.split('\n').length > untilLines) child.kill('SIGINT');
    });
    child.stderr.on('data', (chunk: Buffer) => {
      said.err += chunk.toString();
    });
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve(said.out.trimEnd());
      else reject(new Error(`klink ${line}: ${code}\n${said.out}${said.err}`));
    });
    child.stdin.end(input ?? '');
  });
}
