/**
 * The verbs on mirrors: asks the clusters for the facts a verb hangs on, decides topic by topic, and answers one row for
 * each. A dry run is the same without the recording, and names the groups that the real run would lower.
 */
import { fail, ok } from '../base/result.js';
import { refusal } from '../model/errors.js';
import type { Link } from '../model/link.js';
import { type Mirror, waivedOf } from '../model/mirror.js';
import type { AlterOptions, AlterRow, Answer, MirrorVerb } from './commands.js';
import type { Command } from './decide.js';
import { type BarrierFact, endWithoutBarrier, reasonOf } from './decide-waiver.js';
import { type Look, look } from './look.js';
import type { ControlPorts } from './ports.js';
import { assignmentOf, noMemory, sourceAddress } from './reconcile/assignments.js';
import { partitionOf } from './reconcile/task.js';
import { linkNamed, mirrorKey } from './state.js';
import type { Term } from './term.js';
import type { Terms } from './terms.js';
import { clampedText, lagsOf, partitionViews } from './views.js';

const END_UNKNOWN = 2n ** 63n - 1n;

export interface AlterRequest {
  readonly link: string;
  readonly verb: MirrorVerb;
  readonly topics: readonly string[];
  readonly validateOnly: boolean;
  readonly options: AlterOptions;
}

export async function alterMirrors(
  ports: ControlPorts,
  terms: Terms,
  term: Term,
  request: AlterRequest,
): Promise<Answer<readonly AlterRow[]>> {
  const { verb, topics, validateOnly, options } = request;
  const link = linkNamed(term.state, request.link);
  if (link === undefined) {
    const what = `The cluster link doesn't exist: Cluster link '${request.link}' does not exist.`;
    return fail(refusal('LINK_NOT_FOUND', what));
  }
  const waives = options.withoutBarrier !== undefined && options.withoutBarrier.length > 0;
  const source =
    verb === 'promote' && !waives ? await ports.source.check(sourceAddress(link)) : ({ kind: 'done' } as const);
  const retention = options.retention ?? 'after-grace';
  const asked = await Promise.all(
    topics.map(async (mirrorTopic): Promise<{ readonly command: Command; readonly facts: readonly BarrierFact[] }> => {
      const of = { link: link.name, mirrorTopic };
      if (!waives) return { command: { kind: 'alter-mirror', ...of, verb, retention, source }, facts: [] };
      const facts = await barrierFacts(ports, term, link, mirrorTopic, options.withoutBarrier ?? []);
      return { command: { kind: 'waive-barriers', ...of, facts }, facts };
    }),
  );
  const answers = await Promise.all(asked.map(({ command }) => terms.decide(term, command, validateOnly)));
  const seen = look(term, ports.clock.monotonicMs());
  const stops = verb === 'promote' || verb === 'failover';
  const rows = answers.map(async (decided, index): Promise<AlterRow> => {
    const mirrorTopic = topics[index] ?? '';
    const mirror = term.state.mirrors.get(mirrorKey({ linkId: link.id, mirrorTopic }));
    const lags = mirror ? lagsOf(seen, mirror) : [];
    if (!decided.ok) {
      const { code, message } = decided.error;
      return { mirrorTopic, refusal: { code, message }, lags, groupsAbove: [], withoutBarrier: [] };
    }
    const withoutBarrier = mirror ? waivers(mirror, asked[index]?.facts ?? []) : [];
    const groupsAbove =
      validateOnly && stops && mirror ? await groupsAboveEnds(ports, seen, mirror, withoutBarrier) : [];
    return { mirrorTopic, refusal: undefined, lags, groupsAbove, withoutBarrier };
  });
  return ok(await Promise.all(rows));
}

type Waivers = AlterRow['withoutBarrier'];

/** Those asked for, as they stand in the journal or would. */
function waivers(mirror: Mirror, facts: readonly BarrierFact[]): Waivers {
  return facts.map((fact) => {
    const { partition, obstacle } = fact;
    const stands = waivedOf(mirror).find((each) => each.partition === partition);
    return stands ?? { partition, end: endWithoutBarrier(mirror, fact), reason: reasonOf(obstacle) };
  });
}

/** [8 (4)] Asked as the real clamp asks, at the ends known now. An end that is not known yet keeps nobody. */
async function groupsAboveEnds(
  ports: ControlPorts,
  seen: Look,
  mirror: Mirror,
  withoutBarrier: Waivers,
): Promise<readonly string[]> {
  const ends = partitionViews(seen, mirror).map(({ partition, mirrorEnd }) => {
    const waived = withoutBarrier.find((each) => each.partition === partition);
    if (waived) return waived.end;
    return mirrorEnd < 0n ? END_UNKNOWN : mirrorEnd;
  });
  const above = await ports.destination.groups.aboveEnds(mirror.mirrorTopic, ends);
  if (above.kind !== 'done') return [`not known: ${above.reason}`];
  return above.groups.map(clampedText);
}

/** [8] What the destination says of each partition now, and what of it was proven last. */
function barrierFacts(
  ports: ControlPorts,
  term: Term,
  link: Link,
  mirrorTopic: string,
  partitions: readonly number[],
): Promise<readonly BarrierFact[]> {
  const mirror = term.state.mirrors.get(mirrorKey({ linkId: link.id, mirrorTopic }));
  return Promise.all(
    partitions.map(async (partition): Promise<BarrierFact> => {
      // What is refused for its state alone needs no question to the cluster.
      if (mirror?.kind !== 'STOPPING' || partition >= mirror.partitions) {
        return { partition, obstacle: { kind: 'unavailable', reason: 'it was not asked' }, provenEnd: 0n };
      }
      const assignment = assignmentOf(mirror, link, term.memories, 'settle');
      const obstacle = await ports.destination.promotion.obstacle({ assignment, partition });
      return { partition, obstacle, provenEnd: provenEnd(term, mirror, partition) };
    }),
  );
}

/** [2.2] An engine that has settled knows it; else the newest proven point; else the lineage's start. */
function provenEnd(term: Term, mirror: Mirror, partition: number): bigint {
  const seen = partitionOf(term.observation(mirror), partition)?.activity;
  if (seen?.kind === 'settled') return seen.end;
  const memory = term.memories.get(mirrorKey(mirror))?.get(partition) ?? noMemory;
  return memory.provenPoints[0]?.offset ?? mirror.lineage.startOffsets[partition] ?? 0n;
}
