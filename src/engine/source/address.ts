/**
 * Where a link's source is, as whom klink logs in there, and whom it trusts. Secrets are references; they are resolved when
 * a connection is to be opened, and the value goes into that connection's options and nowhere else.
 */
import type { Address } from '../../base/connection.js';
import { fail, ok, type Result } from '../../base/result.js';
import { readJaas, type SaslLogin } from '../../base/sasl.js';
import type { TlsTexts } from '../../base/tls.js';
import type { SourceLogin, SourceSecurity, SourceTimeouts, SourceTls } from '../../model/link-security.js';

export interface SourceAddress {
  readonly linkId: string;
  readonly linkName: string;
  /** `host:port,…` */
  readonly bootstrapServers: string;
  readonly security: SourceSecurity;
  readonly timeouts?: SourceTimeouts;
}

/** The value behind `${env:NAME}` or `${file:/path}`, or why there is none, in words without the value. */
export type ResolveSecret = (reference: string) => Result<string, string>;

/** The values behind all references of a link; certificates and keys are not read yet. */
export interface ResolvedSecurity {
  readonly sasl: SaslLogin | undefined;
  readonly tls: TlsTexts | undefined;
}

export function resolveSecurity(security: SourceSecurity, resolve: ResolveSecret): Result<ResolvedSecurity, string> {
  const sasl = resolveLogin(security.login, resolve);
  if (!sasl.ok) return sasl;
  const tls = resolveTls(security.tls, resolve);
  return tls.ok ? ok({ sasl: sasl.value, tls: tls.value }) : tls;
}

/** Undefined as login: the source is asked anonymously. */
export function resolveLogin(login: SourceLogin, resolve: ResolveSecret): Result<SaslLogin | undefined, string> {
  switch (login.kind) {
    case 'none':
      return ok(undefined);
    case 'password': {
      const password = resolve(login.passwordReference);
      if (!password.ok) return password;
      return ok({ mechanism: login.mechanism, username: login.username, password: password.value });
    }
    case 'jaas': {
      const line = resolve(login.reference);
      return line.ok ? readJaas(line.value, login.mechanism) : line;
    }
  }
}

function resolveTls(tls: SourceTls | undefined, resolve: ResolveSecret): Result<TlsTexts | undefined, string> {
  if (tls === undefined) return ok(undefined);
  const texts: (string | undefined)[] = [];
  for (const given of [tls.authorities, tls.certificates, tls.keyReference, tls.keyPasswordReference]) {
    const text = given?.startsWith('${') ? resolve(given) : ok(given);
    if (!text.ok) return text;
    texts.push(text.value);
  }
  const [authorities, certificates, key, keyPassword] = texts;
  return ok({ authorities, certificates, key, keyPassword, checksName: tls.checksName });
}

/** `host:port,…` as link settings were checked to be. */
export function bootstrapAddresses(bootstrapServers: string): Result<readonly Address[], string> {
  const addresses: Address[] = [];
  for (const part of bootstrapServers.split(',')) {
    const [, bracketed, plain, port] = /^(?:\[([0-9A-Fa-f:.]+)\]|([^\s:[\]/]+)):(\d{1,5})$/.exec(part.trim()) ?? [];
    const host = bracketed ?? plain;
    if (host === undefined) return fail(`"${part}" is no address like host:9092`);
    addresses.push({ host, port: Number(port) });
  }
  return ok(addresses);
}
