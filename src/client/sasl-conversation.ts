/**
 * The messages of a login, without a connection: what is said first, and what to each answer of the broker. PLAIN: RFC 4616.
 * SCRAM: RFC 5802 and 7677, without channel binding; the password goes as UTF-8, as Kafka's clients send it (KIP-84). The
 * broker must show that it knows the password too. OAUTHBEARER: RFC 7628. Throws an Error whose words hold no secret.
 */
import { createHash, createHmac, pbkdf2, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import type { Random } from '../base/random.js';
import type { AnyLogin, SaslLogin } from '../base/sasl.js';

export interface SaslConversation {
  readonly first: Buffer;
  /** What follows on this answer; undefined: the login is complete. */
  next(answer: Buffer): Promise<Buffer | undefined>;
}

/** Rejects where no token can be had. */
export async function saslConversation(login: AnyLogin, random: Random): Promise<SaslConversation> {
  switch (login.mechanism) {
    case 'PLAIN':
      // Authorization identity (none), authentication identity, password.
      return { first: Buffer.from(`\0${login.username}\0${login.password}`, 'utf8'), next: async () => undefined };
    case 'SCRAM-SHA-256':
      return scram('sha256', login, random.bytes(NONCE_BYTES).toString('base64url'));
    case 'SCRAM-SHA-512':
      return scram('sha512', login, random.bytes(NONCE_BYTES).toString('base64url'));
    case 'OAUTHBEARER':
      return bearer(await login.token(), login.extensions);
  }
}

/** RFC 7628. A token that is refused is told as JSON; one more message from us, and the broker says no. */
export function bearer(token: string, extensions: Readonly<Record<string, string>>): SaslConversation {
  const pairs = Object.entries(extensions).map(([name, value]) => `${name}=${value}\x01`);
  return {
    first: Buffer.from(`${GS2_HEADER}\x01auth=Bearer ${token}\x01${pairs.join('')}\x01`, 'utf8'),
    async next(answer) {
      return answer.length === 0 ? undefined : Buffer.from('\x01');
    },
  };
}

/** What a broker says of a token that it refuses is JSON, for programs. */
export function readableRefusal(message: string | null): string | null {
  try {
    const told: unknown = JSON.parse(message ?? '');
    if (typeof told !== 'object' || told === null || !('status' in told)) return message;
    const { status, ...more } = told as Record<string, unknown>;
    const rest = Object.entries(more).map(([name, value]) => `, ${name} ${String(value)}`);
    return `the broker refuses the token: ${String(status)}${rest.join('')}`;
  } catch {
    return message;
  }
}

const NONCE_BYTES = 24;
/** Kafka's own least, and what a broker may make us compute at most. */
const ITERATIONS_MIN = 4_096;
const ITERATIONS_MAX = 1_000_000;
/** No channel binding, no other identity. */
const GS2_HEADER = 'n,,';
const derive = promisify(pbkdf2);

/** `nonce`: printable, without comma, never used before. */
export function scram(hash: 'sha256' | 'sha512', login: SaslLogin, nonce: string): SaslConversation {
  const name = login.username.replaceAll('=', '=3D').replaceAll(',', '=2C');
  const firstBare = `n=${name},r=${nonce}`;
  let serverSignature: Buffer | undefined;

  const proof = async (serverFirst: string): Promise<Buffer> => {
    const { bothNonces, salt, iterations } = readServerFirst(serverFirst, nonce);
    const length = createHash(hash).digest().length;
    const salted = await derive(Buffer.from(login.password, 'utf8'), salt, iterations, length, hash);
    const hmac = (key: Buffer, text: string) => createHmac(hash, key).update(text, 'utf8').digest();
    const clientKey = hmac(salted, 'Client Key');
    const withoutProof = `c=${Buffer.from(GS2_HEADER).toString('base64')},r=${bothNonces}`;
    const said = `${firstBare},${serverFirst},${withoutProof}`;
    const signature = hmac(createHash(hash).update(clientKey).digest(), said);
    serverSignature = hmac(hmac(salted, 'Server Key'), said);
    const shown = Buffer.from(clientKey.map((byte, i) => byte ^ (signature[i] ?? 0)));
    return Buffer.from(`${withoutProof},p=${shown.toString('base64')}`, 'utf8');
  };

  return {
    first: Buffer.from(GS2_HEADER + firstBare, 'utf8'),
    async next(answer) {
      const text = answer.toString('utf8');
      if (serverSignature === undefined) return proof(text);
      const { v, e } = attributes(text);
      if (e !== undefined) throw new Error(`the broker refuses the login (${e})`);
      const shown = Buffer.from(v ?? '', 'base64');
      if (shown.length !== serverSignature.length || !timingSafeEqual(shown, serverSignature)) {
        throw new Error('the broker does not show that it knows the password');
      }
      return undefined;
    },
  };
}

function readServerFirst(text: string, nonce: string) {
  const { r = '', s = '', i = '', e, m } = attributes(text);
  if (e !== undefined) throw new Error(`the broker refuses the login (${e})`);
  if (m !== undefined) throw new Error('the broker demands an extension of SCRAM that is not known');
  if (!r.startsWith(nonce) || r.length === nonce.length) throw new Error("the broker's nonce does not continue ours");
  const iterations = /^\d{1,9}$/.test(i) ? Number(i) : 0;
  if (iterations < ITERATIONS_MIN || iterations > ITERATIONS_MAX) {
    throw new Error(`the broker asks for ${i} iterations: ${ITERATIONS_MIN} to ${ITERATIONS_MAX} are accepted`);
  }
  return { bothNonces: r, salt: Buffer.from(s, 'base64'), iterations };
}

/** `a=…,b=…`: values hold no comma, and may hold `=`. */
function attributes(text: string): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(text.split(',').map((each) => [each.slice(0, 1), each.slice(2)]));
}
