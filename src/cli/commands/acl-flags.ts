/** The flags that say which ACL is meant, and the published columns in which ACLs are shown. */
import { type Command, Option } from 'commander';
import { aclOperations, CLUSTER_RESOURCE } from '../../api/client/acl-words.js';
import type { AclData, AclQuery } from '../../api/client/shapes.js';
import { noteOldSpelling } from '../command.js';
import { CliFailure } from '../failure.js';
import type { Io } from '../io.js';
import type { Column } from '../output/print.js';
import type { SessionFlags } from '../session.js';

export interface AclFlags extends SessionFlags {
  readonly principal?: string;
  readonly serviceAccount?: string;
  readonly operations?: readonly string[];
  readonly operation?: readonly string[];
  readonly all?: boolean;
  readonly allow?: boolean;
  readonly deny?: boolean;
  readonly host?: string;
  readonly topic?: string;
  readonly consumerGroup?: string;
  readonly transactionalId?: string;
  readonly clusterScope?: boolean;
  readonly prefix?: boolean;
}

interface OfResource {
  readonly resource_type: string;
  readonly resource_name: string;
  readonly pattern_type: string;
}

export interface ExactAcls extends OfResource {
  readonly principal: string;
  readonly host: string;
  readonly operations: readonly string[];
  readonly permission: string;
}

export const aclColumns: readonly Column<AclData>[] = [
  { heading: 'Principal', key: 'principal', value: ({ principal }) => principal },
  { heading: 'Permission', key: 'permission', value: ({ permission }) => permission },
  { heading: 'Operation', key: 'operation', value: ({ operation }) => operation },
  { heading: 'Host', key: 'host', value: ({ host }) => host },
  { heading: 'Resource Type', key: 'resource_type', value: ({ resource_type }) => resource_type },
  { heading: 'Resource Name', key: 'resource_name', value: ({ resource_name }) => resource_name },
  { heading: 'Pattern Type', key: 'pattern_type', value: ({ pattern_type }) => pattern_type },
];

export function withAccess(command: Command): Command {
  return command
    .option('--principal <principal>', 'whom it concerns: `User:name`, or `User:*`')
    .option('--service-account <id>', 'the service account whom it concerns; stands for `--principal User:sa-…`')
    .option('--operations <list>', 'operations, parted by commas: read,describe-configs', words)
    .addOption(new Option('--operation <name>', 'older spelling of --operations').argParser(words).hideHelp())
    .option('--allow', 'it allows')
    .option('--deny', 'it denies')
    .option('--host <address>', 'from where; `*` for anywhere')
    .option('--topic <topic>', 'a topic; `*` for all')
    .option('--consumer-group <group>', 'a consumer group; `*` for all')
    .option('--transactional-id <id>', 'a transactional id; `*` for all')
    .option('--cluster-scope', 'the cluster as a whole')
    .option('--prefix', 'the name is a prefix');
}

/** For commander: the flag may be repeated. */
function words(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, ...text.split(',').map((name) => name.trim())];
}

/** Of `create` and `delete`: everything must be said. Throws CliFailure with all that is wrong. */
export function exactAcls(io: Io, flags: AclFlags): ExactAcls {
  const wrong: string[] = [];
  const { principal, problem } = principalOf(flags);
  if (problem !== undefined) wrong.push(problem);
  else if (principal === undefined) wrong.push('`--principal` or `--service-account` must be set');
  if (flags.allow && flags.deny) wrong.push('exactly one of `--allow` or `--deny` must be set');
  if (!flags.allow && !flags.deny) wrong.push('`--allow` or `--deny` must be set when adding or deleting an ACL');
  const meant = operationsOf(io, flags);
  if (meant.length === 0) wrong.push('`--operations` must be set');
  wrong.push(...unknownOperations(meant));
  const resource = resourceOf(flags);
  if (resource === undefined) wrong.push(ONE_RESOURCE);
  if (resource === undefined || principal === undefined || wrong.length > 0) throw allOf(wrong);
  return {
    ...resource,
    principal,
    host: flags.host ?? '*',
    operations: meant,
    permission: flags.allow ? 'ALLOW' : 'DENY',
  };
}

/** Of `list`: what is not said is anything. Throws CliFailure with all that is wrong. */
export function anyAcls(io: Io, flags: AclFlags): AclQuery {
  const meant = operationsOf(io, flags);
  const wrong = unknownOperations(meant);
  if (resourceFlags(flags).length > 1) wrong.push(ONE_RESOURCE);
  if (meant.length > 1) wrong.push('`list` takes one operation');
  if (flags.allow && flags.deny) wrong.push('`--allow` and `--deny` exclude each other');
  const { principal, problem } = principalOf(flags);
  if (problem !== undefined) wrong.push(problem);
  const { host, allow, deny, prefix, all } = flags;
  const resource = resourceOf(flags) ?? { pattern_type: prefix ? 'PREFIXED' : undefined };
  const permission = allow ? 'ALLOW' : deny ? 'DENY' : undefined;
  const query = { ...resource, principal, host, permission, operation: meant[0] };
  if (all && Object.values(query).some((each) => each !== undefined)) wrong.push('`--all` goes with no other filter');
  if (wrong.length > 0) throw allOf(wrong);
  return query;
}

/** Kafka knows a service account by its id. */
function principalOf({ principal, serviceAccount }: AclFlags): {
  readonly principal?: string;
  readonly problem?: string;
} {
  if (serviceAccount === undefined) return { ...(principal !== undefined && { principal }) };
  if (principal !== undefined) return { problem: '`--principal` and `--service-account` exclude each other' };
  if (!/^sa-[a-z0-9]+$/.test(serviceAccount))
    return { problem: `"${serviceAccount}" is not the id of a service account: sa-…` };
  return { principal: `User:${serviceAccount}` };
}

/** In the words of Kafka: READ, DESCRIBE_CONFIGS. */
function operationsOf(io: Io, { operations = [], operation = [] }: AclFlags): readonly string[] {
  const meant = [...operations, ...operation].filter((name) => name !== '');
  if (operation.length > 0) {
    const today = `\`--operations ${meant.map((name) => name.toLowerCase().replaceAll('_', '-')).join(',')}\``;
    noteOldSpelling(io, '`--operation`', today);
  }
  return meant.map((name) => name.toUpperCase().replaceAll('-', '_'));
}

function unknownOperations(names: readonly string[]): string[] {
  const unknown = names.filter((name) => !aclOperations.some((each) => each === name));
  const known = aclOperations.map((name) => name.toLowerCase().replaceAll('_', '-')).join(', ');
  return unknown.map((name) => `invalid operation value: ${name}; give one of ${known}`);
}

const ONE_RESOURCE =
  'exactly one of `--cluster-scope`, `--consumer-group`, `--topic`, `--transactional-id` must be set';

function resourceFlags(flags: AclFlags): { readonly type: string; readonly name: string }[] {
  return [
    { type: 'TOPIC', name: flags.topic },
    { type: 'GROUP', name: flags.consumerGroup },
    { type: 'TRANSACTIONAL_ID', name: flags.transactionalId },
    { type: 'CLUSTER', name: flags.clusterScope ? CLUSTER_RESOURCE : undefined },
  ].flatMap(({ type, name }) => (name === undefined ? [] : [{ type, name }]));
}

/** Undefined: none, or more than one. */
function resourceOf(flags: AclFlags): OfResource | undefined {
  const [one, other] = resourceFlags(flags);
  if (one === undefined || other !== undefined) return undefined;
  return { resource_type: one.type, resource_name: one.name, pattern_type: flags.prefix ? 'PREFIXED' : 'LITERAL' };
}

function allOf(wrong: readonly string[]): CliFailure {
  if (wrong.length === 1) return new CliFailure(wrong[0] ?? '');
  return new CliFailure(`${wrong.length} errors occurred:\n${wrong.map((each) => `\t* ${each}`).join('\n')}`);
}
