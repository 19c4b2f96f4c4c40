import assert from 'node:assert/strict';
import { test } from 'node:test';
import { boxTable, listTable } from './table.js';

test('lists have a centred header, a rule, numbers to the right and sorted rows', () => {
  const rows = [
    ['orders', true, 12],
    ['clicks', false, 3],
  ];
  assert.equal(
    listTable(['Name', 'Internal', 'Partition Count'], rows),
    [
      '   Name  | Internal | Partition Count  ',
      '---------+----------+------------------',
      '  clicks | false    |               3  ',
      '  orders | true     |              12  ',
      '',
    ].join('\n'),
  );
});

test('boxes hold one pair a line', () => {
  assert.equal(
    boxTable([
      ['Name', 'orders'],
      ['Internal', false],
    ]),
    '+----------+--------+\n| Name     | orders |\n| Internal | false  |\n+----------+--------+\n',
  );
});

test('long cells wrap between words, names stay in one piece', () => {
  const table = listTable(['Error'], [['a sentence that is longer than thirty characters'], ['x'.repeat(40)]]);
  assert.ok(table.includes(`  ${'x'.repeat(40)}  `));
  assert.ok(table.includes('  a sentence that is longer than '));
});
