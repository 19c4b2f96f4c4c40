/**
 * What is kept of a password (RFC 5802): enough to check it, not enough to log in elsewhere with it. Pure, and synchronous:
 * a derivation holds up the broker for as long as its bounded iterations take. Serves docs/spec/broker.md §9.
 */
import { createHash, createHmac, pbkdf2Sync, timingSafeEqual } from 'node:crypto';

export const scramMechanisms = {
  'SCRAM-SHA-256': { number: 1, hash: 'sha256', bytes: 32 },
  'SCRAM-SHA-512': { number: 2, hash: 'sha512', bytes: 64 },
} as const;

export type ScramMechanism = keyof typeof scramMechanisms;

/** Kafka's bounds. */
export const ITERATIONS_MIN = 4096;
export const ITERATIONS_MAX = 16_384;

export interface ScramKey {
  readonly iterations: number;
  readonly salt: Buffer;
  readonly storedKey: Buffer;
  readonly serverKey: Buffer;
}

/** Undefined for a number of no mechanism. */
export function mechanismOf(number: number): ScramMechanism | undefined {
  const names = Object.keys(scramMechanisms) as ScramMechanism[];
  return names.find((name) => scramMechanisms[name].number === number);
}

export function keyFromSalted(
  mechanism: ScramMechanism,
  salted: { readonly saltedPassword: Buffer; readonly salt: Buffer; readonly iterations: number },
): ScramKey {
  const { saltedPassword, salt, iterations } = salted;
  return {
    iterations,
    salt: Buffer.from(salt),
    storedKey: hashOf(mechanism, hmacOf(mechanism, saltedPassword, 'Client Key')),
    serverKey: hmacOf(mechanism, saltedPassword, 'Server Key'),
  };
}

export function keyFromPassword(
  mechanism: ScramMechanism,
  password: string,
  { salt, iterations }: Pick<ScramKey, 'salt' | 'iterations'>,
): ScramKey {
  const { hash, bytes } = scramMechanisms[mechanism];
  const saltedPassword = pbkdf2Sync(Buffer.from(password, 'utf8'), salt, iterations, bytes, hash);
  return keyFromSalted(mechanism, { saltedPassword, salt, iterations });
}

export function isPasswordOf(mechanism: ScramMechanism, key: ScramKey, password: string): boolean {
  return isSame(keyFromPassword(mechanism, password, key).storedKey, key.storedKey);
}

export function hashOf(mechanism: ScramMechanism, bytes: Buffer): Buffer {
  return createHash(scramMechanisms[mechanism].hash).update(bytes).digest();
}

export function hmacOf(mechanism: ScramMechanism, key: Buffer, text: string): Buffer {
  return createHmac(scramMechanisms[mechanism].hash, key).update(text, 'utf8').digest();
}

/** In a time that tells nothing of where they differ. */
export function isSame(one: Buffer, other: Buffer): boolean {
  return one.length === other.length && timingSafeEqual(one, other);
}
