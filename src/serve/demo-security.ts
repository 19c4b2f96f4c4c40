/**
 * Who may do what on an embedded cluster of the demo, as its broker is told at the start: klink's own principal, with a
 * password drawn once and kept in a file that only this user can read, and ACLs that let clients without login do what the
 * printed walk needs. They stand there as ACLs, so that `klink acl list` shows them and a fence's DENY goes before them.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Random } from '../base/random.js';
import type { SaslLogin } from '../base/sasl.js';
import { readInitial } from '../broker/security/initial.js';

export const ENGINE_PRINCIPAL = 'klink';

export const demoBrokerConfig: Readonly<Record<string, string>> = {
  'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
  'super.users': `User:${ENGINE_PRINCIPAL}`,
};

/** Everything but what would pass by a fence or change the brokers: ALTER, CLUSTER_ACTION, DELETE and ALTER_CONFIGS on the cluster. */
const anonymousMay = [
  ['TOPIC', '*', 'ALL'],
  ['GROUP', '*', 'ALL'],
  ['TRANSACTIONAL_ID', '*', 'ALL'],
  ['CLUSTER', 'kafka-cluster', 'CREATE'],
  ['CLUSTER', 'kafka-cluster', 'DESCRIBE'],
  ['CLUSTER', 'kafka-cluster', 'DESCRIBE_CONFIGS'],
  ['CLUSTER', 'kafka-cluster', 'IDEMPOTENT_WRITE'],
] as const;

export interface DemoSecurity {
  /** For `klink broker --init`. */
  readonly file: string;
  readonly login: SaslLogin;
}

/** Made at the first start in this directory. Throws what the disk throws. */
export function demoSecurity(directory: string, random: Random): DemoSecurity {
  const file = join(directory, 'initial.json');
  if (!existsSync(file)) {
    const users = [{ name: ENGINE_PRINCIPAL, password: random.bytes(24).toString('base64url') }];
    const acls = anonymousMay.map(([resourceType, resourceName, operation]) => ({
      resourceType,
      resourceName,
      pattern: 'LITERAL',
      principal: 'User:ANONYMOUS',
      host: '*',
      operation,
      permission: 'ALLOW',
    }));
    writeFileSync(file, `${JSON.stringify({ users, acls }, undefined, 1)}\n`, { mode: 0o600, flag: 'wx' });
  }
  const engine = readInitial(readFileSync(file, 'utf8')).users.find(({ name }) => name === ENGINE_PRINCIPAL);
  if (engine === undefined) throw new Error(`${file} names no user ${ENGINE_PRINCIPAL}`);
  return { file, login: { mechanism: 'SCRAM-SHA-512', username: engine.name, password: engine.password } };
}
