/** Accounts and keys of plain values, decided and applied as control does, with nothing behind them. */
import { fail, ok } from '../../src/base/result.js';
import { apply } from '../../src/control/apply.js';
import type { Answer } from '../../src/control/commands.js';
import { decideIdentity, type IdentityCommand, keyNamed } from '../../src/control/identity/decide.js';
import type { IdentityControl } from '../../src/control/identity/identity.js';
import { type ControlState, emptyState } from '../../src/control/state.js';
import { refusal } from '../../src/model/errors.js';

/** `onKey` is told every secret; with a reason it refuses the key. */
export function fakeIdentity(
  onKey: (key: { readonly user: string; readonly clusterId: string; readonly secret: string }) => void = () =>
    undefined,
): IdentityControl {
  let state: ControlState = emptyState;
  let drawn = 0;
  const act = (command: IdentityCommand): Answer<void> => {
    const events = decideIdentity(state, command);
    if (!events.ok) return events;
    for (const event of events.value) state = apply(state, { stamp: { epoch: 1, number: 1 }, atMs: 1_000, event });
    return ok(undefined);
  };
  return {
    accounts: () => ok([...state.accounts.values()]),
    async createAccount({ name, description }) {
      const accountId = `sa-fake0${++drawn}`;
      const made = act({ kind: 'create-account', accountId, name, description });
      if (!made.ok) return made;
      const account = state.accounts.get(accountId);
      return account ? ok(account) : fail(refusal('ACCOUNT_NOT_FOUND', 'gone'));
    },
    describeAccount: async (accountId, description) => act({ kind: 'describe-account', accountId, description }),
    deleteAccount: async (accountId) => act({ kind: 'delete-account', accountId }),
    keys: () => ok([...state.keys.values()].filter(({ kind }) => kind === 'MADE')),
    async createKey({ accountId, clusterId, description }) {
      const keyId = `key-${++drawn}`;
      const made = act({ kind: 'create-key', keyId, accountId, clusterId, description });
      if (!made.ok) return made;
      act({ kind: 'finish-key', keyId });
      const key = state.keys.get(keyId);
      if (key === undefined) return fail(refusal('KEY_NOT_FOUND', 'gone'));
      const secret = `secret-of-${keyId}`;
      onKey({ user: accountId, clusterId, secret });
      return ok({ key, secret });
    },
    describeKey: async (name, description) => act({ kind: 'describe-key', name, description }),
    async deleteKey(name) {
      const found = keyNamed(state, name);
      if (!found.ok) return found;
      act({ kind: 'delete-key', name: { ...name, mechanism: found.value.mechanism } });
      act({ kind: 'forget-key', keyId: found.value.keyId });
      return found;
    },
  };
}
