import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { processLog } from './log.js';

const run = promisify(execFile);

test('log of a process: what writes lines is loaded with the first one [broker 7.1]', async () => {
  const text = `
    const { createRequire } = await import('node:module');
    const { processLog } = await import(${JSON.stringify(join(import.meta.dirname, 'log.js'))});
    const loaded = () => Object.keys(createRequire('/').cache).some((path) => path.includes('/pino/'));
    const log = processLog({ level: 'warn', fd: 1 });
    const child = log.child({ remote: 'a' }).child({ topic: 'b' });
    child.info({}, 'not written');
    const before = loaded();
    child.warn({ offset: 5 }, 'written');
    log.error({ offset: 6 }, 'too');
    console.log(JSON.stringify([before, loaded()]));`;
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', text]);
  const lines = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  const [first, second, loaded] = lines.map(({ time, ...rest }) => rest);
  assert.deepEqual(first, { level: 40, remote: 'a', topic: 'b', offset: 5, msg: 'written' });
  assert.deepEqual(second, { level: 50, offset: 6, msg: 'too' });
  assert.deepEqual(Object.values(loaded ?? {}), [false, true]);
});

test('log of a process: a level that is none is refused with those that are', () => {
  assert.throws(
    () => processLog({ level: 'warning', fd: 2 }),
    /warning is none: take one of debug, info, warn, error, silent/,
  );
});
