/**
 * Resolves `${env:NAME}`, `${file:/path}` and `${file:/path:key}`, which is a key of a properties file, as Kafka's
 * FileConfigProvider has it (KIP-297). The value goes to its user and nowhere else; errors never contain it.
 */
import { readFileSync } from 'node:fs';
import { readProperties } from '../base/properties.js';
import { fail, ok, type Result } from '../base/result.js';

export function resolveSecret(
  reference: string,
  env: Readonly<Record<string, string | undefined>>,
): Result<string, string> {
  const [, kind, name = ''] = /^\$\{(env|file):([^}]+)\}$/.exec(reference) ?? [];
  if (kind === 'env') {
    const value = env[name];
    return value ? ok(value) : fail(`the environment variable ${name} is not set`);
  }
  if (kind !== 'file') return fail('neither `${env:NAME}` nor `${file:/path}` nor `${file:/path:key}`');
  const whole = contentOf(name);
  const [, path, key] = /^(.+):([^:]+)$/.exec(name) ?? [];
  // A path may hold a colon itself.
  if (whole.ok || path === undefined || key === undefined) {
    // Editors end the last line with a newline that nobody means.
    return whole.ok ? ok(whole.value.replace(/\r?\n$/, '')) : whole;
  }
  return keyOf(path, key);
}

function keyOf(path: string, key: string): Result<string, string> {
  const text = contentOf(path);
  if (!text.ok) return text;
  const properties = readProperties(text.value);
  if (!properties.ok)
    return fail(`line ${properties.error.line} of the file ${path} is not \`key=value\`, or its key came before`);
  const value = properties.value.get(key);
  return value === undefined ? fail(`the file ${path} has no key ${key}`) : ok(value);
}

function contentOf(path: string): Result<string, string> {
  try {
    return ok(readFileSync(path, 'utf8'));
  } catch (error) {
    return fail(`the file ${path} could not be read (${(error as NodeJS.ErrnoException).code})`);
  }
}
