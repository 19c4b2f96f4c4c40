/** A word or flag that a level of the command tree does not know, and what may have been meant by it. */
import type { Command } from 'commander';
import { similar } from '../base/similar.js';
import { CliFailure } from './failure.js';
import { pathOf } from './tree.js';

export function unknownWord(parent: Command, word: string): CliFailure {
  const path = pathOf(parent);
  const seeHelp = `See \`${path} --help\`.`;
  if (word.startsWith('-')) {
    return new CliFailure(
      `unknown flag "${word}" for "${path}"`,
      'Flags stand behind the last word of a command.',
      seeHelp,
    );
  }
  const known = parent.commands.map((command) => command.name());
  const instead = notBuilt.get(`${path} ${word}`.replace(/^klink (kafka|iam) /, 'klink '));
  if (instead !== undefined) return new CliFailure(`unknown command "${word}" for "${path}"`, ...instead, seeHelp);
  const near = similar(word, known).map((name) => `Did you mean \`${path} ${name}\`?`);
  return new CliFailure(
    `unknown command "${word}" for "${path}"`,
    ...(near.length > 0 ? near : elsewhere(parent, word)),
    seeHelp,
  );
}

const FAIL_BACK = [
  'klink does not fail back in one step. Make a link the other way with `klink link create`, at the cluster that shall stand by,',
  'and mirror the topic there once none of that name is left: what was never mirrored from it is lost with it.',
];
const IN_FILE = ['Clusters are not made by klink: name them in klink.yaml and start `klink server` again.'];
const ONE_ENVIRONMENT = ['There is one environment, which holds all clusters of the server.'];
const KEY_IN_USE = ['Who writes and reads is said by key: `klink api-key use <key>`.'];

/** Verbs of other tools for linked clusters and groups that klink does not have, and what to use. */
export const notBuilt: ReadonlyMap<string, readonly string[]> = new Map([
  [
    'klink consumer group offset',
    ["Offsets are set with Kafka's `kafka-consumer-groups --reset-offsets`; klink carries them over unchanged."],
  ],
  [
    'klink consumer group delete',
    ["Groups are deleted with Kafka's `kafka-consumer-groups --delete --group <group>`."],
  ],
  ['klink mirror delete', ['Make it an ordinary topic with `klink mirror failover`, then `klink topic delete` it.']],
  [
    'klink mirror stop',
    ['Make it an ordinary topic with `klink mirror promote`, or without its source with `failover`.'],
  ],
  ['klink mirror reverse-and-start', FAIL_BACK],
  ['klink mirror reverse-and-pause', FAIL_BACK],
  ['klink mirror truncate-and-restore', FAIL_BACK],
  ['klink cluster create', IN_FILE],
  ['klink cluster update', IN_FILE],
  ['klink cluster delete', IN_FILE],
  [
    'klink cluster endpoint use',
    ['Name the address for one call: `klink topic consume <topic> --bootstrap <host:port>`.'],
  ],
  ['klink environment create', ONE_ENVIRONMENT],
  ['klink environment update', ONE_ENVIRONMENT],
  ['klink environment delete', ONE_ENVIRONMENT],
  ['klink service-account use', KEY_IN_USE],
  ['klink service-account unset', KEY_IN_USE],
]);

/** `klink list topics` and `klink describe orders`: verb first. */
function elsewhere(parent: Command, word: string): string[] {
  const path = pathOf(parent);
  return parent.commands
    .flatMap((noun) =>
      noun.commands.filter((verb) => verb.name() === word).map((verb) => `${path} ${noun.name()} ${verb.name()}`),
    )
    .slice(0, ELSEWHERE_MAX)
    .map((found) => `There is \`${found}\`.`);
}

const ELSEWHERE_MAX = 5;
