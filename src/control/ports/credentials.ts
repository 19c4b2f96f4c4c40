/** What control needs of API keys at the clusters: their SCRAM users. */
import type { CredentialPlace } from '../../model/identity.js';
import type { Outcome } from './outcome.js';

/** SCRAM users of every managed cluster, as the engine principal there. A cluster that is not managed: `refused`. */
export interface CredentialsPort {
  /** Whatever was there before. */
  set(place: CredentialPlace, secret: string): Promise<Outcome>;
  /** Done when there is none. */
  remove(place: CredentialPlace): Promise<Outcome>;
}
