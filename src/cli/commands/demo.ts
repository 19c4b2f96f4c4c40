/** `klink demo kill|stop|start <name>`: what happens to a cluster in the demo. Only the demo's server answers these. */
import type { Command } from 'commander';
import { RequestRefused } from '../../api/client/exchange.js';
import { commandOn, examples } from '../command.js';
import { CliFailure } from '../failure.js';
import type { Io } from '../io.js';
import { openSession, type SessionFlags } from '../session.js';

export type DemoVerb = 'kill' | 'stop' | 'start';

const verbs: Record<DemoVerb, { readonly what: string; readonly done: string }> = {
  kill: { what: 'Kill a cluster of the demo at once, as a crash would.', done: 'Killed' },
  stop: { what: 'Stop a cluster of the demo in good order.', done: 'Stopped' },
  start: { what: 'Start a cluster of the demo again, with what it had.', done: 'Started' },
};

export function demoCommand(io: Io, verb: DemoVerb): Command {
  const command = commandOn(verb, verbs[verb].what)
    .argument('<cluster>', 'original or dr')
    .action(async (name: string, flags: SessionFlags) => {
      const session = openSession(flags, io);
      try {
        await session.api.demo(name, verb);
      } catch (error) {
        if (!(error instanceof RequestRefused && error.status === 404)) throw error;
        throw new CliFailure(
          error.message,
          'These commands work with `npm start` only; its clusters are `original` and `dr`.',
        );
      }
      await io.out(`${verbs[verb].done} cluster "${name}".\n`);
    });
  return examples(command, `klink demo ${verb} original`);
}
