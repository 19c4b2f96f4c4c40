/** `klink demo` and its verbs. */
import type { Command } from 'commander';
import { group } from '../command.js';
import { demoCommand } from '../commands/demo.js';
import type { Io } from '../io.js';

export function demoNoun(io: Io): Command {
  return group('demo', 'Stop, kill and start the clusters of the demo.', [
    demoCommand(io, 'kill'),
    demoCommand(io, 'stop'),
    demoCommand(io, 'start'),
  ]);
}
