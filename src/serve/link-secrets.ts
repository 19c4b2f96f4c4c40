/** All that a site knows about secrets of links: where references lead, and what the keys of this klink open. */
import type { Random } from '../base/random.js';
import { fail, type Result } from '../base/result.js';
import { isReference, readSealedText, type SecretPlace } from '../base/secret-text.js';
import { LinkKeys } from './link-keys.js';

export interface LinkSecrets {
  /** The value behind a reference or a sealed text, or why there is none, in words without the value. */
  resolve(text: string, place: SecretPlace): Result<string, string>;
  seal(place: SecretPlace, secret: string): Result<string, string>;
  keep(): Result<void, string>;
}

export function linkSecrets(options: {
  readonly keyFile: string;
  readonly random: Random;
  readonly resolveReference: (reference: string) => Result<string, string>;
}): LinkSecrets {
  const keys = new LinkKeys(options.keyFile, options.random);
  return {
    resolve(text, place) {
      if (isReference(text)) return options.resolveReference(text);
      if (readSealedText(text) !== undefined) return keys.open(place, text);
      return fail(`the setting ${place.setting} is neither a reference nor sealed`);
    },
    seal: (place, secret) => keys.seal(place, secret),
    keep: () => keys.keep(),
  };
}
