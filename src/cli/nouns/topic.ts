/** `klink topic` and its verbs. */
import type { Command } from 'commander';
import { group } from '../command.js';
import { topicConfigurationList, topicUpdate } from '../commands/topic-configuration.js';
import { topicConsume } from '../commands/topic-consume.js';
import { topicCreate } from '../commands/topic-create.js';
import { topicDelete } from '../commands/topic-delete.js';
import { topicDescribe, topicList } from '../commands/topic-list.js';
import { topicProduce } from '../commands/topic-produce.js';
import type { Io } from '../io.js';

export function topicNoun(io: Io): Command {
  return group('topic', 'Manage topics, write to them and read them.', [
    topicCreate(io),
    topicList(io),
    topicDescribe(io),
    topicUpdate(io),
    topicDelete(io),
    group('configuration', 'See the settings of a topic.', [topicConfigurationList(io)]),
    topicProduce(io),
    topicConsume(io),
  ]);
}
