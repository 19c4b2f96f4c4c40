/**
 * Logins with user name and password or with a token: which mechanisms there are, and the one line of Kafka's clients that holds
 * such a login (`sasl.jaas.config`). Errors name no part of that line: it holds a password.
 */
import { fail, ok, type Result } from './result.js';

export const saslMechanisms = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'] as const;
export type SaslMechanism = (typeof saslMechanisms)[number];

export interface SaslLogin {
  readonly mechanism: SaslMechanism;
  readonly username: string;
  readonly password: string;
}

/** With a token that somebody else gives out (KIP-255, KIP-768). */
export interface TokenLogin {
  readonly mechanism: 'OAUTHBEARER';
  /** Who asks for the token, for messages. */
  readonly username: string;
  /** What the broker is told beside the token. */
  readonly extensions: Readonly<Record<string, string>>;
  /** One that is valid for a while yet. Rejects with an Error whose words hold no secret. */
  readonly token: () => Promise<string>;
}

export type AnyLogin = SaslLogin | TokenLogin;

/** As Kafka calls who logs in with a user name; whom a certificate or a token stands for only the broker knows. */
export function principalBy(login: AnyLogin | undefined): string | undefined {
  return login === undefined || login.mechanism === 'OAUTHBEARER' ? undefined : `User:${login.username}`;
}

/** What a link, and klink itself, may log in with. */
export const linkMechanisms = [...saslMechanisms, 'OAUTHBEARER'] as const;
export type LinkMechanism = (typeof linkMechanisms)[number];

export function isLinkMechanism(text: string): text is LinkMechanism {
  return linkMechanisms.some((each) => each === text);
}

export function isSaslMechanism(text: string): text is SaslMechanism {
  return saslMechanisms.some((each) => each === text);
}

/** `…PlainLoginModule required username="…" password="…";`, or ScramLoginModule for the other mechanisms. */
export function readJaas(line: string, mechanism: SaslMechanism): Result<SaslLogin, string> {
  const module = mechanism === 'PLAIN' ? 'PlainLoginModule' : 'ScramLoginModule';
  const found = /\b\w+LoginModule\b/.exec(line)?.[0];
  if (found !== module)
    return fail(`sasl.jaas.config does not name ${module}, which sasl.mechanism=${mechanism} needs`);
  if (!line.trimEnd().endsWith(';')) return fail('sasl.jaas.config does not end with a semicolon');
  const value = (name: string) => {
    const [, double, single] = new RegExp(`\\b${name}=(?:"((?:[^"\\\\]|\\\\.)*)"|'([^']*)')`).exec(line) ?? [];
    return double?.replace(/\\(.)/g, '$1') ?? single;
  };
  const username = value('username');
  const password = value('password');
  // An empty one is what a variable that was not set leaves behind.
  if (!username || !password) {
    return fail('sasl.jaas.config does not hold username="…" and password="…"');
  }
  return ok({ mechanism, username, password });
}
