/**
 * How a link connects to its source: as whom, and over TLS or not. Holds references where there are secrets: who opens the
 * connection resolves them, and nobody else ever sees a value. Refuses what would be given and not used.
 */
import { fail, ok, type Result } from '../base/result.js';
import type { LinkMechanism, SaslMechanism } from '../base/sasl.js';
import { type Refusal, refusal } from './errors.js';

export const securityProtocols = ['PLAINTEXT', 'SASL_PLAINTEXT', 'SSL', 'SASL_SSL'] as const;

export type SourceLogin =
  | { readonly kind: 'none' }
  | {
      readonly kind: 'password';
      readonly mechanism: SaslMechanism;
      readonly username: string;
      readonly passwordReference: string;
    }
  | { readonly kind: 'jaas'; readonly mechanism: SaslMechanism; readonly reference: string }
  /** OAUTHBEARER: the line names the client that asks for tokens. */
  | { readonly kind: 'token'; readonly endpoint: string; readonly reference: string };

/** Certificates are PEM or a reference to it; undefined where none are given. */
export interface SourceTls {
  readonly authorities: string | undefined;
  readonly certificates: string | undefined;
  readonly keyReference: string | undefined;
  readonly keyPasswordReference: string | undefined;
  readonly checksName: boolean;
}

export interface SourceTimeouts {
  /** For a question; undefined: klink's own time. */
  readonly requestMs: number | undefined;
  /** For a connection, with TLS and login. */
  readonly connectMs: number;
}

export interface SourceSecurity {
  readonly login: SourceLogin;
  /** Undefined: in the clear. */
  readonly tls: SourceTls | undefined;
}

export const anonymousInTheClear: SourceSecurity = { login: { kind: 'none' }, tls: undefined };

/** Of settings whose values are valid one by one. */
export function sourceSecurity(
  settings: Readonly<Record<string, string>>,
  mechanism: LinkMechanism,
): Result<SourceSecurity, Refusal> {
  const protocol = settings['security.protocol'] ?? 'PLAINTEXT';
  const login = loginOf(settings, protocol, mechanism);
  if (!login.ok) return login;
  const tls = tlsOf(settings, protocol);
  return tls.ok ? ok({ login: login.value, tls: tls.value }) : tls;
}

function loginOf(
  settings: Readonly<Record<string, string>>,
  protocol: string,
  mechanism: LinkMechanism,
): Result<SourceLogin, Refusal> {
  const { username, password, 'sasl.jaas.config': jaas, 'sasl.oauthbearer.token.endpoint.url': endpoint } = settings;
  if (!protocol.startsWith('SASL_')) {
    if (username === undefined && password === undefined && jaas === undefined) return ok({ kind: 'none' });
    return wrong(`Credentials are given, but security.protocol is ${protocol}: they would not be used.`);
  }
  if (mechanism === 'OAUTHBEARER') {
    if (jaas !== undefined && endpoint !== undefined) return ok({ kind: 'token', endpoint, reference: jaas });
    return wrong(
      'OAUTHBEARER needs sasl.oauthbearer.token.endpoint.url, and clientId and clientSecret in sasl.jaas.config.',
    );
  }
  if (endpoint !== undefined) {
    return wrong(`A token endpoint is given, but sasl.mechanism is ${mechanism}: it would not be used.`);
  }
  if (jaas !== undefined) {
    if (username === undefined && password === undefined) return ok({ kind: 'jaas', mechanism, reference: jaas });
    return wrong('Give either sasl.jaas.config or username and password, not both.');
  }
  if (username === undefined || password === undefined) {
    return wrong(`security.protocol ${protocol} needs username and password, or sasl.jaas.config.`);
  }
  return ok({ kind: 'password', mechanism, username, passwordReference: password });
}

function tlsOf(settings: Readonly<Record<string, string>>, protocol: string): Result<SourceTls | undefined, Refusal> {
  const given = Object.keys(settings).find((name) => isForTls(name, settings[name]));
  if (!protocol.endsWith('SSL')) {
    if (given === undefined) return ok(undefined);
    return wrong(`The setting '${given}' is given, but security.protocol is ${protocol}: it would not be used.`);
  }
  const tls = {
    authorities: settings['ssl.truststore.certificates'],
    certificates: settings['ssl.keystore.certificate.chain'],
    keyReference: settings['ssl.keystore.key'],
    keyPasswordReference: settings['ssl.key.password'],
    checksName: settings['ssl.endpoint.identification.algorithm'] !== '',
  };
  if ((tls.certificates === undefined) !== (tls.keyReference === undefined)) {
    return wrong('ssl.keystore.certificate.chain and ssl.keystore.key belong together: one of them is missing.');
  }
  return ok(tls);
}

/** What nothing hangs on, and what only says how it is anyway, may stand beside any protocol. */
function isForTls(name: string, value: string | undefined): boolean {
  if (name === 'ssl.protocol') return false;
  return name.startsWith('ssl.') && !(name === 'ssl.endpoint.identification.algorithm' && value === 'https');
}

function wrong(what: string): Result<never, Refusal> {
  return fail(refusal('SETTING_INVALID', what));
}
