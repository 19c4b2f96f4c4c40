/**
 * Credentials of links that were written out: sealed with AES-256-GCM before they reach the journal, and opened where a
 * connection needs them. The keys stand in one file, made at first need, that only this user may read; several klinks share
 * it by copying it. The first key seals, every key opens, so that a new one can be put in front. The name of link and setting
 * are sealed along: a text that was moved elsewhere does not open. Spec: docs/spec/server.md §6.
 */
import { createCipheriv, createDecipheriv, createHash } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import type { Random } from '../base/random.js';
import { fail, ok, type Result } from '../base/result.js';
import { readSealedText, type SecretPlace, writeSealedText } from '../base/secret-text.js';

const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const HEADER =
  '# klink: keys of the credentials that stand in links. Whoever has this file can read them; every klink of these clusters needs it.\n';

export class LinkKeys {
  readonly #file: string;
  readonly #random: Random;
  /** Where there is no file yet: the key that will be in it. */
  #drawn: Buffer | undefined;

  constructor(file: string, random: Random) {
    this.#file = file;
    this.#random = random;
  }

  /** Fails with a sentence when the file cannot be used. Keeps nothing: a dry run seals as well. */
  seal(place: SecretPlace, secret: string): Result<string, string> {
    const keys = this.#read();
    if (!keys.ok) return keys;
    const [key = this.#drawKey()] = keys.value;
    const nonce = this.#random.bytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
    cipher.setAAD(placeBytes(place));
    const sealed = [nonce, cipher.update(secret, 'utf8'), cipher.final(), cipher.getAuthTag()];
    return ok(writeSealedText({ keyId: idOf(key), payload: Buffer.concat(sealed) }));
  }

  /** Puts the key that was drawn where it outlives this process. Before anything that was sealed with it is journalled. */
  keep(): Result<void, string> {
    const keys = this.#read();
    if (!keys.ok) return keys;
    const drawn = this.#drawn;
    if (drawn === undefined) return ok(undefined);
    if (keys.value.length > 0) {
      this.#drawn = undefined;
      if (keys.value.some((key) => key.equals(drawn))) return ok(undefined);
      return fail(`${this.#file} was made by somebody else just now; try again`);
    }
    try {
      writeOnce(this.#file, `${HEADER}${drawn.toString('base64url')}\n`);
      this.#drawn = undefined;
      return ok(undefined);
    } catch (error) {
      return fail(`the key file ${this.#file} could not be made (${(error as NodeJS.ErrnoException).code})`);
    }
  }

  /** Fails with a sentence that tells a missing key from a text that was changed. */
  open(place: SecretPlace, text: string): Result<string, string> {
    const sealed = readSealedText(text);
    if (sealed === undefined) return fail(`the setting ${place.setting} holds nothing that could be opened`);
    const keys = this.#read();
    if (!keys.ok) return keys;
    const key = [...keys.value, ...(this.#drawn ? [this.#drawn] : [])].find((each) => idOf(each) === sealed.keyId);
    if (key === undefined) {
      const what = `the setting ${place.setting} cannot be read here: ${this.#file} has no key ${sealed.keyId}`;
      const then =
        'copy that file from the klink that took the credentials, or give them anew (`klink link configuration update`)';
      return fail(`${what}; ${then}`);
    }
    const { payload } = sealed;
    if (payload.length < NONCE_BYTES + TAG_BYTES)
      return fail(`the setting ${place.setting} was cut off in the journal`);
    const decipher = createDecipheriv('aes-256-gcm', key, payload.subarray(0, NONCE_BYTES), {
      authTagLength: TAG_BYTES,
    });
    decipher.setAAD(placeBytes(place));
    decipher.setAuthTag(payload.subarray(-TAG_BYTES));
    try {
      const secret = decipher.update(payload.subarray(NONCE_BYTES, -TAG_BYTES));
      return ok(Buffer.concat([secret, decipher.final()]).toString('utf8'));
    } catch {
      const then = 'give the credentials anew (`klink link configuration update`)';
      return fail(`the setting ${place.setting} was changed in the journal, or belongs to another link; ${then}`);
    }
  }

  #drawKey(): Buffer {
    this.#drawn ??= this.#random.bytes(KEY_BYTES);
    return this.#drawn;
  }

  /** Read each time: a file that was copied here counts at once. Empty: there is none. */
  #read(): Result<readonly Buffer[], string> {
    let text: string;
    try {
      if ((statSync(this.#file).mode & 0o077) !== 0) {
        return fail(`${this.#file} can be read by others; set its mode to 0600`);
      }
      text = readFileSync(this.#file, 'utf8');
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      return code === 'ENOENT' ? ok([]) : fail(`the key file ${this.#file} could not be read (${code})`);
    }
    const lines = text.split(/\r?\n/).filter((line) => line !== '' && !line.startsWith('#'));
    const keys = lines.map((line) => Buffer.from(line, 'base64url'));
    const isRight = keys.length > 0 && keys.every((key) => key.length === KEY_BYTES);
    return isRight ? ok(keys) : fail(`${this.#file} is no key file: each line must be 32 bytes in base64url`);
  }
}

/** Names the key and tells nothing about it. */
function idOf(key: Buffer): string {
  return createHash('sha256').update('klink link key').update(key).digest('hex').slice(0, 8);
}

/** Ids of links hold no line break, names of settings neither. */
function placeBytes({ linkId, setting }: SecretPlace): Buffer {
  return Buffer.from(`${linkId}\n${setting}`, 'utf8');
}

/** On the disk when it returns; never half, and never over one that is there. */
function writeOnce(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const draft = `${file}.new`;
  rmSync(draft, { force: true });
  const handle = openSync(draft, 'wx', 0o600);
  try {
    writeSync(handle, text);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  try {
    linkSync(draft, file);
  } finally {
    rmSync(draft, { force: true });
  }
  const directory = openSync(dirname(file), 'r');
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}
