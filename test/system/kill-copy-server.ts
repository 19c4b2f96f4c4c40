/** The kill run over klink's server: two clusters, a link, a mirror, and the proxy in front of the destination. */
import type { TestContext } from 'node:test';
import { KlinkProcess } from '../harness/klink-process.js';
import { KafkaProxy } from '../harness/proxy.js';
import { until } from '../harness/until.js';
import { type ClusterKind, createTopic, findTopic, startTestCluster, type TestCluster } from './kill-copy-clusters.js';
import { type KillRun, runKills } from './kill-copy-run.js';

export const LINK = 'dr-link';
export const TOPIC = 'orders';
const OWNER_WITHIN_MS = 60_000;
const SOURCE_PASSWORD = 'KLINK_SOURCE_PASSWORD';

/** D is forgotten one minute after the timestamp of its newest record: a week-old record is forgotten at once. */
export const shortExpiry = {
  'producer.id.expiration.ms': '60000',
  'producer.id.expiration.check.interval.ms': '5000',
};

export interface ServerRunOptions extends Pick<KillRun, 'partitions' | 'bytes' | 'rate' | 'windowFloor'> {
  readonly kind: ClusterKind;
  readonly nodes: 1 | 3;
}

export async function runKillsOfServer(t: TestContext, options: ServerRunOptions): Promise<void> {
  const { kind, nodes, partitions } = options;
  const [source, destination] = await useClusters(t, kind, nodes);
  const proxy = await KafkaProxy.start(destination.targets);
  t.after(() => proxy.stop());
  const klink = useKlink(t, destination, proxy.bootstrap);
  const topic = await createTopic(source, TOPIC, partitions, { 'retention.ms': '-1' });
  await klink.start();
  await makeMirror(klink, source, destination);
  await klink.terminate();
  const mirror = await findTopic(destination, TOPIC);
  const copier = {
    start: (switches: { readonly windowExpiryFloorMs: number | undefined }) => klink.start(switches),
    killNow: () => klink.killNow(),
    ended: () => klink.ended(),
    stop: () => klink.terminate(),
  };
  try {
    await runKills(t, { ...options, source, destination, proxy, topic, mirror, copier });
  } catch (error) {
    const state = await klink.rest('GET', '/klink/v1/clusters').catch((reason: unknown) => ({ body: String(reason) }));
    const said = `--- klink\n${klink.lastWords}\n${JSON.stringify(state.body)}`;
    process.stderr.write(`${said}\n--- source\n${source.log()}\n--- destination\n${destination.log()}\n`);
    throw error;
  }
}

/** Both at once; ended with the test. */
export async function useClusters(
  t: TestContext,
  kind: ClusterKind,
  nodes: 1 | 3,
): Promise<[TestCluster, TestCluster]> {
  const started = await Promise.allSettled([
    startTestCluster(kind, nodes, {}),
    startTestCluster(kind, nodes, shortExpiry),
  ]);
  for (const each of started) if (each.status === 'fulfilled') t.after(() => each.value.stop());
  const [source, destination] = started;
  if (source.status === 'rejected') throw source.reason;
  if (destination.status === 'rejected') throw destination.reason;
  return [source.value, destination.value];
}

/** A klink beside the destination, which it reaches at `bootstrap`. Not started yet. */
export function useKlink(t: TestContext, destination: TestCluster, bootstrap: string): KlinkProcess {
  return KlinkProcess.use(t, {
    clusters: [{ name: 'dr', bootstrap, home: true, principal: destination.login }],
    env: { [SOURCE_PASSWORD]: 'klink' },
    logLevel: 'debug',
  });
}

/** The link and its one mirror, through REST as anybody would. */
export async function makeMirror(klink: KlinkProcess, source: TestCluster, destination: TestCluster): Promise<void> {
  await until('klink owns the destination', OWNER_WITHIN_MS, async () => {
    const { data } = await klink.ask<{ data: readonly { ownership: string }[] }>('GET', '/klink/v1/clusters');
    if (data[0]?.ownership !== 'owner') throw new Error(JSON.stringify(data));
    return true;
  });
  const links = `/kafka/v3/clusters/${destination.clusterId}/links`;
  const bootstrap = source.targets.map(({ host, port }) => `${host}:${port}`).join(',');
  const settings: Record<string, string> = { 'bootstrap.servers': bootstrap };
  if (source.login) {
    settings['security.protocol'] = 'SASL_PLAINTEXT';
    settings.username = source.login.username;
    settings.password = `\${env:${SOURCE_PASSWORD}}`;
  }
  const configs = Object.entries(settings).map(([name, value]) => ({ name, value }));
  const link = { source_cluster_id: source.clusterId, configs };
  await klink.ask('POST', `${links}?link_name=${LINK}`, link);
  await klink.ask('POST', `${links}/${LINK}/mirrors`, { source_topic_name: TOPIC });
}
