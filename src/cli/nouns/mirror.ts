/** `klink mirror` and its verbs. */
import type { Command } from 'commander';
import { group } from '../command.js';
import { mirrorAlter } from '../commands/mirror-alter.js';
import { mirrorCreate } from '../commands/mirror-create.js';
import { mirrorDescribe } from '../commands/mirror-describe.js';
import { mirrorErrorsList } from '../commands/mirror-errors.js';
import { mirrorList } from '../commands/mirror-list.js';
import type { Io } from '../io.js';

export function mirrorNoun(io: Io): Command {
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
