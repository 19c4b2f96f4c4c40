/**
 * Keeps the fence where it belongs, in presence and in absence: a live mirror's lines are put back when they are missing;
 * lines and marks of topics that are no live mirror are taken away whenever they are seen, because a stopped owner's late
 * request can still put them there (T14). Rule 6.4. Never touches klink's own topics.
 */
import type { FenceMode, PassingGrant } from '../../model/link.js';
import { isLive } from '../../model/mirror.js';
import type { FencedTopic } from '../ports/fence.js';
import { type ControlState, liveMirrorNamed } from '../state.js';
import type { Task } from './task.js';

export const FENCE_OFTEN_MS = 10_000;
export const FENCE_SELDOM_MS = 60_000;
/** [6.6] A fence of lines for single principals is open to a new grant until that is seen. */
export const FENCE_BY_PRINCIPAL_MS = 2_000;
/** So long after a takeover or the last promotion the fences are looked at often. */
export const FENCE_OFTEN_FOR_MS = 600_000;

/** [6.2] What passes every fence, as read last. */
export class PassingSeen {
  grants: readonly PassingGrant[] = [];
  /** Why it is not known; undefined: it is. */
  unknown: string | undefined = 'not read yet';
  /** [6.6] By topic: what everybody may do there all the same. */
  pierced: ReadonlyMap<string, readonly string[]> = new Map();
}

/** `lastChangeMs`: monotonic time of the takeover or of the last mirror that stopped or was forgotten. */
export async function keepFences(task: Task, lastChangeMs: () => number, seen: PassingSeen): Promise<void> {
  const { clock, log } = task.ports;
  for (let before: string | undefined; ; ) {
    const problem = await reconcileFences(task, seen);
    task.explain(problem);
    if (problem !== undefined && problem !== before) log.warn({ problem }, 'fences could not be reconciled');
    before = problem;
    await lookForPassing(task, seen);
    const often = clock.monotonicMs() - lastChangeMs() < FENCE_OFTEN_FOR_MS;
    const byPrincipal = mirrorsOfMode2(task.state()).length > 0;
    await task.pause(byPrincipal ? FENCE_BY_PRINCIPAL_MS : often || problem ? FENCE_OFTEN_MS : FENCE_SELDOM_MS);
  }
}

async function lookForPassing(task: Task, seen: PassingSeen): Promise<void> {
  if (![...task.state().links.values()].some(({ fence }) => fence.mode !== 3)) return;
  const found = await task.ports.destination.fence.passing();
  if (found.kind === 'done') seen.grants = found.grants;
  seen.unknown = found.kind === 'done' ? undefined : found.reason;
}

/** Gives what stood in the way. */
export async function reconcileFences(task: Task, seen = new PassingSeen()): Promise<string | undefined> {
  const { fence } = task.ports.destination;
  const found = await fence.fenced();
  if (found.kind !== 'done') return found.reason;
  const fences = new Map(found.topics.map((each) => [each.topic, each]));
  seen.pierced = new Map(found.topics.map(({ topic, byPrincipal }) => [topic, byPrincipal?.pierced ?? []]));
  let problem: string | undefined;
  for (const { topic, byPrincipal } of found.topics) {
    const [first] = byPrincipal?.pierced ?? [];
    if (first !== undefined) problem = `fence of ${topic}: everybody passes it by ${first}`;
  }
  for (const mirror of task.state().mirrors.values()) {
    const { mirrorTopic } = mirror;
    const link = task.state().links.get(mirror.linkId);
    if (link === undefined || isWhole(link.fence, fences.get(mirrorTopic)) || !isFenced(task.state(), mirrorTopic))
      continue;
    const raised = await task.effect(async () => {
      return isFenced(task.state(), mirrorTopic) ? fence.raise(mirrorTopic, link.fence) : ({ kind: 'done' } as const);
    }, mirrorTopic);
    if (raised.kind !== 'done') problem = `fence of ${mirrorTopic}: ${raised.reason}`;
  }
  for (const { topic, marked } of found.topics) {
    if (topic.startsWith('_klink.') || liveMirrorNamed(task.state(), topic) !== undefined) continue;
    // [6.4] Without the mark only a topic that was a mirror: anywhere else such a line is an operator's own.
    if (!marked && !wasMirror(task.state(), topic)) continue;
    const lifted = await task.effect(async () => {
      // A mirror may have been created since the fences were read.
      return liveMirrorNamed(task.state(), topic) === undefined ? fence.lift(topic) : ({ kind: 'done' } as const);
    }, topic);
    if (lifted.kind !== 'done') problem = `fence of ${topic}: ${lifted.reason}`;
  }
  return (await giveBack(task)) ?? problem;
}

function isWhole({ mode }: FenceMode, fence: FencedTopic | undefined): boolean {
  switch (mode) {
    case 1:
      return fence?.complete === true;
    case 2:
      return fence?.byPrincipal?.complete === true;
    case 3:
      return true;
  }
}

/** [6.6] State says which mirrors there are: one that is being made has no fence yet that a look could see. */
async function giveBack(task: Task): Promise<string | undefined> {
  const { fence } = task.ports.destination;
  const given = await task.effect(() => fence.giveBack(mirrorsOfMode2(task.state())));
  return given.kind === 'done' ? undefined : `grants that were held back: ${given.reason}`;
}

function mirrorsOfMode2(state: ControlState): string[] {
  return [...state.mirrors.values()]
    .filter((mirror) => isLive(mirror) && state.links.get(mirror.linkId)?.fence.mode === 2)
    .map((mirror) => mirror.mirrorTopic);
}

function wasMirror(state: ControlState, topic: string): boolean {
  return [...state.mirrors.values()].some((mirror) => mirror.mirrorTopic === topic);
}

/** While the fence is being lifted nobody else touches it. */
function isFenced(state: ControlState, topic: string): boolean {
  const mirror = liveMirrorNamed(state, topic);
  return mirror !== undefined && !(mirror.kind === 'STOPPING' && mirror.step.kind === 'lifting');
}
