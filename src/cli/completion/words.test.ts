import assert from 'node:assert/strict';
import { test } from 'node:test';
import { processIo } from '../io.js';
import { buildProgram } from '../program.js';
import { complete } from './words.js';

const program = await buildProgram(processIo(), '0');

function words(...line: string[]): string[] {
  const answer = complete(program, line);
  assert.equal(answer.kind, 'candidates');
  return answer.kind === 'candidates' ? answer.candidates.map(({ word }) => word) : [];
}

test('nouns and verbs are completed at every level, in short and in long form', () => {
  assert.deepEqual(words('mir'), ['mirror']);
  assert.deepEqual(words('kafka', 'mirror', 'pr'), ['promote']);
  assert.deepEqual(words('consumer', 'group', 'lag', ''), ['list', 'describe', 'summarize']);
  assert.deepEqual(words('__'), [], 'what is hidden stays so');
  assert.deepEqual(words('completion', 'z'), ['zsh']);
});

test('flags are completed once each, and old spellings never', () => {
  assert.deepEqual(words('topic', 'create', 'orders', '--p'), ['--partitions']);
  assert.deepEqual(words('topic', 'create', 'orders', '--partitions', '3', '--p'), []);
  assert.deepEqual(words('acl', 'create', '--operation'), ['--operations']);
  assert.deepEqual(words('mirror', 'failover', '--st'), []);
});

test('words of a flag are completed behind it, behind a sign, and as bash takes it apart', () => {
  assert.deepEqual(words('topic', 'list', '--output', 'j'), ['json']);
  assert.deepEqual(words('topic', 'list', '-o', ''), ['human', 'json', 'yaml']);
  assert.deepEqual(words('topic', 'list', '--output=j'), ['--output=json']);
  assert.deepEqual(words('topic', 'list', '--output', '=', 'j'), ['json']);
  assert.deepEqual(words('topic', 'list', '--output', '='), ['human', 'json', 'yaml']);
});

test('what only the server knows is asked for, with the flags that say where', () => {
  const kindOf = (...line: string[]) => {
    const answer = complete(program, line);
    return answer.kind === 'values' ? answer.of : answer.kind;
  };
  assert.equal(kindOf('topic', 'describe', ''), 'topic');
  assert.equal(kindOf('topic', 'delete', 'orders', ''), 'topic', 'one more of many');
  assert.equal(kindOf('topic', 'describe', 'orders', ''), 'candidates', 'there is no second one');
  assert.equal(kindOf('kafka', 'cluster', 'use', ''), 'cluster');
  assert.equal(kindOf('mirror', 'list', '--link', ''), 'link');
  assert.equal(kindOf('mirror', 'failover', 'a', ''), 'mirror');
  assert.equal(kindOf('consumer', 'group', 'ready', ''), 'group');
  assert.equal(kindOf('consumer', 'list', '--group', ''), 'group');
  assert.equal(kindOf('iam', 'service-account', 'describe', ''), 'account');
  assert.equal(kindOf('service-account', 'delete', 'sa-1', ''), 'account');
  assert.equal(kindOf('acl', 'create', '--service-account', ''), 'account');
  assert.equal(kindOf('api-key', 'use', ''), 'key');
  assert.equal(kindOf('environment', 'use', ''), 'environment');
  assert.equal(kindOf('api-key', 'create', '--resource', ''), 'cluster');
  assert.equal(kindOf('topic', 'create', ''), 'candidates', 'a new name is nobody’s to know');
  assert.equal(kindOf('topic', 'create', 'orders', '--config', ''), 'files');
  assert.equal(kindOf('--token-file', ''), 'candidates', 'the flag is none of this level');
  const far = complete(program, ['topic', 'describe', '--url', 'http://far:1', '--cluster=dr', 'o']);
  assert.deepEqual(far.kind === 'values' && [...far.flags], [
    ['url', 'http://far:1'],
    ['cluster', 'dr'],
  ]);
});
