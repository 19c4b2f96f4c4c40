/**
 * The broker's side of a login's messages, without a connection: PLAIN (RFC 4616) and SCRAM (RFC 5802, 7677) as Kafka's
 * brokers speak them. What is said to who fails does not depend on whether the user is there. Serves docs/spec/broker.md §9.
 */
import type { Random } from '../../base/random.js';
import { type SaslMechanism, saslMechanisms } from '../../base/sasl.js';
import { hashOf, hmacOf, isSame, type ScramKey, type ScramMechanism } from './scram-key.js';
import type { Users } from './users.js';

export type LoginStep =
  | { readonly kind: 'challenge'; readonly bytes: Buffer }
  | { readonly kind: 'done'; readonly user: string; readonly bytes: Buffer }
  /** `message`: undefined for the one that says no more than that it failed. */
  | { readonly kind: 'failed'; readonly message: string | undefined };

export interface Login {
  /** Not to be asked after it failed or is done. */
  next(token: Buffer): LoginStep;
}

export interface LoginSurroundings {
  readonly users: Users;
  readonly random: Random;
}

const NONCE_BYTES = 24;
const FAILED: LoginStep = { kind: 'failed', message: undefined };
const OTHER_IDENTITY = 'Authentication failed: Client requested an authorization id that is different from username';

export function loginOf(mechanism: SaslMechanism, around: LoginSurroundings): Login {
  return mechanism === 'PLAIN' ? { next: (token) => plain(token, around.users) } : new ScramLogin(mechanism, around);
}

export function isKnownMechanism(text: string): text is SaslMechanism {
  return saslMechanisms.some((each) => each === text);
}

function plain(token: Buffer, users: Users): LoginStep {
  const parts = token.toString('utf8').split('\0');
  const [identity = '', user = '', password = ''] = parts;
  const fail = (message: string): LoginStep => ({ kind: 'failed', message });
  if (parts.length !== 3) return fail(`Invalid SASL/PLAIN response: expected 3 tokens, got ${parts.length}`);
  if (user === '') return fail('Authentication failed: username not specified');
  if (password === '') return fail('Authentication failed: password not specified');
  if (!users.isPassword(user, password)) return fail('Authentication failed: Invalid username or password');
  if (identity !== '' && identity !== user) return fail(OTHER_IDENTITY);
  return { kind: 'done', user, bytes: Buffer.alloc(0) };
}

class ScramLogin implements Login {
  readonly #mechanism: ScramMechanism;
  readonly #around: LoginSurroundings;
  #first: { readonly user: string; readonly key: ScramKey; readonly nonce: string; readonly said: string } | undefined;

  constructor(mechanism: ScramMechanism, around: LoginSurroundings) {
    this.#mechanism = mechanism;
    this.#around = around;
  }

  next(token: Buffer): LoginStep {
    const text = token.toString('utf8');
    return this.#first === undefined ? this.#challenge(text) : this.#prove(text);
  }

  #challenge(text: string): LoginStep {
    // Without channel binding; extensions are let pass, as in Kafka.
    const [, identity, bare, name, nonce] =
      /^n,(?:a=([^,]*))?,((?:m=[^,]*,)?n=([^,]+),r=([\x21-\x2b\x2d-\x7e]+)(?:,.*)?)$/.exec(text) ?? [];
    if (bare === undefined || name === undefined || nonce === undefined) return FAILED;
    const user = nameFrom(name);
    if (user === undefined) return FAILED;
    if (identity !== undefined && identity !== '' && nameFrom(identity) !== user) {
      return { kind: 'failed', message: OTHER_IDENTITY };
    }
    const key = this.#around.users.keyOrDecoy(user, this.#mechanism);
    const both = nonce + this.#around.random.bytes(NONCE_BYTES).toString('base64url');
    const answer = `r=${both},s=${key.salt.toString('base64')},i=${key.iterations}`;
    this.#first = { user, key, nonce: both, said: `${bare},${answer}` };
    return { kind: 'challenge', bytes: Buffer.from(answer, 'utf8') };
  }

  #prove(text: string): LoginStep {
    const [, withoutProof, nonce, shown] =
      /^(c=[A-Za-z0-9+/=]+,r=([^,]+)(?:,[^,]*)*?),p=([A-Za-z0-9+/=]+)$/.exec(text) ?? [];
    if (this.#first === undefined || withoutProof === undefined || shown === undefined) return FAILED;
    const { user, key, said } = this.#first;
    if (nonce !== this.#first.nonce) return FAILED;
    const whole = `${said},${withoutProof}`;
    const signature = hmacOf(this.#mechanism, key.storedKey, whole);
    const proof = Buffer.from(shown, 'base64');
    if (proof.length !== signature.length) return FAILED;
    const clientKey = Buffer.from(signature.map((byte, at) => byte ^ (proof[at] ?? 0)));
    if (!isSame(hashOf(this.#mechanism, clientKey), key.storedKey)) return FAILED;
    const answer = `v=${hmacOf(this.#mechanism, key.serverKey, whole).toString('base64')}`;
    return { kind: 'done', user, bytes: Buffer.from(answer, 'utf8') };
  }
}

/** Undefined where an `=` stands for neither itself nor a comma. */
function nameFrom(text: string): string | undefined {
  const name = text.replaceAll('=2C', ',').replaceAll('=3D', '\0');
  return name.includes('=') ? undefined : name.replaceAll('\0', '=');
}
