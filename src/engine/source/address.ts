/**
 * Where a link's source is, as whom klink logs in there, and whom it trusts. Secrets are references; they are resolved when
 * a connection is to be opened, and the value goes into that connection's options and nowhere else.
 */
import type { Address } from '../../base/connection.js';
import { fail, ok, type Result } from '../../base/result.js';
import { readJaas, type SaslLogin } from '../../base/sasl.js';
import type { SecretPlace } from '../../base/secret-text.js';
import type { TlsTexts } from '../../base/tls.js';
import { readTokenJaas, type TokenClient } from '../../base/token-endpoint.js';
import type { SourceLogin, SourceSecurity, SourceTimeouts, SourceTls } from '../../model/link-security.js';

export interface SourceAddress {
  readonly linkId: string;
  readonly linkName: string;
  /** `host:port,…` */
  readonly bootstrapServers: string;
  readonly security: SourceSecurity;
  readonly timeouts?: SourceTimeouts;
  /** Undefined: not known yet. */
  readonly sourceClusterId?: string | undefined;
}

/** The value behind a reference or a sealed text, or why there is none, in words without the value. */
export type ResolveSecret = (text: string, place: SecretPlace) => Result<string, string>;

/** The values behind all references of a link; certificates and keys are not read yet. */
export interface ResolvedSecurity {
  readonly sasl: SaslLogin | undefined;
  /** Who fetches tokens, in place of `sasl`. */
  readonly client: TokenClient | undefined;
  readonly tls: TlsTexts | undefined;
}

export function resolveSecurity(
  { linkId, security }: Pick<SourceAddress, 'linkId' | 'security'>,
  resolve: ResolveSecret,
): Result<ResolvedSecurity, string> {
  const of = (setting: string) => (text: string) => resolve(text, { linkId, setting });
  const login = resolveLogin(security.login, of);
  if (!login.ok) return login;
  const tls = resolveTls(security.tls, of);
  return tls.ok ? ok({ ...login.value, tls: tls.value }) : tls;
}

type ResolveSetting = (setting: string) => (text: string) => Result<string, string>;

/** Neither: the source is asked anonymously. */
function resolveLogin(login: SourceLogin, resolve: ResolveSetting): Result<Omit<ResolvedSecurity, 'tls'>, string> {
  const none = { sasl: undefined, client: undefined };
  switch (login.kind) {
    case 'none':
      return ok(none);
    case 'password': {
      const password = resolve('password')(login.passwordReference);
      if (!password.ok) return password;
      const { mechanism, username } = login;
      return ok({ ...none, sasl: { mechanism, username, password: password.value } });
    }
    case 'jaas': {
      const line = resolve('sasl.jaas.config')(login.reference);
      if (!line.ok) return line;
      const sasl = readJaas(line.value, login.mechanism);
      return sasl.ok ? ok({ ...none, sasl: sasl.value }) : sasl;
    }
    case 'token': {
      const line = resolve('sasl.jaas.config')(login.reference);
      if (!line.ok) return line;
      const client = readTokenJaas(line.value);
      return client.ok ? ok({ ...none, client: { ...client.value, endpoint: login.endpoint } }) : client;
    }
  }
}

function resolveTls(tls: SourceTls | undefined, resolve: ResolveSetting): Result<TlsTexts | undefined, string> {
  if (tls === undefined) return ok(undefined);
  const texts: (string | undefined)[] = [];
  const given = [
    ['ssl.truststore.certificates', tls.authorities],
    ['ssl.keystore.certificate.chain', tls.certificates],
    ['ssl.keystore.key', tls.keyReference],
    ['ssl.key.password', tls.keyPasswordReference],
  ] as const;
  for (const [setting, value] of given) {
    // Certificates are no secret: they may be written out.
    const isWritten = value === undefined || value.includes('-----BEGIN CERTIFICATE-----');
    const text = isWritten ? ok(value) : resolve(setting)(value);
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
