/**
 * Makes mirrors of source topics that the filters of a link choose: lists what the link principal sees, leaves out what must
 * not be mirrored (`../auto-create.ts`), and decides the rest as `mirror create` would. What one topic is refused for is shown
 * and tried again ever more seldom; it holds up no other. Never touches a topic that exists.
 */
import type { ErrorCode, Refusal } from '../../model/errors.js';
import type { Link } from '../../model/link.js';
import { mirrorNameOf } from '../../model/link-prefix.js';
import { type LinkOptions, linkOptions } from '../../model/link-settings.js';
import { leftOut, mirrorsAtSource, type SourceMirrors, unmirroredTopics } from '../auto-create.js';
import { mirrorFacts } from '../mirror-facts.js';
import { mirrorKey, mirrorsOf } from '../state.js';
import { sourceAddress } from './assignments.js';
import { eachBounded, sourceTrouble, type Task, type Trouble } from './task.js';

export const AUTO_CREATE_EVERY_MS = 5_000;
/** With more to make than one round may: this soon. */
const GO_ON_AFTER_MS = 500;
/** As many topics are being made at any time. */
export const CREATING_MAX = 50;
const AT_ONCE = 8;
/** Asking whether a topic is a mirror itself costs a reading of the source's journal: old cases share one in so long. */
const LEFT_OUT_FOR_MS = 60_000;
/** A topic is no old case until it has failed more often. */
const PROMPT_TRIES = 3;
const AGAIN_AFTER_MS = { first: 10_000, cap: 600_000 };

/** Why one topic has no mirror. */
export interface TopicTrouble {
  /** Published. */
  readonly code: string;
  readonly message: string;
}

/** What the rounds of this term could not make, by link. */
export class AutoCreations {
  readonly #refused = new Map<string, readonly TopicTrouble[]>();

  /** In the order of the source topics. */
  refusedOf(linkId: string): readonly TopicTrouble[] {
    return this.#refused.get(linkId) ?? [];
  }

  note(linkId: string, refused: readonly TopicTrouble[]): void {
    this.#refused.set(linkId, refused);
  }
}

/** Of a topic that has no mirror yet. */
interface Attempt {
  readonly tries: number;
  /** Monotonic. */
  readonly nextMs: number;
  /** Undefined: it was decided, and its topic is being made. */
  readonly trouble: TopicTrouble | undefined;
}

/** What goes from round to round. */
class Progress {
  /** By source topic. */
  readonly attempts = new Map<string, Attempt>();
  /** Why; told once. Looked at again whenever the journal of the source is read. */
  readonly leftOut = new Map<string, string>();
  /** Monotonic: the journal of the source was read last. */
  lookedMs = Number.NEGATIVE_INFINITY;
  /** Why it is not known what is a mirror at the source. */
  sourceTrouble: Trouble | undefined;
}

interface Round {
  readonly link: Link;
  readonly options: LinkOptions;
  readonly progress: Progress;
  /** By mirror key: why its topic could not be made. */
  readonly abandoned: ReadonlyMap<string, string>;
}

export async function autoCreateMirrors(
  task: Task,
  linkId: string,
  creations: AutoCreations,
  abandoned: ReadonlyMap<string, string>,
): Promise<void> {
  const progress = new Progress();
  while (!task.signal.aborted) {
    const link = task.state().links.get(linkId);
    const options = link && linkOptions(link.settings);
    if (link?.kind !== 'ACTIVE' || !options?.ok || options.value.autoCreate === undefined) return;
    const round = { link, options: options.value, progress, abandoned };
    const { problem, more } = await createOnce(task, round, options.value.autoCreate.filters);
    const refused = [...progress.attempts]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .flatMap(([, { trouble }]) => trouble ?? []);
    creations.note(linkId, refused);
    task.explain(problem?.reason, problem?.error);
    await task.pause(more ? GO_ON_AFTER_MS : AUTO_CREATE_EVERY_MS);
  }
}

interface RoundEnd {
  /** Of the round as a whole. */
  readonly problem: Trouble | undefined;
  /** Some had to be left for the next round. */
  readonly more: boolean;
}

async function createOnce(
  task: Task,
  round: Round,
  filters: NonNullable<LinkOptions['autoCreate']>['filters'],
): Promise<RoundEnd> {
  const { link, options, progress } = round;
  const { source, destination, clock } = task.ports;
  const creating = mirrorsOf(task.state(), link.id).filter(({ kind }) => kind === 'CREATING').length;
  // Whatever holds them up at the destination, the source need not be asked meanwhile.
  if (creating >= CREATING_MAX) return { problem: progress.sourceTrouble, more: true };
  const listed = await source.topics(sourceAddress(link));
  if (listed.kind !== 'done') {
    const { error, reason } = sourceTrouble(listed);
    return { problem: { error, reason: `The topics of the source cannot be listed: ${reason}.` }, more: false };
  }
  const open = unmirroredTopics(task.state(), link, filters, listed.topics);
  const isOpen = new Set(open);
  settleAttempts(task, round, isOpen);
  for (const topic of progress.leftOut.keys()) if (!isOpen.has(topic)) progress.leftOut.delete(topic);
  if (progress.leftOut.size === 0) progress.sourceTrouble = undefined;
  const due = open.filter((topic) => (progress.attempts.get(topic)?.nextMs ?? 0) <= clock.monotonicMs());
  const isPrompt = (topic: string) =>
    !progress.leftOut.has(topic) && (progress.attempts.get(topic)?.tries ?? 0) <= PROMPT_TRIES;
  const mayLook = clock.monotonicMs() - progress.lookedMs >= LEFT_OUT_FOR_MS;
  if (due.length === 0 || !(mayLook || due.some(isPrompt))) return { problem: progress.sourceTrouble, more: false };
  const destinationClusterId = destination.topics.clusterId();
  if (destinationClusterId === undefined) {
    const reason = 'The destination cluster has not said yet which one it is.';
    return { problem: { error: 'INTERNAL_ERROR', reason }, more: false };
  }
  const atSource = await lookAtSource(task, round);
  const rule = { filters, prefix: options.prefix, destinationClusterId, atSource };
  const wanted = due.filter((topic) => isTaken(task, round, topic, leftOut(topic, rule)));
  const now = wanted.slice(0, CREATING_MAX - creating);
  await eachBounded(now, AT_ONCE, (topic) => createOne(task, round, topic));
  return { problem: progress.sourceTrouble, more: now.length < wanted.length };
}

/** Forgets those that are mirrors now or are asked for no more, and takes note of those whose topics could not be made. */
function settleAttempts(
  task: Task,
  { progress: { attempts }, link, options, abandoned }: Round,
  isOpen: ReadonlySet<string>,
): void {
  const creating = new Set(
    mirrorsOf(task.state(), link.id).flatMap((mirror) => (mirror.kind === 'CREATING' ? [mirror.sourceTopic] : [])),
  );
  for (const [topic, attempt] of attempts) {
    if (!isOpen.has(topic)) {
      if (!creating.has(topic)) attempts.delete(topic);
    } else if (attempt.trouble === undefined) {
      const reason = abandoned.get(mirrorKey({ linkId: link.id, mirrorTopic: mirrorNameOf(options.prefix, topic) }));
      const message = `Topic '${topic}' could not be made at the destination: ${reason ?? 'its mirror was forgotten'}.`;
      // Forgotten by whoever has deleted the topic: nothing went wrong, and it is chosen still.
      if (reason === undefined) attempts.delete(topic);
      else attempts.set(topic, { ...attempt, trouble: { code: 'POLICY_VIOLATION_ERROR', message } });
    }
  }
}

/** Without its journal nobody can tell what would go round in circles: then only what a filter names is taken. */
async function lookAtSource(task: Task, { link, progress }: Round): Promise<SourceMirrors> {
  progress.lookedMs = task.ports.clock.monotonicMs();
  const journal = await task.ports.source.journal(sourceAddress(link));
  const atSource: SourceMirrors =
    journal.kind === 'done' ? mirrorsAtSource(journal.entries) : { kind: 'unknown', reason: journal.reason };
  progress.sourceTrouble = undefined;
  if (atSource.kind === 'known') return atSource;
  const what =
    'Which topics of the source are mirrors themselves is not known, so only those that a filter names are made';
  const error = journal.kind === 'refused' ? 'AUTHORIZATION_ERROR' : 'INTERNAL_ERROR';
  progress.sourceTrouble = { error, reason: `${what}: ${atSource.reason}.` };
  return atSource;
}

function isTaken(
  task: Task,
  { link, progress: { attempts, leftOut: left } }: Round,
  topic: string,
  reason: string | undefined,
): boolean {
  if (reason === undefined) {
    left.delete(topic);
    return true;
  }
  if (left.get(topic) !== reason) {
    task.ports.log.info({ link: link.name, topic, reason }, 'a topic that a filter chooses is left out');
  }
  attempts.delete(topic);
  left.set(topic, reason);
  return false;
}

async function createOne(task: Task, round: Round, sourceTopic: string): Promise<void> {
  const { link, options, progress } = round;
  const mirrorTopic = mirrorNameOf(options.prefix, sourceTopic);
  const facts = await mirrorFacts(task.ports, link, { sourceTopic, mirrorTopic });
  if (task.signal.aborted) return;
  const request = { sourceTopic, mirrorTopic, replicationFactor: undefined, settings: new Map<string, string>() };
  const submitted = await task.submit({ kind: 'create-mirror', link: link.name, request, facts });
  const tries = (progress.attempts.get(sourceTopic)?.tries ?? 0) + 1;
  const pauseMs = Math.min(AGAIN_AFTER_MS.cap, AGAIN_AFTER_MS.first * 2 ** Math.min(tries - 1, 20));
  const nextMs = task.ports.clock.monotonicMs() + pauseMs * (0.8 + 0.4 * task.ports.random.next());
  const trouble = submitted.kind === 'refused' ? ofRefusal(submitted.refusal) : undefined;
  progress.attempts.set(sourceTopic, { tries, nextMs, trouble });
}

/** In the published words of a task's errors. */
const codeOf: Readonly<Partial<Record<ErrorCode, string>>> = {
  TOPIC_EXISTS: 'TOPIC_EXISTS_ERROR',
  MIRROR_EXISTS: 'TOPIC_EXISTS_ERROR',
  TOPIC_NAME_INVALID: 'INVALID_TOPIC',
  TOPIC_RESERVED: 'INVALID_TOPIC',
  SOURCE_REFUSED: 'AUTHORIZATION_ERROR',
  SOURCE_TOPIC_NOT_FOUND: 'UNKNOWN_TOPIC_OR_PARTITION_ERROR',
  SOURCE_LOG_START: 'INVALID_REQUEST_ERROR',
  SOURCE_UNSUPPORTED: 'INVALID_REQUEST_ERROR',
  DESTINATION_REFUSED: 'POLICY_VIOLATION_ERROR',
};

function ofRefusal({ reason, message }: Refusal): TopicTrouble {
  return { code: codeOf[reason] ?? 'INTERNAL_ERROR', message };
}
