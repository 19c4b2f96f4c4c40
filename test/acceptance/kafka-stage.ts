/**
 * Two Apache Kafka clusters with an authorizer, and `klink server` with a klink.yaml, in a directory with a space. Four
 * principals: klink, as whom the engine acts; link, who may only read at the source; app, who writes and reads as clients
 * do; admin, who looks on from outside.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createAcls } from '../../src/protocol/api/create-acls.js';
import { DR_LINK_CONFIG, quoted } from '../../src/serve/demo-walk.js';
import { type KafkaVersion, startKafka, type TestKafka } from '../harness/kafka.js';
import { until } from '../harness/until.js';
import { Wire } from '../harness/wire.js';
import { klinkBin, type OpenStage } from './embedded-stage.js';
import { foreignWrite } from './foreign-reader.js';
import { openShell, type Shell } from './shell.js';

const READY_WITHIN_MS = 60_000;
const ENDED_WITHIN_MS = 30_000;

const [TOPIC, GROUP] = [2, 3];
const [READ, WRITE, DESCRIBE, DESCRIBE_CONFIGS] = [3, 4, 8, 10];
const [LITERAL, ALLOW] = [3, 3];

type Grant = readonly [user: string, resourceType: number, operation: number];

/** What docs/guides/own-clusters.md asks for. */
const LINK_GRANTS: readonly Grant[] = [
  ['link', TOPIC, READ],
  ['link', TOPIC, DESCRIBE_CONFIGS],
  ['link', GROUP, DESCRIBE],
];
const APP_GRANTS: readonly Grant[] = [
  ['app', TOPIC, READ],
  ['app', TOPIC, WRITE],
  ['app', GROUP, READ],
];

export async function openKafkaStage(version: string): Promise<OpenStage> {
  const place = mkdtempSync(join(tmpdir(), 'klink tutorial '));
  const started = await Promise.allSettled([
    startKafka({ version: known(version) }),
    startKafka({ version: known(version) }),
  ]);
  const clusters = started.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  const end = async () => {
    await Promise.all(clusters.map((each) => each.stop()));
    rmSync(place, { recursive: true, force: true });
  };
  try {
    for (const each of started) if (each.status === 'rejected') throw each.reason;
    const [original, dr] = clusters;
    if (!original || !dr) throw new Error('unreachable');
    await allow(original, [...LINK_GRANTS, ...APP_GRANTS]);
    await allow(dr, APP_GRANTS);
    return await withServer(place, original, dr, end);
  } catch (error) {
    await end();
    throw error;
  }
}

async function withServer(place: string, original: TestKafka, dr: TestKafka, end: () => Promise<void>) {
  const home = join(place, 'klink');
  mkdirSync(home, { mode: 0o700 });
  const files = {
    server: join(place, 'klink.yaml'),
    link: join(place, 'dr-link.config'),
    client: join(place, 'client.config'),
    password: join(place, 'link.password'),
  };
  writeFileSync(files.server, serverYaml(original, dr));
  writeFileSync(files.password, 'link\n', { mode: 0o600 });
  writeFileSync(
    files.link,
    `${DR_LINK_CONFIG}security.protocol=SASL_PLAINTEXT\nsasl.mechanism=PLAIN\nusername=link\npassword=\${file:${files.password}}\n`,
  );
  writeFileSync(
    files.client,
    `security.protocol=SASL_PLAINTEXT\nsasl.mechanism=PLAIN\nsasl.jaas.config=${login('app')}\n`,
  );

  const env = { PATH: `${dirname(klinkBin)}:${process.env.PATH ?? ''}`, HOME: '', KLINK_HOME: home };
  const server = spawn(process.execPath, [klinkBin, 'server', '-c', files.server], {
    env: { ...env, KLINK_PASSWORD: 'klink' },
    cwd: place,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let written = '';
  for (const stream of [server.stdout, server.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      written += chunk.toString();
    });
  }
  const ended = () => server.exitCode !== null || server.signalCode !== null;
  const close = async () => {
    try {
      server.kill('SIGINT');
      await until('the server ends', ENDED_WITHIN_MS, ended);
      if (server.exitCode !== 0) throw new Error(`the server ended with ${server.exitCode}: ${written}`);
    } finally {
      server.kill('SIGKILL');
      await end();
    }
  };
  try {
    const note = join(home, 'server.json');
    await until('the server listens', READY_WITHIN_MS, () => {
      if (ended()) throw new Error(`it ended with ${server.exitCode}: ${written}`);
      return readFileSync(note, 'utf8') !== '';
    });
    const { url, tokenFile } = JSON.parse(readFileSync(note, 'utf8')) as { url: string; tokenFile: string };
    const [broker] = original.brokers;
    const plain = openShell(env, place);
    // Without `exec` the shell would be interrupted too, and its end would hide the command's.
    const shell: Shell = { run: plain.run, runUntil: (line, enough) => plain.runUntil(`exec ${line}`, enough) };
    const stage: OpenStage = {
      shell,
      directory: place,
      facts: {
        original: { id: original.clusterId, bootstrap: original.sasl },
        dr: { id: dr.clusterId },
        linkConfig: files.link,
        killOriginal: `kill -9 ${broker?.pid}`,
        clientFlags: `--config ${quoted(files.client)}`,
      },
      original: asAdmin(original),
      dr: asAdmin(dr),
      rest: { url, token: readFileSync(tokenFile, 'utf8').trim() },
      // klink's own command asks the server first; this is somebody who does not.
      writeToMirror: (topic) => foreignWrite({ ...asAdmin(dr), sasl: saslOf('app') }, topic),
      close,
    };
    await until('the server knows both clusters', READY_WITHIN_MS, async () => {
      const { out, err } = await shell.run('klink kafka cluster list');
      if (![original, dr].every((each) => out.includes(each.clusterId))) throw new Error(`${out}${err}${written}`);
      return true;
    });
    return stage;
  } catch (error) {
    await close().catch(() => {}); // The first error says more.
    throw error;
  }
}

function known(version: string): KafkaVersion {
  if (version === '4.3.0' || version === '3.9.1') return version;
  throw new Error(`Apache Kafka 4.3.0 or 3.9.1, not ${version}`);
}

function serverYaml(original: TestKafka, dr: TestKafka): string {
  const cluster = (name: string, kafka: TestKafka, more: string) => `  - name: ${name}
    id: ${kafka.clusterId}
    bootstrap: ${kafka.sasl}
    principal: { mechanism: PLAIN, username: klink, password: "\${env:KLINK_PASSWORD}" }
${more}`;
  return `listen: 127.0.0.1:0
clusters:
${cluster('original', original, '')}${cluster('dr', dr, '    home: true\n')}`;
}

function login(user: string): string {
  return `org.apache.kafka.common.security.plain.PlainLoginModule required username="${user}" password="${user}";`;
}

function saslOf(user: string) {
  return { mechanism: 'plain', username: user, password: user } as const;
}

function asAdmin(kafka: TestKafka) {
  return { bootstrap: kafka.sasl, sasl: saslOf('admin') };
}

async function allow(kafka: TestKafka, grants: readonly Grant[]): Promise<void> {
  const [broker] = kafka.brokers;
  const wire = await Wire.open({ host: '127.0.0.1', port: broker?.plaintextPort ?? 0 });
  try {
    const creations = grants.map(([user, resourceType, operation]) => ({
      resourceType,
      resourceName: '*',
      resourcePatternType: LITERAL,
      principal: `User:${user}`,
      host: '*',
      operation,
      permissionType: ALLOW,
    }));
    const { results } = await wire.ask(createAcls, { creations });
    const refused = results.find(({ errorCode }) => errorCode !== 0);
    if (refused) throw new Error(`an ACL was refused: ${refused.errorMessage}`);
  } finally {
    wire.close();
  }
}
