/** Why the source does not help: it refuses us, its name means nothing, or it does not answer now. */
import { isCausedBy } from '../../base/caused-by.js';
import { CertificateRefused } from '../../base/connection.js';
import { TokenRefused } from '../../base/token-endpoint.js';
import { KafkaError, NotSent } from '../../client/types.js';
import type { LinkError } from '../../model/link.js';
import { errorCode } from '../../protocol/errors.js';
import { isUnauthorized, ofError, type Refused, refused, type Unavailable } from '../outcome.js';

/** The source said no: wrong password, missing right; or is not to be trusted; or there is nobody to ask under that name. */
export interface SourceRefused extends Refused {
  readonly error: LinkError | 'AUTHORIZATION_ERROR';
}

/** It knows us, and does not let us do what we must. */
export class RightMissing extends Error {
  override readonly name = 'RightMissing';
  readonly code: number;
  constructor(right: string, code: number) {
    super(`the link's principal lacks ${right} at the source`);
    this.code = code;
  }
}

/** Says of a question which right it hangs on. */
export async function needing<T>(right: string, question: Promise<T>): Promise<T> {
  try {
    return await question;
  } catch (error) {
    if (error instanceof KafkaError && isUnauthorized(error.code)) throw new RightMissing(right, error.code);
    throw error;
  }
}

/** The link's own settings cannot be used: nothing was asked. */
export function unusable(reason: string): SourceRefused {
  return { ...refused(`klink cannot log in at the source: ${reason}`), error: 'AUTHENTICATION_ERROR' };
}

export function sourceFailure(error: unknown): SourceRefused | Unavailable {
  if (error instanceof NotSent && isUnresolvable(error)) {
    return { ...refused(error.message), error: 'UNRESOLVABLE_BOOTSTRAP_ERROR' };
  }
  // One broker that shows such a certificate is enough: the others did not answer at all.
  if (error instanceof NotSent && (isCausedBy(error, CertificateRefused) || isCausedBy(error, TokenRefused))) {
    return { ...refused(error.message), error: 'AUTHENTICATION_ERROR' };
  }
  if (error instanceof RightMissing) return { ...refused(error.message, error.code), error: 'AUTHORIZATION_ERROR' };
  const outcome = ofError(error);
  if (outcome.kind === 'unavailable') return outcome;
  if (isUnauthorized(outcome.code)) return { ...outcome, error: 'AUTHORIZATION_ERROR' };
  const refusesUs = error instanceof KafkaError && LOGIN.has(error.code);
  return { ...outcome, error: refusesUs ? 'AUTHENTICATION_ERROR' : 'UNKNOWN' };
}

const LOGIN: ReadonlySet<number> = new Set([
  errorCode.SASL_AUTHENTICATION_FAILED,
  errorCode.UNSUPPORTED_SASL_MECHANISM,
  errorCode.ILLEGAL_SASL_STATE,
]);

/** Every address that was tried has a name that nobody knows; one that is only silent speaks against it. */
function isUnresolvable(failure: unknown): boolean {
  if (Array.isArray(failure)) return failure.length > 0 && failure.every(isUnresolvable);
  if (!(failure instanceof Error)) return false;
  if ('code' in failure && failure.code === 'ENOTFOUND') return true;
  return isUnresolvable(failure.cause);
}
