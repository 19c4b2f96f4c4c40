/**
 * Secrets that a caller has written out are checked for their form and sealed before anything else sees them: decisions,
 * journal, audit and engine only ever hold sealed texts and references. Spec: docs/spec/control.md, P9.
 */
import { fail, ok, type Result } from '../base/result.js';
import { isReference } from '../base/secret-text.js';
import { type Refusal, refusal } from '../model/errors.js';
import { wrongInSecret } from '../model/link-secrets.js';
import { linkSettingsTable } from '../model/link-settings-table.js';
import type { SecretsPort } from './ports/secrets.js';

const secretNames = new Set(
  linkSettingsTable.filter(({ kind, honoured }) => kind === 'secret' && honoured).map(({ name }) => name),
);

export interface SealedSettings<T> {
  readonly settings: T;
  /** The key that they were sealed with has to be kept before they are journalled. */
  readonly anySealed: boolean;
}

/**
 * `around`: the settings that these will stand beside, for what one secret says about another setting. Entries without a value
 * go back to their defaults.
 */
export function sealSettings(
  secrets: SecretsPort,
  linkId: string,
  given: readonly (readonly [name: string, value: string | undefined])[],
  around: ReadonlyMap<string, string>,
): Result<SealedSettings<readonly (readonly [string, string | undefined])[]>, Refusal> {
  const settings: (readonly [string, string | undefined])[] = [];
  let anySealed = false;
  for (const [name, value] of given) {
    if (value === undefined || !secretNames.has(name) || isReference(value)) {
      settings.push([name, value]);
      continue;
    }
    const problem = wrongInSecret(name, value, around);
    if (problem !== undefined) {
      return fail(refusal('SETTING_INVALID', `The setting '${name}' is not valid: ${problem}.`));
    }
    const sealed = secrets.seal({ linkId, setting: name }, value);
    if (!sealed.ok) return fail(unkept(sealed.error));
    settings.push([name, sealed.value]);
    anySealed = true;
  }
  return ok({ settings, anySealed });
}

/** Before what was sealed is journalled. */
export function keepKey(secrets: SecretsPort): Result<void, Refusal> {
  const kept = secrets.keep();
  return kept.ok ? kept : fail(unkept(kept.error));
}

function unkept(reason: string): Refusal {
  return refusal('CREDENTIALS_UNREADABLE', `Credentials cannot be kept here: ${reason}.`);
}
