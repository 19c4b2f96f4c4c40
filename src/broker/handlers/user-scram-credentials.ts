/** AlterUserScramCredentials and DescribeUserScramCredentials (KIP-554). One change per user and request; keys are never told. */
import type {
  AlterUserScramCredentialsRequest,
  AlterUserScramCredentialsResponse,
} from '../../protocol/api/alter-user-scram-credentials.js';
import type {
  DescribeUserScramCredentialsRequest,
  DescribeUserScramCredentialsResponse,
} from '../../protocol/api/describe-user-scram-credentials.js';
import { errorCode } from '../../protocol/errors.js';
import { ITERATIONS_MAX, ITERATIONS_MIN, keyFromSalted, mechanismOf, scramMechanisms } from '../security/scram-key.js';
import type { Users } from '../security/users.js';
import type { Handler } from '../state.js';
import { unlessRefused } from '../topics/disk-refused.js';
import { twiceIn } from '../twice.js';

interface Refusal {
  readonly code: number;
  readonly message: string | null;
}

const TWICE: Refusal = {
  code: errorCode.DUPLICATE_RESOURCE,
  message: 'A user credential cannot be altered twice in the same request',
};

export const answerAlterUserScramCredentials: Handler<
  AlterUserScramCredentialsRequest,
  AlterUserScramCredentialsResponse
> = async ({ users, file, log }, request) => {
  const outcomes = new Map<string, Refusal | undefined>();
  const work: (() => void)[] = [];
  const take = (name: string, refusal: Refusal | undefined, change: () => void) => {
    if (outcomes.has(name)) {
      outcomes.set(name, outcomes.get(name) ?? TWICE);
      return;
    }
    outcomes.set(name, refusal);
    work.push(() => {
      if (outcomes.get(name) === undefined) change();
    });
  };
  for (const { name, mechanism: number } of request.deletions) {
    const mechanism = mechanismOf(number);
    take(name, refusalOfUser(name, number) ?? refusalOfDeletion(users, name, number), () => {
      if (mechanism !== undefined) users.remove(name, mechanism);
    });
  }
  for (const { name, mechanism: number, ...salted } of request.upsertions) {
    const mechanism = mechanismOf(number);
    take(
      name,
      refusalOfUser(name, number) ?? refusalOfIterations(salted.iterations) ?? refusalOfPassword(salted.saltedPassword),
      () => {
        if (mechanism !== undefined) users.set(name, mechanism, keyFromSalted(mechanism, salted));
      },
    );
  }
  const undo = users.checkpoint();
  for (const change of work) change();
  const unsaved = await unlessRefused<Refusal | undefined>(
    log,
    () => file.save(undo).then(() => undefined),
    (message) => ({ code: errorCode.KAFKA_STORAGE_ERROR, message }),
  );
  return {
    results: [...outcomes].map(([user, refusal = unsaved]) => ({
      user,
      errorCode: refusal?.code ?? errorCode.NONE,
      errorMessage: refusal?.message ?? null,
    })),
  };
};

export const answerDescribeUserScramCredentials: Handler<
  DescribeUserScramCredentialsRequest,
  DescribeUserScramCredentialsResponse
> = ({ users }, request) => {
  // No name is every name.
  const asked =
    request.users === null || request.users.length === 0 ? users.names : request.users.map(({ name }) => name);
  const twice = twiceIn(asked);
  return {
    results: [...new Set(asked)].map((user) => {
      if (twice.has(user)) {
        const errorMessage = `Cannot describe SCRAM credentials for the same user twice in a single request: ${user}`;
        return { user, errorCode: errorCode.DUPLICATE_RESOURCE, errorMessage };
      }
      const keys = users.keysOf(user);
      if (keys.size === 0) {
        const errorMessage = `Attempt to describe a user credential that does not exist: ${user}`;
        return { user, errorCode: errorCode.RESOURCE_NOT_FOUND, errorMessage };
      }
      const credentialInfos = [...keys].map(([mechanism, { iterations }]) => ({
        mechanism: scramMechanisms[mechanism].number,
        iterations,
      }));
      return { user, credentialInfos };
    }),
  };
};

export function refuseAlterUserScramCredentials(request: AlterUserScramCredentialsRequest, code: number) {
  const names = new Set([...request.deletions, ...request.upsertions].map(({ name }) => name));
  return { results: [...names].map((user) => ({ user, errorCode: code, errorMessage: null })) };
}

function refusalOfUser(name: string, number: number): Refusal | undefined {
  if (name === '') return { code: errorCode.UNACCEPTABLE_CREDENTIAL, message: 'Username must not be empty' };
  if (mechanismOf(number) !== undefined) return undefined;
  return { code: errorCode.UNSUPPORTED_SASL_MECHANISM, message: 'Unknown SCRAM mechanism' };
}

function refusalOfDeletion(users: Users, name: string, number: number): Refusal | undefined {
  const mechanism = mechanismOf(number);
  if (mechanism !== undefined && users.keysOf(name).has(mechanism)) return undefined;
  return { code: errorCode.RESOURCE_NOT_FOUND, message: 'Attempt to delete a user credential that does not exist' };
}

function refusalOfIterations(iterations: number): Refusal | undefined {
  if (iterations < ITERATIONS_MIN) return { code: errorCode.UNACCEPTABLE_CREDENTIAL, message: 'Too few iterations' };
  if (iterations > ITERATIONS_MAX) return { code: errorCode.UNACCEPTABLE_CREDENTIAL, message: 'Too many iterations' };
  return undefined;
}

/** No key can be made of nothing. */
function refusalOfPassword(salted: Buffer): Refusal | undefined {
  return salted.length > 0 ? undefined : { code: errorCode.UNKNOWN_SERVER_ERROR, message: null };
}
