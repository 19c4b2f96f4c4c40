/** An authority of the test's own, and certificates that it signs. RSA, because node-forge signs nothing else. */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { isIP } from 'node:net';
import forge from 'node-forge';

export interface Identity {
  /** PEM. */
  readonly certificate: string;
  /** PEM, PKCS #8, not encrypted. */
  readonly key: string;
}

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
const [DNS_NAME, IP_ADDRESS] = [2, 7];

export function newAuthority(commonName = 'an authority of the tests'): Authority {
  const own = newPair();
  const certificate = signed(commonName, own, {
    issuer: commonName,
    issuerKey: own.key,
    hosts: [],
    days: 30,
    isAuthority: true,
  });
  return {
    certificate,
    issue(name, hosts = [], { days } = { days: 30 }) {
      const pair = newPair();
      const options = { issuer: commonName, issuerKey: own.key, hosts, days, isAuthority: false };
      return { certificate: signed(name, pair, options), key: pair.key };
    },
  };
}

interface Pair {
  readonly key: string;
  readonly publicKey: string;
}

function newPair(): Pair {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  return { key: privateKey, publicKey };
}

interface Signing {
  readonly issuer: string;
  readonly issuerKey: string;
  readonly hosts: readonly string[];
  readonly days: number;
  readonly isAuthority: boolean;
}

function signed(
  commonName: string,
  { publicKey }: Pair,
  { issuer, issuerKey, hosts, days, isAuthority }: Signing,
): string {
  const certificate = forge.pki.createCertificate();
  certificate.publicKey = forge.pki.publicKeyFromPem(publicKey);
  certificate.serialNumber = `01${randomBytes(8).toString('hex')}`;
  certificate.validity.notBefore = new Date(Date.now() - 2 * DAY_MS);
  certificate.validity.notAfter = new Date(Date.now() + days * DAY_MS);
  certificate.setSubject([{ name: 'commonName', value: commonName }]);
  certificate.setIssuer([{ name: 'commonName', value: issuer }]);
  const altNames = hosts.map((host) =>
    isIP(host) === 0 ? { type: DNS_NAME, value: host } : { type: IP_ADDRESS, ip: host },
  );
  certificate.setExtensions([
    { name: 'basicConstraints', cA: isAuthority, critical: true },
    ...(altNames.length > 0 ? [{ name: 'subjectAltName', altNames }] : []),
  ]);
  certificate.sign(forge.pki.privateKeyFromPem(issuerKey), forge.md.sha256.create());
  return forge.pki.certificateToPem(certificate);
}
