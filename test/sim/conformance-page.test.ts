/** The page of who agrees, and what it rests on: every behaviour is run on all kinds of broker by `npm test`. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { pathToFileURL } from 'node:url';
import { conformancePage, listBehaviours, staleness } from '../../tools/write-conformance.js';
import { packageRoot } from '../harness/package-root.js';
import { sources } from '../kafka/conformance-codes.js';
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

test("conformance: every error code that the engine's tables name has a behaviour that gets it, or a reason why none can", () => {
  const engine = join(packageRoot, 'src', 'engine');
  const files = readdirSync(engine, { recursive: true, encoding: 'utf8' });
  const texts = files.filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'));
  const named = new Set(
    texts.flatMap((file) => readFileSync(join(engine, file), 'utf8').match(/(?<=\berrorCode\.)[A-Z_]+/g) ?? []),
  );
  assert.ok(named.size > 50, `${named.size} codes`);
  assert.deepEqual(Object.keys(sources).sort(), [...named].sort());
  const rows = new Set(listBehaviours().map(({ path }) => path.join(': ')));
  for (const [code, source] of Object.entries(sources)) {
    if (source.kind === 'row') assert.ok(rows.has(source.row), `${code}: no behaviour "${source.row}"`);
    if (source.kind === 'suite') assert.ok(existsSync(join(packageRoot, source.file)), `${code}: no ${source.file}`);
  }
});
