/** klink as anybody runs it: a server with klink.yaml, a link and a mirror made by REST. There is nothing to switch off. */
import { KlinkProcess } from '../test/harness/klink-process.js';
import { until } from '../test/harness/until.js';
import { profileFlags, type Running, type Task } from './copier.js';

const LINK = 'bench-link';
const OWNER_WITHIN_MS = 60_000;

export async function startKlink({ source, destination, topic, paced, profile }: Task): Promise<Running> {
  const klink = KlinkProcess.make({
    clusters: [{ name: 'dr', bootstrap: destination.plaintext, home: true }],
    nodeFlags: profileFlags(profile),
  });
  try {
    await klink.start();
    await until('klink owns the destination', OWNER_WITHIN_MS, async () => {
      const { data } = await klink.ask<{ data: readonly { ownership: string }[] }>('GET', '/klink/v1/clusters');
      return data[0]?.ownership === 'owner';
    });
    const links = `/kafka/v3/clusters/${destination.clusterId}/links`;
    const configs = [{ name: 'bootstrap.servers', value: source.plaintext }];
    await klink.ask('POST', `${links}?link_name=${LINK}`, { source_cluster_id: source.clusterId, configs });
    for (const { name } of [topic, paced]) {
      await klink.ask('POST', `${links}/${LINK}/mirrors`, { source_topic_name: name });
    }
    const stop = async () => {
      if (profile) await klink.terminate();
      await klink.remove();
    };
    return { pid: klink.pid, log: () => klink.lastWords, stop };
  } catch (error) {
    const said = klink.lastWords;
    await klink.remove();
    throw new Error(`klink: ${String(error)}\n${said}`, { cause: error });
  }
}
