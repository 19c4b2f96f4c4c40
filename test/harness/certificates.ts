/** An authority of the test's own, and certificates that it signs. */
import { type Identity, makeAuthority, makeCertificate } from '../../src/base/node/certificates.js';

export type { Identity };

export interface Authority {
  /** PEM. */
  readonly certificate: string;
  /** `hosts`: names and addresses that the certificate is made out for. */
  issue(commonName: string, hosts?: readonly string[], validity?: Validity): Identity;
}

export interface Validity {
  /** Days from today; negative: it has expired. */
  readonly days: number;
}

const DAY_MS = 86_400_000;

export function newAuthority(commonName = 'an authority of the tests'): Authority {
  const validity = (days: number) => ({ fromMs: Date.now() - 2 * DAY_MS, untilMs: Date.now() + days * DAY_MS });
  const own = makeAuthority({ commonName, ...validity(30) });
  return {
    certificate: own.certificate,
    issue: (name, hosts = [], { days } = { days: 30 }) =>
      makeCertificate({ commonName: name, hosts, ...validity(days) }, own),
  };
}
