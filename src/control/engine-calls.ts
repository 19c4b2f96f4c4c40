/**
 * What the engine asks of control in the middle of its work: lower groups, put settings right. Effects of the owner like
 * all others, behind the same gate. Nothing here decides anything.
 */
import { workingSettings } from '../model/topic-settings.js';
import type { Done, Outcome, Refused, Unavailable } from './ports/outcome.js';
import type { ControlPorts } from './ports.js';
import { isMirrored } from './reconcile/topics.js';
import { liveMirrorNamed } from './state.js';
import type { Term } from './term.js';

/** An end that no group stands above. */
const NO_END = 2n ** 63n - 1n;

/** [7.2] The end of one partition has fallen: its groups are lowered before anything is appended behind it. */
export async function clampPartition(
  ports: ControlPorts,
  term: Term,
  { mirrorTopic, partition, end }: { readonly mirrorTopic: string; readonly partition: number; readonly end: bigint },
): Promise<Done | Refused | Unavailable> {
  const mirror = liveMirrorNamed(term.state, mirrorTopic);
  if (mirror === undefined) return { kind: 'done' };
  const ends = Array.from({ length: mirror.partitions }, (_, each) => (each === partition ? end : NO_END));
  const outcome = await term.effects.run(() => ports.destination.groups.clamp(mirrorTopic, ends), term);
  // Also where it is not known how many were: writing one again does no harm.
  term.offsetSyncs.lowered(mirrorTopic, partition, end);
  if (outcome.kind === 'fenced') term.end(outcome);
  return outcome.kind === 'fenced' || outcome.kind === 'waiting' ? { ...outcome, kind: 'unavailable' } : outcome;
}

/** [3.4] Puts these working settings right, when the engine has seen that they differ. */
export async function ensureWorkingSettings(
  ports: ControlPorts,
  term: Term,
  mirrorTopic: string,
  names: readonly string[],
): Promise<Outcome> {
  const settings = Object.fromEntries(Object.entries(workingSettings).filter(([name]) => names.includes(name)));
  const ensure = async (): Promise<Outcome> => {
    const mirror = liveMirrorNamed(term.state, mirrorTopic);
    if (mirror === undefined || !isMirrored(mirror)) return { kind: 'done' };
    return ports.destination.topics.ensureSettings(mirrorTopic, mirror.destinationTopicId, settings);
  };
  return term.effects.run(ensure, { signal: term.signal, topic: mirrorTopic });
}
