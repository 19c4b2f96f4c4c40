/** The page of who agrees, and what it rests on: every behaviour is run on all kinds of broker by `npm test`. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { pathToFileURL } from 'node:url';
import { conformancePage, listBehaviours, staleness } from '../../tools/write-conformance.js';
import { packageRoot } from '../harness/package-root.js';
import { type Difference, differences, KINDS } from '../kafka/conformance-differences.js';

interface Phase {
  readonly name: string;
  readonly when: string;
}

test('docs/spec/conformance.md is what the suite says', () => {
  assert.equal(staleness(packageRoot), undefined);
});

test('conformance: each column is a kind of broker that npm test runs the suites on, and no kind is without one', async () => {
  const url = pathToFileURL(join(packageRoot, 'tools', 'testing', 'phases.mjs')).href;
  const { phases } = (await import(url)) as { readonly phases: readonly Phase[] };
  const run = phases.filter(({ name, when }) => name.startsWith('suites on ') && when === 'test');
  const kinds = run.map(({ name }) => name.replace('suites on ', '').replace('embedded clusters', 'embedded'));
  assert.deepEqual(kinds.sort(), [...KINDS].sort());
});

test('conformance: no two behaviours have the same name, and where one differs the page names the difference', () => {
  const behaviours = listBehaviours();
  assert.ok(behaviours.length > 50, `${behaviours.length} behaviours`);
  const names = behaviours.map(({ path }) => path.join(': '));
  assert.deepEqual(
    names.filter((name, i) => names.indexOf(name) !== i),
    [],
  );
  const known = {
    path: ['somewhere', 'it | differs'],
    rules: ['5.2'],
    known: ['raise in an open transaction'] as const,
  };
  const row = conformancePage([known])
    .split('\n')
    .find((line) => line.includes('somewhere'));
  const differs = '[differs](#raise-in-an-open-transaction)';
  assert.equal(row, `| somewhere: it \\| differs | 5.2 | agrees | ${differs} | agrees |`);
});

test('conformance: every difference is met by a behaviour, and what the embedded broker does otherwise stands in its page', () => {
  const met = new Set<string>(listBehaviours().flatMap(({ known }) => known));
  const page = readFileSync(join(packageRoot, 'docs', 'spec', 'broker.md'), 'utf8');
  for (const [name, { of, rule }] of Object.entries<Difference>(differences)) {
    assert.ok(met.has(name), `no behaviour differs by "${name}"`);
    assert.equal(rule !== undefined, of.includes('embedded'), name);
    if (rule !== undefined) assert.ok(page.includes(`\n${rule} `), `broker.md has no ${rule}`);
  }
});
