/** `klink environment` and its verbs. */
import type { Command } from 'commander';
import { group } from '../command.js';
import { environmentDescribe, environmentList, environmentUse } from '../commands/environment.js';
import type { Io } from '../io.js';

export function environmentNoun(io: Io): Command {
  return group('environment', 'See the environment that holds the clusters.', [
    environmentList(io),
    environmentUse(io),
    environmentDescribe(io),
  ]);
}
