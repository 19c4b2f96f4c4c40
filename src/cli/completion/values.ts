/** Names that only the server knows: of clusters, topics, links, accounts and the like. */
import { systemClock } from '../../base/node/clock.js';
import type { Io } from '../io.js';
import { openSession, type Session } from '../session.js';
import type { Candidate, Completion, ValueKind } from './words.js';

/** Somebody waits at the keyboard. A slow server can be given more with KLINK_COMPLETION_MS. */
const ANSWER_WITHIN_MS = 1_500;

type Values = Extract<Completion, { kind: 'values' }>;

const asked: Readonly<Record<ValueKind, (session: Session) => Promise<readonly Candidate[]>>> = {
  async cluster(session) {
    const clusters = await session.clusters();
    return clusters.flatMap(({ name, cluster_id }) => [
      { word: name, help: cluster_id ?? 'has not answered yet' },
      ...(cluster_id === null ? [] : [{ word: cluster_id, help: name }]),
    ]);
  },
  async topic(session) {
    const { data } = await session.api.topics((await session.cluster()).cluster_id);
    return data.map((topic) => ({ word: topic.topic_name, help: `${topic.partitions_count} partitions` }));
  },
  async link(session) {
    const { data } = await session.api.links((await session.cluster()).cluster_id);
    return data.map((link) => ({ word: link.link_name, help: link.link_state }));
  },
  async mirror(session) {
    const { data } = await session.api.mirrors((await session.cluster()).cluster_id, undefined);
    return data.map((mirror) => ({ word: mirror.mirror_topic_name, help: mirror.mirror_status }));
  },
  async group(session) {
    const { data } = await session.api.groups((await session.cluster()).cluster_id);
    return data.map((group) => ({ word: group.consumer_group_id, help: group.state }));
  },
  async environment(session) {
    const { data } = await session.api.environments();
    return data.map(({ id, name }) => ({ word: id, help: name }));
  },
  async account(session) {
    const { data } = await session.api.serviceAccounts();
    return data.map(({ id, name }) => ({ word: id, help: name }));
  },
  async key(session) {
    const { data } = await session.api.apiKeys({});
    const byKey = new Map(data.map(({ key, description }) => [key, description]));
    return [...byKey].map(([word, help]) => ({ word, help }));
  },
};

/** Nothing where nobody answers in time: a line that is being typed is no place for an error. */
export async function valuesOf(io: Io, { of, flags, lead }: Values): Promise<readonly Candidate[]> {
  const limit = new AbortController();
  const timer = systemClock.setTimer(Number(io.env.KLINK_COMPLETION_MS) || ANSWER_WITHIN_MS, () =>
    limit.abort(new Error('no answer in time')),
  );
  const [url, tokenFile, cluster] = ['url', 'token-file', 'cluster'].map((name) => flags.get(name));
  const session = { ...(url && { url }), ...(tokenFile && { tokenFile }), ...(cluster && { cluster }) };
  try {
    const values = await asked[of](openSession(session, io, limit.signal));
    return values.map(({ word, help }) => ({ word: `${lead}${word}`, help }));
  } catch {
    return [];
  } finally {
    timer.cancel();
  }
}
