/**
 * The authority of one server, in its directory: made at the first start, kept from then on. It signs the certificate that
 * the server shows, which is made again before it expires and when the server is to be reached by another name. Clients trust
 * `ca.pem`. Keys are readable by their owner alone.
 */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '../clock.js';
import type { Log } from '../log.js';
import type { TlsIdentity } from '../tls.js';
import { type Identity, makeAuthority, makeCertificate } from './certificates.js';

const DAY_MS = 86_400_000;
/** Clocks differ: valid a little before it was made. */
const SINCE_MS = DAY_MS;
const AUTHORITY_MS = 3650 * DAY_MS;
const CERTIFICATE_MS = 397 * DAY_MS;
/** Made again when so little is left. */
const RENEWED_BEFORE_MS = 30 * DAY_MS;

/** A renewal that failed is tried again. */
const TRIED_AGAIN_MS = 3_600_000;

export interface OwnAuthority {
  /** PEM file that clients are to trust. */
  readonly file: string;
  /** Valid now; the same object as long as it need not be made again. Stays what it was, and says why, where that fails. */
  identity(): TlsIdentity;
}

/** `hosts`: how clients call this server, beside this machine's own names. Throws what the disk throws. */
export function openAuthority(
  directory: string,
  hosts: readonly string[],
  { clock, log }: { readonly clock: Clock; readonly log: Log },
): OwnAuthority {
  const file = join(directory, 'ca.pem');
  const wanted = [...new Set(['localhost', '127.0.0.1', '::1', hostname(), ...hosts])].filter(isNameable);
  const current = (): Shown => {
    const authority = kept(file, join(directory, 'ca.key'), clock, {
      fits: () => true,
      make: (fromMs) =>
        makeAuthority({ commonName: `klink broker at ${hostname()}`, fromMs, untilMs: fromMs + AUTHORITY_MS }),
    });
    const issuer = new X509Certificate(authority.certificate);
    const { certificate, key } = kept(join(directory, 'server.pem'), join(directory, 'server.key'), clock, {
      // One from the future was made while the clock was wrong. An authority is kept even so: clients trust it.
      fits: (given) =>
        lifeOf(given).fromMs <= clock.nowMs() &&
        given.checkIssued(issuer) &&
        wanted.every((host) => isFor(given, host)),
      make: (fromMs) => {
        const untilMs = Math.min(fromMs + CERTIFICATE_MS, lifeOf(issuer).untilMs);
        return makeCertificate({ commonName: hostname(), hosts: wanted, fromMs, untilMs }, authority);
      },
    });
    const { fromMs, untilMs } = lifeOf(new X509Certificate(certificate));
    return { identity: { certificates: certificate, key }, fromMs, untilMs: untilMs - RENEWED_BEFORE_MS };
  };
  let shown = current();
  return {
    file,
    identity() {
      const nowMs = clock.nowMs();
      if (nowMs >= shown.fromMs && nowMs < shown.untilMs) return shown.identity;
      try {
        shown = current();
      } catch (error) {
        // Clients come all the same, and what there is may be good for days yet.
        log.error({ directory, error: String(error) }, 'the certificate of this server cannot be made again');
        shown = { ...shown, fromMs: nowMs, untilMs: nowMs + TRIED_AGAIN_MS };
      }
      return shown.identity;
    },
  };
}

interface Shown {
  readonly identity: TlsIdentity;
  /** Between these it need not be looked at again. */
  readonly fromMs: number;
  readonly untilMs: number;
}

interface Keeping {
  readonly fits: (certificate: X509Certificate) => boolean;
  readonly make: (fromMs: number) => Identity;
}

function kept(certificateFile: string, keyFile: string, clock: Clock, { fits, make }: Keeping): Identity {
  const nowMs = clock.nowMs();
  if (existsSync(certificateFile) && existsSync(keyFile)) {
    const { certificate, read, key, isPair } = readPair(certificateFile, keyFile);
    const leftMs = lifeOf(read).untilMs - nowMs;
    if (isPair && leftMs > RENEWED_BEFORE_MS && fits(read)) return { certificate, key };
  }
  const made = make(nowMs - SINCE_MS);
  // The key first: between the two they are no pair, and made again.
  writeWhole(keyFile, made.key, 0o600);
  writeWhole(certificateFile, made.certificate, 0o644);
  return made;
}

function readPair(certificateFile: string, keyFile: string) {
  const certificate = readFileSync(certificateFile, 'utf8');
  const key = readFileSync(keyFile, 'utf8');
  try {
    const read = new X509Certificate(certificate);
    return { certificate, key, read, isPair: read.checkPrivateKey(createPrivateKey(key)) };
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    const what = `${certificateFile} or ${keyFile} is damaged (${why}): without them both are made again`;
    throw new Error(what, { cause });
  }
}

function writeWhole(file: string, text: string, mode: number): void {
  writeFileSync(`${file}.new`, text, { mode, flush: true });
  renameSync(`${file}.new`, file);
}

function lifeOf({ validFrom, validTo }: X509Certificate) {
  return { fromMs: Date.parse(validFrom), untilMs: Date.parse(validTo) };
}

function isFor(certificate: X509Certificate, host: string): boolean {
  return (isIP(host) === 0 ? certificate.checkHost(host) : certificate.checkIP(host)) !== undefined;
}

/** Not every machine's name is one that a certificate can hold, and nobody connects to "any address". */
function isNameable(host: string): boolean {
  if (isIP(host) !== 0) return host !== '0.0.0.0' && host !== '::';
  return /^[a-zA-Z0-9]([a-zA-Z0-9.-]*[a-zA-Z0-9])?$/.test(host);
}
