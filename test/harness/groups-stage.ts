/** What the suites of group offsets stand on: a klink that owns the destination, mirror topics, and what a group shows. */
import { createTopic } from '../../src/client/admin/topics.js';
import { topicName } from './engine-brokers.js';
import { type GroupKind, stored } from './group-members.js';
import { useStage } from './journal-stage.js';
import { until } from './until.js';
import { batchOf, WireTopic } from './wire-topic.js';

export async function useGroupsStage(scope: Parameters<typeof useStage>[0]) {
  const stage = await useStage(scope);
  const wire = await stage.wire();
  /** KIP-848 groups are a preview in 3.9, and the embedded broker has none. */
  const kinds: readonly GroupKind[] = stage.kind === '4.3.0' ? ['classic', 'consumer'] : ['classic'];

  /** An owner: its journal is made, so both ids are taken over. */
  async function owner(options: Parameters<typeof stage.klink>[0] = {}) {
    const klink = stage.klink(options);
    await until('the journal is open', 30_000, async () => {
      const opened = await klink.journal.open();
      if (opened.kind === 'opened' && !opened.fresh) return true;
      return (await klink.journal.commit([{ key: 'x', value: 'x' }], [])).kind === 'committed';
    });
    return klink;
  }

  /** `records` on each partition. */
  async function topicWith(records: number, partitions = 1): Promise<WireTopic> {
    const name = topicName('mirror');
    await createTopic(stage.cluster, { name, partitions, replicationFactor: 1 });
    const topic = await WireTopic.find(wire, name);
    for (let partition = 0; partition < partitions; partition++) {
      if (records > 0) await topic.append(batchOf({ producerId: -1n, epoch: -1 }, -1, records), { partition });
    }
    return topic;
  }

  /** An answer to the end of a transaction says that it is decided; the group shows it a moment later. */
  async function shows(group: string, topic: string, offset: bigint, partition = 0): Promise<void> {
    await until(`${group} stands at ${offset}`, 30_000, async () => {
      return (await stored(wire, group, topic, partition))?.offset === offset;
    });
  }

  return { stage, wire, kinds, owner, topicWith, shows };
}
