/** Fetch sessions (KIP-227): opened, gone on with, changed, told by a wrong epoch or another way of naming topics, and closed. */
import { fetch } from '../../../src/protocol/api/fetch.js';
import { chance, drawPlaces, maybePick, mostly, type Place, some } from '../draws.js';
import { type Drawing, type Operation, type Step, step } from '../operation.js';
import type { FetchSession } from '../world.js';
import { drawLimits, drawWanted, tidyFetch, topicsOf, type Wanted } from './reading.js';

const SESSIONS_MAX = 4;
const BY_TOPIC_ID = 13;
const LAST_BY_NAME = BY_TOPIC_ID - 1;
const FIRST_WITH_SESSIONS = 7;
const [CLOSES, OPENS] = [-1, 0];

export const sessionOperations: readonly Operation[] = [
  { name: 'open a session', weight: 1.5, draw: (drawing) => opening(drawing) },
  { name: 'fetch in a session', weight: 5, draw: (drawing) => goingOn(drawing) },
];

function opening(drawing: Drawing): Step | undefined {
  const { random, world } = drawing;
  const version = drawing.version(fetch, { min: FIRST_WITH_SESSIONS });
  if (version === undefined) return undefined;
  const wanted = mostly(random, drawPlaces(random, world, 4), 0.03, [[]]).map((place) => drawWanted(random, place));
  // Whoever names one closes it.
  const before =
    world.sessions.length >= SESSIONS_MAX || chance(random, 0.2) ? maybePick(random, world.sessions) : undefined;
  const limits = drawLimits(random, wanted);
  const id = world.name('session');
  return step({
    operation: 'open a session',
    api: fetch,
    version,
    request: (names) => ({
      ...limits,
      sessionId: before === undefined ? 0 : names.sessionId(before.id),
      sessionEpoch: OPENS,
      topics: topicsOf(wanted, names),
    }),
    bind: ({ sessionId }, names) => names.bind('session', id, sessionId),
    tidy: tidyFetch,
    learn: (answer) => {
      if (before !== undefined) forget(drawing, before);
      if (answer?.errorCode !== 0 || answer.sessionId === 0) return;
      const session: FetchSession = { id, epoch: 1, byTopicId: version >= BY_TOPIC_ID, places: new Map() };
      keep(session, wanted);
      world.sessions.push(session);
    },
  });
}

function goingOn(drawing: Drawing): Step | undefined {
  const { random, world } = drawing;
  const session = maybePick(random, world.sessions);
  if (session === undefined) return undefined;
  const isByTopicId = chance(random, 0.02) ? !session.byTopicId : session.byTopicId;
  const range = isByTopicId ? { min: BY_TOPIC_ID } : { min: FIRST_WITH_SESSIONS, max: LAST_BY_NAME };
  const version = drawing.version(fetch, range);
  if (version === undefined) return undefined;
  const there = [...session.places.values()];
  const changed = chance(random, 0.4)
    ? []
    : mostly(random, some(random, there, 2), 0.3, [drawPlaces(random, world, 2)]);
  const wanted = changed.map((place) => drawWanted(random, place));
  const forgotten = chance(random, 0.2)
    ? mostly(random, some(random, there, 3), 0.2, [drawPlaces(random, world, 1, 0.3)])
    : [];
  const { epoch } = session;
  const said = mostly(random, epoch, 0.08, [epoch + 1, epoch - 1, CLOSES, -2, 2 ** 31 - 1]);
  const isUnknown = chance(random, 0.02);
  const limits = drawLimits(random, [...there, ...wanted]);
  return step({
    operation: 'fetch in a session',
    api: fetch,
    version,
    request: (names) => ({
      ...limits,
      sessionId: isUnknown ? 1 : names.sessionId(session.id),
      sessionEpoch: said,
      topics: topicsOf(wanted, names),
      forgottenTopicsData: forgotten.map(({ name, id, index }) => ({
        topic: name,
        topicId: names.topicId(id),
        partitions: [index],
      })),
    }),
    tidy: tidyFetch,
    learn: (answer) => {
      if (answer === undefined || isUnknown) return;
      if (said === CLOSES || said === OPENS) return forget(drawing, session);
      if (said !== epoch || REFUSED.includes(answer.errorCode)) return;
      session.epoch = epoch === 2 ** 31 - 1 ? 1 : epoch + 1;
      keep(session, wanted);
      for (const place of forgotten) session.places.delete(keyOf(session, place));
      if (answer.sessionId === 0 && answer.errorCode === 0) forget(drawing, session);
    },
  });
}

/** The session is as it was. */
const REFUSED = [70, 71, 106];

function keep(session: FetchSession, wanted: readonly Wanted[]): void {
  for (const { name, id, index, partition } of wanted) {
    session.places.set(keyOf(session, { name, id, index }), { name, id, index, partition });
  }
}

function keyOf({ byTopicId }: FetchSession, { name, id, index }: Omit<Place, 'partition'>): string {
  return `${byTopicId ? id : name} ${index}`;
}

function forget({ world }: Drawing, session: FetchSession): void {
  const at = world.sessions.indexOf(session);
  if (at >= 0) world.sessions.splice(at, 1);
}
