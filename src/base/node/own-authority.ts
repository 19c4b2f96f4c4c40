/**
 * The authority of one server, in its directory: made at the first start, kept from then on. It signs the certificate that
 * the server shows, which is made again before it expires and when the server is to be reached by another name. Clients trust
 * `ca.pem`. Keys are readable by their owner alone.
 */
import { X509Certificate } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '../clock.js';
import type { TlsIdentity } from '../tls.js';
import { type Identity, makeAuthority, makeCertificate } from './certificates.js';

const DAY_MS = 86_400_000;
/** Clocks differ: valid a little before it was made. */
const SINCE_MS = DAY_MS;
const AUTHORITY_MS = 3650 * DAY_MS;
const CERTIFICATE_MS = 397 * DAY_MS;
/** Made again when so little is left. */
const RENEWED_BEFORE_MS = 30 * DAY_MS;

export interface OwnAuthority {
  /** PEM file that clients are to trust. */
  readonly file: string;
  /** Valid now; the same object as long as it need not be made again. */
  identity(): TlsIdentity;
}

/** `hosts`: how clients call this server, beside this machine's own names. Throws what the disk throws. */
export function openAuthority(directory: string, hosts: readonly string[], clock: Clock): OwnAuthority {
  const file = join(directory, 'ca.pem');
  const wanted = [...new Set(['localhost', '127.0.0.1', '::1', hostname(), ...hosts])].filter(isNameable);
  const authority = kept(file, join(directory, 'ca.key'), clock, {
    fits: () => true,
    make: (fromMs) =>
      makeAuthority({ commonName: `klink broker at ${hostname()}`, fromMs, untilMs: fromMs + AUTHORITY_MS }),
  });
  const serverFiles = [join(directory, 'server.pem'), join(directory, 'server.key')] as const;
  const current = () =>
    kept(...serverFiles, clock, {
      fits: (certificate) =>
        certificate.checkIssued(new X509Certificate(authority.certificate)) &&
        wanted.every((host) => isFor(certificate, host)),
      make: (fromMs) =>
        makeCertificate({ commonName: hostname(), hosts: wanted, fromMs, untilMs: fromMs + CERTIFICATE_MS }, authority),
    });
  let identity: TlsIdentity | undefined;
  let untilMs = 0;
  return {
    file,
    identity() {
      if (identity === undefined || clock.nowMs() > untilMs) {
        const { certificate, key } = current();
        identity = { certificates: certificate, key };
        untilMs = expiryMs(new X509Certificate(certificate)) - RENEWED_BEFORE_MS;
      }
      return identity;
    },
  };
}

interface Keeping {
  readonly fits: (certificate: X509Certificate) => boolean;
  readonly make: (fromMs: number) => Identity;
}

function kept(certificateFile: string, keyFile: string, clock: Clock, { fits, make }: Keeping): Identity {
  if (existsSync(certificateFile) && existsSync(keyFile)) {
    const certificate = readFileSync(certificateFile, 'utf8');
    const read = new X509Certificate(certificate);
    if (expiryMs(read) - clock.nowMs() > RENEWED_BEFORE_MS && fits(read)) {
      return { certificate, key: readFileSync(keyFile, 'utf8') };
    }
  }
  const made = make(clock.nowMs() - SINCE_MS);
  // The key first: a certificate without its key is made again at the next start, for the files do not fit.
  writeWhole(keyFile, made.key, 0o600);
  writeWhole(certificateFile, made.certificate, 0o644);
  return made;
}

function writeWhole(file: string, text: string, mode: number): void {
  writeFileSync(`${file}.new`, text, { mode });
  renameSync(`${file}.new`, file);
}

function expiryMs(certificate: X509Certificate): number {
  return Date.parse(certificate.validTo);
}

function isFor(certificate: X509Certificate, host: string): boolean {
  return (isIP(host) === 0 ? certificate.checkHost(host) : certificate.checkIP(host)) !== undefined;
}

/** Not every machine's name is one that a certificate can hold, and nobody connects to "any address". */
function isNameable(host: string): boolean {
  if (isIP(host) !== 0) return host !== '0.0.0.0' && host !== '::';
  return /^[a-zA-Z0-9]([a-zA-Z0-9.-]*[a-zA-Z0-9])?$/.test(host);
}
