/**
 * Commands on service accounts and API keys → events or a refusal. Pure, like `decide.ts`, of which it is a part. No command
 * carries a secret.
 */
import { unreachable } from '../../base/invariant.js';
import { fail, ok, type Result } from '../../base/result.js';
import { type Refusal, refusal } from '../../model/errors.js';
import { type ApiKey, type KeyName, keySlots } from '../../model/identity.js';
import type { ControlState } from '../state.js';
import type { AccountEvent, KeyEvent } from './events.js';

export type IdentityCommand =
  | {
      readonly kind: 'create-account';
      readonly accountId: string;
      readonly name: string;
      readonly description: string;
    }
  | { readonly kind: 'describe-account'; readonly accountId: string; readonly description: string }
  /** Its keys go with it. */
  | { readonly kind: 'delete-account'; readonly accountId: string }
  | {
      readonly kind: 'create-key';
      readonly keyId: string;
      readonly accountId: string;
      readonly clusterId: string;
      readonly description: string;
    }
  /** Its credential stands. Refused when it is not wanted any more. */
  | { readonly kind: 'finish-key'; readonly keyId: string }
  | { readonly kind: 'describe-key'; readonly name: KeyName; readonly description: string }
  | { readonly kind: 'delete-key'; readonly name: KeyName }
  /** Nobody was told its secret. */
  | { readonly kind: 'give-up-key'; readonly keyId: string }
  /** Its credential is gone. */
  | { readonly kind: 'forget-key'; readonly keyId: string };

type Events = Result<readonly (AccountEvent | KeyEvent)[], Refusal>;

const NAME_LENGTH_MAX = 64;
const DESCRIPTION_LENGTH_MAX = 256;

export function decideIdentity(state: ControlState, command: IdentityCommand): Events {
  switch (command.kind) {
    case 'create-account': {
      const { accountId, name, description } = command;
      const wrong = wrongInWords(name, description);
      if (wrong !== undefined) return fail(refusal('ACCOUNT_INVALID', wrong));
      const namesake = [...state.accounts.values()].find((each) => each.name === name || each.id === accountId);
      if (namesake !== undefined) {
        return fail(refusal('ACCOUNT_EXISTS', `Service account '${namesake.name}' (${namesake.id}) already exists.`));
      }
      return ok([{ kind: 'account-created', accountId, name, description }]);
    }
    case 'describe-account': {
      const { accountId, description } = command;
      if (!state.accounts.has(accountId)) return fail(noAccount(accountId));
      const wrong = wrongInDescription(description);
      if (wrong !== undefined) return fail(refusal('ACCOUNT_INVALID', wrong));
      return ok([{ kind: 'account-described', accountId, description }]);
    }
    case 'delete-account': {
      const { accountId } = command;
      if (!state.accounts.has(accountId)) return fail(noAccount(accountId));
      const keys = [...state.keys.values()].filter((key) => key.accountId === accountId && key.kind !== 'DELETING');
      const ends = keys.map(({ keyId }): KeyEvent => ({ kind: 'key-deletion-begun', keyId }));
      return ok([...ends, { kind: 'account-deleted', accountId }]);
    }
    case 'create-key':
      return createKey(state, command);
    case 'finish-key': {
      const key = state.keys.get(command.keyId);
      if (key?.kind === 'MAKING') return ok([{ kind: 'key-made', keyId: command.keyId }]);
      return fail(refusal('KEY_NOT_FOUND', 'The API key was given up before it was finished.'));
    }
    case 'describe-key': {
      const wrong = wrongInDescription(command.description);
      if (wrong !== undefined) return fail(refusal('ACCOUNT_INVALID', wrong));
      const found = keyNamed(state, command.name);
      if (!found.ok) return found;
      return ok([{ kind: 'key-described', keyId: found.value.keyId, description: command.description }]);
    }
    case 'delete-key': {
      const found = keyNamed(state, command.name);
      return found.ok ? ok([{ kind: 'key-deletion-begun', keyId: found.value.keyId }]) : found;
    }
    case 'give-up-key': {
      const { keyId } = command;
      return ok(state.keys.get(keyId)?.kind === 'MAKING' ? [{ kind: 'key-deletion-begun', keyId }] : []);
    }
    case 'forget-key': {
      const { keyId } = command;
      return ok(state.keys.get(keyId)?.kind === 'DELETING' ? [{ kind: 'key-deleted', keyId }] : []);
    }
    default:
      return unreachable(command);
  }
}

function createKey(
  state: ControlState,
  { keyId, accountId, clusterId, description }: Extract<IdentityCommand, { readonly kind: 'create-key' }>,
): Events {
  if (!state.accounts.has(accountId)) return fail(noAccount(accountId));
  const wrong = wrongInDescription(description);
  if (wrong !== undefined) return fail(refusal('ACCOUNT_INVALID', wrong));
  const taken = [...state.keys.values()].filter((key) => key.accountId === accountId && key.clusterId === clusterId);
  const mechanism = keySlots.find((slot) => !taken.some((key) => key.mechanism === slot));
  if (mechanism === undefined) {
    const what = `Service account ${accountId} already has two API keys on cluster ${clusterId} (${slotsOf(taken)}).`;
    return fail(refusal('KEY_SLOTS_TAKEN', what));
  }
  return ok([{ kind: 'key-begun', keyId, owner: accountId, clusterId, mechanism, description }]);
}

/** The one key that is meant. A key that is being deleted is not there any more. */
export function keyNamed(state: ControlState, name: KeyName): Result<ApiKey, Refusal> {
  const { key, clusterId, mechanism } = name;
  const called = [...state.keys.values()].filter((each) => each.kind === 'MADE' && each.accountId === key);
  const meant = called
    .filter((each) => clusterId === undefined || each.clusterId === clusterId)
    .filter((each) => mechanism === undefined || each.mechanism === mechanism);
  const [found, another] = meant;
  if (found === undefined) {
    const where = clusterId === undefined ? '' : ` on cluster ${clusterId}`;
    return fail(refusal('KEY_NOT_FOUND', `API key '${key}'${where} does not exist.`));
  }
  if (another === undefined) return ok(found);
  const clusters = [...new Set(meant.map((each) => each.clusterId))].sort();
  return clusters.length > 1
    ? fail(refusal('KEY_AMBIGUOUS', `API key '${key}' exists on the clusters ${clusters.join(', ')}.`))
    : fail(refusal('KEY_AMBIGUOUS', `API key '${key}' has two secrets on cluster ${clusters[0]} (${slotsOf(meant)}).`));
}

function slotsOf(keys: readonly ApiKey[]): string {
  return keys
    .map(({ mechanism, kind }) => (kind === 'DELETING' ? `${mechanism}, being deleted` : mechanism))
    .sort()
    .join('; ');
}

function noAccount(accountId: string): Refusal {
  return refusal('ACCOUNT_NOT_FOUND', `Service account '${accountId}' does not exist.`);
}

function wrongInWords(name: string, description: string): string | undefined {
  const isSound = name.trim() === name && name.length >= 1 && name.length <= NAME_LENGTH_MAX && isPrintable(name);
  if (!isSound) return `A service account's name has 1 to ${NAME_LENGTH_MAX} printable characters.`;
  return wrongInDescription(description);
}

function wrongInDescription(description: string): string | undefined {
  if (description.length <= DESCRIPTION_LENGTH_MAX && isPrintable(description)) return undefined;
  return `A description has at most ${DESCRIPTION_LENGTH_MAX} printable characters.`;
}

function isPrintable(text: string): boolean {
  return !/\p{Cc}/u.test(text);
}
