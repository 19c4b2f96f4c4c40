/** Keys of a cluster of plain values: who may log in, and what each may do there. */
import type { CallerKey, CallerLogin, Callers, ClusterAdmin } from '../../src/api/ports.js';

export interface FakeKey {
  readonly secret: string;
  readonly admin: ClusterAdmin;
  readonly rights: readonly string[];
  readonly topicRights?: readonly string[];
}

export interface FakeCallers extends Callers {
  readonly keys: Map<string, FakeKey>;
  /** What every login is answered with while it is set. */
  trouble: Exclude<CallerLogin, { readonly kind: 'accepted' }> | undefined;
  /** Logins accepted and not released. */
  open: number;
}

export function fakeCallers(): FakeCallers {
  const keys = new Map<string, FakeKey>();
  const callers: FakeCallers = {
    keys,
    trouble: undefined,
    open: 0,
    listener: {
      bootstrap: '127.0.0.1:9',
      securityProtocol: 'SASL_PLAINTEXT',
      authorities: undefined,
      checksName: true,
    },
    async logIn({ name, secret }: CallerKey): Promise<CallerLogin> {
      if (callers.trouble) return callers.trouble;
      const key = keys.get(name);
      if (key?.secret !== secret) return { kind: 'refused' };
      callers.open++;
      return {
        kind: 'accepted',
        session: {
          principal: `User:${name}`,
          admin: key.admin,
          rights: async () => new Set(key.rights),
          topicRights: async () => new Set(key.topicRights ?? []),
          release: () => {
            callers.open--;
          },
        },
      };
    },
    mechanismsOf: async (name) => (keys.has(name) ? ['SCRAM-SHA-512'] : []),
  };
  return callers;
}
