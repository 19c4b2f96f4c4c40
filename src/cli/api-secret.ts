/** Where a line says that the secret of an API key is: a file, standard input, the line itself, a variable. Spec: docs/spec/identity.md 3.3. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { CliFailure } from './failure.js';
import type { Io } from './io.js';
import { askedFor } from './prompt.js';

export interface SecretFlags {
  readonly apiSecret?: string;
  readonly apiSecretFile?: string;
}

/** Undefined: nowhere. Throws CliFailure where it says two places, or one that holds nothing. */
export async function secretGiven(io: Io, { apiSecret, apiSecretFile }: SecretFlags): Promise<string | undefined> {
  if (apiSecretFile !== undefined) {
    if (apiSecret !== undefined) throw new CliFailure('`--api-secret` and `--api-secret-file` exclude each other');
    return secretIn(resolve(io.workingDirectory, apiSecretFile));
  }
  if (apiSecret === '-') return askedFor(io, io.inputIsTerminal ? 'API secret: ' : '', true);
  if (apiSecret === '') throw new CliFailure('`--api-secret` is empty');
  return apiSecret ?? (io.env.KLINK_API_SECRET || undefined);
}

function secretIn(path: string): string {
  let secret: string;
  try {
    secret = readFileSync(path, 'utf8').trim();
  } catch (error) {
    throw new CliFailure(`the secret could not be read: ${path} (${(error as NodeJS.ErrnoException).code})`);
  }
  if (secret === '') throw new CliFailure(`the file of the secret is empty: ${path}`);
  return secret;
}
