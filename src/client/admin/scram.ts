/**
 * SCRAM users of a cluster (KIP-554): which mechanisms a name can log in with, and setting or taking away one of them. The
 * broker gets the salted password only; how that is derived stands in RFC 5802, as `saltPassword`.
 */
import { createHash, pbkdf2 } from 'node:crypto';
import { promisify } from 'node:util';
import type { SaslMechanism } from '../../base/sasl.js';
import {
  type AlterUserScramCredentialsRequest,
  alterUserScramCredentials,
} from '../../protocol/api/alter-user-scram-credentials.js';
import { describeUserScramCredentials } from '../../protocol/api/describe-user-scram-credentials.js';
import { errorCode } from '../../protocol/errors.js';
import type { KafkaCluster } from '../types.js';
import { command, demand, demandDone, question } from './ask.js';
import { type AdminOptions, Patience } from './patience.js';

export type ScramMechanism = Exclude<SaslMechanism, 'PLAIN'>;

/** Strongest first; the numbers are KIP-554's. */
const mechanisms: Readonly<Record<ScramMechanism, { readonly code: number; readonly hash: string }>> = {
  'SCRAM-SHA-512': { code: 2, hash: 'sha512' },
  'SCRAM-SHA-256': { code: 1, hash: 'sha256' },
};
export const scramMechanisms = Object.keys(mechanisms) as readonly ScramMechanism[];

const derive = promisify(pbkdf2);

export interface SaltedPassword {
  readonly salt: Buffer;
  readonly iterations: number;
  readonly saltedPassword: Buffer;
}

/** Hi() of RFC 5802. Kafka takes 4 096 to 16 384 iterations. */
export async function saltPassword(
  mechanism: ScramMechanism,
  password: string,
  { salt, iterations }: Omit<SaltedPassword, 'saltedPassword'>,
): Promise<SaltedPassword> {
  const { hash } = mechanisms[mechanism];
  const { length } = createHash(hash).digest();
  const saltedPassword = await derive(Buffer.from(password, 'utf8'), salt, iterations, length, hash);
  return { salt, iterations, saltedPassword };
}

/**
 * The mechanisms this user has a credential for, strongest first; none: the name is no SCRAM user. Needs DESCRIBE on the
 * cluster. Rejects with KafkaError or NotSent (also where the broker lacks the request).
 */
export async function scramMechanismsOf(
  cluster: KafkaCluster,
  user: string,
  options: AdminOptions = {},
): Promise<readonly ScramMechanism[]> {
  const what = `reading the SCRAM credentials of ${user} at ${cluster.name}`;
  const request = { users: [{ name: user }] };
  const answer = await question(cluster, new Patience(cluster, options), describeUserScramCredentials, request);
  demand(answer.errorCode, what, answer.errorMessage);
  const found = answer.results.find((each) => each.user === user);
  if (found === undefined || found.errorCode === errorCode.RESOURCE_NOT_FOUND) return [];
  demand(found.errorCode, what, found.errorMessage);
  const codes = new Set(found.credentialInfos.map(({ mechanism }) => mechanism));
  return scramMechanisms.filter((mechanism) => codes.has(mechanisms[mechanism].code));
}

interface Slot {
  readonly user: string;
  readonly mechanism: ScramMechanism;
}

/** Sets the credential, whatever was there. Needs ALTER on the cluster. Rejects with KafkaError, NotSent or OutcomeUnknown. */
export async function setScramCredential(
  cluster: KafkaCluster,
  { user, mechanism }: Slot,
  credential: SaltedPassword,
  options: AdminOptions = {},
): Promise<void> {
  const upsertion = { name: user, mechanism: mechanisms[mechanism].code, ...credential };
  await alter(cluster, user, { deletions: [], upsertions: [upsertion] }, options);
}

/** False: there was none. Rejects as `setScramCredential` does. */
export async function removeScramCredential(
  cluster: KafkaCluster,
  { user, mechanism }: Slot,
  options: AdminOptions = {},
): Promise<boolean> {
  const deletion = { name: user, mechanism: mechanisms[mechanism].code };
  return alter(cluster, user, { deletions: [deletion], upsertions: [] }, options);
}

async function alter(
  cluster: KafkaCluster,
  user: string,
  request: AlterUserScramCredentialsRequest,
  options: AdminOptions,
): Promise<boolean> {
  const patience = new Patience(cluster, options);
  const answer = await command(cluster, patience, alterUserScramCredentials, request, ({ results }) =>
    results.map((each) => each.errorCode),
  );
  const result = answer.results.find((each) => each.user === user);
  const code = result?.errorCode ?? errorCode.UNKNOWN_SERVER_ERROR;
  if (code === errorCode.RESOURCE_NOT_FOUND) return false;
  demandDone(code, `changing the SCRAM credentials of ${user} at ${cluster.name}`, result?.errorMessage);
  return true;
}
