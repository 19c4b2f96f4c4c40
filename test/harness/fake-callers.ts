/** Keys of a cluster of plain values: who may log in, and what each may do there. */
import type { CallerKey, CallerLogin, CallerSession, Callers, ClusterAdmin, NewRecord } from '../../src/api/ports.js';

export interface FakeKey {
  readonly secret: string;
  readonly admin: ClusterAdmin;
  readonly rights: readonly string[];
  readonly topicRights?: readonly string[];
  readonly written?: { readonly topic: string; readonly record: NewRecord }[];
  readonly refuses?: (record: NewRecord) => Error | undefined;
}

export interface FakeCallers extends Callers {
  readonly keys: Map<string, FakeKey>;
  /** What every login is answered with while it is set. */
  trouble: Exclude<CallerLogin, { readonly kind: 'accepted' }> | undefined;
  /** Names whose login of before still counts. */
  readonly live: Set<string>;
  /** Names that a login was tried with, in order. */
  readonly tried: string[];
  /** Logins accepted and not released. */
  open: number;
}

export function fakeCallers(): FakeCallers {
  const keys = new Map<string, FakeKey>();
  const accept = (name: string, key: FakeKey): CallerSession => {
    callers.open++;
    return {
      principal: `User:${name}`,
      admin: key.admin,
      rights: async () => new Set(key.rights),
      topicRights: async () => new Set(key.topicRights ?? []),
      async write(topic, records) {
        key.written?.push(...records.map((record) => ({ topic, record })));
        return records.map((record, at) => {
          const refused = key.refuses?.(record);
          if (refused !== undefined) return refused;
          return {
            partition: record.partition ?? 0,
            offset: BigInt(at),
            timestampMs: record.timestampMs ?? 1_000n,
          };
        });
      },
      release: () => {
        callers.open--;
      },
    };
  };
  const callers: FakeCallers = {
    keys,
    trouble: undefined,
    live: new Set(),
    tried: [],
    open: 0,
    listener: {
      bootstrap: '127.0.0.1:9',
      securityProtocol: 'SASL_PLAINTEXT',
      authorities: undefined,
      checksName: true,
    },
    async logIn({ name, secret }: CallerKey): Promise<CallerLogin> {
      callers.tried.push(name);
      if (callers.trouble) return callers.trouble;
      const key = keys.get(name);
      if (key?.secret !== secret) return { kind: 'refused' };
      return { kind: 'accepted', session: accept(name, key) };
    },
    loggedIn({ name, secret }) {
      const key = keys.get(name);
      return callers.live.has(name) && key?.secret === secret ? accept(name, key) : undefined;
    },
    mechanismsOf: async (name) => (keys.has(name) ? ['SCRAM-SHA-512'] : []),
  };
  return callers;
}
