/** `klink completion`, in the shells themselves; zsh and fish only where they are installed. */
import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { two, useKlink } from '../../../test/harness/cli-run.js';
import { packageRoot } from '../../../test/harness/package-root.js';

const installed = (shell: string) => spawnSync(shell, ['--version']).status === 0;
const PATH = `${join(packageRoot, 'bin')}:${process.env.PATH ?? ''}`;

/** What bash would offer for each line; the last word of a line is being typed. */
function inBash(lines: readonly (readonly string[])[]): string {
  const asked = lines.map((words) => {
    const quoted = words.map((word) => `'${word}'`).join(' ');
    return `COMP_WORDS=(klink ${quoted}); COMP_CWORD=${words.length}; _klink; echo "\${COMPREPLY[*]}"`;
  });
  return ['source <(klink completion bash)', 'complete -p klink', ...asked].join('\n');
}

test('bash completes verbs, flags, names that the server knows, and files', async (t) => {
  const [original, dr] = two();
  for (const name of ['orders', 'orders-late', 'clicks']) {
    dr.topics.set(name, { name, isInternal: false, replicationFactor: 1, partitions: 1 });
  }
  const { env } = await useKlink(t, [original, dr]);
  const script = inBash([
    ['kafka', 'mirror', 'failover', '--dr'],
    ['topic', 'describe', '--cluster', 'dr', 'ord'],
    ['topic', 'list', '--cluster', 'ori'],
    ['topic', 'list', '--cluster', '=', 'd'],
    ['topic', 'create', 'x', '--config', ''],
  ]);
  const { stdout, stderr } = await promisify(execFile)('bash', ['--norc', '-c', script], {
    // The clock at the keyboard is not what is tested, and this machine may be busy.
    env: { ...env, PATH, KLINK_COMPLETION_MS: '30000' },
  });
  assert.equal(stderr, '');
  assert.equal(stdout, 'complete -F _klink klink\n--dry-run\norders orders-late\noriginal\ndr d-id\n\n');
});

test('completion says nothing where no server answers', async (t) => {
  const { run } = await useKlink(t, two());
  const silent = await run('__complete -- topic describe --cluster dr o', '', { KLINK_URL: 'http://127.0.0.1:1' });
  assert.deepEqual(silent, { code: 0, out: '', err: '' });
  const named = await run('__complete -- cluster use o');
  assert.equal(named.out, 'original\to-id\no-id\toriginal\n');
  const signed = await run('__complete -- topic list --cluster=o');
  assert.equal(signed.out, '--cluster=original\to-id\n--cluster=o-id\toriginal\n');
});

const others = [
  ['zsh', 'autoload -U compinit; compinit -u; source <(klink completion zsh); echo ${_comps[klink]}'],
  ['fish', 'klink completion fish | source; complete -C "klink mirror failo" | string split -f1 \\t'],
] as const;
for (const [shell, script] of others.filter(([name]) => installed(name))) {
  test(`${shell} takes the script`, async (t) => {
    const { env } = await useKlink(t, two());
    const { stdout, stderr } = await promisify(execFile)(shell, ['-c', script], { env: { ...env, PATH } });
    assert.equal(stderr, '');
    assert.equal(stdout, shell === 'zsh' ? '_klink\n' : 'failover\n');
  });
}
