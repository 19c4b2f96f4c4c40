/** `klink acl` and its verbs. */
import type { Command } from 'commander';
import { group } from '../command.js';
import { aclCreate, aclDelete, aclList } from '../commands/acl.js';
import type { Io } from '../io.js';

export function aclNoun(io: Io): Command {
  return group('acl', 'Manage the ACLs of a cluster.', [aclCreate(io), aclList(io), aclDelete(io)]);
}
