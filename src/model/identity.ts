/**
 * Service accounts and API keys. A key is a SCRAM user of one cluster that bears the account's name, so that Kafka's ACLs
 * speak of `User:<account>`; an account has two slots there, one for each mechanism, so that secrets can be rotated. What
 * is kept of a key holds no secret. Spec: docs/spec/identity.md.
 */
import type { SaslMechanism } from '../base/sasl.js';

/** A new key takes the first that is free. */
export const keySlots = ['SCRAM-SHA-512', 'SCRAM-SHA-256'] as const satisfies readonly SaslMechanism[];
export type KeySlot = (typeof keySlots)[number];

export interface ServiceAccount {
  /** `sa-` and six letters or digits: also the name of its keys and of its Kafka principal. */
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly createdAtMs: number;
}

export interface ApiKey {
  /**
   * MAKING: its credential may or may not stand, and nobody has been told the secret. MADE: somebody has. DELETING: the
   * credential is being taken away; until it is, the slot is not free.
   */
  readonly kind: 'MAKING' | 'MADE' | 'DELETING';
  /** klink's own: unlike its name it never comes again. */
  readonly keyId: string;
  readonly accountId: string;
  readonly clusterId: string;
  readonly mechanism: KeySlot;
  readonly description: string;
  readonly createdAtMs: number;
  readonly sinceMs: number;
}

/** As people name a key: by its account, and by cluster and slot where that is not clear. */
export interface KeyName {
  readonly key: string;
  readonly clusterId?: string | undefined;
  readonly mechanism?: string | undefined;
}

/** One slot of a SCRAM user. */
export interface CredentialPlace {
  readonly clusterId: string;
  readonly user: string;
  readonly mechanism: KeySlot;
}

export function placeOf({ clusterId, accountId, mechanism }: ApiKey): CredentialPlace {
  return { clusterId, user: accountId, mechanism };
}
