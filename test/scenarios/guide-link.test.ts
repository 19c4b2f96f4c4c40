/**
 * The properties of the published guides, as they stand: a link from a managed cluster with TLS of its own, whose user is a
 * SCRAM user there. First without rights, then with them. Spec: docs/spec/client.md §7, server.md §6.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type AclBinding, addAcls } from '../../src/client/admin/acls.js';
import { saltPassword, setScramCredential } from '../../src/client/admin/scram.js';
import { useCluster } from '../harness/client-broker.js';
import { useEmbedded } from '../harness/embedded.js';
import { KlinkProcess } from '../harness/klink-process.js';
import { packageRoot } from '../harness/package-root.js';
import { until } from '../harness/until.js';

const USER = 'sa-guide';
const SECRET = 'planted-guide-4Pa';
const OWNED_WITHIN_MS = 60_000;
const ANY_ACL =
  '{"aclFilters": [ { "resourceFilter": { "resourceType": "any", "patternType": "any" }, "accessFilter": { "operation": "any", "permissionType": "any" } } ] }';
const ANY_ACL_OLDER =
  '{"aclFilters": [ { "resourceFilter": { "resourceType": "any", "patternType": "LITERAL", "filterType": "INCLUDE" } } ]}';

function guide(aclFilters: string): string {
  return `consumer.offset.sync.enable=true
consumer.offset.group.filters={"groupFilters": [{"name": "*", "patternType": "LITERAL"}]}
consumer.offset.sync.ms=1000
acl.sync.enable=true
acl.sync.ms=1000
acl.filters=${aclFilters}
topic.config.sync.ms=1000
security.protocol=SASL_SSL
sasl.mechanism=PLAIN
sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required username="${USER}" password="${SECRET}";
`;
}

async function begin(t: TestContext) {
  const [source, destination] = await Promise.all([useEmbedded(t, { tls: true }), useEmbedded(t, { tls: true })]);
  const principal = { username: 'klink', password: 'klink' };
  const klink = KlinkProcess.use(t, {
    logLevel: 'debug',
    clusters: [
      { name: 'original', bootstrap: source.saslSsl, tls: { authorities: `\${file:${source.ca}}` }, principal },
      { name: 'dr', bootstrap: destination.sasl, home: true, principal },
    ],
  });
  await klink.start();
  await until('the destination is owned', OWNED_WITHIN_MS, async () => {
    const { body } = await klink.rest('GET', '/klink/v1/clusters');
    const { data } = body as { data: { name: string; ownership: string }[] };
    return data.every(({ ownership }) => ownership === 'owner');
  });
  return { source, destination, klink };
}

test('the properties of the guides make a link as they stand, and say which rights are missing before [P9]', async (t) => {
  const { source, destination, klink } = await begin(t);
  const [host = '', port = ''] = source.bootstrap.split(':');
  const admin = useCluster(t, { address: { host, port: Number(port) }, sasl: undefined });
  const mechanism = 'SCRAM-SHA-512';
  const salted = await saltPassword(mechanism, SECRET, { salt: Buffer.from('salt'), iterations: 4_096 });
  await setScramCredential(admin, { user: USER, mechanism }, salted);
  const said: string[] = [];
  const run = async (...args: string[]) => {
    const answer = await klinkSays(args, klink.stateDirectory);
    said.push(answer.out, answer.err);
    return answer;
  };
  const at = ['--cluster', 'dr', '--source-cluster', 'original', '--source-bootstrap-server', source.saslSsl];
  const files = [ANY_ACL, ANY_ACL_OLDER].map((filters, number) => {
    const file = join(klink.stateDirectory, `guide-${number}.config`);
    writeFileSync(file, guide(filters));
    return file;
  });
  const [current = '', older = ''] = files;

  const refused = await run('kafka', 'link', 'create', 'dr-link', ...at, '--config', current);
  assert.match(
    refused.err,
    new RegExp(`User:${USER} lacks DESCRIBE on the CLUSTER, which ACL sync needs .*--cluster-scope`),
  );
  const line = (resourceType: AclBinding['resourceType'], operation: AclBinding['operation']): AclBinding => ({
    resourceType,
    resourceName: resourceType === 'CLUSTER' ? 'kafka-cluster' : '*',
    pattern: 'LITERAL',
    principal: `User:${USER}`,
    host: '*',
    operation,
    permission: 'ALLOW',
  });
  await addAcls(admin, [line('CLUSTER', 'DESCRIBE'), line('TOPIC', 'DESCRIBE'), line('GROUP', 'READ')]);

  const made = await run('kafka', 'link', 'create', 'dr-link', ...at, '--config', current);
  assert.match(made.out, /^Created cluster link "dr-link" with configs:\n"acl\.filters"=/, made.err);
  assert.match(
    made.err,
    /Note: sa-guide is a SCRAM user of original: klink logs in by SCRAM-SHA-512, although the link says PLAIN\./,
  );
  const tried = await run('link', 'create', 'older', ...at, '--config', older, '--dry-run');
  assert.match(tried.out, /^\[DRY RUN\] Created cluster link "older"/, tried.err);

  await run('topic', 'create', 'dr-topic', '--partitions', '1', '--cluster', 'original');
  const unread = await run('mirror', 'create', 'dr-topic', '--link', 'dr-link', '--cluster', 'dr');
  assert.match(unread.err, /lacks READ on TOPIC dr-topic at the source/);
  await addAcls(admin, [line('TOPIC', 'READ'), line('TOPIC', 'DESCRIBE_CONFIGS')]);
  const mirrored = await run('mirror', 'create', 'dr-topic', '--link', 'dr-link', '--cluster', 'dr');
  assert.equal(mirrored.out, 'Created mirror topic "dr-topic".\n', mirrored.err);
  await until('all tasks are active', 30_000, async () => {
    const { out } = await run('link', 'task', 'list', 'dr-link', '--cluster', 'dr', '-o', 'json');
    const tasks = JSON.parse(out) as { task_name: string; state: string }[];
    const on = tasks.filter(({ state }) => state !== 'NOT_CONFIGURED');
    return on.length >= 3 && on.every(({ state }) => state === 'ACTIVE');
  });

  await run('link', 'configuration', 'list', 'dr-link', '--cluster', 'dr');
  await klink.terminate();
  const journal = readdirSync(destination.dir, { recursive: true, withFileTypes: true })
    .filter((each) => each.isFile() && each.name.endsWith('.log'))
    .map((each) => readFileSync(join(each.parentPath, each.name), 'latin1'));
  assert.ok(journal.join().includes('sealed:1:'));
  for (const text of [said.join('\n'), klink.log, journal.join()]) assert.ok(!text.includes(SECRET));
});

function klinkSays(args: readonly string[], home: string): Promise<{ readonly out: string; readonly err: string }> {
  return new Promise((resolve) => {
    const env = { ...process.env, KLINK_HOME: home };
    execFile(process.execPath, [join(packageRoot, 'bin', 'klink'), ...args], { env }, (_, out, err) =>
      resolve({ out, err }),
    );
  });
}
