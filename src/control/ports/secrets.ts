/** [P9] What control needs to keep the secrets of links: sealed before any decision sees them. */
import type { Result } from '../../base/result.js';
import type { SecretPlace } from '../../base/secret-text.js';

export interface SecretsPort {
  /** For this setting of this link and no other. Fails with a sentence; makes nothing that outlives the process. */
  seal(place: SecretPlace, secret: string): Result<string, string>;
  /** Keeps the key that `seal` used, so that what was sealed can be opened by a later process. */
  keep(): Result<void, string>;
}
