/** The page of real clients, and what it rests on: every row has a test, and what the versions are is written once. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { staleness } from '../../tools/write-clients-matrix.js';
import { clients } from '../clients/clients.js';
import { packageRoot } from '../harness/package-root.js';

const read = (...path: string[]) => readFileSync(join(packageRoot, ...path), 'utf8');

test('docs/spec/clients-matrix.md is what the rows say', () => {
  assert.equal(staleness(packageRoot), undefined);
});

test('clients: as many rows are played as there are', () => {
  const folder = join(packageRoot, 'test', 'clients');
  const played = readdirSync(folder)
    .filter((name) => name.endsWith('.test.ts'))
    .filter((name) => read('test', 'clients', name).includes('playRow('));
  assert.equal(played.length, clients.length, played.join(', '));
});

test('clients: the versions on the page are those that are installed', () => {
  const { devDependencies } = JSON.parse(read('package.json')) as { devDependencies: Record<string, string> };
  const required = read('tools', 'python-requirements.txt').split('\n');
  for (const { name, version } of clients) {
    if (name === 'kafkajs') assert.equal(version, devDependencies[name]);
    if (name === 'confluent-kafka' || name === 'kafka-python')
      assert.ok(required.includes(`${name}==${version}`), name);
  }
  const lines = clients.filter(({ name }) => name === '@platformatic/kafka').map(({ version }) => version);
  assert.ok(lines.includes(devDependencies['@platformatic/kafka'] ?? ''), `lines: ${lines}`);
});
