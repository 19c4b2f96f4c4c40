/** Resolves `${env:NAME}` and `${file:/path}`. The value goes to its user and nowhere else; errors never contain it. */
import { readFileSync } from 'node:fs';
import type { Result } from '../base/result.js';

export function resolveSecret(
  reference: string,
  env: Readonly<Record<string, string | undefined>>,
): Result<string, string> {
  const match = /^\$\{(env|file):([^}]+)\}$/.exec(reference);
  const name = match?.[2] ?? '';
  if (match?.[1] === 'env') {
    const value = env[name];
    if (value) return { ok: true, value };
    return { ok: false, error: `the environment variable ${name} is not set` };
  }
  if (match?.[1] === 'file') {
    try {
      // Editors end the last line with a newline that nobody means.
      return { ok: true, value: readFileSync(name, 'utf8').replace(/\r?\n$/, '') };
    } catch (error) {
      return { ok: false, error: `the file ${name} could not be read (${(error as NodeJS.ErrnoException).code})` };
    }
  }
  return { ok: false, error: 'neither `${env:NAME}` nor `${file:/path}`' };
}
