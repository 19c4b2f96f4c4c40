/**
 * The two forms in which a secret stands in settings and in the journal: a reference to where it is, or a sealed text that
 * only holders of a key can open. Says nothing about what is behind either; `serve/link-keys.ts` seals and opens.
 *
 *   sealed:1:<8 hex digits: which key>:<base64url: nonce, ciphertext, tag>
 */
const reference = /^\$\{(env:[A-Za-z_][A-Za-z0-9_]*|file:[^}]+)\}$/;
const sealed = /^sealed:1:([0-9a-f]{8}):([A-Za-z0-9_-]+)$/;

/** `${env:NAME}`, `${file:/path}`, `${file:/path:key}` */
export function isReference(text: string): boolean {
  return reference.test(text);
}

export interface SealedText {
  readonly keyId: string;
  readonly payload: Buffer;
}

/** Undefined: it is none. */
export function readSealedText(text: string): SealedText | undefined {
  const [, keyId, payload] = sealed.exec(text) ?? [];
  if (keyId === undefined || payload === undefined) return undefined;
  return { keyId, payload: Buffer.from(payload, 'base64url') };
}

export function writeSealedText({ keyId, payload }: SealedText): string {
  return `sealed:1:${keyId}:${payload.toString('base64url')}`;
}

/** For what people read: neither the secret nor its ciphertext. */
export function shownSecret(text: string): string {
  return isReference(text) ? text : '(sealed)';
}

/** Where a secret belongs: a sealed text opens there and nowhere else. */
export interface SecretPlace {
  readonly linkId: string;
  readonly setting: string;
}
