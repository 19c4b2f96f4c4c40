/** Plants secrets in every place that takes one, then looks for them in all that klink says, keeps and shows. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createPrivateKey } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { newAuthority } from '../harness/certificates.js';
import { useEmbedded } from '../harness/embedded.js';
import { KlinkProcess } from '../harness/klink-process.js';
import { packageRoot } from '../harness/package-root.js';
import { until } from '../harness/until.js';

const planted = {
  principal: 'planted-principal-7Qx',
  literal: 'planted-literal-8Wy',
  referenced: 'planted-referenced-9Ez',
  client: 'planted-client-1Rt',
  rotated: 'planted-rotated-2Yu',
  keyPassword: 'planted-key-password-3Io',
};
const jaas = (password: string) =>
  `org.apache.kafka.common.security.plain.PlainLoginModule required username="u" password="${password}";`;
const OWNED_WITHIN_MS = 60_000;

/** Which of the secrets stand in the text, plain or as base64 or URL encoding show them. */
function found(text: string, secrets: readonly string[]): string[] {
  return secrets.filter((secret) =>
    [
      secret,
      Buffer.from(secret)
        .toString('base64')
        .replace(/.{2}=*$/, ''),
      encodeURIComponent(secret),
    ].some((form) => text.includes(form)),
  );
}

test('no planted secret is in an answer, a log line, a command, a file or the list of processes [P9]', async (t) => {
  const [source, destination, keyed] = await Promise.all([
    useEmbedded(t),
    useEmbedded(t),
    useEmbedded(t, { secured: true }),
  ]);
  const own = newAuthority().issue('klink');
  const passphrase = planted.keyPassword;
  const key = createPrivateKey(own.key).export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase });
  const klink = KlinkProcess.use(t, {
    logLevel: 'debug',
    env: {
      KLINK_PLANTED: jaas(planted.referenced),
      KLINK_PLANTED_KEY: key.toString(),
      KLINK_PLANTED_KEY_PASSWORD: passphrase,
      KLINK_PLANTED_CERTIFICATE: own.certificate,
    },
    clusters: [
      { name: 'dr', bootstrap: destination.bootstrap, home: true },
      // Embedded brokers know no login, so this one is refused, and says so again and again.
      { name: 'vault', bootstrap: source.bootstrap, principal: { username: 'u', password: planted.principal } },
      // The one where API keys are made.
      { name: 'keyed', bootstrap: keyed.sasl, principal: { username: 'klink', password: 'klink' } },
      // Nor do they speak TLS.
      {
        name: 'sealed',
        bootstrap: source.bootstrap,
        tls: {
          certificates: '${env:KLINK_PLANTED_CERTIFICATE}',
          key: '${env:KLINK_PLANTED_KEY}',
          keyPassword: '${env:KLINK_PLANTED_KEY_PASSWORD}',
        },
      },
    ],
  });
  await klink.start();
  const said: string[] = [];
  const ask = async (method: 'GET' | 'POST' | 'PUT', path: string, body?: unknown) => {
    const { status, body: answer } = await klink.rest(method, path, body);
    said.push(JSON.stringify(answer ?? ''));
    return { status, answer: JSON.stringify(answer) };
  };
  let id = '';
  await until('the destination is owned', OWNED_WITHIN_MS, async () => {
    const { body } = await klink.rest('GET', '/klink/v1/clusters');
    const { data } = body as { data: { name: string; cluster_id: string | null; ownership: string }[] };
    const dr = data.find(({ name }) => name === 'dr');
    id = dr?.cluster_id ?? '';
    return dr?.ownership === 'owner';
  });
  const links = `/kafka/v3/clusters/${id}/links`;
  const settings = (login: string) => ({
    configs: [
      { name: 'bootstrap.servers', value: source.bootstrap },
      { name: 'security.protocol', value: 'SASL_PLAINTEXT' },
      { name: 'sasl.mechanism', value: 'PLAIN' },
      { name: 'sasl.jaas.config', value: login },
    ],
  });
  const broken = await ask('POST', `${links}?link_name=a`, settings(jaas(planted.literal).replace(';', '')));
  assert.equal(broken.status, 400);
  assert.match(broken.answer, /does not end with a semicolon/);
  assert.ok((await ask('POST', `${links}?link_name=a`, settings(jaas(planted.literal)))).status >= 400);
  assert.equal(existsSync(join(klink.stateDirectory, 'link-keys')), false, 'what is refused makes no key');
  const literal = await ask('POST', `${links}?link_name=a&validate_link=false`, settings(jaas(planted.literal)));
  assert.equal(literal.status, 204, literal.answer);
  const rotated = { data: [{ name: 'sasl.jaas.config', value: jaas(planted.rotated) }] };
  const altered = await ask('PUT', `${links}/a/configs:alter?validate_link=false`, rotated);
  assert.equal(altered.status, 204, altered.answer);
  assert.ok((await ask('POST', `${links}?link_name=b`, settings('${env:KLINK_PLANTED}'))).status >= 400);
  const made = await ask('POST', `${links}?link_name=b&validate_link=false`, settings('${env:KLINK_PLANTED}'));
  assert.equal(made.status, 204, made.answer);
  await ask('POST', `${links}/b/mirrors`, { source_topic_name: 'orders' });
  for (const path of [
    '',
    '/a?include_tasks=true',
    '/a/configs',
    '/b?include_tasks=true',
    '/b/configs',
    '/b/configs/sasl.jaas.config',
    '/-/mirrors',
  ]) {
    await ask('GET', `${links}${path}`);
  }
  await ask('GET', '/klink/v1/clusters');
  assert.match(said.join(), /sasl\.jaas\.config/);

  const keys = await apiKeys(klink, keyed.clusterId, said);

  const file = join(klink.stateDirectory, 'client.properties');
  const literalFile = join(klink.stateDirectory, 'link.properties');
  const login = (password: string) => `security.protocol=SASL_PLAINTEXT\nsasl.jaas.config=${jaas(password)}\n`;
  writeFileSync(file, login(planted.client));
  writeFileSync(literalFile, login(planted.literal));
  const at = ['--source-bootstrap-server', source.bootstrap, '--config'];
  for (const args of [
    ['topic', 'create', 'own', '--cluster', 'dr'],
    ['topic', 'produce', 'own', '--cluster', 'dr', '--config', file],
    ['link', 'create', 'c', '--cluster', 'dr', ...at, literalFile],
    ['link', 'create', 'd', '--cluster', 'dr', '--no-validate', ...at, literalFile],
    ['link', 'configuration', 'list', 'd', '--cluster', 'dr'],
    ['link', 'describe', 'b', '--cluster', 'dr'],
    ['cluster', 'list', '-o', 'json'],
  ]) {
    said.push(await klinkSays(args, klink.stateDirectory));
  }
  assert.match(said.join(), /SASL login as u to dr: ILLEGAL_SASL_STATE/, 'the login of a command was tried');

  const commandLine = `/proc/${klink.pid}/cmdline`;
  if (existsSync(commandLine)) said.push(readFileSync(commandLine, 'utf8'));
  await until('the refused login is in the log', OWNED_WITHIN_MS, async () => klink.log.includes('vault'));
  await klink.terminate();
  const token = readFileSync(join(klink.stateDirectory, 'operator-token'), 'utf8').trim();
  const ours = new Set(['client.properties', 'link.properties', 'operator-token', 'link-keys', 'credentials.json']);
  const keyFile = join(klink.stateDirectory, 'link-keys');
  const credentials = join(klink.stateDirectory, 'credentials.json');
  assert.equal(statSync(keyFile).mode & 0o777, 0o600);
  const linkKey = readFileSync(keyFile, 'utf8').trim().split('\n').at(-1) ?? '';
  assert.equal(Buffer.from(linkKey, 'base64url').length, 32);
  const kept = readdirSync(klink.stateDirectory)
    .filter((name) => !ours.has(name))
    .map((name) => readFileSync(join(klink.stateDirectory, name), 'utf8'));
  assert.ok(keys.kept.every((secret) => readFileSync(credentials, 'utf8').includes(secret)));
  assert.equal(statSync(credentials).mode & 0o777, 0o600);
  const journal = logFiles(destination.dir).map((path) => readFileSync(path, 'latin1'));
  assert.ok(journal.join().includes(keys.name), 'keys are journalled, without their secrets');
  const users = readdirSync(keyed.dir, { recursive: true, withFileTypes: true })
    .filter((each) => each.isFile())
    .map((each) => readFileSync(join(each.parentPath, each.name), 'latin1'));
  assert.ok(users.join().includes(keys.name), 'their cluster knows them, and what proves their secrets');
  assert.ok(found(journal.join(), ['KLINK_PLANTED']).length > 0, 'the reference is what the journal keeps');
  assert.ok(journal.join().includes('sealed:1:'), 'what was written out is kept sealed');
  assert.match(said.join(), /Created cluster link "d"/);

  // As Basic carries them, too.
  const ofKeys = [...keys.told, ...keys.told.map((secret) => `${keys.name}:${secret}`)];
  const secrets = [...Object.values(planted), token, linkKey, ...ofKeys];
  for (const [where, text] of [
    ['answers and commands', said.join('\n')],
    ['the log', klink.log],
    ['files', kept.join('\n')],
    ['the journal', journal.join('\n')],
    ['the users of a cluster', users.join('\n')],
  ] as const) {
    assert.deepEqual(found(text, secrets), [], where);
  }
  assert.deepEqual(
    found(`x${planted.client}y`, secrets),
    [planted.client],
    'a scanner that finds nothing proves nothing',
  );
});

/**
 * Makes two API keys of one account and uses both. All that is said goes to `said` but the two answers that tell a secret:
 * each must tell it once.
 */
async function apiKeys(klink: KlinkProcess, resource: string, said: string[]) {
  const says = async (...args: readonly string[]) => {
    const text = await klinkSays(args, klink.stateDirectory);
    said.push(text);
    return text;
  };
  await until('the cluster of the keys is known', OWNED_WITHIN_MS, async () => {
    return JSON.stringify((await klink.rest('GET', '/klink/v1/clusters')).body).includes(resource);
  });
  const account = await klink.ask<{ id: string }>('POST', '/klink/v1/service-accounts', { name: 'shop' });
  const made = { resource, service_account: account.id };
  const byRest = await klink.ask<{ key: string; secret: string }>('POST', '/klink/v1/api-keys', made);
  const create = ['api-key', 'create', '--resource', 'keyed', '--service-account', account.id, '--use', '-o', 'json'];
  const shown = await klinkSays(create, klink.stateDirectory);
  const [, byCommand = ''] = /"api_secret": *"([^"]+)"/.exec(shown) ?? [];
  assert.ok(byCommand.length >= 32 && byRest.secret.length >= 32, shown);
  said.push(shown.replace(byCommand, ''), JSON.stringify(byRest).replace(byRest.secret, ''));

  const third = await klink.rest('POST', '/klink/v1/api-keys', made);
  assert.ok(third.status >= 400, 'two slots are taken');
  said.push(JSON.stringify(third.body));
  for (const path of ['api-keys', 'service-accounts', `clusters/${resource}/login?name=${byRest.key}`]) {
    said.push(JSON.stringify(await klink.ask('GET', `/klink/v1/${path}`)));
  }
  assert.match(await says('api-key', 'list', '-o', 'json'), new RegExp(byRest.key));
  assert.match(await says('api-key', 'describe', byRest.key, '-o', 'yaml'), new RegExp(byRest.key));
  assert.match(await says('topic', 'create', 'forbidden', '--cluster', 'keyed'), /Created topic/);
  assert.match(await says('topic', 'produce', 'forbidden', '--cluster', 'keyed'), /not allowed as "sa-/);
  // Refused for want of a right, for a wrong cluster, and for a secret that is nearly right.
  for (const [cluster, secret, status] of [
    [resource, byRest.secret, 403],
    [resource, byCommand, 403],
    ['no-such-cluster', byRest.secret, 404],
    [resource, `${byRest.secret}x`, 401],
  ] as const) {
    const authorization = `Basic ${Buffer.from(`${byRest.key}:${secret}`).toString('base64')}`;
    const answer = await fetch(`${klink.url}/kafka/v3/clusters/${cluster}/links`, { headers: { authorization } });
    said.push(await answer.text());
    assert.equal(answer.status, status, said.at(-1));
  }
  return { name: byRest.key, told: [byRest.secret, byCommand], kept: [byCommand] };
}

function klinkSays(args: readonly string[], home: string): Promise<string> {
  return new Promise((resolve) => {
    const env = { ...process.env, KLINK_HOME: home };
    const child = execFile(process.execPath, [join(packageRoot, 'bin', 'klink'), ...args], { env }, (_, out, err) =>
      resolve(`${out}${err}`),
    );
    child.stdin?.end('x\n');
  });
}

function logFiles(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((each) => each.isFile() && each.name.endsWith('.log'))
    .map((each) => join(each.parentPath, each.name));
}
