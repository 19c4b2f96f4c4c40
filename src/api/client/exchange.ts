/**
 * One call of klink's REST API over HTTP: who asks, how long it may take, and what an answer that is none means. Refuses
 * answers that are no JSON, and turns problem bodies into `RequestRefused`. Spec: docs/spec/rest.md.
 */
import type { Clock } from '../../base/clock.js';

export interface ApiClientOptions {
  /** Without a path: `http://127.0.0.1:8090`. */
  readonly url: string;
  readonly token: string | undefined;
  /** An API key in place of the operator token. */
  readonly login?: { readonly key: string; readonly secret: string } | undefined;
  /** Each request ends after this long at the latest. */
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
}

/** The server answered and said no. `errorCode` is the published code of the body, or the HTTP status. */
export class RequestRefused extends Error {
  override readonly name = 'RequestRefused';
  readonly status: number;
  readonly errorCode: number;
  /** False: the body was not a server's of this API, but that of a proxy or of something else. */
  readonly isProblem: boolean;
  constructor(status: number, errorCode: number, message: string, isProblem = true) {
    super(message);
    this.status = status;
    this.errorCode = errorCode;
    this.isProblem = isProblem;
  }
}

/** No answer: nothing listens, the connection was lost, or time ran out. Whether the server acted is not known. */
export class ServerUnreachable extends Error {
  override readonly name = 'ServerUnreachable';
}

export type Query = Readonly<Record<string, string | boolean | undefined>>;

/** Rejects with `RequestRefused` or `ServerUnreachable`, or with the reason of `options.signal`. */
export async function exchange(
  options: ApiClientOptions,
  method: string,
  path: string,
  query: Query,
  body?: unknown,
): Promise<{ readonly value: unknown; readonly headers: Headers }> {
  const url = new URL(path, options.url);
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) url.searchParams.set(name, String(value));
  }
  const headers: Record<string, string> = { accept: 'application/json' };
  const { token, login } = options;
  if (login) headers.authorization = `Basic ${Buffer.from(`${login.key}:${login.secret}`).toString('base64')}`;
  else if (token !== undefined) headers.authorization = `Bearer ${token}`;
  if (body !== undefined) headers['content-type'] = 'application/json';
  const { clock, timeoutMs } = options;
  const limit = new AbortController();
  // AbortSignal.timeout would not keep the process alive, nor does fetch while it tries a peer that closes every
  // connection again and again: the command would end in silence.
  const timer = clock.setTimer(timeoutMs, () => limit.abort(new DOMException('no answer in time', 'TimeoutError')));
  const signal = options.signal ? AbortSignal.any([options.signal, limit.signal]) : limit.signal;
  let response: Response;
  let text: string;
  try {
    response = await fetch(url, {
      method,
      headers,
      signal,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    text = await response.text();
  } catch (error) {
    options.signal?.throwIfAborted();
    throw new ServerUnreachable(`${url.origin}: ${reasonOf(error)}`);
  } finally {
    timer.cancel();
  }
  const { headers: answered } = response;
  if (response.ok && text === '') return { value: undefined, headers: answered };
  const parsed = parseJson(text);
  if (!response.ok) {
    if (isProblem(parsed)) throw new RequestRefused(response.status, parsed.error_code, parsed.message);
    const message = `${method} ${url.href}: ${response.status} ${response.statusText}`;
    throw new RequestRefused(response.status, response.status, message, false);
  }
  if (parsed === undefined) throw new ServerUnreachable(`${method} ${url.href}: the answer is not JSON`);
  return { value: parsed, headers: answered };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isProblem(value: unknown): value is { readonly error_code: number; readonly message: string } {
  if (typeof value !== 'object' || value === null) return false;
  const { error_code, message } = value as Record<string, unknown>;
  return typeof error_code === 'number' && typeof message === 'string';
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return 'no answer in time';
  return error.cause instanceof Error ? error.cause.message : error.message;
}
