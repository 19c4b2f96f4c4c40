/**
 * The users of this cluster: their SCRAM keys, durable in the meta file, and whether a password is theirs. About a user who
 * is not there it tells the same, after the same work, as about a wrong password. Serves docs/spec/broker.md §9.
 */
import { createHmac } from 'node:crypto';
import type { Random } from '../../base/random.js';
import type { MetaFile, UserMeta } from '../topics/meta-file.js';
import {
  ITERATIONS_MIN,
  isPasswordOf,
  keyFromPassword,
  type ScramKey,
  type ScramMechanism,
  scramMechanisms,
} from './scram-key.js';

/** A login with PLAIN that was right is right again for so long, without the work. */
const REMEMBERED_MS = 5 * 60_000;
const REMEMBERED_MAX = 1000;
const SALT_BYTES = 18;
/** What PLAIN is checked against, and what a user made from a password gets. */
const PREFERRED = ['SCRAM-SHA-512', 'SCRAM-SHA-256'] as const;

export class Users {
  readonly #file: MetaFile;
  readonly #random: Random;
  readonly #monotonicMs: () => number;
  readonly #keys = new Map<string, Map<ScramMechanism, ScramKey>>();
  readonly #pepper: Buffer;
  /** HMAC of name, password and keys → until when it counts. */
  readonly #right = new Map<string, number>();

  constructor(file: MetaFile, random: Random, monotonicMs: () => number) {
    this.#file = file;
    this.#random = random;
    this.#monotonicMs = monotonicMs;
    this.#pepper = random.bytes(32);
    for (const { name, mechanism, iterations, salt, storedKey, serverKey } of file.meta.security.users) {
      this.#set(name, mechanism, {
        iterations,
        salt: Buffer.from(salt, 'base64'),
        storedKey: Buffer.from(storedKey, 'base64'),
        serverKey: Buffer.from(serverKey, 'base64'),
      });
    }
  }

  get names(): string[] {
    return [...this.#keys.keys()].sort();
  }

  keysOf(name: string): ReadonlyMap<ScramMechanism, ScramKey> {
    return this.#keys.get(name) ?? new Map();
  }

  set(name: string, mechanism: ScramMechanism, key: ScramKey): void {
    this.#set(name, mechanism, key);
    this.#store();
  }

  remove(name: string, mechanism: ScramMechanism): void {
    const keys = this.#keys.get(name);
    keys?.delete(mechanism);
    if (keys?.size === 0) this.#keys.delete(name);
    this.#store();
  }

  /** Gives how to make them again what they are now. */
  checkpoint(): () => void {
    const keys = [...this.#keys].map(([name, each]) => [name, new Map(each)] as const);
    return () => {
      this.#keys.clear();
      for (const [name, each] of keys) this.#keys.set(name, each);
      this.#store();
    };
  }

  /** This user with this password, by every mechanism. Nothing changes where that is so already. */
  ensure(name: string, password: string): void {
    const keys = this.keysOf(name);
    for (const mechanism of PREFERRED) {
      const key = keys.get(mechanism);
      if (key !== undefined && isPasswordOf(mechanism, key, password)) continue;
      const fresh = { salt: this.#random.bytes(SALT_BYTES), iterations: ITERATIONS_MIN };
      this.set(name, mechanism, keyFromPassword(mechanism, password, fresh));
    }
  }

  /** For SCRAM. A name without a key gets one that no password has, always the same. */
  keyOrDecoy(name: string, mechanism: ScramMechanism): ScramKey {
    return this.keysOf(name).get(mechanism) ?? this.#decoy(name, mechanism);
  }

  /** For PLAIN. */
  isPassword(name: string, password: string): boolean {
    const keys = PREFERRED.map((mechanism) => ({ mechanism, key: this.keyOrDecoy(name, mechanism) }));
    const digest = createHmac('sha256', this.#pepper).update(JSON.stringify([name, password]));
    // With the keys in it, what was right is forgotten when one of them changes.
    const mark = keys.reduce((each, { key }) => each.update(key.storedKey), digest).digest('base64');
    const now = this.#monotonicMs();
    if ((this.#right.get(mark) ?? 0) > now) return true;
    // All of them, also once one fits or is a decoy: the time that it takes is to tell nothing of the user.
    const isRight = keys.map(({ mechanism, key }) => isPasswordOf(mechanism, key, password)).includes(true);
    if (isRight) this.#remember(mark, now + REMEMBERED_MS);
    return isRight;
  }

  #remember(mark: string, untilMs: number): void {
    this.#right.delete(mark);
    const [oldest] = this.#right.keys();
    if (this.#right.size >= REMEMBERED_MAX && oldest !== undefined) this.#right.delete(oldest);
    this.#right.set(mark, untilMs);
  }

  #decoy(name: string, mechanism: ScramMechanism): ScramKey {
    const derive = (what: string) =>
      createHmac('sha512', Buffer.from(this.#file.meta.security.decoy, 'base64'))
        .update(JSON.stringify([what, name, mechanism]))
        .digest();
    const { bytes } = scramMechanisms[mechanism];
    return {
      iterations: ITERATIONS_MIN,
      salt: derive('salt').subarray(0, SALT_BYTES),
      storedKey: derive('stored').subarray(0, bytes),
      serverKey: derive('server').subarray(0, bytes),
    };
  }

  #set(name: string, mechanism: ScramMechanism, key: ScramKey): void {
    let keys = this.#keys.get(name);
    if (keys === undefined) {
      keys = new Map();
      this.#keys.set(name, keys);
    }
    keys.set(mechanism, key);
  }

  /** Into the meta file, which the caller saves. */
  #store(): void {
    this.#file.meta.security.users = this.names.flatMap((name) =>
      [...this.keysOf(name)].map(
        ([mechanism, { iterations, salt, storedKey, serverKey }]): UserMeta => ({
          name,
          mechanism,
          iterations,
          salt: salt.toString('base64'),
          storedKey: storedKey.toString('base64'),
          serverKey: serverKey.toString('base64'),
        }),
      ),
    );
  }
}
