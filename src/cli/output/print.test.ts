import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'yaml';
import type { Io } from '../io.js';
import { type Column, type OutputForm, printList, printOne } from './print.js';

interface Row {
  readonly name: string;
  readonly count: number;
  readonly internal: boolean;
  readonly error: string;
}

const columns: readonly Column<Row>[] = [
  { heading: 'Name', key: 'name', value: ({ name }) => name },
  { heading: 'Count', key: 'count', value: ({ count }) => count },
  { heading: 'Internal', key: 'is_internal', value: ({ internal }) => internal, human: () => '*' },
  { heading: 'Error', key: 'error', value: ({ error }) => error, omitEmpty: true },
];

async function printed(print: (io: Pick<Io, 'out'>) => Promise<void>): Promise<string> {
  let text = '';
  await print({
    async out(piece) {
      text += piece;
    },
  });
  return text;
}

const awkward = [
  'yes',
  '1e3',
  '007',
  'null',
  '*',
  '# no comment',
  'a: b',
  ' two  words ',
  'line\nline',
  '{"a": "b"}',
  '',
  'ä',
];

test('names survive YAML and JSON whatever they look like, and numbers and booleans keep their types', async () => {
  const rows = awkward.map((name) => ({ name, count: 3, internal: false, error: '' }));
  const wanted = awkward.map((name) => ({ name, count: 3, is_internal: false }));
  const list = (form: OutputForm) => printed((io) => printList(io, form, columns, rows));
  assert.deepEqual(parse(await list('yaml')), wanted);
  assert.deepEqual(JSON.parse(await list('json')), wanted);
  for (const [index, row] of rows.entries()) {
    const one = await printed((io) => printOne(io, 'yaml', columns, row));
    assert.deepEqual(parse(one), wanted[index]);
  }
});

test('a cell that is a list is one for programs, and words with commas for people', async () => {
  const lists: readonly Column<readonly string[]>[] = [{ heading: 'Synonyms', key: 'synonyms', value: (row) => row }];
  const print = (form: OutputForm) => printed((io) => printList(io, form, lists, [['a', 'b'], []]));
  assert.deepEqual(JSON.parse(await print('json')), [{ synonyms: ['a', 'b'] }, { synonyms: [] }]);
  assert.match(await print('human'), / a, b /);
});

test('a list of nothing is an empty array for programs, and an empty column is left out', async () => {
  assert.equal(await printed((io) => printList(io, 'json', columns, [])), '[]\n');
  assert.deepEqual(parse(await printed((io) => printList(io, 'yaml', columns, []))), []);
  assert.equal(await printed((io) => printList(io, 'human', columns, [])), 'None found.\n');
  const rows = [{ name: 'a', count: 1, internal: true, error: '' }];
  assert.doesNotMatch(await printed((io) => printList(io, 'human', columns, rows)), /Error/);
  const wrong = [...rows, { name: 'b', count: 2, internal: true, error: 'broken' }];
  assert.match(await printed((io) => printList(io, 'human', columns, wrong)), /Error/);
  assert.deepEqual(JSON.parse(await printed((io) => printList(io, 'json', columns, wrong)))[0], {
    name: 'a',
    count: 1,
    is_internal: true,
  });
});
