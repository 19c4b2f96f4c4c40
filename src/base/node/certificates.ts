/**
 * An authority of one's own, and certificates that it signs: the one place that knows node-forge. RSA, because node-forge
 * signs nothing else. Keys are made on this thread, in some tenths of a second: at a start, and once a year beside requests.
 */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { isIP } from 'node:net';
import forge from 'node-forge';

export interface Identity {
  /** PEM. */
  readonly certificate: string;
  /** PEM, PKCS #8, not encrypted. */
  readonly key: string;
}

export interface Certified {
  readonly commonName: string;
  /** Names and addresses that the certificate is made out for. */
  readonly hosts: readonly string[];
  readonly fromMs: number;
  readonly untilMs: number;
}

const [DNS_NAME, IP_ADDRESS] = [2, 7];

export function makeAuthority(of: Omit<Certified, 'hosts'>): Identity {
  const own = newPair();
  return { certificate: sign({ ...of, hosts: [] }, own, undefined), key: own.key };
}

export function makeCertificate(of: Certified, authority: Identity): Identity {
  const pair = newPair();
  return { certificate: sign(of, pair, authority), key: pair.key };
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

/** Without an authority: it is one, and signs itself. */
function sign({ commonName, hosts, fromMs, untilMs }: Certified, own: Pair, authority: Identity | undefined): string {
  const certificate = forge.pki.createCertificate();
  const issuer = authority === undefined ? certificate : forge.pki.certificateFromPem(authority.certificate);
  certificate.publicKey = forge.pki.publicKeyFromPem(own.publicKey);
  certificate.serialNumber = `01${randomBytes(8).toString('hex')}`;
  certificate.validity.notBefore = new Date(fromMs);
  certificate.validity.notAfter = new Date(untilMs);
  certificate.setSubject([{ name: 'commonName', value: commonName }]);
  certificate.setIssuer(issuer.subject.attributes);
  const altNames = hosts.map((host) =>
    isIP(host) === 0 ? { type: DNS_NAME, value: host } : { type: IP_ADDRESS, ip: host },
  );
  // What strict clients demand (RFC 5280 sections 4.2.1 and 4.2.2).
  certificate.setExtensions([
    { name: 'basicConstraints', cA: authority === undefined, critical: true },
    authority === undefined
      ? { name: 'keyUsage', critical: true, keyCertSign: true, cRLSign: true }
      : { name: 'keyUsage', critical: true, digitalSignature: true, keyEncipherment: true },
    ...(authority === undefined ? [] : [{ name: 'extKeyUsage', serverAuth: true, clientAuth: true }]),
    { name: 'subjectKeyIdentifier' },
    { name: 'authorityKeyIdentifier', keyIdentifier: issuer.generateSubjectKeyIdentifier().getBytes() },
    ...(altNames.length > 0 ? [{ name: 'subjectAltName', altNames }] : []),
  ]);
  certificate.sign(forge.pki.privateKeyFromPem(authority?.key ?? own.key), forge.md.sha256.create());
  return forge.pki.certificateToPem(certificate).replaceAll('\r\n', '\n');
}
