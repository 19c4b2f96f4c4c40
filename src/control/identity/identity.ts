/**
 * Service accounts and API keys as commands and questions, in the journal of the home cluster. A key is recorded, then its
 * credential set, then recorded as made, and only then is its secret told: of a klink that dies in between nobody knows the
 * secret, and the credential is taken away (`settle-keys.ts`). The secret is drawn here, answered once and kept nowhere.
 */

import { type Random, randomInt } from '../../base/random.js';
import { fail, ok } from '../../base/result.js';
import { type Refusal, refusal } from '../../model/errors.js';
import { type ApiKey, type KeyName, placeOf, type ServiceAccount } from '../../model/identity.js';
import type { Answer } from '../commands.js';
import type { ControlPorts } from '../ports.js';
import type { Term } from '../term.js';
import type { Terms } from '../terms.js';
import { keyNamed } from './decide.js';

export interface NewKey {
  readonly accountId: string;
  readonly clusterId: string;
  readonly description: string;
}

export interface IdentityControl {
  accounts(): Answer<readonly ServiceAccount[]>;
  createAccount(account: { readonly name: string; readonly description: string }): Promise<Answer<ServiceAccount>>;
  describeAccount(accountId: string, description: string): Promise<Answer<void>>;
  /** Its keys end with it; ACLs that name it stay. */
  deleteAccount(accountId: string): Promise<Answer<void>>;
  /** Those whose secret somebody was told. */
  keys(): Answer<readonly ApiKey[]>;
  createKey(key: NewKey): Promise<Answer<{ readonly key: ApiKey; readonly secret: string }>>;
  describeKey(name: KeyName, description: string): Promise<Answer<void>>;
  /** Answers when nobody can log in with it any more, or NOT_FINISHED after a while: it will be deleted all the same. */
  deleteKey(name: KeyName): Promise<Answer<ApiKey>>;
}

const DELETION_ANSWER_MS = 20_000;
const SECRET_BYTES = 32;
const ACCOUNT_LETTERS = 'abcdefghijklmnopqrstuvwxyz0123456789';
const ACCOUNT_LETTERS_COUNT = 6;

export function createIdentity(ports: ControlPorts, terms: Terms): IdentityControl {
  const read = <T>(look: (term: Term) => T): Answer<T> => {
    const current = terms.current();
    return current.ok ? ok(look(current.value)) : current;
  };
  return {
    accounts: () => read(({ state }) => [...state.accounts.values()].sort(byName)),
    async createAccount({ name, description }) {
      const current = terms.current();
      if (!current.ok) return current;
      const accountId = freshAccountId(current.value, ports.random);
      const command = { kind: 'create-account', accountId, name, description } as const;
      const decided = await terms.decide(current.value, command, false);
      if (!decided.ok) return decided;
      const made = (terms.running ?? current.value).state.accounts.get(accountId);
      return made ? ok(made) : fail(refusal('ACCOUNT_NOT_FOUND', `Service account '${name}' was deleted meanwhile.`));
    },
    async describeAccount(accountId, description) {
      const current = terms.current();
      if (!current.ok) return current;
      return terms.decide(current.value, { kind: 'describe-account', accountId, description }, false);
    },
    async deleteAccount(accountId) {
      const current = terms.current();
      if (!current.ok) return current;
      return terms.decide(current.value, { kind: 'delete-account', accountId }, false);
    },
    keys: () => read(({ state }) => [...state.keys.values()].filter(({ kind }) => kind === 'MADE').sort(byKey)),
    createKey: (key) => createKey(ports, terms, key),
    async describeKey(name, description) {
      const current = terms.current();
      if (!current.ok) return current;
      return terms.decide(current.value, { kind: 'describe-key', name, description }, false);
    },
    deleteKey: (name) => deleteKey(ports, terms, name),
  };
}

async function createKey(
  ports: ControlPorts,
  terms: Terms,
  { accountId, clusterId, description }: NewKey,
): Promise<Answer<{ readonly key: ApiKey; readonly secret: string }>> {
  const current = terms.current();
  if (!current.ok) return current;
  const term = current.value;
  const { random, credentials } = ports;
  const keyId = random.bytes(16).toString('hex');
  const begun = await terms.decide(term, { kind: 'create-key', keyId, accountId, clusterId, description }, false);
  if (!begun.ok) return begun;
  const key = term.state.keys.get(keyId);
  // Another term has begun since: it takes away what was begun here.
  if (key === undefined) return fail(interrupted());
  // Letters and digits only: it stands in properties files and on command lines, and never begins with a dash.
  const secret = random.bytes(SECRET_BYTES).toString('hex');
  const set = await term.effects.run(() => credentials.set(placeOf(key), secret), term);
  if (set.kind === 'done') {
    const finished = await terms.decide(term, { kind: 'finish-key', keyId }, false);
    return finished.ok ? ok({ key: { ...key, kind: 'MADE' }, secret }) : finished;
  }
  // Also where nothing was set: only taking it away makes sure. Should this be lost, the key is given up for its age.
  await terms.decide(term, { kind: 'give-up-key', keyId }, false);
  const what = `The API key could not be made at cluster ${clusterId}: ${set.reason}.`;
  return fail(refusal(set.kind === 'refused' ? 'KEY_REFUSED' : 'CLUSTER_UNREACHABLE', what));
}

async function deleteKey(ports: ControlPorts, terms: Terms, name: KeyName): Promise<Answer<ApiKey>> {
  const current = terms.current();
  if (!current.ok) return current;
  const found = keyNamed(current.value.state, name);
  if (!found.ok) return found;
  const key = found.value;
  const exactly = { key: key.accountId, clusterId: key.clusterId, mechanism: key.mechanism };
  const decided = await terms.decide(current.value, { kind: 'delete-key', name: exactly }, false);
  if (!decided.ok) return decided;
  const { clock } = ports;
  const untilMs = clock.monotonicMs() + DELETION_ANSWER_MS;
  for (;;) {
    const term = terms.running;
    if (term && !term.state.keys.has(key.keyId)) return ok(key);
    const leftMs = untilMs - clock.monotonicMs();
    if (leftMs <= 0) {
      const reason = term?.reasonOf({ kind: 'settle-key', of: key.keyId }) ?? 'it takes long';
      return fail(refusal('NOT_FINISHED', `The credential of '${key.accountId}' is not gone yet: ${reason}.`));
    }
    await changeOf(ports, term, Math.min(leftMs, 1_000));
  }
}

function changeOf({ clock }: ControlPorts, term: Term | undefined, withinMs: number): Promise<void> {
  return new Promise((resolve) => {
    const settle = () => {
      timer.cancel();
      forget?.();
      resolve();
    };
    const timer = clock.setTimer(withinMs, settle);
    const forget = term?.onChange(settle);
  });
}

function interrupted(): Refusal {
  return refusal('NOT_OWNER', 'Another term has begun while the API key was made; it is taken away.');
}

/** Never one that a key still bears: its rights would come back to life. */
function freshAccountId({ state }: Term, random: Random): string {
  const inUse = new Set([...state.keys.values()].map((key) => key.accountId));
  for (;;) {
    const letter = () => ACCOUNT_LETTERS[randomInt(random, ACCOUNT_LETTERS.length)];
    const id = `sa-${Array.from({ length: ACCOUNT_LETTERS_COUNT }, letter).join('')}`;
    if (!state.accounts.has(id) && !inUse.has(id)) return id;
  }
}

function byName(a: ServiceAccount, b: ServiceAccount): number {
  return a.name < b.name ? -1 : 1;
}

function byKey(a: ApiKey, b: ApiKey): number {
  const order = (key: ApiKey) => `${key.accountId}/${key.clusterId}/${key.mechanism}`;
  return order(a) < order(b) ? -1 : 1;
}
