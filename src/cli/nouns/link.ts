/** `klink link` and its verbs. */
import type { Command } from 'commander';
import { group } from '../command.js';
import { linkConfigurationList, linkConfigurationUpdate } from '../commands/link-configuration.js';
import { linkCreate } from '../commands/link-create.js';
import { linkDelete } from '../commands/link-delete.js';
import { linkDescribe, linkList } from '../commands/link-list.js';
import { linkTaskList } from '../commands/link-task-list.js';
import type { Io } from '../io.js';

export function linkNoun(io: Io): Command {
  return group('link', 'Manage cluster links; a link lives on its destination cluster.', [
    linkCreate(io),
    linkList(io),
    linkDescribe(io),
    linkDelete(io),
    group('configuration', 'See and change the settings of a cluster link.', [
      linkConfigurationList(io),
      linkConfigurationUpdate(io),
    ]),
    group('task', 'See what a cluster link does, and what is wrong with it.', [linkTaskList(io)]),
  ]);
}
