/** `klink consumer` and its verbs. */
import type { Command } from 'commander';
import { group } from '../command.js';
import { consumerList } from '../commands/consumer-list.js';
import { groupLagDescribe, groupLagList, groupLagSummarize } from '../commands/group-lag.js';
import { groupDescribe, groupList } from '../commands/group-list.js';
import { groupReady } from '../commands/group-ready.js';
import type { Io } from '../io.js';

export function consumerNoun(io: Io): Command {
  return group('consumer', 'See consumer groups.', [
    consumerList(io),
    group('group', 'See consumer groups, their lag, and whether they can move.', [
      groupList(io),
      groupDescribe(io),
      group('lag', 'See the lag of a consumer group.', [groupLagList(io), groupLagDescribe(io), groupLagSummarize(io)]),
      groupReady(io),
    ]),
  ]);
}
