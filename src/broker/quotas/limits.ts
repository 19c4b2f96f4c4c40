/**
 * Which quota holds for a client, by Kafka's precedence, and with whom it shares it. Pure. Serves docs/spec/broker.md 9.7.
 */
import type { RequestContext } from '../state.js';
import type { QuotaMeta } from '../topics/meta-file.js';

export type QuotaKey = 'producer_byte_rate' | 'consumer_byte_rate' | 'request_percentage' | 'controller_mutation_rate';

export interface Client {
  /** Without its type. */
  readonly user: string;
  readonly clientId: string;
}

export function clientOf({ session, clientId }: Pick<RequestContext, 'session' | 'clientId'>): Client {
  return { user: session.principal.slice(session.principal.indexOf(':') + 1), clientId };
}

export interface Limit {
  readonly perSecond: number;
  /** What all who share this limit have in common. */
  readonly sharedBy: string;
}

type Part = 'own' | 'default' | 'none';

/** The first that has a value holds, and whoever is not named by it shares it with nobody. */
const precedence: readonly { readonly user: Part; readonly clientId: Part }[] = [
  { user: 'own', clientId: 'own' },
  { user: 'own', clientId: 'default' },
  { user: 'own', clientId: 'none' },
  { user: 'default', clientId: 'own' },
  { user: 'default', clientId: 'default' },
  { user: 'default', clientId: 'none' },
  { user: 'none', clientId: 'own' },
  { user: 'none', clientId: 'default' },
];

export class Limits {
  readonly #byEntity = new Map<string, QuotaMeta['values']>();

  constructor(quotas: readonly QuotaMeta[]) {
    for (const { entity, values } of quotas) {
      if ('ip' in entity) continue;
      this.#byEntity.set(keyOf(entity.user, entity['client-id']), values);
    }
  }

  get isEmpty(): boolean {
    return this.#byEntity.size === 0;
  }

  of(key: QuotaKey, { user, clientId }: Client): Limit | undefined {
    for (const level of precedence) {
      const entity = keyOf(partOf(level.user, user), partOf(level.clientId, clientId));
      const perSecond = this.#byEntity.get(entity)?.[key];
      if (perSecond === undefined) continue;
      const shared = keyOf(level.user === 'none' ? undefined : user, level.clientId === 'none' ? undefined : clientId);
      return { perSecond, sharedBy: `${key} ${shared}` };
    }
    return undefined;
  }
}

function partOf(part: Part, name: string): string | null | undefined {
  switch (part) {
    case 'own':
      return name;
    case 'default':
      return null;
    case 'none':
      return undefined;
  }
}

function keyOf(user: string | null | undefined, clientId: string | null | undefined): string {
  return JSON.stringify([user ?? (user === null ? 0 : 1), clientId ?? (clientId === null ? 0 : 1)]);
}
