/** Entry of the command line: parses, runs one command, prints its error in the published form, and gives the exit code. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Command, CommanderError } from 'commander';
import { RequestRefused, ServerUnreachable } from '../api/client/exchange.js';
import { CliFailure, QuietNo } from './failure.js';
import { type Io, processIo } from './io.js';
import { todaysFlags } from './old-flags.js';
import { buildProgram } from './program.js';
import { pathOf } from './tree.js';

export async function main(args: readonly string[], io: Io): Promise<number> {
  const line = todaysFlags(io, args);
  const program = await buildProgram(io, version(), line);
  quietly(program, io);
  try {
    await program.parseAsync(line, { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 1;
    if (error instanceof QuietNo) return 1;
    // Nobody reads what we print any more (`klink topic list | head -1`): not an error of ours.
    if (error instanceof Error && 'code' in error && error.code === 'EPIPE') return 0;
    io.err(failureText(error));
    return 1;
  }
}

export function failureText(error: unknown): string {
  const suggestions = suggestionsOf(error);
  const tail = suggestions.length === 0 ? '' : `\nSuggestions:\n${suggestions.map((line) => `    ${line}\n`).join('')}`;
  return `Error: ${messageOf(error)}\n${tail}`;
}

function suggestionsOf(error: unknown): readonly string[] {
  if (error instanceof CliFailure) return error.suggestions;
  if (error instanceof RequestRefused && error.status === 401) {
    return [
      'Log in with `klink login`, or name the file with the operator token of that server: `--token-file` or KLINK_TOKEN_FILE.',
      'KLINK_TOKEN and KLINK_TOKEN_FILE go before the token of a server on this machine: unset them if they are old.',
    ];
  }
  if (error instanceof ServerUnreachable) {
    return [
      'Look whether the server runs there: `npm start` starts the demo, `klink server -c klink.yaml` a server.',
      'Another one is named by `--url http://host:port` or KLINK_URL.',
    ];
  }
  return [];
}

function messageOf(error: unknown): string {
  if (error instanceof RequestRefused && !error.isProblem) return `Kafka REST request failed: ${error.message}`;
  if (error instanceof RequestRefused) return `REST request failed: ${error.message}`;
  if (error instanceof ServerUnreachable) return `unable to establish Kafka REST connection: ${error.message}`;
  return error instanceof Error ? error.message : String(error);
}

/** Commander would end the process by itself and print in its own form; every subcommand has to be told not to. */
function quietly(command: Command, io: Io): void {
  command.exitOverride().configureOutput({
    writeOut: (text) => void io.out(text).catch(() => undefined),
    writeErr: (text) => io.err(text),
    outputError: (text) => io.err(failureText(misusedCommand(command, text))),
  });
  for (const child of command.commands) quietly(child, io);
}

/** `error: unknown option '--froce'`, and on a second line what may have been meant. */
function misusedCommand(command: Command, text: string): CliFailure {
  const [what = '', hint = ''] = text.trim().split('\n');
  const meant = /^\(Did you mean (.*)\?\)$/.exec(hint)?.[1];
  const message = what
    .replace(/^error: /, '')
    .replace(/^unknown option '(.*)'$/, (_, flag: string) => `unknown flag "${flag}" for "${pathOf(command)}"`)
    .replace(/^required option '(.*)' not specified$/, (_, flag: string) => `required flag \`${flag}\` is missing`)
    .replace(/^option '(.*)' argument missing$/, (_, flag: string) => `flag \`${flag}\` needs a value`);
  const suggestions = [...(meant ? [`Did you mean \`${meant}\`?`] : []), `See \`${pathOf(command)} --help\`.`];
  return new CliFailure(message, ...suggestions);
}

function version(): string {
  for (let directory = import.meta.dirname; directory !== dirname(directory); directory = dirname(directory)) {
    const file = join(directory, 'package.json');
    if (existsSync(file)) return (JSON.parse(readFileSync(file, 'utf8')) as { readonly version: string }).version;
  }
  return 'unknown';
}

if (import.meta.filename === process.argv[1]) {
  process.exit(await main(process.argv.slice(2), processIo()));
}
