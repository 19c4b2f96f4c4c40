/** The operator token: drawn at the first start, kept in a file that only this user can read. Refuses a file that others can. */
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Random } from '../base/random.js';

export interface OperatorToken {
  readonly token: string;
  readonly file: string;
}

/** Throws with a sentence for the operator. */
export function operatorToken(directory: string, random: Random): OperatorToken {
  const file = join(directory, 'operator-token');
  if (!existsSync(file)) {
    // 'wx': two servers that start at once must not each believe in a token of their own.
    writeFileSync(file, `${random.bytes(32).toString('base64url')}\n`, { mode: 0o600, flag: 'wx' });
  }
  if ((statSync(file).mode & 0o077) !== 0) {
    throw new Error(`${file} can be read by others; remove it (a new one is drawn) or set its mode to 0600`);
  }
  const token = readFileSync(file, 'utf8').trim();
  if (token.length < 20) throw new Error(`${file} holds no operator token; remove it and a new one is drawn`);
  return { token, file };
}
