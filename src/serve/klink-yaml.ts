/**
 * Reads `klink.yaml`: where to listen, and the managed clusters with the principal klink acts as. Every complaint names
 * the line. Refuses unknown keys, passwords written out, and what would expose the REST port without saying so.
 * Spec: docs/spec/server.md §2.
 */

import { LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import { parseAddress, parseAddresses } from '../base/addresses.js';
import type { Address } from '../base/connection.js';
import { linkMechanisms, type SaslMechanism, saslMechanisms } from '../base/sasl.js';
import { wrongInEndpoint } from '../base/token-endpoint.js';

/** References to PEM, and to the password of the key. */
export interface ManagedClusterTls {
  readonly authorities: string | undefined;
  readonly certificates: string | undefined;
  readonly key: string | undefined;
  readonly keyPassword: string | undefined;
  readonly checksName: boolean;
  readonly line: number;
}

export interface ManagedClusterConfig {
  readonly name: string;
  /** What the cluster must answer with; undefined: taken from its first answer. */
  readonly id: string | undefined;
  readonly bootstrap: readonly Address[];
  /** What clients are told to connect to. */
  readonly clientBootstrap: string;
  readonly home: boolean;
  /** Undefined: in the clear. */
  readonly tls: ManagedClusterTls | undefined;
  /** Another listener on which keys log in. `tls`: 'none' in the clear, undefined as klink's own. */
  readonly callers:
    | {
        readonly bootstrap: { readonly text: string; readonly list: readonly Address[] } | undefined;
        readonly tls: ManagedClusterTls | 'none' | undefined;
      }
    | undefined;
  readonly principal: ManagedClusterPrincipal | undefined;
}

export type ManagedClusterPrincipal =
  | {
      readonly kind: 'password';
      readonly mechanism: SaslMechanism;
      readonly username: string;
      readonly secretReference: string;
      /** Of the reference. */
      readonly line: number;
    }
  /** OAUTHBEARER: as which client klink asks for tokens. */
  | {
      readonly kind: 'token';
      readonly endpoint: string;
      readonly clientId: string;
      readonly secretReference: string;
      readonly scope: string | undefined;
      readonly extensions: Readonly<Record<string, string>>;
      readonly line: number;
    };

export interface ServerConfig {
  readonly listen: Address;
  /** Undefined: klink's home on this machine. */
  readonly stateDirectory: string | undefined;
  /** Undefined: below the state directory. */
  readonly linkKeys: string | undefined;
  readonly clusters: readonly ManagedClusterConfig[];
}

/** `file:line: what is wrong`, one line each. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

const DEFAULT_LISTEN = '127.0.0.1:8090';
const loopback = new Set(['127.0.0.1', '::1', 'localhost']);

const address = z.string().refine((text) => parseAddress(text) !== undefined, 'must be an address like "host:9092"');
const addresses = z.union([z.string(), z.array(z.string()).min(1)]).transform((value, context) => {
  const text = typeof value === 'string' ? value : value.join(',');
  const parsed = parseAddresses(text);
  if (parsed === undefined) {
    context.addIssue({ code: 'custom', message: 'must be addresses like "host:9092", one or several' });
    return z.NEVER;
  }
  return { text: parsed.map(({ host, port }) => `${host}:${port}`).join(','), list: parsed };
});
const reference = z
  .string()
  .regex(
    /^\$\{(env:[A-Za-z_][A-Za-z0-9_]*|file:[^}]+)\}$/,
    'must be a reference, `${env:NAME}`, `${file:/path}` or `${file:/path:key}`: secrets are never written in klink.yaml',
  );
const tls = z.strictObject({
  authorities: reference.optional(),
  certificates: reference.optional(),
  key: reference.optional(),
  keyPassword: reference.optional(),
  checkName: z.boolean().default(true),
});
const TOKEN_ENDPOINT = 'sasl.oauthbearer.token.endpoint.url';
const tokenEndpoint = z.string().superRefine((text, context) => {
  const problem = wrongInEndpoint(text);
  if (problem !== undefined) context.addIssue({ code: 'custom', message: `is no token endpoint: ${problem}` });
});
/** KIP-342. */
const extensions = z.record(
  z.string().regex(/^(?!auth$)[A-Za-z]+$/, 'the name of an extension has letters only, and is not "auth"'),
  z.string().regex(/^[\x21-\x7e \t]+$/, 'must be printable ASCII'),
);
const password = z.strictObject({
  mechanism: z.enum(saslMechanisms),
  username: z.string().min(1),
  password: reference,
});
const token = z.strictObject({
  mechanism: z.literal('OAUTHBEARER'),
  [TOKEN_ENDPOINT]: tokenEndpoint,
  clientId: z.string().min(1),
  clientSecret: reference,
  scope: z.string().min(1).optional(),
  extensions: extensions.default({}),
});
const principal = z.discriminatedUnion('mechanism', [password, token], {
  error: ({ code }) => (code === 'invalid_union' ? `must be one of ${linkMechanisms.join(', ')}` : undefined),
});
const cluster = z.strictObject({
  name: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'must be 1 to 64 letters, digits, dots, dashes or underscores'),
  id: z.string().min(1).optional(),
  bootstrap: addresses,
  clients: addresses.optional(),
  home: z.boolean().optional(),
  tls: tls.optional(),
  callers: z
    .strictObject({
      bootstrap: addresses.optional(),
      tls: z.union([tls, z.literal(false)], 'must be a mapping like `tls` of a cluster, or false').optional(),
    })
    .optional(),
  principal: principal.optional(),
});
const file = z.strictObject({
  listen: address.default(DEFAULT_LISTEN),
  plaintextBeyondLoopback: z.boolean().optional(),
  state: z.string().min(1).optional(),
  linkKeys: z.string().min(1).optional(),
  clusters: z.array(cluster).min(1, 'must name at least one cluster'),
});

/** Throws ConfigError. `name` stands in front of every complaint. */
export function parseServerConfig(text: string, name: string): ServerConfig {
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter, uniqueKeys: true });
  const lineAt = (offset: number) => counter.linePos(offset).line;
  if (document.errors.length > 0) {
    const lines = document.errors.map((error) => `${name}:${lineAt(error.pos[0])}: ${error.message.split('\n')[0]}`);
    throw new ConfigError(lines.join('\n'));
  }
  const lineOf = (path: readonly PropertyKey[]): number => {
    for (let length = path.length; length >= 0; length--) {
      const node: unknown = document.getIn(path.slice(0, length), true);
      if (typeof node !== 'object' || node === null || !('range' in node)) continue;
      const { range } = node as { readonly range?: readonly number[] | null };
      if (range?.[0] !== undefined) return lineAt(range[0]);
    }
    return 1;
  };
  const complain = (problems: readonly Complaint[]): never => {
    const lines = problems.map(({ path, message }) => `${name}:${lineOf(path)}: ${printed(path)}${message}`);
    throw new ConfigError(lines.join('\n'));
  };
  const parsed = file.safeParse(document.toJS() ?? {});
  if (!parsed.success) return complain(parsed.error.issues.flatMap(plainly));
  const { data } = parsed;
  const problems = crossChecks(data);
  if (problems.length > 0) complain(problems);
  return {
    listen: parseAddress(data.listen) ?? complain([{ path: ['listen'], message: 'is no address' }]),
    stateDirectory: data.state,
    linkKeys: data.linkKeys,
    clusters: data.clusters.map((each, index) => ({
      name: each.name,
      id: each.id,
      bootstrap: each.bootstrap.list,
      clientBootstrap: each.clients?.text ?? each.bootstrap.text,
      home: each.home === true || data.clusters.length === 1,
      tls: each.tls && tlsAt(each.tls, lineOf(['clusters', index, 'tls'])),
      callers: each.callers && {
        bootstrap: each.callers.bootstrap,
        tls:
          each.callers.tls === false
            ? ('none' as const)
            : each.callers.tls && tlsAt(each.callers.tls, lineOf(['clusters', index, 'callers', 'tls'])),
      },
      principal: each.principal && principalAt(each.principal, (key) => lineOf(['clusters', index, 'principal', key])),
    })),
  };
}

function tlsAt({ checkName, ...given }: z.output<typeof tls>, line: number): ManagedClusterTls {
  const { authorities, certificates, key, keyPassword } = given;
  return { authorities, certificates, key, keyPassword, checksName: checkName, line };
}

function principalAt(given: z.output<typeof principal>, lineOf: (key: string) => number): ManagedClusterPrincipal {
  if (given.mechanism !== 'OAUTHBEARER') {
    const { mechanism, username, password: secretReference } = given;
    return { kind: 'password', mechanism, username, secretReference, line: lineOf('password') };
  }
  const { [TOKEN_ENDPOINT]: endpoint, clientId, clientSecret: secretReference, scope, extensions } = given;
  return { kind: 'token', endpoint, clientId, secretReference, scope, extensions, line: lineOf('clientSecret') };
}

interface Complaint {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/** Points at the key itself, and says of a missing one that it is missing. */
function plainly(issue: z.core.$ZodIssue): Complaint[] {
  const { path, message } = issue;
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path: [...path, key], message: 'there is no such key' }));
  }
  // What is wrong with a key stands one deeper.
  if (issue.code === 'invalid_key') return issue.issues.map((each) => ({ path, message: each.message }));
  const isMissing = issue.code === 'invalid_type' && message.endsWith('received undefined');
  return [{ path, message: isMissing ? 'is missing' : message }];
}

function crossChecks(data: z.infer<typeof file>): Complaint[] {
  const problems: Complaint[] = [];
  const listen = parseAddress(data.listen);
  if (listen && !loopback.has(listen.host) && data.plaintextBeyondLoopback !== true) {
    const message =
      'is not a loopback address, and this version serves REST without TLS: everyone on the network could read the token. ' +
      'Set `plaintextBeyondLoopback: true` if something in front of klink adds TLS';
    problems.push({ path: ['listen'], message });
  }
  for (const key of ['name', 'id'] as const) {
    const seen = new Set<string>();
    for (const [index, each] of data.clusters.entries()) {
      const value = each[key];
      if (value === undefined) continue;
      if (seen.has(value)) problems.push({ path: ['clusters', index, key], message: `"${value}" is used twice` });
      seen.add(value);
    }
  }
  const homes = data.clusters.filter((each) => each.home === true).length;
  if (homes > 1 || (homes === 0 && data.clusters.length > 1)) {
    problems.push({ path: ['clusters'], message: `exactly one cluster must have \`home: true\`, here ${homes} have` });
  }
  return problems;
}

function printed(path: readonly PropertyKey[]): string {
  if (path.length === 0) return '';
  const text = path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`)).join('');
  return `${text.replace(/^\./, '')}: `;
}
