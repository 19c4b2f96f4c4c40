/** What the clusters say of a mirror that is about to be created: asked of both, right before the decision. */
import type { Link } from '../model/link.js';
import type { CreateMirror } from './decide-new.js';
import type { ControlPorts } from './ports.js';
import { sourceAddress } from './reconcile/assignments.js';

export async function mirrorFacts(
  { destination, source, random }: Pick<ControlPorts, 'destination' | 'source' | 'random'>,
  link: Link,
  { sourceTopic, mirrorTopic }: { readonly sourceTopic: string; readonly mirrorTopic: string },
): Promise<CreateMirror['facts']> {
  const [atSource, atDestination] = await Promise.all([
    source.describe(sourceAddress(link), sourceTopic),
    destination.topics.describe(mirrorTopic),
  ]);
  return { lineageRandom: random.bytes(16).toString('hex'), source: atSource, destination: atDestination };
}
