/**
 * Asks the leaders of many partitions something, one request per leader, and goes on asking those whose leader has moved,
 * is being elected or does not answer, with fresh metadata, as long as there is time. Every partition gets its own
 * outcome: one without leader does not spoil the others.
 */
import { fail, type Result } from '../../base/result.js';
import { errorCode } from '../../protocol/errors.js';
import { LEADER_MOVES } from '../moved.js';
import { type Channel, type KafkaCluster, OutcomeUnknown, type SendOptions } from '../types.js';
import { ADMIN_PURPOSE, isUnanswered, refusal } from './ask.js';
import { type AdminOptions, Patience } from './patience.js';

export interface Place {
  readonly topic: string;
  readonly partition: number;
}

export type Led<P extends Place> = P & { readonly leaderEpoch: number };

/** What one leader said about one partition. */
export interface LeaderWord<T> extends Place {
  readonly code: number;
  readonly value: T;
}

export interface LeaderQuestion<P extends Place, T> {
  /** For messages: `reading offsets`. */
  readonly what: string;
  /** False: what was sent without an answer is not sent again. */
  readonly repeatable: boolean;
  ask(channel: Channel, places: readonly Led<P>[], options: SendOptions): Promise<readonly LeaderWord<T>[]>;
}

export function placeKey(place: Place): string {
  return `${place.topic}/${place.partition}`;
}

/**
 * By `placeKey`: the value, or KafkaError, NotSent or OutcomeUnknown. A topic that metadata does not know is answered at
 * once with 3. Rejects only when no broker answers at all, or when the signal aborts.
 */
export async function askLeaders<P extends Place, T>(
  cluster: KafkaCluster,
  places: readonly P[],
  question: LeaderQuestion<P, T>,
  options: AdminOptions = {},
): Promise<ReadonlyMap<string, Result<T, Error>>> {
  const patience = new Patience(cluster, options);
  const found = new Map<string, Result<T, Error>>();
  let open = places;
  while (open.length > 0) {
    const { byLeader, again } = await place(cluster, open, patience, found, question.what);
    await Promise.all(
      [...byLeader].map(async ([leader, asked]) => {
        again.push(...(await askLeader(cluster, leader, asked, question, patience, found)));
      }),
    );
    open = again;
    if (open.length > 0 && !(await patience.another())) break;
  }
  return found;
}

/** Sorts partitions by leader. Those without one get an error for now, and are in `again` if that may change. */
async function place<P extends Place, T>(
  cluster: KafkaCluster,
  places: readonly P[],
  patience: Patience,
  found: Map<string, Result<T, Error>>,
  what: string,
): Promise<{ readonly byLeader: ReadonlyMap<number, readonly Led<P>[]>; readonly again: P[] }> {
  const { topics } = await cluster.metadata([...new Set(places.map(({ topic }) => topic))], patience.ask());
  const described = new Map(topics.map((topic) => [topic.name, topic]));
  const byLeader = new Map<number, Led<P>[]>();
  const again: P[] = [];
  for (const each of places) {
    const topic = described.get(each.topic);
    const partition = topic?.partitions.find(({ partition }) => partition === each.partition);
    const topicCode = topic?.errorCode ?? errorCode.UNKNOWN_TOPIC_OR_PARTITION;
    if (partition !== undefined && partition.leader >= 0) {
      const led = { ...each, leaderEpoch: partition.leaderEpoch };
      byLeader.set(partition.leader, [...(byLeader.get(partition.leader) ?? []), led]);
      continue;
    }
    const code = topicCode || (partition === undefined ? errorCode.UNKNOWN_TOPIC_OR_PARTITION : NO_LEADER);
    found.set(placeKey(each), fail(refusal(code, `${what} of ${placeKey(each)} at ${cluster.name}`)));
    if (code === NO_LEADER) again.push(each);
  }
  return { byLeader, again };
}

const NO_LEADER = errorCode.LEADER_NOT_AVAILABLE;

/** Gives those that are to be asked again. */
async function askLeader<P extends Place, T>(
  cluster: KafkaCluster,
  leader: number,
  asked: readonly Led<P>[],
  question: LeaderQuestion<P, T>,
  patience: Patience,
  found: Map<string, Result<T, Error>>,
): Promise<readonly P[]> {
  let words: readonly LeaderWord<T>[];
  try {
    const channel = await cluster.channel(leader, ADMIN_PURPOSE);
    words = await question.ask(channel, asked, question.repeatable ? patience.ask() : patience.command());
  } catch (error) {
    if (!isUnanswered(error)) throw error;
    for (const each of asked) found.set(placeKey(each), fail(error as Error));
    return question.repeatable || !(error instanceof OutcomeUnknown) ? asked : [];
  }
  const told = new Map(words.map((word) => [placeKey(word), word]));
  const again: P[] = [];
  for (const each of asked) {
    const key = placeKey(each);
    const word = told.get(key);
    const code = word?.code ?? errorCode.UNKNOWN_SERVER_ERROR;
    if (word !== undefined && code === 0) {
      found.set(key, { ok: true, value: word.value });
      continue;
    }
    const what = `${question.what} of ${key} at broker ${leader} of ${cluster.name}`;
    const unknown = code === errorCode.REQUEST_TIMED_OUT && !question.repeatable;
    found.set(key, fail(unknown ? new OutcomeUnknown(`${what}: not finished in time`) : refusal(code, what)));
    if (LEADER_MOVES.has(code) || (code === errorCode.REQUEST_TIMED_OUT && question.repeatable)) again.push(each);
  }
  return again;
}

/** For requests that name topics once, with their partitions below. */
export function byTopic<P extends Place>(places: readonly P[]): readonly (readonly [string, readonly P[]])[] {
  const grouped = new Map<string, P[]>();
  for (const place of places) {
    const list = grouped.get(place.topic);
    if (list) list.push(place);
    else grouped.set(place.topic, [place]);
  }
  return [...grouped];
}
