/**
 * The tree of commands. Every noun exists in the short form and in the long one that runbooks have
 * (`klink kafka link create`); both are built from the same functions. Spec: docs/spec/cli.md.
 */
import type { Command } from 'commander';
import { examples, group } from './command.js';
import { aclCreate, aclDelete, aclList } from './commands/acl.js';
import { apiKeyCreate, apiKeyDelete, apiKeyDescribe, apiKeyList, apiKeyUpdate } from './commands/api-key.js';
import { apiKeyStore, apiKeyUse } from './commands/api-key-use.js';
import {
  clusterConfigurationDescribe,
  clusterConfigurationList,
  clusterConfigurationUpdate,
} from './commands/cluster-configuration.js';
import { clusterDescribe } from './commands/cluster-describe.js';
import { clusterEndpointList } from './commands/cluster-endpoint.js';
import { clusterList } from './commands/cluster-list.js';
import { clusterUse } from './commands/cluster-use.js';
import { completeCommand, completionCommand } from './commands/completion.js';
import { consumerList } from './commands/consumer-list.js';
import { demoCommand } from './commands/demo.js';
import { environmentDescribe, environmentList, environmentUse } from './commands/environment.js';
import { groupLagDescribe, groupLagList, groupLagSummarize } from './commands/group-lag.js';
import { groupDescribe, groupList } from './commands/group-list.js';
import { groupReady } from './commands/group-ready.js';
import { linkConfigurationList, linkConfigurationUpdate } from './commands/link-configuration.js';
import { linkCreate } from './commands/link-create.js';
import { linkDelete } from './commands/link-delete.js';
import { linkDescribe, linkList } from './commands/link-list.js';
import { linkTaskList } from './commands/link-task-list.js';
import { login, logout } from './commands/login.js';
import { mirrorAlter } from './commands/mirror-alter.js';
import { mirrorCreate } from './commands/mirror-create.js';
import { mirrorDescribe } from './commands/mirror-describe.js';
import { mirrorErrorsList } from './commands/mirror-errors.js';
import { mirrorList } from './commands/mirror-list.js';
import {
  serviceAccountCreate,
  serviceAccountDelete,
  serviceAccountDescribe,
  serviceAccountList,
  serviceAccountUpdate,
} from './commands/service-account.js';
import { topicConfigurationList, topicUpdate } from './commands/topic-configuration.js';
import { topicConsume } from './commands/topic-consume.js';
import { topicCreate } from './commands/topic-create.js';
import { topicDelete } from './commands/topic-delete.js';
import { topicDescribe, topicList } from './commands/topic-list.js';
import { topicProduce } from './commands/topic-produce.js';
import type { Io } from './io.js';

export function buildProgram(io: Io, version: string): Command {
  const program = group(
    'klink',
    'Links Apache Kafka clusters for disaster recovery: mirror topics with identical offsets.',
    [
      ...nouns(io),
      login(io).helpGroup(ACCOUNTS),
      logout(io).helpGroup(ACCOUNTS),
      environmentNoun(io).helpGroup(ACCOUNTS),
      serviceAccountNoun(io).helpGroup(ACCOUNTS),
      apiKeyNoun(io).helpGroup(ACCOUNTS),
      group('kafka', 'The same commands in their long form.', nouns(io)).helpGroup(OTHER),
      group('iam', 'Service accounts in their long form.', [serviceAccountNoun(io)]).helpGroup(OTHER),
      group('demo', 'Stop, kill and start the clusters of the demo.', [
        demoCommand(io, 'kill'),
        demoCommand(io, 'stop'),
        demoCommand(io, 'start'),
      ]).helpGroup(OTHER),
      completionCommand(io).helpGroup(OTHER),
    ],
  );
  program.addCommand(completeCommand(io), { hidden: true });
  program.version(version, '--version', 'print the version');
  return examples(
    program,
    'klink cluster list',
    'klink link create dr-link --cluster dr --source-cluster original --source-bootstrap-server host:9092',
    'klink mirror create orders --link dr-link --cluster dr',
    'klink mirror failover orders --link dr-link --cluster dr --dry-run',
  ).addHelpText('after', '`klink server` and `klink broker` start processes; see their `--help`.\n');
}

/** Headings of the help, in the order in which they appear. */
const CLUSTERS = 'Clusters, topics, records:';
const LINKS = 'Links and what they carry:';
const ACCOUNTS = 'Logins, accounts, keys:';
const OTHER = 'More:';

function nouns(io: Io): Command[] {
  return [
    clusterNoun(io).helpGroup(CLUSTERS),
    topicNoun(io).helpGroup(CLUSTERS),
    aclNoun(io).helpGroup(CLUSTERS),
    linkNoun(io).helpGroup(LINKS),
    mirrorNoun(io).helpGroup(LINKS),
    consumerNoun(io).helpGroup(LINKS),
  ];
}

function environmentNoun(io: Io): Command {
  return group('environment', 'See the environment that holds the clusters.', [
    environmentList(io),
    environmentUse(io),
    environmentDescribe(io),
  ]);
}

function serviceAccountNoun(io: Io): Command {
  return group('service-account', 'Manage service accounts.', [
    serviceAccountCreate(io),
    serviceAccountList(io),
    serviceAccountDescribe(io),
    serviceAccountUpdate(io),
    serviceAccountDelete(io),
  ]);
}

function apiKeyNoun(io: Io): Command {
  return group('api-key', 'Manage API keys, and say which one is in use.', [
    apiKeyCreate(io),
    apiKeyList(io),
    apiKeyDescribe(io),
    apiKeyUse(io),
    apiKeyStore(io),
    apiKeyUpdate(io),
    apiKeyDelete(io),
  ]);
}

function clusterNoun(io: Io): Command {
  return group('cluster', 'See the managed Kafka clusters and select one.', [
    clusterList(io),
    clusterUse(io),
    clusterDescribe(io),
    group('configuration', 'See and change what is set for all brokers of a cluster.', [
      clusterConfigurationList(io),
      clusterConfigurationDescribe(io),
      clusterConfigurationUpdate(io),
    ]),
    group('endpoint', 'See where to connect to a cluster.', [clusterEndpointList(io)]),
  ]);
}

function topicNoun(io: Io): Command {
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

function aclNoun(io: Io): Command {
  return group('acl', 'Manage the ACLs of a cluster.', [aclCreate(io), aclList(io), aclDelete(io)]);
}

function linkNoun(io: Io): Command {
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

function mirrorNoun(io: Io): Command {
  return group('mirror', 'Manage mirror topics.', [
    mirrorCreate(io),
    mirrorList(io),
    mirrorDescribe(io),
    group('state-transition-error', 'See what keeps a mirror topic from a state.', [mirrorErrorsList(io)]),
    mirrorAlter(io, 'pause'),
    mirrorAlter(io, 'resume'),
    mirrorAlter(io, 'promote'),
    mirrorAlter(io, 'failover'),
  ]);
}

function consumerNoun(io: Io): Command {
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
