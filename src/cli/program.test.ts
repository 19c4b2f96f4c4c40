/** What a call loads: the noun it names, and the Kafka client only where records are written or read. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { complete } from './completion/words.js';
import { processIo } from './io.js';
import { buildProgram } from './program.js';
import { leavesOf, pathOf } from './tree.js';

const whole = await buildProgram(processIo(), '0');

async function pathsFor(...line: string[]): Promise<string[]> {
  return leavesOf(await buildProgram(processIo(), '0', line)).map(pathOf);
}

test('a call loads the noun that it names, and all of them where none is named', async () => {
  const all = leavesOf(whole).map(pathOf);
  const below = (path: string) => all.filter((each) => each.startsWith(`${path} `));
  assert.deepEqual(await pathsFor('topic', 'list'), below('klink topic'));
  assert.deepEqual(await pathsFor('kafka', 'mirror', 'list'), below('klink kafka mirror'));
  assert.deepEqual(await pathsFor('login'), ['klink login']);
  assert.deepEqual(await pathsFor('kafka'), below('klink kafka'));
  for (const line of [[], ['--help'], ['tpoic', 'list'], ['constructor']])
    assert.deepEqual(await pathsFor(...line), all);
});

test('what is completed is the same as with everything loaded', async () => {
  const lines = leavesOf(whole).map((leaf) => pathOf(leaf).split(' ').slice(1));
  for (const words of lines.flatMap((line) => [line, [...line, ''], [...line, '--'], line.slice(0, 1)])) {
    const program = await buildProgram(processIo(), '0', ['__complete', '--', ...words]);
    assert.deepEqual(complete(program, words), complete(whole, words), words.join(' '));
  }
});

test('no command loads what speaks Kafka or TLS before it needs it', async () => {
  const program = new URL('./program.js', import.meta.url).href;
  const io = new URL('./io.js', import.meta.url).href;
  const script = `
    const { buildProgram } = await import(${JSON.stringify(program)});
    const { processIo } = await import(${JSON.stringify(io)});
    await buildProgram(processIo(), '0');
    console.log(process.moduleLoadList.filter((name) => /^NativeModule (tls|zlib)$/.test(name)).join());`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script]);
  assert.equal(stdout, '\n');
});
