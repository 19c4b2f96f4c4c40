/**
 * What a cluster is to have from the start, as the file of `klink broker --init` says it:
 *   { "users": [{ "name": "klink", "password": "…" }],
 *     "acls": [{ "resourceType": "TOPIC", "resourceName": "*", "pattern": "LITERAL", "principal": "User:app", "host": "*",
 *                "operation": "ALL", "permission": "ALLOW" }] }
 * Errors hold no password. Serves docs/spec/broker.md §7.
 */
import { operations, patterns, permissions, resources } from '../../protocol/acl-codes.js';
import { type Acl, refusalOfAcl } from './acl.js';

export interface InitialSecurity {
  /** Made sure of at each start. */
  readonly users: readonly { readonly name: string; readonly password: string }[];
  /** Of a new directory: later they are what they were made. */
  readonly acls: readonly Acl[];
}

/** Throws with the reason when the text is not of this form. */
export function readInitial(text: string): InitialSecurity {
  const whole = objectOf(parsed(text), 'the file');
  return {
    users: listOf(whole.users, 'users').map((each, at) => {
      const user = objectOf(each, `user ${at}`);
      return { name: textOf(user, 'name', `user ${at}`), password: textOf(user, 'password', `user ${at}`) };
    }),
    acls: listOf(whole.acls, 'acls').map((each, at) => {
      const what = `ACL ${at}`;
      const words = objectOf(each, what);
      const acl: Acl = {
        resourceType: codeOf(resources, textOf(words, 'resourceType', what), what),
        resourceName: textOf(words, 'resourceName', what),
        patternType: codeOf(patterns, textOf(words, 'pattern', what), what),
        principal: textOf(words, 'principal', what),
        host: textOf(words, 'host', what),
        operation: codeOf(operations, textOf(words, 'operation', what), what),
        permissionType: codeOf(permissions, textOf(words, 'permission', what), what),
      };
      const refusal = refusalOfAcl(acl);
      if (refusal !== undefined) throw new Error(`${what}: ${refusal}`);
      return acl;
    }),
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own words quote the text, which holds passwords.
    throw new Error('the file of users and ACLs is not JSON');
  }
}

function objectOf(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error(`${what} is not an object`);
  return value as Readonly<Record<string, unknown>>;
}

function listOf(value: unknown, what: string): readonly unknown[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw new Error(`${what} is not a list`);
  return value;
}

function textOf(from: Readonly<Record<string, unknown>>, name: string, what: string): string {
  const value = from[name];
  if (typeof value !== 'string' || value === '') throw new Error(`${what}: ${name} is missing`);
  return value;
}

function codeOf(words: Readonly<Record<string, number>>, word: string, what: string): number {
  const code = word === 'UNKNOWN' ? undefined : words[word];
  if (code === undefined) throw new Error(`${what}: ${word} is not one of ${Object.keys(words).slice(1).join(', ')}`);
  return code;
}
