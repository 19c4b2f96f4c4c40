/**
 * TLS as it is configured: which authorities are trusted, and who we are. Texts are PEM, as Kafka's clients take them
 * (KIP-651): with line breaks, or on one line. Errors hold no part of a key.
 */
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { fail, ok, type Result } from './result.js';

export interface TlsSettings {
  /** PEM; undefined: the authorities that Node brings along. */
  readonly authorities: string | undefined;
  /** What we show when the broker asks for it. */
  readonly identity: TlsIdentity | undefined;
  /** False: the certificate may be made out for any name. It must be signed by a trusted authority all the same. */
  readonly checksName: boolean;
}

export interface TlsIdentity {
  /** PEM: our certificate, then those between it and its authority. */
  readonly certificates: string;
  /** PEM, not encrypted. */
  readonly key: string;
}

/** Texts as they were given; what is undefined was not. */
export interface TlsTexts {
  readonly authorities: string | undefined;
  readonly certificates: string | undefined;
  readonly key: string | undefined;
  readonly keyPassword: string | undefined;
  readonly checksName: boolean;
}

/** Reads everything before a connection needs it. Fails with a sentence that says which text is wrong, and how. */
export function readTls(texts: TlsTexts): Result<TlsSettings, string> {
  const { checksName } = texts;
  const authorities = texts.authorities === undefined ? undefined : readCertificates(texts.authorities, 'trusted');
  if (authorities && !authorities.ok) return authorities;
  const trusted = authorities && pemOf(authorities.value);
  if (texts.certificates === undefined && texts.key === undefined) {
    return ok({ authorities: trusted, identity: undefined, checksName });
  }
  if (texts.certificates === undefined) return fail('a private key is given, but no certificate of our own');
  if (texts.key === undefined) return fail('a certificate of our own is given, but not its private key');
  const certificates = readCertificates(texts.certificates, 'own');
  if (!certificates.ok) return certificates;
  const key = readKey(texts.key, texts.keyPassword);
  if (!key.ok) return key;
  if (certificates.value[0]?.checkPrivateKey(key.value) !== true) {
    return fail('the private key is not that of the first certificate of our own');
  }
  const identity = {
    certificates: pemOf(certificates.value),
    key: key.value.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
  return ok({ authorities: trusted, identity, checksName });
}

/** Says what is wrong with a text that should hold certificates and nothing secret; undefined: nothing. */
export function wrongInCertificates(text: string): string | undefined {
  if (blocksOf(text).some(({ label }) => label.endsWith('PRIVATE KEY'))) return 'it holds a private key';
  const read = readCertificates(text, 'given');
  return read.ok ? undefined : read.error;
}

/** Says why a text that should be a private key is none; undefined: it is one, as far as its form tells. */
export function wrongInKey(text: string): string | undefined {
  if (!blocksOf(text).some(({ label }) => label.endsWith('PRIVATE KEY'))) return NO_KEY;
  const isEncrypted = /ENCRYPTED/.test(text);
  const read = isEncrypted ? ok(undefined) : readKey(text, undefined);
  return read.ok ? undefined : read.error;
}

const NO_KEY = 'the private key is not PEM: nothing begins with -----BEGIN … PRIVATE KEY-----';

interface Block {
  readonly label: string;
  readonly pem: string;
}

function blocksOf(text: string): Block[] {
  return [...text.matchAll(/-----BEGIN ([A-Z0-9 ]+)-----([\s\S]*?)-----END \1-----/g)].map(
    ([whole, label = '', body = '']) => {
      // Headers, as older encrypted keys have them, need their lines.
      if (body.includes(':')) return { label, pem: whole };
      const lines = body.replace(/\s+/g, '').match(/.{1,64}/g) ?? [];
      return { label, pem: [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`].join('\n') };
    },
  );
}

function readCertificates(text: string, which: string): Result<readonly X509Certificate[], string> {
  const found = blocksOf(text).filter(({ label }) => label === 'CERTIFICATE');
  if (found.length === 0) {
    return fail(
      `the ${which} certificates are not PEM: nothing begins with -----BEGIN CERTIFICATE----- (of a file: \${file:/path})`,
    );
  }
  const certificates: X509Certificate[] = [];
  for (const { pem } of found) {
    try {
      certificates.push(new X509Certificate(pem));
    } catch {
      return fail(`number ${certificates.length + 1} of the ${which} certificates cannot be read: it is damaged`);
    }
  }
  return ok(certificates);
}

function readKey(text: string, passphrase: string | undefined): Result<KeyObject, string> {
  const block = blocksOf(text).find(({ label }) => label.endsWith('PRIVATE KEY'));
  if (block === undefined) return fail(NO_KEY);
  const isEncrypted = block.label.startsWith('ENCRYPTED') || block.pem.includes('ENCRYPTED');
  if (isEncrypted && passphrase === undefined)
    return fail('the private key is encrypted, and its password is not given');
  try {
    return ok(createPrivateKey(isEncrypted && passphrase !== undefined ? { key: block.pem, passphrase } : block.pem));
  } catch {
    const why = isEncrypted ? 'its password is wrong, or it is damaged' : 'it is damaged';
    return fail(`the private key cannot be read: ${why}`);
  }
}

function pemOf(certificates: readonly X509Certificate[]): string {
  return certificates.map(String).join('');
}
