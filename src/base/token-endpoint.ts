/**
 * Tokens for OAUTHBEARER logins (KIP-768): where they are fetched, as which client, and the login that shows them. A token is
 * used until shortly before it expires; those who need one at the same time share one question. Errors hold no secret.
 */
import type { Clock } from './clock.js';
import { fail, ok, type Result } from './result.js';
import type { TokenLogin } from './sasl.js';

export interface TokenClient {
  readonly endpoint: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly scope: string | undefined;
  /** What the broker is told beside the token. */
  readonly extensions: Readonly<Record<string, string>>;
}

export interface FormRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly timeoutMs: number;
  readonly bytesMax: number;
  /** PEM, beside the public authorities. */
  readonly authorities: string | undefined;
}

/** One POST; follows no redirection. Rejects when there was no answer in time, or too large a one. */
export type PostForm = (request: FormRequest) => Promise<{ readonly status: number; readonly text: string }>;

/** The endpoint knows us and says no: asking again does not help until somebody changes something. */
export class TokenRefused extends Error {
  override readonly name = 'TokenRefused';
}

/** The line of Kafka's clients for tokens: `…OAuthBearerLoginModule required clientId="…" clientSecret="…" scope="…";` */
export function readTokenJaas(line: string): Result<Omit<TokenClient, 'endpoint'>, string> {
  if (!/\bOAuthBearerLoginModule\b/.test(line)) {
    return fail('sasl.jaas.config does not name OAuthBearerLoginModule, which sasl.mechanism=OAUTHBEARER needs');
  }
  if (!line.trimEnd().endsWith(';')) return fail('sasl.jaas.config does not end with a semicolon');
  const options = new Map<string, string>();
  for (const [, name = '', double, single] of line.matchAll(/\b(\w+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|'([^']*)')/g)) {
    options.set(name, double?.replace(/\\(.)/g, '$1') ?? single ?? '');
  }
  const [clientId, clientSecret] = [options.get('clientId'), options.get('clientSecret')];
  if (!clientId || !clientSecret) return fail('sasl.jaas.config does not hold clientId="…" and clientSecret="…"');
  const extensions = [...options].flatMap(([name, value]): [string, string][] => {
    const [, extension] = /^extension_(\w+)$/.exec(name) ?? [];
    return extension === undefined ? [] : [[extension, value]];
  });
  return ok({
    clientId,
    clientSecret,
    scope: options.get('scope') || undefined,
    extensions: Object.fromEntries(extensions),
  });
}

/** Undefined: nothing is wrong with it. Tokens and secrets go there: by TLS, or to this machine. */
export function wrongInEndpoint(text: string): string | undefined {
  if (!URL.canParse(text)) return 'it is no URL';
  const { protocol, hostname, username, password } = new URL(text);
  if (username !== '' || password !== '') return 'it holds credentials: they belong in sasl.jaas.config';
  if (protocol === 'https:') return undefined;
  const isHere = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(hostname);
  return protocol === 'http:' && isHere ? undefined : 'it must begin with https://, unless it is on this machine';
}

const ANSWER_WITHIN_MS = 10_000;
const ANSWER_BYTES_MAX = 256 * 1024;
/**
 * A token is replaced when this part of its life has passed: before a session that lives as long is renewed (KIP-368), also
 * where the broker's seconds round against it. Else the same token would be shown again, and brokers drop who comes too often.
 */
const RENEW_AT = 0.7;
/** Where neither the answer nor the token says how long it lives. */
const LIFETIME_MS = 300_000;
/** Who was just refused is not asked again at once. */
const REFUSAL_COUNTS_MS = 5_000;

interface Kept {
  readonly token: string;
  readonly untilMs: number;
}

export function tokenLogin(
  client: TokenClient,
  {
    clock,
    post,
    authorities,
  }: { readonly clock: Clock; readonly post: PostForm; readonly authorities: string | undefined },
): TokenLogin {
  let kept: Kept | undefined;
  let refusal: { readonly error: TokenRefused; readonly untilMs: number } | undefined;
  let asking: Promise<Kept> | undefined;
  const ask = async (): Promise<Kept> => {
    try {
      const answered = await fetchToken(client, post, authorities);
      return { token: answered.token, untilMs: clock.monotonicMs() + lifetimeOf(answered, clock.nowMs()) * RENEW_AT };
    } catch (error) {
      if (error instanceof TokenRefused) refusal = { error, untilMs: clock.monotonicMs() + REFUSAL_COUNTS_MS };
      throw error;
    }
  };
  return {
    mechanism: 'OAUTHBEARER',
    username: client.clientId,
    extensions: client.extensions,
    async token() {
      const nowMs = clock.monotonicMs();
      if (kept !== undefined && nowMs < kept.untilMs) return kept.token;
      if (refusal !== undefined && nowMs < refusal.untilMs) throw refusal.error;
      asking ??= ask().finally(() => {
        asking = undefined;
      });
      kept = await asking;
      return kept.token;
    },
  };
}

interface Answered {
  readonly token: string;
  readonly expiresInSeconds: number | undefined;
}

async function fetchToken(client: TokenClient, post: PostForm, authorities: string | undefined): Promise<Answered> {
  const { endpoint, clientId, clientSecret, scope } = client;
  const basic = Buffer.from(`${clientId}:${clientSecret}`, 'utf8').toString('base64');
  const form = new URLSearchParams({ grant_type: 'client_credentials', ...(scope === undefined ? {} : { scope }) });
  const who = `the token endpoint ${endpoint}`;
  let answer: { readonly status: number; readonly text: string };
  try {
    answer = await post({
      url: endpoint,
      headers: {
        accept: 'application/json',
        authorization: `Basic ${basic}`,
        'content-type': 'application/x-www-form-urlencoded',
      },
      body: form.toString(),
      timeoutMs: ANSWER_WITHIN_MS,
      bytesMax: ANSWER_BYTES_MAX,
      authorities,
    });
  } catch (cause) {
    throw new Error(`${who} does not answer: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
  const { status, text } = answer;
  const said = fieldsOf(text);
  if (status >= 500 || status === 429) throw new Error(`${who} answers ${status}`);
  if (status !== 200) {
    const why = [said.error, said.error_description].filter((each) => typeof each === 'string').join(': ');
    const echoes = [clientSecret, basic].some((secret) => why.includes(secret));
    const shown = echoes ? '' : why.replace(/[^ -~]/g, '?').slice(0, 200);
    throw new TokenRefused(`${who} refuses the client ${clientId}: ${status}${shown === '' ? '' : ` ${shown}`}`);
  }
  const { access_token: token, expires_in: expires } = said;
  // Anything else would break the message to the broker.
  if (typeof token !== 'string' || !/^[!-~]+$/.test(token))
    throw new TokenRefused(`${who} answers without access_token`);
  const seconds = Number(expires);
  return { token, expiresInSeconds: Number.isFinite(seconds) && seconds > 0 ? seconds : undefined };
}

/** As the answer says, else as the token itself does (`exp`), else a while. */
function lifetimeOf({ token, expiresInSeconds }: Answered, nowMs: number): number {
  if (expiresInSeconds !== undefined) return expiresInSeconds * 1_000;
  const { exp } = fieldsOf(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'));
  return typeof exp === 'number' ? Math.max(0, exp * 1_000 - nowMs) : LIFETIME_MS;
}

function fieldsOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
