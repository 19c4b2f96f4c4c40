/**
 * Makes the topic of a CREATING mirror: fence first (6.1), then the topic, then its id into the journal. Begins anew after
 * any crash. A topic of that name that is not empty belongs to somebody else: the mirror is given up, with the reason.
 */
import { workingSettings } from '../../model/topic-settings.js';
import { Patience, type Task } from './task.js';

export async function createTopic(task: Task, key: string): Promise<void> {
  const { destination } = task.ports;
  const patience = new Patience(100, 5_000);
  for (; !task.signal.aborted; await patience.wait(task)) {
    const mirror = task.state().mirrors.get(key);
    const link = mirror && task.state().links.get(mirror.linkId);
    if (mirror?.kind !== 'CREATING' || link === undefined) return;
    const { linkId, mirrorTopic, partitions, replicationFactor, independent } = mirror;
    const giveUp = (reason: string) =>
      task.submit({ kind: 'record', event: { kind: 'mirror-abandoned', linkId, mirrorTopic, reason } });
    const made = (destinationTopicId: string) =>
      task.submit({ kind: 'record', event: { kind: 'mirror-made', linkId, mirrorTopic, destinationTopicId } });

    const fence = await task.effect(() => destination.fence.raise(mirrorTopic, link.fence), mirrorTopic);
    if (fence.kind === 'refused') {
      await giveUp(`its fence cannot be raised: ${fence.reason}`);
      continue;
    }
    if (fence.kind === 'unavailable') {
      task.explain(`raising its fence: ${fence.reason}`);
      continue;
    }
    const settings = { ...independent, ...workingSettings };
    const wanted = { name: mirrorTopic, partitions, replicationFactor, settings };
    const topic = await task.effect(() => destination.topics.create(wanted));
    switch (topic.kind) {
      case 'done':
        await made(topic.topicId);
        break;
      case 'exists':
        // An empty one with the right partitions is what an earlier attempt of ours has left, or as good once it is set right.
        if (topic.empty && topic.partitions === partitions) {
          const set = await task.effect(() => destination.topics.ensureSettings(mirrorTopic, topic.topicId, settings));
          if (set.kind === 'done') await made(topic.topicId);
          else if (set.kind === 'refused') await giveUp(set.reason);
          else task.explain(`setting up its topic: ${set.reason}`);
        } else await giveUp(`a topic '${mirrorTopic}' has appeared that klink did not make`);
        break;
      case 'refused':
        await giveUp(topic.reason);
        break;
      case 'unavailable':
        task.explain(`making its topic: ${topic.reason}`);
        break;
    }
  }
}
