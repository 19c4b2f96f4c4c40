/** What a person can find out at the terminal, and the page that is written from it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Command } from 'commander';
import { packageRoot } from '../../test/harness/package-root.js';
import { staleness } from '../../tools/write-commands.js';
import { examplesOf } from './command.js';
import { processIo } from './io.js';
import { buildProgram } from './program.js';
import { leavesOf, pathOf } from './tree.js';
import { notBuilt } from './unknown-word.js';

const program = await buildProgram(processIo(), '0');

function levelsOf(command: Command): Command[] {
  return command.commands.length === 0 ? [] : [command, ...command.commands.flatMap(levelsOf)];
}

test('every command says in a sentence what it does, documents its flags, and has an example of itself', () => {
  const wrong: string[] = [];
  for (const command of leavesOf(program)) {
    const path = pathOf(command);
    if (!/^[A-Z].*\.$/.test(command.description())) wrong.push(`${path}: no sentence`);
    const short = (text: string) => text.replace(/klink (kafka|iam) /, 'klink ');
    const own = examplesOf(command).filter((line) => short(line).includes(short(path)));
    if (own.length === 0) wrong.push(`${path}: no example`);
    for (const option of command.options) {
      if (!option.hidden && option.description === '') wrong.push(`${path} ${option.flags}: no description`);
    }
    if (command.options.some(({ long }) => long === '--url') && !command.helpInformation().includes('Shared flags:')) {
      wrong.push(`${path}: no shared flags`);
    }
  }
  assert.deepEqual(wrong, []);
});

test('every level of the tree is described', () => {
  assert.deepEqual(
    levelsOf(program)
      .filter((level) => !/^[A-Z].*\.$/.test(level.description()))
      .map(pathOf),
    [],
  );
});

/** What of a line does not exist; undefined: all of it does. */
function unknownIn(line: string): string | undefined {
  const call = /klink [^|;)]*/.exec(line)?.[0].trim().split(/\s+/).slice(1) ?? [];
  let at: Command = program;
  for (const word of call) at = at.commands.find((child) => child.name() === word) ?? at;
  if (at.commands.length > 0) return `${line}: no such command`;
  const known = new Set(at.options.flatMap(({ short, long }) => [short, long]));
  const flag = call.find((word) => /^--?[a-z]/.test(word) && !known.has(word));
  return flag && `${line}: ${flag}`;
}

test('examples name flags and verbs that exist', () => {
  const wrong = leavesOf(program).flatMap(examplesOf).map(unknownIn);
  assert.deepEqual(
    wrong.filter((each) => each !== undefined),
    [],
  );
});

test('what stands for a command that is not built is a command that is', () => {
  const paths = new Set(leavesOf(program).map(pathOf));
  for (const [path, advice] of notBuilt) {
    assert.ok(!paths.has(path), `${path} is built`);
    for (const [, call = ''] of advice.join('\n').matchAll(/`(klink [^`]*)`/g)) {
      if (call !== 'klink server') assert.equal(unknownIn(call), undefined);
    }
  }
});

test('the page of all commands is what the commands say', async () => {
  assert.equal(await staleness(packageRoot), undefined);
});
