/** `klink service-account` and its verbs. */
import type { Command } from 'commander';
import { group } from '../command.js';
import {
  serviceAccountCreate,
  serviceAccountDelete,
  serviceAccountDescribe,
  serviceAccountList,
  serviceAccountUpdate,
} from '../commands/service-account.js';
import type { Io } from '../io.js';

export function serviceAccountNoun(io: Io): Command {
  return group('service-account', 'Manage service accounts.', [
    serviceAccountCreate(io),
    serviceAccountList(io),
    serviceAccountDescribe(io),
    serviceAccountUpdate(io),
    serviceAccountDelete(io),
  ]);
}
