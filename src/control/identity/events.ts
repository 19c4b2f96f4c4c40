/** What can happen to service accounts and API keys, and what it makes of them. Part of `events.ts` and `apply.ts`. */
import { invariant, unreachable } from '../../base/invariant.js';
import type { ApiKey, KeySlot, ServiceAccount } from '../../model/identity.js';

interface OfAccount {
  readonly accountId: string;
}
interface OfKey {
  readonly keyId: string;
}

export type AccountEvent =
  | ({ readonly kind: 'account-created'; readonly name: string; readonly description: string } & OfAccount)
  | ({ readonly kind: 'account-described'; readonly description: string } & OfAccount)
  | ({ readonly kind: 'account-deleted' } & OfAccount);

export type KeyEvent =
  /** Recorded before the credential is set: whatever happens then, it is known what to take away. */
  | ({
      readonly kind: 'key-begun';
      readonly owner: string;
      readonly clusterId: string;
      readonly mechanism: KeySlot;
      readonly description: string;
    } & OfKey)
  | ({ readonly kind: 'key-made' } & OfKey)
  | ({ readonly kind: 'key-described'; readonly description: string } & OfKey)
  | ({ readonly kind: 'key-deletion-begun' } & OfKey)
  | ({ readonly kind: 'key-deleted' } & OfKey);

/** Undefined: the account is gone. */
export function afterAccountEvent(
  account: ServiceAccount | undefined,
  event: AccountEvent,
  atMs: number,
): ServiceAccount | undefined {
  const { accountId } = event;
  if (event.kind === 'account-created') {
    invariant(account === undefined, `account ${accountId} was created twice`);
    return { id: accountId, name: event.name, description: event.description, createdAtMs: atMs };
  }
  invariant(account !== undefined, `${event.kind} for account ${accountId}, which does not exist`);
  switch (event.kind) {
    case 'account-described':
      return { ...account, description: event.description };
    case 'account-deleted':
      return undefined;
    default:
      return unreachable(event);
  }
}

/** Undefined: the key is gone. */
export function afterKeyEvent(key: ApiKey | undefined, event: KeyEvent, atMs: number): ApiKey | undefined {
  const { keyId } = event;
  if (event.kind === 'key-begun') {
    invariant(key === undefined, `key ${keyId} was begun twice`);
    const { owner: accountId, clusterId, mechanism, description } = event;
    return { kind: 'MAKING', keyId, accountId, clusterId, mechanism, description, createdAtMs: atMs, sinceMs: atMs };
  }
  invariant(key !== undefined, `${event.kind} for key ${keyId}, which does not exist`);
  switch (event.kind) {
    case 'key-made':
      invariant(key.kind === 'MAKING', `key ${keyId} is ${key.kind} and was made all the same`);
      return { ...key, kind: 'MADE', sinceMs: atMs };
    case 'key-described':
      return { ...key, description: event.description };
    case 'key-deletion-begun':
      return { ...key, kind: 'DELETING', sinceMs: atMs };
    case 'key-deleted':
      invariant(key.kind === 'DELETING', `key ${keyId} is ${key.kind} and was deleted all the same`);
      return undefined;
    default:
      return unreachable(event);
  }
}
